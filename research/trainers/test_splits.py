import numpy as np
import pandas as pd
import pytest

from labels import forward_returns
from splits import Period, split_by_time

DAY = 86_400_000
PERIODS = {
    "train": Period("1970-01-01", "1970-02-09"),
    "validation": Period("1970-02-10", "1970-03-11"),
    "test": Period("1970-03-12", "1970-04-30"),
}


def panel(symbols=("A", "B", "C"), days=100, horizon=5, holes=()):
    parts = []
    for symbol in symbols:
        own = np.array([day for day in range(days) if (symbol, day) not in holes])
        prices = np.ones(len(own))
        parts.append(pd.DataFrame({"symbol": symbol, "ts": own * DAY, "ts_open": own * DAY - 1, "open": prices, "close": prices, "split_factor": prices}))
    bars = pd.concat(parts)
    return bars, forward_returns(bars, horizon)


def days_of(part):
    return sorted(set((part["ts"] // DAY).tolist()))


def test_the_gap_is_counted_in_dates_and_not_in_rows():
    bars, rows = panel()
    parts = split_by_time(rows, bars["ts"].to_numpy(), PERIODS, 5)
    assert days_of(parts["train"]) == list(range(0, 35))
    assert days_of(parts["validation"]) == list(range(40, 65))
    assert days_of(parts["test"]) == list(range(70, 95))
    assert len(parts["train"]) == 3 * 35


def test_no_label_of_a_part_reaches_into_the_next_even_for_a_symbol_with_missing_bars():
    bars, rows = panel(holes={("B", day) for day in range(33, 38)})
    parts = split_by_time(rows, bars["ts"].to_numpy(), PERIODS, 5)
    assert parts["train"]["exit_ts"].max() < 40 * DAY
    assert days_of(parts["train"][parts["train"]["symbol"] == "B"]) == list(range(0, 30))


def test_rows_keep_their_order_of_time():
    bars, rows = panel()
    rows = rows.sort_values(["ts", "symbol"])
    parts = split_by_time(rows, bars["ts"].to_numpy(), PERIODS, 5)
    assert all(part["ts"].is_monotonic_increasing for part in parts.values())


def test_a_gap_shorter_than_the_label_still_lets_no_label_through():
    bars, rows = panel()
    parts = split_by_time(rows, bars["ts"].to_numpy(), PERIODS, 0)
    assert parts["train"]["exit_ts"].max() < parts["validation"]["ts"].min()


def test_parts_that_overlap_are_refused():
    bars, rows = panel()
    overlapping = {**PERIODS, "validation": Period("1970-02-09", "1970-03-11")}
    with pytest.raises(ValueError, match="validation begins before train ends"):
        split_by_time(rows, bars["ts"].to_numpy(), overlapping, 5)
