"""How good probabilities were, and how sure one can be of it when labels overlap."""

import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

MIN_CROSS_SECTION = 3


def evaluate(part: pd.DataFrame, p_up: np.ndarray) -> dict:
    """Metrics of one part (`ts`, `label`, `forward_return`) under these probabilities; null where one is not defined.

    ic is the Pearson and rank_ic the Spearman correlation of p_up with the forward return, per timestamp with at least three
    symbols, then averaged; icir = mean / sd (ddof 1), not annualised.
    """
    labels = part["label"].to_numpy()
    both = len(np.unique(labels)) == 2
    scored = part.assign(p_up=p_up)
    sections = [own for _, own in scored.groupby("ts") if len(own) >= MIN_CROSS_SECTION]
    pearson = _defined([_correlation(own["p_up"], own["forward_return"]) for own in sections])
    spearman = _defined([_correlation(own["p_up"].rank(), own["forward_return"].rank()) for own in sections])
    return {
        "log_loss": float(log_loss(labels, p_up, labels=[0, 1])),
        "auc": float(roc_auc_score(labels, p_up)) if both else None,
        "accuracy": float(np.mean((p_up > 0.5) == (labels == 1))),
        "brier": float(brier_score_loss(labels, p_up)),
        "ic": _mean(pearson),
        "icir": _ratio(pearson),
        "rank_ic": _mean(spearman),
        "rank_icir": _ratio(spearman),
        "ic_dates": len(pearson),
    }


def bootstrap_log_loss_gain(part: pd.DataFrame, p_up: np.ndarray, baseline: np.ndarray, block_dates: int, seed: int) -> dict:
    """Log loss of the baseline minus that of the model (positive: the model is better), with a 95 % interval.

    The interval is from a moving-block bootstrap of whole dates, blocks as long as the label: neighbouring dates share most
    of their label, and rows of one date move together.
    """
    labels = part["label"].to_numpy()
    gain = _losses(labels, baseline) - _losses(labels, p_up)
    by_date = pd.DataFrame({"ts": part["ts"].to_numpy(), "gain": gain}).groupby("ts")["gain"].agg(["sum", "count"])
    sums, counts = by_date["sum"].to_numpy(), by_date["count"].to_numpy()
    random = np.random.default_rng(seed)
    blocks = -(-len(sums) // block_dates)
    means = []
    for _ in range(1000):
        starts = random.integers(0, len(sums) - block_dates + 1, size=blocks)
        picked = (starts[:, None] + np.arange(block_dates)).ravel()[: len(sums)]
        means.append(sums[picked].sum() / counts[picked].sum())
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": float(gain.mean()), "ci95": [float(low), float(high)], "block_dates": block_dates}


def _losses(labels: np.ndarray, p_up: np.ndarray) -> np.ndarray:
    return -np.log(np.where(labels == 1, p_up, 1 - p_up))


def _correlation(left: pd.Series, right: pd.Series) -> float:
    if left.nunique() < 2 or right.nunique() < 2:
        return float("nan")
    return float(np.corrcoef(left.to_numpy(dtype="float64"), right.to_numpy(dtype="float64"))[0, 1])


def _defined(values: list[float]) -> list[float]:
    return [value for value in values if not np.isnan(value)]


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _ratio(values: list[float]) -> float | None:
    if len(values) < 2 or np.std(values, ddof=1) == 0:
        return None
    return float(np.mean(values) / np.std(values, ddof=1))
