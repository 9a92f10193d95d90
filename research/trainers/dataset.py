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

    Raises ValueError if a symbol of the universe has no rows, a feature row has no bar, or one was known only after the open at
    which its label enters. Such a row is not given a later entry: the recipe says where the row of a bar enters, and a model is
    known by its recipe.
    """
    symbols = set(recipe["universe"]["symbols"])
    _check_universe(symbols, features, bars)
    features, bars = (table[table["symbol"].isin(symbols)] for table in (features, bars))
    horizon = recipe["target"]["horizon_bars"]
    _check_rows_have_bars(features, bars)
    complete = features[np.isfinite(features[names].to_numpy()).all(axis=1)]
    labelled = complete.merge(forward_returns(bars, horizon), on=["symbol", "ts"], how="inner", validate="one_to_one")
    _check_known_at_entry(labelled)
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


def _check_universe(symbols: set[str], features: pd.DataFrame, bars: pd.DataFrame) -> None:
    for rows, table in (("feature rows", features), ("bars", bars)):
        found = set(table["symbol"])
        if missing := sorted(symbols - found):
            there = ", ".join(sorted(found)[:10]) + (", ..." if len(found) > 10 else "")
            raise ValueError(f"no {rows} of {', '.join(missing)}, which the recipe's universe names; there are some of: {there or 'no symbol'}")


def _check_known_at_entry(labelled: pd.DataFrame) -> None:
    late = labelled[labelled["known_at"] > labelled["entry_ts"]]
    if len(late):
        first = late.iloc[0]
        raise ValueError(
            f"{len(late)} of {len(labelled)} feature rows were known only after the open at which their label enters, first that of"
            f" {first['symbol']} {first['ts']}: known at {first['known_at']}, entry at {first['entry_ts']} (epoch ms). They would be"
            " looking ahead. A training set of the feature service pairs each open with the newest row known by then"
        )


def _check_rows_have_bars(features: pd.DataFrame, bars: pd.DataFrame) -> None:
    joined = features[["symbol", "ts"]].merge(bars[["symbol", "ts"]], on=["symbol", "ts"], how="left", indicator=True)
    alone = joined[joined["_merge"] == "left_only"]
    if len(alone):
        first = alone.iloc[0]
        raise ValueError(f"{len(alone)} feature rows have no bar, first {first['symbol']} {first['ts']}")
