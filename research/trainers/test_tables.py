import numpy as np
import pandas as pd
import pytest

from compare_exports import difference
from split_check import check_splits
from tables import BAR_COLUMNS, content_hash, read_table

DAY = 86_400_000


def bars_of(*symbols):
    parts = []
    for symbol in symbols:
        ts = np.arange(4) * DAY
        times = {"symbol": symbol, "timeframe": "1d", "ts": ts, "known_at": ts, "ts_open": ts - DAY // 4}
        # No short decimals: a reader of CSV that is a bit off would show.
        prices = {name: np.sqrt(np.arange(4) + place + 2) for place, name in enumerate(("open", "high", "low", "close"))}
        parts.append(pd.DataFrame({**times, **prices, "volume": [1.0, np.nan, 3.0, 4.0], "split_factor": 1.0}))
    return pd.concat(parts, ignore_index=True)


def read_bars(path):
    return read_table(path, BAR_COLUMNS, [], "1d")


def from_parquet_and_csv(frame, folder):
    frame.to_parquet(folder / "bars.parquet")
    frame.to_csv(folder / "bars.csv", index=False)
    return read_bars(folder / "bars.parquet"), read_bars(folder / "bars.csv")


@pytest.mark.parametrize("symbols", [("AAPL", "NA"), ("0700",), ("1E5", "TRUE", "null", "nan")])
def test_a_symbol_is_text_whatever_it_looks_like(tmp_path, symbols):
    parquet, csv = from_parquet_and_csv(bars_of(*symbols), tmp_path)
    assert set(csv["symbol"]) == set(symbols)
    assert content_hash(csv) == content_hash(parquet)


def test_null_in_a_csv_of_clickhouse_is_null(tmp_path):
    parquet, csv = from_parquet_and_csv(bars_of("AAPL"), tmp_path)
    (tmp_path / "bars.csv").write_text((tmp_path / "bars.csv").read_text().replace(",,", r",\N,"))
    again = read_bars(tmp_path / "bars.csv")
    assert again["volume"].isna().sum() == 1
    assert content_hash(again) == content_hash(parquet) == content_hash(csv)


def test_a_split_of_a_symbol_of_digits_is_found(tmp_path):
    (tmp_path / "splits.csv").write_text("symbol,event_type,effective_date,value,detail\n0700,split,1970-01-03,5,5:1\n")
    with pytest.raises(ValueError, match="split of 0700 on 1970-01-03: listed 5.0, bars have None"):
        check_splits(bars_of("0700"), tmp_path / "splits.csv")


@pytest.mark.parametrize("column", ["symbol", "timeframe", "ts", "known_at", "ts_open"])
def test_a_row_without_symbol_or_time_is_refused(tmp_path, column):
    frame = bars_of("AAPL").astype({"ts": "Int64", "known_at": "Int64", "ts_open": "Int64"})
    frame.loc[2, column] = None
    frame.to_csv(tmp_path / "bars.csv", index=False)
    with pytest.raises(ValueError, match=f"1 rows have no {column}$"):
        read_bars(tmp_path / "bars.csv")


def test_an_export_without_the_opens_says_how_to_get_them(tmp_path):
    bars_of("AAPL").drop(columns="ts_open").to_csv(tmp_path / "bars.csv", index=False)
    with pytest.raises(ValueError, match="no column ts_open; `barline export` writes"):
        read_bars(tmp_path / "bars.csv")


def test_the_opens_of_bars_are_no_part_of_the_hash_but_exports_with_others_differ(tmp_path):
    bars, _ = from_parquet_and_csv(bars_of("AAPL"), tmp_path)
    moved = bars.assign(ts_open=bars["ts_open"] - 1)
    assert content_hash(moved) == content_hash(bars) == content_hash(bars.drop(columns="ts_open"))
    assert difference("bars", bars, bars.copy()) is None
    assert difference("bars", bars, moved).startswith("bars: ts_open differs in 4 rows, first AAPL 0")
