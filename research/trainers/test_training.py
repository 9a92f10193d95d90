"""The trainer as a whole, on made-up bars whose features say something about what follows."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onnx_export import score
from split_check import check_splits
from tables import BAR_COLUMNS, content_hash, read_table

HERE = Path(__file__).parent
DAY = 86_400_000
NAMES = ["a_value", "b_value", "c_value"]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    random = np.random.default_rng(5)
    feature_parts, bar_parts = [], []
    for symbol in ("AAA", "BBB", "CCC", "DDD"):
        ts = np.arange(400) * DAY
        signal = random.normal(size=400)
        close = 100 * np.exp(np.cumsum(0.01 * np.roll(signal, 2) + 0.01 * random.normal(size=400)))
        bars = {"symbol": symbol, "timeframe": "1d", "ts": ts, "known_at": ts, "ts_open": ts - DAY}
        bar_parts.append(pd.DataFrame({**bars, "open": close, "high": close, "low": close, "close": close, "volume": 1.0, "split_factor": 1.0}))
        values = {"a_value": signal, "b_value": random.normal(size=400), "c_value": random.normal(size=400)}
        feature_parts.append(pd.DataFrame({"symbol": symbol, "timeframe": "1d", "ts": ts, "known_at": ts, **values}))
    features = pd.concat(feature_parts)
    features.loc[features["ts"] < 10 * DAY, "b_value"] = np.nan
    features[NAMES] = features[NAMES].astype("float32")
    features["ts"] = pd.to_datetime(features["ts"], unit="ms", utc=True)
    features.to_parquet(folder / "features.parquet")
    pd.concat(bar_parts).to_csv(folder / "bars.csv", index=False)
    recipe = {
        "recipe_id": "made_up_v1",
        "model_id": "made_up",
        "feature_schema_version": "v1",
        "view": "core_pack_1d",
        "timeframe": "1d",
        "target": {"kind": "forward_return", "horizon_bars": 3, "transform": {"kind": "sign", "threshold": 0}},
        "label": {"rule": "as in labels.py"},
        "universe": {"symbols": ["AAA", "BBB", "CCC", "DDD"], "markets": ["made-up"]},
        "split": {
            "train": {"from": "1970-01-01", "to": "1970-08-31"},
            "validation": {"from": "1970-09-01", "to": "1970-11-30"},
            "test": {"from": "1970-12-01", "to": "1971-12-31"},
            "gap_bars": 3,
        },
        "estimator": {
            "candidates": [
                {"kind": "logistic_regression", "params": {"C": 1.0}},
                {"kind": "hist_gradient_boosting", "params": {"max_iter": 5}},
            ],
            "select": {"metric": "log_loss", "on": "validation", "margin": 0.005},
        },
        "seed": 7,
    }
    resolved = {
        "recipe": recipe,
        "recipe_hash": "r",
        "features": [{"feature_id": name} for name in NAMES],
        "features_hash": "f",
        "packs": {"core_value_v1": [{"feature_id": name} for name in NAMES]},
        "contracts": {"core_value_v1": "c"},
        "catalogs": {"L1.csv": {"version": "L1_v1", "sha256": "s"}},
    }
    (folder / "resolved.json").write_text(json.dumps(resolved))
    return folder


def train(inputs, out):
    command = [sys.executable, HERE / "train.py", "--resolved", inputs / "resolved.json", "--features", inputs / "features.parquet"]
    subprocess.run([*command, "--bars", inputs / "bars.csv", "--out", out, "--trainer-check"], check=True, capture_output=True)
    return {name: (out / name).read_bytes() for name in ("model.onnx", "golden.json", "record.json")}


@pytest.fixture(scope="module")
def trained(inputs, tmp_path_factory):
    return train(inputs, tmp_path_factory.mktemp("first") / "1")


def test_two_runs_give_the_same_bytes(inputs, trained, tmp_path):
    assert train(inputs, tmp_path / "1") == trained


def test_golden_rows_are_reproduced_by_the_onnx_file(trained):
    golden = json.loads(trained["golden.json"])
    rows = np.array([row["features"] for row in golden["rows"]], np.float32)
    assert rows.shape == (32, 3)
    assert score(trained["model.onnx"], rows).tolist() == [row["p_up"] for row in golden["rows"]]


def test_rows_with_a_null_feature_are_dropped_and_counted(trained):
    assert json.loads(trained["record.json"])["dataset"]["incomplete_rows"] == 40


def test_the_model_learns_what_is_there_to_learn(trained):
    metrics = json.loads(trained["record.json"])["metrics"]["test"]
    assert metrics["model"]["auc"] > 0.6
    assert metrics["log_loss_gain_over_base_rate"]["ci95"][0] > 0


def test_no_label_of_train_reaches_into_validation(trained):
    parts = json.loads(trained["record.json"])["dataset"]["parts"]
    assert parts["train"]["labels_to"] < parts["validation"]["from"]
    assert parts["validation"]["labels_to"] < parts["test"]["from"]


def test_a_table_has_the_same_hash_from_parquet_and_csv(inputs, tmp_path):
    bars = read_table(inputs / "bars.csv", BAR_COLUMNS, [], "1d")
    shuffled = pd.read_csv(inputs / "bars.csv").sample(frac=1, random_state=1)
    shuffled["ts"] = pd.to_datetime(shuffled["ts"], unit="ms", utc=True)
    shuffled["symbol"] = shuffled["symbol"].map(str.encode)
    shuffled.to_parquet(tmp_path / "bars.parquet")
    assert content_hash(read_table(tmp_path / "bars.parquet", BAR_COLUMNS, [], "1d")) == content_hash(bars)


def test_a_split_that_the_bars_do_not_have_is_named(inputs, tmp_path):
    bars = read_table(inputs / "bars.csv", BAR_COLUMNS, [], "1d")
    listed = "symbol,event_type,effective_date,value,detail\nBBB,split,1970-06-01,2,2:1\n"
    (tmp_path / "splits.csv").write_text(listed)
    with pytest.raises(ValueError, match="split of BBB on 1970-06-01: listed 2.0, bars have None"):
        check_splits(bars, tmp_path / "splits.csv")
    bars.loc[(bars["symbol"] == "BBB") & (bars["ts"] == 151 * DAY), "split_factor"] = 2.0
    check_splits(bars, tmp_path / "splits.csv")


def test_derived_inputs_come_behind_the_features(inputs, tmp_path):
    resolved = json.loads((inputs / "resolved.json").read_text())
    entry = {"input_id": "b_lag_1", "transform": {"kind": "lag", "k": 1}, "feature": {"feature_id": "b_value"}}
    (tmp_path / "resolved.json").write_text(json.dumps({**resolved, "derived": [entry]}))
    features = pd.read_parquet(inputs / "features.parquet")
    features["b_lag_1"] = features.groupby("symbol")["b_value"].shift(1)
    features.to_parquet(tmp_path / "features.parquet")
    command = [sys.executable, HERE / "train.py", "--resolved", tmp_path / "resolved.json", "--features", tmp_path / "features.parquet"]
    subprocess.run([*command, "--bars", inputs / "bars.csv", "--out", tmp_path / "1"], check=True, capture_output=True)
    record = json.loads((tmp_path / "1" / "record.json").read_text())
    assert record["derived"] == [entry]
    assert record["onnx"]["input"]["width"] == 4
    assert json.loads((tmp_path / "1" / "golden.json").read_text())["features"] == [*NAMES, "b_lag_1"]
    # The lag has no value on one row more of each symbol.
    assert record["dataset"]["incomplete_rows"] == 44
