"""Says whether two exports hold the same rows, bit for bit, whatever their file formats and row order.

    python compare_exports.py --resolved resolved.json --features a.parquet b.csv --bars a.parquet b.csv

Exit code 0 if they do; 1 after naming the first differing row and column.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from tables import BAR_COLUMNS, UNHASHED, content_hash, input_names, read_table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resolved", type=Path, required=True)
    parser.add_argument("--features", type=Path, nargs=2, required=True)
    parser.add_argument("--bars", type=Path, nargs=2, required=True)
    options = parser.parse_args()
    resolved = json.loads(options.resolved.read_text())
    names = input_names(resolved)
    timeframe = resolved["recipe"]["timeframe"]
    keys = ["symbol", "timeframe", "ts", "known_at"]
    feature_tables = [read_table(path, [*keys, *names], names, timeframe) for path in options.features]
    bar_tables = [read_table(path, BAR_COLUMNS, [], timeframe) for path in options.bars]
    differences = [difference("features", *feature_tables), difference("bars", *bar_tables)]
    for line in filter(None, differences):
        print(line)
    return 1 if any(differences) else 0


def difference(name: str, left: pd.DataFrame, right: pd.DataFrame) -> str | None:
    """The first difference of two tables in words, or None."""
    if content_hash(left) == content_hash(right) and all(left[each].equals(right[each]) for each in left.columns.intersection(UNHASHED)):
        print(f"{name}: {len(left)} rows, the same: {content_hash(left)}")
        return None
    if len(left) != len(right):
        return f"{name}: {len(left)} rows against {len(right)}"
    for column in left.columns:
        a, b = left[column].to_numpy(), right[column].to_numpy()
        both_null = np.isnan(a) & np.isnan(b) if a.dtype.kind == "f" else np.zeros(len(a), bool)
        differs = np.flatnonzero((a != b) & ~both_null)
        if len(differs):
            at = differs[0]
            row = f"{left['symbol'][at]} {left['ts'][at]}"
            return f"{name}: {column} differs in {len(differs)} rows, first {row}: {a[at]!r} against {b[at]!r}"
    return f"{name}: differ in a sign of zero"


if __name__ == "__main__":
    sys.exit(main())
