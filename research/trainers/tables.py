"""Reads exported tables and says in one hash what rows they hold, whatever file format carried them."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

BAR_COLUMNS = ["symbol", "timeframe", "ts", "known_at", "ts_open", "open", "high", "low", "close", "volume", "split_factor"]

# Says which rows may be used and enters no number, so it is no part of what a data set is known by.
UNHASHED = ("ts_open",)

TEXTS = ("symbol", "timeframe")
TIMES = ("ts", "known_at", "ts_open")


def input_names(resolved: dict) -> list[str]:
    """Columns of all that a model takes, in order: its features, then what the recipe derives of features."""
    derived = [each["input_id"] for each in resolved.get("derived", [])]
    return [feature["feature_id"] for feature in resolved["features"]] + derived


def read_table(path: Path, columns: list[str], float32: list[str], timeframe: str) -> pd.DataFrame:
    """Rows of one timeframe of a Parquet or CSV export, sorted by (ts, symbol), with exactly these columns.

    `ts`, `known_at` and `ts_open` come back as UTC epoch milliseconds (int64), the columns of `float32` as float32, other numbers
    as float64; null is NaN, but a split_factor of null is 1. Raises ValueError on a missing column, an unknown file type, a row
    without symbol, timeframe or a time, or a (symbol, ts) that is there twice.
    """
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    elif path.name.endswith((".csv", ".csv.gz")):
        frame = read_csv(path)
    else:
        raise ValueError(f"{path}: neither .parquet nor .csv nor .csv.gz")
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(f"{path}: no column {', '.join(missing)}; `barline export` writes all that the trainer reads, so export again")
    table = pd.DataFrame(index=frame.index)
    for name in columns:
        if name in (*TEXTS, *TIMES) and frame[name].isna().any():
            raise ValueError(f"{path}: {int(frame[name].isna().sum())} rows have no {name}")
        if name in TEXTS:
            table[name] = frame[name].map(_text).astype(object)
        elif name in TIMES:
            table[name] = _epoch_ms(frame[name])
        else:
            table[name] = frame[name].astype("float64").astype("float32" if name in float32 else "float64")
    if "split_factor" in columns:
        table["split_factor"] = table["split_factor"].fillna(1.0)
    table = table[table["timeframe"] == timeframe].sort_values(["ts", "symbol"], kind="stable").reset_index(drop=True)
    repeated = table[table.duplicated(["symbol", "ts"])]
    if len(repeated):
        first = repeated.iloc[0]
        raise ValueError(f"{path}: {len(repeated)} rows repeat a (symbol, ts), first {first['symbol']} {first['ts']}")
    return table


def read_csv(path: Path) -> pd.DataFrame:
    """A CSV file whose symbols stay as they are written: `NA` is one, and so is `0700`. Null is an empty cell, or `\\N` as ClickHouse writes it."""
    return pd.read_csv(path, dtype={name: str for name in TEXTS}, keep_default_na=False, na_values=["", "\\N"])


def content_hash(table: pd.DataFrame) -> str:
    """Hex sha256 of the rows: column names and types, then each column's values as little-endian bytes (one NaN for null).

    The opens of bars are left out.
    """
    digest = hashlib.sha256()
    for name in (each for each in table.columns if each not in UNHASHED):
        values = table[name]
        digest.update(f"{name}:{values.dtype}:{len(values)}\n".encode())
        if values.dtype == object:
            digest.update("\n".join(values).encode())
        else:
            array = values.to_numpy()
            if array.dtype.kind == "f":
                array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
            digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def _text(value: object) -> str:
    # ClickHouse writes String columns as Parquet byte arrays unless it is told otherwise.
    return value.decode() if isinstance(value, bytes) else str(value)


def _epoch_ms(values: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(values):
        return values.astype("int64")
    return pd.to_datetime(values, utc=True).astype("datetime64[ms, UTC]").astype("int64")
