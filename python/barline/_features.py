"""What a data scientist asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timezone
from typing import Union

import pyarrow as pa

from ._client import get_json, post_arrow

POINTS_A_REQUEST = 4_000

Time = Union[int, str, date, datetime]


def get_features(
    symbols: Sequence[str] | str,
    as_of: Time | None = None,
    pack_id: str = "core_v1",
    time_horizon: str = "1h",
    *,
    max_age_bars: int | None = None,
    max_age_ms: int | None = None,
    zones: bool = False,
    as_: str = "pandas",
    url: str | None = None,
):
    """One row for each symbol: the newest known at `as_of`, or the newest there is.

    `status` is ok, stale (older than allowed: without values) or no_row. States are int8 codes, events bools, vectors lists that are
    empty where there are none. With `zones` the support and resistance zones of the bars are columns `zone_id`, `zone_type` (-1 support,
    1 resistance, 0 it holds the close), `zone_low`, ...: a list each, oldest zone first. Raises FeatureError.
    """
    asked = {"symbols": _names(symbols), "pack_id": pack_id, "time_horizon": time_horizon}
    asked |= {"max_age_bars": max_age_bars, "max_age_ms": max_age_ms, "as_of": None if as_of is None else _time(as_of)}
    asked |= {"zones": zones or None}
    return _as(post_arrow("/v1/features", _given(asked), url), as_)


def get_history(
    symbols: Sequence[str] | str,
    from_: Time,
    to: Time,
    pack_id: str = "core_v1",
    time_horizon: str = "1h",
    *,
    features: Sequence[str] | None = None,
    zones: bool = False,
    as_: str = "pandas",
    url: str | None = None,
):
    """The rows with from_ <= ts < to, by symbol and ts, as they are known now; `zones` as in get_features. Raises FeatureError."""
    asked = {"symbols": _names(symbols), "from": _time(from_), "to": _time(to), "pack_id": pack_id}
    asked |= {"time_horizon": time_horizon, "features": features and list(features), "zones": zones or None}
    return _as(post_arrow("/v1/history", _given(asked), url), as_)


def training_set(
    symbols: Sequence[str] | str | None = None,
    from_: Time | None = None,
    to: Time | None = None,
    pack_id: str = "core_v1",
    time_horizon: str = "1h",
    *,
    points: Iterable[tuple[str, Time]] | None = None,
    horizon_bars: int = 1,
    features: Sequence[str] | None = None,
    transformations: Sequence[dict] | None = None,
    as_: str = "pandas",
    url: str | None = None,
):
    """Decisions with the features known at that moment (`known_at <= as_of`) and the forward return behind it.

    A decision is made at the open of every bar with from_ <= open < to, or at the given `points` (symbol, time). Entry is the open of the
    first bar that opens at the decision or later, exit the close `horizon_bars` bars on, splits in between taken out. Decisions without
    a row, or whose exit is still to come, are left out. `transformations` are those of a recipe: lags and averages of features of the pack,
    a column each, the numbers that a model of such a recipe is given online. Raises FeatureError, and ValueError if neither a span nor points are given.
    """
    shape = _given({"pack_id": pack_id, "time_horizon": time_horizon, "horizon_bars": horizon_bars})
    shape |= {} if features is None else {"features": list(features)}
    shape |= {} if transformations is None else {"transformations": list(transformations)}
    if points is not None:
        wanted = [{"symbol": symbol, "as_of": _time(at)} for symbol, at in points]
        parts = [wanted[start : start + POINTS_A_REQUEST] for start in range(0, len(wanted), POINTS_A_REQUEST)]
        if not parts:
            raise ValueError("points is empty")
        return _as(pa.concat_tables(post_arrow("/v1/training-set", {"points": part, **shape}, url) for part in parts), as_)
    if symbols is None or from_ is None or to is None:
        raise ValueError("give symbols, from_ and to, or points")
    asked = {"symbols": _names(symbols), "from": _time(from_), "to": _time(to), **shape}
    return _as(post_arrow("/v1/training-set", asked, url), as_)


def list_packs(url: str | None = None) -> dict:
    """The packs and views that are served, with features, codes and contract hashes. Raises FeatureError."""
    return get_json("/v1/packs", url)


def imputed_features(mask: str, pack: dict) -> list[str]:
    """The features that a hex mask of a column `imputed_<pack>` names, by a pack of `list_packs`: bit o of the mask is that of ordinal o."""
    bits = bytes.fromhex(mask)
    return [
        feature["id"]
        for feature in pack["features"]
        if feature["ordinal"] // 8 < len(bits) and bits[feature["ordinal"] // 8] >> feature["ordinal"] % 8 & 1
    ]


def _names(symbols: Sequence[str] | str) -> list[str]:
    return [symbols] if isinstance(symbols, str) else list(symbols)


def _time(at: Time) -> int | str:
    """Milliseconds or text as the service takes it; a datetime without zone is refused, since it could mean any."""
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise ValueError(f"{at!r} has no time zone; write datetime(..., tzinfo=timezone.utc)")
        return round(at.astimezone(timezone.utc).timestamp() * 1000)
    return at.isoformat() if isinstance(at, date) else at


def _given(fields: dict) -> dict:
    return {name: value for name, value in fields.items() if value is not None}


def _as(table: pa.Table, kind: str):
    if kind == "arrow":
        return table
    if kind == "pandas":
        return table.to_pandas()
    if kind == "polars":
        import polars

        return polars.from_arrow(table)
    raise ValueError(f"as_ is {kind!r}; it must be pandas, polars or arrow")
