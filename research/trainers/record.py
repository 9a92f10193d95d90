"""The record of a model version: what it is, what it was made of, and what it promises."""

import hashlib
import json
from importlib.metadata import version as library_version
from pathlib import Path

import onnx
import pandas as pd

from dataset import Dataset
from golden import ROWS
from onnx_export import INPUT, OPSET, OUTPUT
from tables import content_hash, input_names

LIBRARIES = ("numpy", "onnx", "onnxruntime", "pandas", "pyarrow", "scikit-learn", "scipy", "skl2onnx")


def metadata_of(resolved: dict, version: str, data_hash: str) -> dict[str, str]:
    """What the ONNX file says of itself in metadata_props: the same hashes as the record."""
    recipe = resolved["recipe"]
    return {
        "barline.model_id": recipe["model_id"],
        "barline.model_version": version,
        "barline.recipe_hash": resolved["recipe_hash"],
        "barline.feature_schema_version": recipe["feature_schema_version"],
        "barline.features_hash": resolved["features_hash"],
        "barline.dataset_hash": data_hash,
        **{f"barline.contract.{pack}": value for pack, value in resolved["contracts"].items()},
        **{f"barline.catalog.{name}": catalog["sha256"] for name, catalog in resolved["catalogs"].items()},
    }


def dataset_hash(tables: dict[str, pd.DataFrame]) -> str:
    """Hex sha256 over the content hashes of the tables, by name."""
    lines = "".join(f"{name}:{content_hash(tables[name])}\n" for name in sorted(tables))
    return hashlib.sha256(lines.encode()).hexdigest()


def make_record(
    *,
    resolved: dict,
    version: str,
    onnx_bytes: bytes,
    golden_sha256: str,
    contracts_sha256: str,
    dataset: Dataset,
    tables: dict[str, pd.DataFrame],
    trials: list[dict],
    chosen: int,
    metrics: dict,
) -> dict:
    """The record as a dictionary ready for JSON. It holds no wall-clock time, so a retraining can be compared byte for byte."""
    recipe = resolved["recipe"]
    return {
        "model_id": recipe["model_id"],
        "model_version": version,
        "content_hash": hashlib.sha256(onnx_bytes).hexdigest(),
        "recipe_id": recipe["recipe_id"],
        "recipe_hash": resolved["recipe_hash"],
        "feature_schema_version": recipe["feature_schema_version"],
        "view": recipe["view"],
        "timeframe": recipe["timeframe"],
        "features": resolved["features"],
        # A model without derived inputs has the record that it had before there were any.
        **({"derived": resolved["derived"]} if resolved.get("derived") else {}),
        "features_hash": resolved["features_hash"],
        "contracts": resolved["contracts"],
        "catalogs": resolved["catalogs"],
        "universe": {
            "symbols": recipe["universe"]["symbols"],
            "markets": recipe["universe"]["markets"],
            "hash": hashlib.sha256("\n".join(sorted(recipe["universe"]["symbols"])).encode()).hexdigest(),
        },
        "onnx": {
            "file": "model.onnx",
            "bytes": len(onnx_bytes),
            "ir_version": onnx.load_model_from_string(onnx_bytes).ir_version,
            "opset": {domain or "ai.onnx": number for domain, number in OPSET.items()},
            "input": {"name": INPUT, "dtype": "float32", "width": len(input_names(resolved))},
            "outputs": [{"name": OUTPUT, "dtype": "float32", "width": 1, "min": 0, "max": 1, "calibrated": False}],
        },
        "contract_file": {"file": "contracts.json", "sha256": contracts_sha256},
        "golden": {"file": "golden.json", "sha256": golden_sha256, "rows": ROWS, "tolerance": 1e-6},
        "dataset": {
            "hash": dataset_hash(tables),
            "tables": {name: {"rows": len(table), "sha256": content_hash(table)} for name, table in tables.items()},
            **dataset.counts,
            "parts": {name: {"rows": len(part), **_period(part)} for name, part in dataset.parts.items()},
        },
        "training_period": _period(dataset.parts["train"]),
        "target": recipe["target"],
        "label_rule": recipe["label"]["rule"],
        "estimator": {**recipe["estimator"]["candidates"][chosen], "trials": trials, "select": recipe["estimator"]["select"]},
        "seed": recipe["seed"],
        "libraries": {name: library_version(name) for name in LIBRARIES},
        "metrics": metrics,
    }


def write_json(path: Path, document: dict) -> None:
    """Writes JSON with two spaces and a final newline; NaN and infinities are refused."""
    path.write_text(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def _period(part: pd.DataFrame) -> dict[str, str]:
    """First and last row and the end of the last label, as ISO instants."""
    return {"from": _iso(part["ts"].min()), "to": _iso(part["ts"].max()), "labels_to": _iso(part["exit_ts"].max())}


def _iso(epoch_ms: int) -> str:
    return pd.Timestamp(int(epoch_ms), unit="ms", tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
