"""Times TA-Lib: for each request on stdin (a JSON line: a list of [function, inputs, options]) prints a JSON line with the best CPU
nanoseconds a bar of the batch functions over all bars, and of the streaming handles bar by bar, Python's calls included.
Argument: a file with the columns open, high, low, close, volume, one after the other, as float64."""

import json
import sys
import time

import numpy
import talib
from talib import stream

HISTORY = 1000
REPEATS = 40
UPDATES = 1000

columns = dict(zip(("open", "high", "low", "close", "volume"), numpy.fromfile(sys.argv[1]).reshape(5, -1)))


def nanoseconds(work, bars):
    started = time.process_time_ns()
    work()
    return (time.process_time_ns() - started) / bars


def batch(calls):
    prepared = [(getattr(talib, name), [columns[each] for each in inputs], options) for name, inputs, options in calls]

    def work():
        for function, arrays, options in prepared:
            function(*arrays, **options)

    return work, len(columns["close"])


def streaming(calls):
    handles = []
    for name, inputs, options in calls:
        arrays = [columns[each] for each in inputs]
        handle = getattr(stream, name)(*[array[:HISTORY] for array in arrays], **options)
        bars = list(zip(*[array[HISTORY : HISTORY + UPDATES].tolist() for array in arrays]))
        handles.append((handle.update, bars))

    def work():
        for update, bars in handles:
            for bar in bars:
                update(*bar)

    return work, UPDATES


print(json.dumps({"version": talib.__ta_version__.decode(), "python": sys.version.split()[0]}), flush=True)
for line in sys.stdin:
    request = [(name, inputs.split(), options) for name, inputs, options in json.loads(line)]
    timings = {"batch": [], "stream": []}
    for _ in range(REPEATS):
        for kind, prepare in (("batch", batch), ("stream", streaming)):
            work, bars = prepare(request)
            timings[kind].append(nanoseconds(work, bars))
    print(json.dumps({kind: min(times) for kind, times in timings.items()}), flush=True)
