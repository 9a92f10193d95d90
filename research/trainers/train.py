"""Trains the model of a recipe from exported feature history and writes a model version: model.onnx, golden.json, contracts.json, record.json.

    python train.py --resolved resolved.json --features features.parquet --bars bars.parquet \\
        --splits us-equity_splits.csv --out models/equity_daily_momentum/1 [--trainer-check]

`resolved.json` is what `research/resolve-recipe.ts` says of the recipe: it, the ordered features and the hashes of their
contracts. The same inputs give the same bytes. Only train is fitted, only validation is chosen on; test is looked at once.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

from dataset import assemble
from estimators import build, choose
from golden import golden_rows
from metrics import evaluate
from onnx_export import score, to_onnx
from record import dataset_hash, make_record, metadata_of, write_json
from reports import report
from splits import PARTS
from tables import BAR_COLUMNS, input_names, read_table
from split_check import check_splits

CHECK_TOLERANCE = 1e-6


def main() -> None:
    options = parse_options()
    resolved = json.loads(options.resolved.read_text())
    recipe = resolved["recipe"]
    names = input_names(resolved)
    columns = ["symbol", "timeframe", "ts", "known_at", *names]
    features = read_table(options.features, columns, names, recipe["timeframe"])
    bars = read_table(options.bars, BAR_COLUMNS, [], recipe["timeframe"])
    check_splits(bars, options.splits)
    dataset = assemble(features, bars, recipe, names)
    inputs = {name: part[names].to_numpy(np.float32) for name, part in dataset.parts.items()}

    fitted, losses = [], []
    for candidate in recipe["estimator"]["candidates"]:
        pipeline = build(candidate["kind"], candidate["params"], recipe["seed"])
        pipeline.fit(inputs["train"], dataset.parts["train"]["label"])
        fitted.append(pipeline)
        losses.append(evaluate(dataset.parts["validation"], pipeline.predict_proba(inputs["validation"])[:, 1])["log_loss"])
    chosen = choose(losses, recipe["estimator"]["select"]["margin"])
    pipeline = fitted[chosen]

    version = options.out.name
    tables = {"features": features, "bars": bars}
    metadata = metadata_of(resolved, version, dataset_hash(tables))
    onnx_bytes = to_onnx(pipeline, len(names), f"{recipe['model_id']}_{version}", metadata).SerializeToString(deterministic=True)
    scores = {name: score(onnx_bytes, inputs[name]) for name in PARTS}
    if options.trainer_check:
        check_scores(pipeline, inputs, scores)

    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "model.onnx").write_bytes(onnx_bytes)
    golden = golden_rows(dataset.parts, names, scores)
    write_json(options.out / "golden.json", golden)
    write_json(options.out / "contracts.json", resolved["packs"])
    trials = [{**candidate, "validation_log_loss": loss} for candidate, loss in zip(recipe["estimator"]["candidates"], losses)]
    record = make_record(
        resolved=resolved,
        version=version,
        onnx_bytes=onnx_bytes,
        golden_sha256=sha256_of(options.out / "golden.json"),
        contracts_sha256=sha256_of(options.out / "contracts.json"),
        dataset=dataset,
        tables=tables,
        trials=trials,
        chosen=chosen,
        metrics=report(dataset.parts, scores, recipe),
    )
    write_json(options.out / "record.json", record)
    print(json.dumps(record["metrics"], indent=2))


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resolved", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--bars", type=Path, required=True)
    parser.add_argument("--splits", type=Path, help="CSV of splits that the bars' split_factor must agree with")
    parser.add_argument("--out", type=Path, required=True, help="folder of the version; its name is the version")
    parser.add_argument("--trainer-check", action="store_true", help="compare onnxruntime with scikit-learn to 1e-6")
    return parser.parse_args()


def check_scores(pipeline, inputs: dict[str, np.ndarray], scores: dict[str, np.ndarray]) -> None:
    """Raises ValueError if the ONNX graph says something else than the pipeline it was made from."""
    for name in PARTS:
        worst = float(np.max(np.abs(pipeline.predict_proba(inputs[name])[:, 1] - scores[name])))
        print(f"{name}: onnxruntime differs from scikit-learn by at most {worst:.2e}")
        if worst > CHECK_TOLERANCE:
            raise ValueError(f"onnxruntime and scikit-learn differ by {worst} on {name}, more than {CHECK_TOLERANCE}")


if __name__ == "__main__":
    main()
