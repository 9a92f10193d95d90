"""The candle embedding of Barline's engine (indicator candle_embedding_v1), computed over whole series from its formula.

A test of the engine holds both to the same numbers: the golden rows of `models/candle_centroids/1`.
"""

import numpy as np
import pandas as pd

WIDTH = 16
WINDOW = 20
COEFFICIENTS = 4
FIRST_BAR = 40

VOLATILITY_DECAY = 0.94
SEED_RETURNS = 20
RETURN_LIMIT = 5.0
ZERO = 1e-14


def candle_embedding(bars: pd.DataFrame) -> np.ndarray:
    """One row of 16 float64 a bar from split-adjusted open, high, low, close, oldest first; NaN before bar 40."""
    channels = [_scaled_returns(bars["close"].to_numpy()), *_candle_shape(bars)]
    rows = np.full((len(bars), WIDTH), np.nan)
    basis = _cosine_basis()
    for place, channel in enumerate(channels):
        columns = slice(place * COEFFICIENTS, (place + 1) * COEFFICIENTS)
        for bar in range(FIRST_BAR, len(bars)):
            rows[bar, columns] = basis @ channel[bar - WINDOW + 1 : bar + 1]
    return rows


def adjust_for_splits(bars: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The bars of one symbol in the units of the last one: prices before a split (date, new shares per old) are divided by it."""
    divisor = np.ones(len(bars))
    for split in splits.itertuples():
        divisor[(bars["date"] < split.effective_date).to_numpy()] *= float(split.value)
    adjusted = bars.copy()
    for price in ("open", "high", "low", "close"):
        adjusted[price] = bars[price].to_numpy() / divisor
    return adjusted


def _scaled_returns(close: np.ndarray) -> np.ndarray:
    """Log returns over the volatility known before the bar, cut off at 5; NaN while there is none."""
    returns = np.full(len(close), np.nan)
    returns[1:] = np.log(close[1:] / close[:-1])
    scaled = np.full(len(close), np.nan)
    variance = np.mean(returns[1 : SEED_RETURNS + 1] ** 2)
    for bar in range(SEED_RETURNS + 1, len(close)):
        volatility = np.sqrt(variance)
        scaled[bar] = 0.0 if volatility <= ZERO else np.clip(returns[bar] / volatility, -RETURN_LIMIT, RETURN_LIMIT)
        variance = VOLATILITY_DECAY * variance + (1 - VOLATILITY_DECAY) * returns[bar] ** 2
    return scaled


def _candle_shape(bars: pd.DataFrame) -> list[np.ndarray]:
    """Signed body, upper wick and lower wick as parts of the range; 0 without a range."""
    o, h, l, c = (bars[name].to_numpy() for name in ("open", "high", "low", "close"))
    flat = h - l <= ZERO
    span = np.where(flat, 1.0, h - l)
    parts = [c - o, h - np.maximum(o, c), np.minimum(o, c) - l]
    return [np.where(flat, 0.0, part / span) for part in parts]


def _cosine_basis() -> np.ndarray:
    """Rows of the orthonormal DCT-II, one for each coefficient."""
    k, i = np.arange(COEFFICIENTS)[:, None], np.arange(WINDOW)[None, :]
    scale = np.sqrt(2 / WINDOW) * np.where(k == 0, np.sqrt(0.5), 1.0)
    return scale * np.cos(np.pi * (i + 0.5) * k / WINDOW)
