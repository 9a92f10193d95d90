"""Asks the feature service through the Python package what standard input says, and prints the answers as JSON."""

import json
import sys

import barline

asked = json.load(sys.stdin)
url = sys.argv[1]


def as_of(question: dict) -> list:
    table = barline.get_features(
        question["symbol"], question["asOf"], question["packId"], question["timeHorizon"], as_="arrow", url=url
    )
    row = table.to_pylist()[0]
    return [row["status"], row["ts"] and round(row["ts"].timestamp() * 1000), [row[name] for name in question["features"]]]


def code_of(ask) -> str:
    try:
        ask()
    except barline.FeatureError as error:
        return error.code
    return "no error"


span = asked["span"]
history = barline.get_history(span["symbols"], span["from"], span["to"], time_horizon="1d", url=url)
training = barline.training_set(span["symbols"], span["from"], span["to"], time_horizon="1d", horizon_bars=3, url=url)
derived = barline.training_set(
    **{"symbols": span["symbols"], "from_": span["from"], "to": span["to"], "time_horizon": "1d", "features": ["rsi_14_value"]},
    **{"transformations": asked["transformations"], "as_": "arrow", "url": url},
).to_pylist()
names = [each["id"] for each in asked["transformations"]]
pack = next(each for view in barline.list_packs(url)["views"] for each in view["packs"] if each["features"])
json.dump(
    {
        "answers": [as_of(question) for question in asked["questions"]],
        "history": [[row.symbol, int(row.ts.timestamp() * 1000)] for row in history.itertuples()],
        "training": [
            [row.symbol, *(int(at.timestamp() * 1000) for at in (row.as_of, row.known_at, row.exit_ts)), row.forward_return]
            for row in training.itertuples()
        ],
        "derived": [[row["symbol"], round(row["ts"].timestamp() * 1000), [row[name] for name in names]] for row in derived],
        "imputed": barline.imputed_features("01", pack),
        "codes": [
            code_of(lambda: barline.get_features("NOBODY", time_horizon="1d", url=url)),
            code_of(lambda: barline.get_history(["ASH"], 2, 1, time_horizon="1d", url=url)),
            code_of(lambda: barline.get_features("ASH", url="http://127.0.0.1:1")),
        ],
    },
    sys.stdout,
)
