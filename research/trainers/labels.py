"""Labels: what happened to a price after a feature row. They live here and never enter a feature view."""

import numpy as np
import pandas as pd


def forward_returns(bars: pd.DataFrame, horizon_bars: int) -> pd.DataFrame:
    """Forward return of every bar that has `horizon_bars` bars behind it, with the interval it is about.

    Entry is the open of the next bar, exit the close of bar t + horizon times the split factors effective in (entry, exit]:
    the entry bar's own factor is left out, since its open is already in the new units. `split_factor` of a bar is new shares
    per old of the splits for which it is the first bar in the new units, else 1. Bars of one timeframe, sorted by time.

    Returns symbol, ts (close of the row's bar), entry_ts (open of the entry bar), exit_ts (close of the exit bar; all epoch
    milliseconds) and forward_return. Raises ValueError on bars out of order, or one that does not open before it closes.
    """
    if horizon_bars < 1:
        raise ValueError(f"horizon_bars is {horizon_bars}, must be at least 1")
    labelled = [_of_symbol(own, horizon_bars) for _, own in bars.groupby("symbol", sort=True)]
    return pd.concat(labelled, ignore_index=True)


def _of_symbol(bars: pd.DataFrame, horizon_bars: int) -> pd.DataFrame:
    if not bars["ts"].is_monotonic_increasing:
        raise ValueError(f"bars of {bars['symbol'].iloc[0]} are not in order of time")
    ts_open = bars["ts_open"].to_numpy()
    if (ts_open >= bars["ts"].to_numpy()).any():
        raise ValueError(f"a bar of {bars['symbol'].iloc[0]} does not open before it closes")
    rows = max(len(bars) - horizon_bars, 0)
    ts = bars["ts"].to_numpy()
    entry = bars["open"].to_numpy()[1 : rows + 1]
    exit_price = bars["close"].to_numpy()[horizon_bars:]
    # Factors multiplied up to and including each bar: exit / entry of it is the product over (entry, exit].
    factors = np.cumprod(bars["split_factor"].to_numpy())
    between = factors[horizon_bars:] / factors[1 : rows + 1]
    return pd.DataFrame(
        {
            "symbol": bars["symbol"].to_numpy()[:rows],
            "ts": ts[:rows],
            "entry_ts": ts_open[1 : rows + 1],
            "exit_ts": ts[horizon_bars:],
            "forward_return": exit_price * between / entry - 1,
        }
    )


def sign_labels(forward_return: pd.Series, threshold: float) -> pd.Series:
    """1 where the forward return is above the threshold, else 0 (a return of exactly the threshold is not up)."""
    return (forward_return > threshold).astype("int64")


def trailing_returns(bars: pd.DataFrame, bars_back: int) -> pd.DataFrame:
    """Close-to-close return over the last `bars_back` bars, split-adjusted, at each bar that has them: symbol, ts, trailing_return."""
    parts = []
    for symbol, own in bars.groupby("symbol", sort=True):
        close = own["close"].to_numpy()
        factors = np.cumprod(own["split_factor"].to_numpy())
        trailing = close[bars_back:] * (factors[bars_back:] / factors[: len(own) - bars_back]) / close[: len(own) - bars_back] - 1
        parts.append(pd.DataFrame({"symbol": symbol, "ts": own["ts"].to_numpy()[bars_back:], "trailing_return": trailing}))
    return pd.concat(parts, ignore_index=True)
