"""Makes xnys.json, the sessions of the New York Stock Exchange from 1999 to 2030, as explicit dates.

    python3 -m venv /some/venv
    /some/venv/bin/pip install exchange_calendars==4.13.2 pandas_market_calendars==5.5.0
    /some/venv/bin/python catalog/calendars/generate.py

One-off: run again only to extend the range, and review the diff. The facts come from exchange_calendars (Apache-2.0) and
are compared with pandas_market_calendars (MIT); any disagreement beyond those settled below stops the script. No code of
either package is used here. crypto.json and fx.json are rules without dates and were written by hand.

Settled by hand:
- 1999-12-31 closed at 13:00. exchange_calendars has it, pandas_market_calendars calls it disputed. The exchange announced it
  in its news release of 1999-06-04 (board approves a close at 1:00 pm on December 31, 1999), and the S&P 500 volume in
  data/us-index_1d.csv.gz that day is 374 million shares, beside 555 million the day before and 312 million on the half day
  of 1999-11-26.
- 2005-06-01 counts as a full day. pandas_market_calendars closes it at 15:56, when a system failure ended trading. The
  calendar is a schedule known beforehand, so that barriers can be computed from it; halts do not belong in it.
- 2002-09-11 opened at 12:00 (memorial), announced beforehand: a late open. exchange_calendars knows no late opens.
  Delays of one to three minutes for a minute of silence (2001-09-17, 2001-10-08, 2003-03-20, 2004-06-07, 2006-12-27) are left out.

The exchange publishes its holidays about three years ahead: the dates from 2029 on are its rules projected, and no
unscheduled closure after 2026-10 (the newer of the two releases) can be in here.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import exchange_calendars
import pandas_market_calendars

FIRST, LAST = date(1999, 1, 1), date(2030, 12, 31)
ZONE = "America/New_York"
OPEN, CLOSE = "09:30", "16:00"

SETTLED_CLOSES = {"1999-12-31": ("13:00", None), "2005-06-01": (None, "15:56")}
LATE_OPENS = {"2002-09-11": "12:00"}
MOMENTS_OF_SILENCE = {"2001-09-17", "2001-10-08", "2003-03-20", "2004-06-07", "2006-12-27"}

UNSCHEDULED = {
    "2001-09-11": "Attacks of September 11",
    "2001-09-12": "Attacks of September 11",
    "2001-09-13": "Attacks of September 11",
    "2001-09-14": "Attacks of September 11",
    "2004-06-11": "Mourning for President Reagan",
    "2007-01-02": "Mourning for President Ford",
    "2012-10-29": "Hurricane Sandy",
    "2012-10-30": "Hurricane Sandy",
    "2018-12-05": "Mourning for President G. H. W. Bush",
    "2025-01-09": "Mourning for President Carter",
}


def unusual(times, regular: str) -> dict[str, str]:
    """Date -> New York wall time, for the days whose time is not the regular one."""
    local = times.dt.tz_convert(ZONE)
    return {day.date().isoformat(): t.strftime("%H:%M") for day, t in local.items() if t.strftime("%H:%M") != regular}


def holiday_name(day: date) -> str:
    iso = day.isoformat()
    if iso in UNSCHEDULED:
        return UNSCHEDULED[iso]
    by_month_and_weekday = {
        (1, 0): "Martin Luther King Jr. Day" if day.day >= 15 else "New Year's Day",
        (2, 0): "Presidents' Day",
        (5, 0): "Memorial Day",
        (9, 0): "Labor Day",
        (11, 3): "Thanksgiving Day",
        (3, 4): "Good Friday",
        (4, 4): "Good Friday",
    }
    by_month = {1: "New Year's Day", 6: "Juneteenth", 7: "Independence Day", 12: "Christmas Day"}
    name = by_month_and_weekday.get((day.month, day.weekday())) or by_month.get(day.month)
    if name is None:
        raise SystemExit(f"{iso}: a closure without a name")
    return name


def main() -> None:
    ours = exchange_calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat()).schedule
    theirs = pandas_market_calendars.get_calendar("NYSE").schedule(FIRST.isoformat(), LAST.isoformat())
    sessions = set(ours.index.date)
    if sessions != set(theirs.index.date):
        raise SystemExit(f"sessions differ: {sorted(sessions ^ set(theirs.index.date))}")

    early = unusual(ours["close"], CLOSE)
    other = unusual(theirs["market_close"], CLOSE)
    differing = {day: (early.get(day), other.get(day)) for day in {*early, *other} if early.get(day) != other.get(day)}
    if differing != SETTLED_CLOSES:
        raise SystemExit(f"closes differ: {differing}")
    if set(unusual(theirs["market_open"], OPEN)) != {*LATE_OPENS, *MOMENTS_OF_SILENCE}:
        raise SystemExit("late opens differ")

    weekdays = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    closed = [day for day in weekdays if day.weekday() < 5 and day not in sessions]
    calendar = {
        "id": "XNYS",
        "name": "New York Stock Exchange",
        "sources": "exchange_calendars 4.13.2 (Apache-2.0), checked against pandas_market_calendars 5.5.0 (MIT); see generate.py",
        "timezone": ZONE,
        "valid_from": FIRST.isoformat(),
        "valid_to": LAST.isoformat(),
        "weekdays": "Mon Tue Wed Thu Fri",
        "open": OPEN,
        "open_day_offset": 0,
        "close": CLOSE,
        "closures": {day.isoformat(): holiday_name(day) for day in closed},
        "early_closes": early,
        "late_opens": LATE_OPENS,
    }
    target = Path(__file__).with_name("xnys.json")
    target.write_text(json.dumps(calendar, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(sessions)} sessions, {len(closed)} closures, {len(early)} early closes, {len(LATE_OPENS)} late opens")


if __name__ == "__main__":
    main()
