"""Features of Barline as of a time: online, history and training sets, as pandas, Polars or Arrow tables."""

from ._client import FeatureError
from ._features import get_features, get_history, imputed_features, list_packs, training_set

__all__ = ["FeatureError", "get_features", "get_history", "imputed_features", "list_packs", "training_set"]
