"""Fits the clusters of candle_cluster_id_v1: k-means over the candle embeddings of daily bars, frozen as an artifact.

    python train_candle_centroids.py --bars data/us-equity_1d.csv.gz data/us-index_1d.csv.gz --splits data/us-equity_splits.csv \\
        --out models/candle_centroids/1 --table processors/indicators/vectors/candle-centroids.ts

Writes model.onnx, golden.json and record.json, and the centroids as a TypeScript table for the engine, which is synchronous
and reads no files. Centroids are rounded to float32, so graph, record and table hold the same numbers, and ordered by their first
coordinate, the mean return, so a cluster's number says something. The same inputs give the same bytes.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import gzip
import hashlib
from importlib.metadata import version as library_version
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.cluster import KMeans

from candle_embedding import FIRST_BAR, WIDTH, adjust_for_splits, candle_embedding
from onnx_export import OPSET
from record import write_json
from tables import read_csv

ARTIFACT = "candle_centroids_v1"
INPUT, OUTPUT = "embedding", "cluster_id"
K = 8
ESTIMATOR = {"n_clusters": K, "n_init": 20, "max_iter": 1000, "tol": 0.0, "random_state": 20180101, "algorithm": "lloyd"}
GOLDEN_ROWS = 64
LIBRARIES = ("numpy", "onnx", "pandas", "scikit-learn", "scipy", "skl2onnx")


def main() -> None:
    options = parse_options()
    rows = training_rows(options.bars, options.splits)
    embeddings = np.stack(rows["embedding"].to_list())
    kmeans = fit(embeddings)
    centroids = kmeans.cluster_centers_
    onnx_bytes = to_onnx(kmeans).SerializeToString(deterministic=True)
    ids = nearest(embeddings, centroids)

    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "model.onnx").write_bytes(onnx_bytes)
    write_json(options.out / "golden.json", golden(rows, ids))
    record = {
        "artifact": ARTIFACT,
        "model_id": options.out.parent.name,
        "model_version": options.out.name,
        "indicator_id": "candle_cluster_id_v1",
        "input_indicator_id": "candle_embedding_v1",
        "content_hash": hashlib.sha256(onnx_bytes).hexdigest(),
        "onnx": {
            "file": "model.onnx",
            "bytes": len(onnx_bytes),
            "inputs": [{"name": INPUT, "dtype": "float32", "width": WIDTH}],
            "outputs": [{"name": OUTPUT, "dtype": "int64"}],
        },
        "golden": {"file": "golden.json", "sha256": sha256_of((options.out / "golden.json").read_bytes()), "rows": GOLDEN_ROWS},
        "centroids": centroids.tolist(),
        "centroids_sha256": array_hash(centroids),
        "clusters": [{"id": i, "rows": int(np.sum(ids == i))} for i in range(K)],
        "training": {
            "rows": len(rows),
            "embeddings_sha256": array_hash(embeddings),
            "symbols": {name: int(count) for name, count in rows["symbol"].value_counts().sort_index().items()},
            "from": rows["date"].min(),
            "to": rows["date"].max(),
            "files": {path.name: sha256_of(read_text(path)) for path in [*options.bars, options.splits]},
        },
        "estimator": {"kind": "kmeans", "params": ESTIMATOR, "mean_squared_distance": float(np.mean(distances(embeddings, centroids).min(axis=1)))},
        "command": "python research/trainers/train_candle_centroids.py"
        f" --bars {' '.join(f'data/{path.name}' for path in options.bars)} --splits data/{options.splits.name}"
        f" --out models/{options.out.parent.name}/{options.out.name} --table processors/indicators/vectors/candle-centroids.ts",
        "libraries": {name: library_version(name) for name in LIBRARIES},
    }
    write_json(options.out / "record.json", record)
    options.table.write_text(typescript_table(centroids))


def training_rows(bar_files: list[Path], splits_file: Path) -> pd.DataFrame:
    """symbol, date and embedding of every bar that has one, in the order of the files."""
    splits = read_csv(splits_file)
    parts = []
    for path in bar_files:
        bars = read_csv(path).assign(date=lambda frame: frame["ts_open_utc"].str[:10])
        for symbol, own in bars.groupby("symbol", sort=True):
            adjusted = adjust_for_splits(own, splits[splits["symbol"] == symbol])
            embedding = candle_embedding(adjusted)[FIRST_BAR:]
            parts.append(pd.DataFrame({"symbol": symbol, "date": own["date"].to_numpy()[FIRST_BAR:], "embedding": list(embedding)}))
    return pd.concat(parts, ignore_index=True)


def fit(embeddings: np.ndarray) -> KMeans:
    """k-means whose centroids are float32 numbers, in float64, ordered by their first coordinate."""
    kmeans = KMeans(**ESTIMATOR).fit(embeddings)
    centroids = kmeans.cluster_centers_.astype(np.float32).astype(np.float64)
    kmeans.cluster_centers_ = centroids[np.argsort(centroids[:, 0])]
    return kmeans


def distances(embeddings: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Squared Euclidean distance of each embedding to each centroid."""
    return ((embeddings[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)


def nearest(embeddings: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Number of the nearest centroid; of two as near, the lower."""
    return distances(embeddings, centroids).argmin(axis=1)


def to_onnx(kmeans: KMeans) -> onnx.ModelProto:
    """Graph `embedding` float32 [N, 16] -> `cluster_id` int64 [N]; the distances are left out."""
    model = convert_sklearn(kmeans, name=ARTIFACT, initial_types=[(INPUT, FloatTensorType([None, WIDTH]))], target_opset=OPSET)
    graph = model.graph
    label = graph.output[0].name
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.INT64, [None]))
    graph.node.append(helper.make_node("Identity", [label], [OUTPUT], name="ClusterId"))
    used = {name for node in graph.node for name in node.input}
    for node in [node for node in graph.node if not any(name in used or name == OUTPUT for name in node.output)]:
        graph.node.remove(node)
    model.doc_string = ""
    del model.metadata_props[:]
    model.metadata_props.add(key="barline.artifact", value=ARTIFACT)
    model.metadata_props.add(key="barline.centroids_sha256", value=array_hash(kmeans.cluster_centers_))
    onnx.checker.check_model(model, full_check=True)
    return model


def golden(rows: pd.DataFrame, ids: np.ndarray) -> dict:
    """64 rows spread evenly over all: what the engine must give for those bars of the shipped files."""
    places = np.linspace(0, len(rows) - 1, GOLDEN_ROWS).round().astype(int)
    return {
        "rows": [
            {"symbol": rows["symbol"][i], "date": rows["date"][i], "embedding": rows["embedding"][i].tolist(), "cluster_id": int(ids[i])}
            for i in places
        ]
    }


def typescript_table(centroids: np.ndarray) -> str:
    """The centroids as the engine imports them, laid out as the formatter does."""
    head = f"""/**
 * Centroids of the candle clusters: artifact {ARTIFACT} as `models/candle_centroids/1/record.json` has it, ordered by the mean
 * return of their candles. Written by `research/trainers/train_candle_centroids.py`, never by hand: `sha256` is that of the
 * numbers, row by row as little-endian float64.
 */
export const CANDLE_CENTROIDS = {{
  artifact: '{ARTIFACT}',
  sha256: '{array_hash(centroids)}',
  rows: [
"""
    return head + "".join(f"    [\n{_filled(row)}\n    ],\n" for row in centroids.tolist()) + "  ],\n} as const\n"


def _filled(numbers: list[float], indent: str = " " * 6, width: int = 120) -> str:
    lines, line = [], indent
    for number in numbers:
        item = f"{number!r},"
        if line != indent and len(line) + 1 + len(item) > width:
            lines.append(line)
            line = indent
        line += item if line == indent else f" {item}"
    return "\n".join([*lines, line])


def array_hash(array: np.ndarray) -> str:
    """Hex sha256 of the numbers as little-endian float64, row by row."""
    return sha256_of(np.ascontiguousarray(array, "<f8").tobytes())


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_text(path: Path) -> bytes:
    """The bytes of a file, decompressed: those of a gzip file depend on the zlib that made it."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=Path, nargs="+", required=True)
    parser.add_argument("--splits", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
