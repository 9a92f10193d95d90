import numpy as np
import pandas as pd
import pytest

from dataset import assemble

HOUR = 3_600_000
SYMBOLS = ("AAPL", "NA")
RECIPE = {
    "universe": {"symbols": list(SYMBOLS)},
    "target": {"horizon_bars": 2, "transform": {"threshold": 0}},
    "split": {
        "train": {"from": "1970-01-01", "to": "1970-01-02"},
        "validation": {"from": "1970-01-03", "to": "1970-01-03"},
        "test": {"from": "1970-01-04", "to": "1970-01-05"},
        "gap_bars": 2,
    },
}


def tables(delay=0, pause=0):
    """Features and bars of an hour each, known `delay` after they close; the next one opens `pause` after that close."""
    feature_parts, bar_parts = [], []
    for symbol in SYMBOLS:
        ts = np.arange(1, 97) * HOUR
        rows = {"symbol": symbol, "ts": ts, "known_at": ts + delay}
        prices = 100 + np.sin(np.arange(96))
        bar_parts.append(pd.DataFrame({**rows, "ts_open": ts - HOUR + pause, "open": prices, "close": prices, "split_factor": 1.0}))
        feature_parts.append(pd.DataFrame({**rows, "a_value": prices.astype("float32")}))
    return pd.concat(feature_parts, ignore_index=True), pd.concat(bar_parts, ignore_index=True)


def rows_of(features, bars):
    return sum(len(part) for part in assemble(features, bars, RECIPE, ["a_value"]).parts.values())


def test_a_row_known_just_after_the_open_of_its_entry_is_refused():
    with pytest.raises(ValueError, match="188 of 188 feature rows were known only after the open .* AAPL 3600000: known at 3600001, entry at 3600000"):
        rows_of(*tables(delay=1))


@pytest.mark.parametrize(("delay", "pause"), [(0, 0), (30_000, 30_000), (30_000, 60_000)])
def test_a_row_known_by_the_open_of_its_entry_is_accepted(delay, pause):
    assert rows_of(*tables(delay, pause)) == 2 * (96 - 2 - 2 * 2)


def test_one_late_row_among_many_is_found():
    features, bars = tables()
    features.loc[150, "known_at"] += 1
    with pytest.raises(ValueError, match="1 of 188 feature rows"):
        rows_of(features, bars)


def test_a_late_row_that_is_left_out_anyway_is_none_of_the_labels_business():
    features, bars = tables()
    features.loc[150, ["known_at", "a_value"]] = [bars["ts"].max(), np.nan]
    assert rows_of(features, bars) == 2 * (96 - 2 - 2 * 2) - 1


@pytest.mark.parametrize("place", [0, 1])
def test_a_symbol_of_the_universe_without_rows_is_named(place):
    both = list(tables())
    both[place] = both[place][both[place]["symbol"] != "NA"]
    with pytest.raises(ValueError, match=f"no {('feature rows', 'bars')[place]} of NA, which the recipe's universe names; there are some of: AAPL$"):
        rows_of(*both)


def test_symbols_beyond_the_universe_are_left_out():
    features, bars = tables()
    others = [pd.concat([table, table.assign(symbol="MSFT", ts_open=table["ts"] - 1)]) for table in (features, bars)]
    others = [table.drop_duplicates(["symbol", "ts"]) for table in others]
    assert rows_of(*others) == rows_of(features, bars)


def test_a_feature_row_without_a_bar_is_refused():
    features, bars = tables()
    with pytest.raises(ValueError, match="1 feature rows have no bar, first NA"):
        rows_of(features, bars.drop(index=100))
