"""Golden rows: feature rows with the scores that every runtime must give for them."""

import numpy as np
import pandas as pd

from splits import PARTS

ROWS = 32


def golden_rows(parts: dict[str, pd.DataFrame], names: list[str], scores: dict[str, np.ndarray]) -> dict:
    """32 rows evenly spread over all rows by score, lowest and highest included; numbers are exact float32 values."""
    rows = pd.concat([parts[name].assign(p_up=scores[name]) for name in PARTS], ignore_index=True)
    rows = rows.sort_values(["p_up", "ts", "symbol"], kind="stable").reset_index(drop=True)
    picked = rows.iloc[np.linspace(0, len(rows) - 1, ROWS).round().astype(int)]
    return {
        "features": names,
        "rows": [
            {
                "symbol": row["symbol"],
                "ts": int(row["ts"]),
                "features": [float(row[name]) for name in names],
                "p_up": float(row["p_up"]),
            }
            for _, row in picked.iterrows()
        ],
    }
