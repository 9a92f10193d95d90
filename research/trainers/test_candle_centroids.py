"""The trainer of the candle centroids, and the artifact that is shipped."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from candle_embedding import adjust_for_splits, candle_embedding
from train_candle_centroids import array_hash, distances, fit, nearest, sha256_of, training_rows, typescript_table

ROOT = Path(__file__).parents[2]
ARTIFACT = ROOT / "models/candle_centroids/1"
BARS = [ROOT / "data/us-equity_1d.csv.gz", ROOT / "data/us-index_1d.csv.gz"]
SPLITS = ROOT / "data/us-equity_splits.csv"


def made_up_bars(count=80):
    random = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(0.01 * random.normal(size=count)))
    open_ = np.concatenate([[100.0], close[:-1]])
    return pd.DataFrame({"open": open_, "high": np.maximum(open_, close) + 0.5, "low": np.minimum(open_, close) - 0.5, "close": close})


@pytest.fixture(scope="module")
def shipped():
    return training_rows(BARS, SPLITS)


def test_a_bar_that_repeats_itself_has_only_the_first_coefficient_of_each_channel():
    bars = pd.DataFrame({"open": [98.0] * 60, "high": [104.0] * 60, "low": [96.0] * 60, "close": [100.0] * 60})
    expected = np.zeros(16)
    expected[[4, 8, 12]] = np.array([0.25, 0.5, 0.25]) * np.sqrt(20)
    assert np.isnan(candle_embedding(bars)[:40]).all()
    np.testing.assert_allclose(candle_embedding(bars)[40:], np.tile(expected, (20, 1)), atol=1e-12)


def test_a_split_leaves_the_embedding_as_it_is():
    bars = made_up_bars().assign(date=[f"{day:03}" for day in range(80)])
    raw = bars.copy()
    raw.loc[raw["date"] < "050", ["open", "high", "low", "close"]] *= 2
    adjusted = adjust_for_splits(raw, pd.DataFrame({"effective_date": ["050"], "value": [2.0]}))
    np.testing.assert_array_equal(candle_embedding(adjusted), candle_embedding(bars))


def test_two_runs_give_the_same_bytes(tmp_path):
    outputs = []
    for run in ("first", "second"):
        out, table = tmp_path / run / "candle_centroids/1", tmp_path / f"{run}.ts"
        command = [sys.executable, Path(__file__).parent / "train_candle_centroids.py", "--bars", BARS[0], "--splits", SPLITS]
        subprocess.run([*command, "--out", out, "--table", table], check=True, capture_output=True)
        outputs.append([table.read_bytes(), *((out / name).read_bytes() for name in ("model.onnx", "golden.json", "record.json"))])
    assert outputs[0] == outputs[1]


def test_the_shipped_record_is_that_of_the_shipped_bars_and_files(shipped):
    record = json.loads((ARTIFACT / "record.json").read_text())
    centroids = np.array(record["centroids"])
    assert record["content_hash"] == sha256_of((ARTIFACT / "model.onnx").read_bytes())
    assert record["centroids_sha256"] == array_hash(centroids)
    assert record["training"]["rows"] == len(shipped)
    embeddings = np.stack(shipped["embedding"].to_list())
    np.testing.assert_array_equal(np.bincount(nearest(embeddings, centroids)), [cluster["rows"] for cluster in record["clusters"]])
    assert (ROOT / "processors/indicators/vectors/candle-centroids.ts").read_text() == typescript_table(centroids)


def test_training_again_finds_the_shipped_centroids(shipped):
    record = json.loads((ARTIFACT / "record.json").read_text())
    again = fit(np.stack(shipped["embedding"].to_list())).cluster_centers_
    np.testing.assert_allclose(again, record["centroids"], atol=1e-6)


def test_the_onnx_file_gives_the_nearest_centroid_but_for_near_ties(shipped):
    centroids = np.array(json.loads((ARTIFACT / "record.json").read_text())["centroids"])
    embeddings = np.stack(shipped["embedding"].to_list())
    session = onnxruntime.InferenceSession(ARTIFACT / "model.onnx", providers=["CPUExecutionProvider"])
    ids = session.run(["cluster_id"], {"embedding": embeddings.astype(np.float32)})[0]
    two = np.sort(distances(embeddings, centroids), axis=1)
    clear = two[:, 1] - two[:, 0] > 1e-4
    np.testing.assert_array_equal(ids[clear], nearest(embeddings, centroids)[clear])
