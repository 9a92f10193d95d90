"""The estimators a recipe may name. Scaling is a step of the pipeline, so that it ends up inside the ONNX graph."""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


def build(kind: str, params: dict, seed: int) -> Pipeline:
    """An unfitted pipeline of this kind. Raises ValueError on a kind that is not known."""
    if kind == "logistic_regression":
        return Pipeline([("scale", StandardScaler()), ("classify", LogisticRegression(random_state=seed, **params))])
    if kind == "hist_gradient_boosting":
        # Early stopping would set aside rows at random, which leaks between overlapping labels.
        booster = HistGradientBoostingClassifier(random_state=seed, early_stopping=False, **params)
        return Pipeline([("scale", StandardScaler()), ("classify", booster)])
    raise ValueError(f"unknown estimator kind {kind}")


def choose(validation_scores: list[float], margin: float) -> int:
    """Index of the candidate to ship: a later one replaces the choice only if its loss is lower by at least the margin."""
    chosen = 0
    for index, score in enumerate(validation_scores):
        if score < validation_scores[chosen] - margin:
            chosen = index
    return chosen
