"""What a version says of itself: the metrics of the model beside those of predictions that need no model."""

import numpy as np
import pandas as pd

from metrics import bootstrap_log_loss_gain, evaluate
from splits import PARTS


def report(parts: dict[str, pd.DataFrame], scores: dict[str, np.ndarray], recipe: dict) -> dict:
    """Per part: rows, dates, base rate, and the metrics of the model, of the base rate of train, and of momentum's sign.

    The momentum baseline gives a row the share of ups that train had after a rise over the last horizon bars, or after none;
    it cannot be computed for a row with fewer bars before it, which then gets the base rate.
    """
    train = parts["train"]
    base_rate = float(train["label"].mean())
    rose = train["trailing_return"] > 0
    after_rise, after_fall = float(train["label"][rose].mean()), float(train["label"][~rose].mean())
    horizon = recipe["target"]["horizon_bars"]
    metrics = {}
    for name in PARTS:
        part = parts[name]
        p_up = scores[name].astype("float64")
        constant = np.full(len(part), base_rate)
        trailing = part["trailing_return"].to_numpy()
        momentum = np.where(np.isnan(trailing), base_rate, np.where(trailing > 0, after_rise, after_fall))
        metrics[name] = {
            "rows": len(part),
            "dates": int(part["ts"].nunique()),
            "first_ts": int(part["ts"].min()),
            "last_ts": int(part["ts"].max()),
            "base_rate": float(part["label"].mean()),
            "model": evaluate(part, p_up),
            "baseline_base_rate_of_train": evaluate(part, constant),
            "baseline_momentum_sign": evaluate(part, momentum),
            "log_loss_gain_over_base_rate": bootstrap_log_loss_gain(part, p_up, constant, horizon, recipe["seed"]),
            "log_loss_gain_over_momentum": bootstrap_log_loss_gain(part, p_up, momentum, horizon, recipe["seed"]),
        }
    return metrics
