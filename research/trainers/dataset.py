"""The training table: feature rows of the universe beside their labels, checked for look-ahead."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from labels import forward_returns, sign_labels, trailing_returns
from splits import PARTS, Period, split_by_time


class Dataset(NamedTuple):
    parts: dict[str, pd.DataFrame]
    counts: dict[str, int]


def assemble(features: pd.DataFrame, bars: pd.DataFrame, recipe: dict, names: list[str]) -> Dataset:
    """Joins the feature rows of the universe with their labels and splits them; rows with a null feature are dropped.

    Raises ValueError if a feature row has no bar, or was known only after the close of its entry bar.
    """
    symbols = set(recipe["universe"]["symbols"])
    features = features[features["symbol"].isin(symbols)]
    bars = bars[bars["symbol"].isin(symbols)]
    horizon = recipe["target"]["horizon_bars"]
    _check_rows_have_bars(features, bars)
    complete = features[np.isfinite(features[names].to_numpy()).all(axis=1)]
    labelled = complete.merge(forward_returns(bars, horizon), on=["symbol", "ts"], how="inner", validate="one_to_one")
    late = labelled[labelled["known_at"] > labelled["entry_ts"]]
    if len(late):
        first = late.iloc[0]
        raise ValueError(f"{len(late)} feature rows were known only after their entry bar, first {first['symbol']} {first['ts']}")
    labelled["label"] = sign_labels(labelled["forward_return"], recipe["target"]["transform"]["threshold"])
    labelled = labelled.merge(trailing_returns(bars, horizon), on=["symbol", "ts"], how="left", validate="one_to_one")
    labelled = labelled.sort_values(["ts", "symbol"], kind="stable").reset_index(drop=True)
    periods = {name: Period(recipe["split"][name]["from"], recipe["split"][name]["to"]) for name in PARTS}
    parts = split_by_time(labelled, bars["ts"].to_numpy(), periods, recipe["split"]["gap_bars"])
    counts = {
        "feature_rows": len(features),
        "incomplete_rows": len(features) - len(complete),
        "unlabelled_rows": len(complete) - len(labelled),
        "rows_outside_parts": len(labelled) - sum(len(part) for part in parts.values()),
    }
    return Dataset(parts, counts)


def _check_rows_have_bars(features: pd.DataFrame, bars: pd.DataFrame) -> None:
    joined = features[["symbol", "ts"]].merge(bars[["symbol", "ts"]], on=["symbol", "ts"], how="left", indicator=True)
    alone = joined[joined["_merge"] == "left_only"]
    if len(alone):
        first = alone.iloc[0]
        raise ValueError(f"{len(alone)} feature rows have no bar, first {first['symbol']} {first['ts']}")
