"""Splits of a panel by time. Rows are counted in dates, never in rows: ten symbols on one day are one date."""

from typing import NamedTuple

import numpy as np
import pandas as pd

PARTS = ("train", "validation", "test")


class Period(NamedTuple):
    """First and last calendar day (UTC, inclusive) of one part, as ISO dates."""

    first: str
    last: str


def split_by_time(rows: pd.DataFrame, bar_times: np.ndarray, periods: dict[str, Period], gap_bars: int) -> dict[str, pd.DataFrame]:
    """Cuts rows (`ts`, `exit_ts`) into train, validation and test, in order of time.

    Before each following part the last `gap_bars` distinct bar times of the panel are left out, and beyond that every row
    whose label reaches into the following part (a symbol with missing bars has longer labels). `bar_times` are the bar
    closes of the whole panel, epoch milliseconds. Raises ValueError if parts overlap or are out of order.
    """
    times = np.unique(bar_times)
    parts = {}
    for position, name in enumerate(PARTS):
        first, last = _bounds(periods[name])
        chosen = (rows["ts"] >= first) & (rows["ts"] <= last)
        if position + 1 < len(PARTS):
            following, _ = _bounds(periods[PARTS[position + 1]])
            if following <= last:
                raise ValueError(f"{PARTS[position + 1]} begins before {name} ends")
            before = times[times < following]
            if len(before) <= gap_bars:
                raise ValueError(f"fewer than {gap_bars} bar times before {PARTS[position + 1]}")
            chosen &= (rows["ts"] < before[len(before) - gap_bars]) if gap_bars else True
            chosen &= rows["exit_ts"] < following
        parts[name] = rows[chosen].reset_index(drop=True)
    for earlier, later in zip(PARTS, PARTS[1:]):
        if len(parts[earlier]) and len(parts[later]) and parts[earlier]["exit_ts"].max() >= parts[later]["ts"].min():
            raise AssertionError(f"a label of {earlier} reaches into {later}")
    return parts


def _bounds(period: Period) -> tuple[int, int]:
    day = 24 * 60 * 60 * 1000
    first = int(pd.Timestamp(period.first, tz="UTC").timestamp() * 1000)
    return first, int(pd.Timestamp(period.last, tz="UTC").timestamp() * 1000) + day - 1
