"""Whether the split factors that the bars carry are those of the list of splits."""

from pathlib import Path

import pandas as pd

from tables import read_csv


def check_splits(bars: pd.DataFrame, splits_file: Path | None) -> None:
    """Raises ValueError naming symbol and day unless the bars' factors other than 1 are the listed ones.

    A listed split belongs to the first bar at or after its effective date; one before a symbol's first bar or after its last
    is not expected. The list has the columns symbol, event_type, effective_date and value (new shares per old).
    """
    if splits_file is None:
        return
    listed = read_csv(splits_file)
    listed = listed[listed["event_type"] == "split"]
    expected: dict[tuple[str, str], float] = {}
    days = pd.to_datetime(bars["ts"], unit="ms", utc=True).dt.strftime("%Y-%m-%d")
    for split in listed.itertuples():
        own = days[(bars["symbol"] == split.symbol)]
        after = own[own >= split.effective_date]
        if len(after) and own.iloc[0] < split.effective_date:
            place = (split.symbol, after.iloc[0])
            expected[place] = expected.get(place, 1.0) * float(split.value)
    marked = bars["split_factor"] != 1
    found = {(symbol, day): float(factor) for symbol, day, factor in zip(bars["symbol"][marked], days[marked], bars["split_factor"][marked])}
    for place in sorted(expected.keys() | found.keys()):
        if expected.get(place, 1.0) != found.get(place, 1.0):
            raise ValueError(f"split of {place[0]} on {place[1]}: listed {expected.get(place)}, bars have {found.get(place)}")
