"""The shipped models can be made again from the shipped bars, as models/README.md says. Needs Node and the installed packages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tables import BAR_COLUMNS, read_table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.mark.parametrize("model", ["equity_daily_momentum", "equity_daily_changes"])
def test_training_again_gives_the_shipped_model(model, tmp_path):
    shipped = ROOT / "models" / model / "1"
    record = json.loads((shipped / "record.json").read_text())
    export = ["node", "--import", "tsx", "research/export-offline.ts", record["recipe_id"], tmp_path / "export"]
    subprocess.run(export, check=True, capture_output=True, cwd=ROOT)
    inputs = {name: tmp_path / "export" / f"{name}.csv" for name in ("features", "bars")}
    command = [sys.executable, HERE / "train.py", "--resolved", tmp_path / "export/resolved.json", "--splits", ROOT / "data/us-equity_splits.csv"]
    command += ["--features", inputs["features"], "--bars", inputs["bars"], "--out", tmp_path / "1", "--trainer-check"]
    subprocess.run(command, check=True, capture_output=True)
    again = json.loads((tmp_path / "1/record.json").read_text())

    assert again["dataset"] == record["dataset"]
    bars = read_table(inputs["bars"], BAR_COLUMNS, [], record["timeframe"])
    assert (bars["ts_open"] < bars["ts"]).all()
    # Bits of the coefficients depend on the kind of CPU; what went into them does not.
    for name in ("model.onnx", "golden.json", "contracts.json", "record.json"):
        assert (tmp_path / "1" / name).read_bytes() == (shipped / name).read_bytes(), f"{name} differs: another CPU, or other libraries?"
