"""Runs programs of one library for the comparison with Jitney.

    python worker.py LIBRARY THREADS

Requests are lines of JSON on standard input, answers lines of JSON on standard output. Each
library has a process of its own, so that neither threads nor memory of one disturb another.

hello    -> versions, and the contenders that this library brings
prepare  -> compiles a program for inputs, checks its results, counts its memory
time     -> seconds of one run, the mean of as many as were asked for
check    -> compares arrays that somebody else has computed
"""

import ctypes
import gc
import importlib
import json
import math
import os
import platform
import sys
import time
import traceback

# What one timed section should take, so that neither clock nor request shows.
TARGET_SECONDS = 5e-3

# A run that takes longer than this needs no runs before it that are not timed.
SLOW_SECONDS = 20e-3


def main():
    library, threads = sys.argv[1], int(sys.argv[2])
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if hasattr(os, "sched_setaffinity") and threads < os.cpu_count():
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    worker = Worker(library, threads)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except ImportError as error:
            answer = {"absent": str(error)}
        except Exception:  # The comparison goes on with the others.
            answer = {"failed": traceback.format_exc(limit=-3)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class Worker:
    def __init__(self, library, threads):
        self.library = library
        self.threads = threads
        self.contenders = {}
        self.prepared = {}
        self.inputs = (None, None)

    def hello(self):
        module = importlib.import_module(f"programs_{self.library}")
        module.start(self.threads)
        self.contenders = module.CONTENDERS
        # What is there now stays: collecting garbage need not look at it.
        gc.freeze()
        version = importlib.import_module(self.library).__version__
        return {
            "version": version,
            "python": platform.python_version(),
            "contenders": list(self.contenders),
        }

    def prepare(self, contender, program, parameters, inputs, expected, save, tolerance):
        import numpy as np

        self.prepared.pop(contender, None)
        make = self.contenders[contender].get(program)
        if make is None:
            return {"absent": "no such program"}
        if self.inputs[0] != inputs:
            self.inputs = (inputs, [np.load(path) for path in inputs])
        arrays = self.inputs[1]
        start = time.perf_counter()
        run = make(arrays, **parameters)
        results = as_arrays(run())
        first = time.perf_counter() - start
        for index, result in enumerate(results if save else []):
            np.save(f"{save}{index}.npy", result)
        wrong = differs(results, expected, tolerance) if expected else None
        if wrong:
            return {"failed": wrong}
        del results, run
        peak, run = peak_bytes(lambda: make(arrays, **parameters))
        count, seconds = repetitions(run)
        self.prepared[contender] = (run, seconds > SLOW_SECONDS)
        return {"first": first, "peak": peak, "repetitions": count}

    def time(self, contender, repetitions):
        run, is_slow = self.prepared[contender]
        if hasattr(run, "seconds"):  # It knows better what to count.
            return {"seconds": run.seconds()}
        # The others have used the caches since the last time, and threads have slept.
        start = time.perf_counter()
        while not is_slow and time.perf_counter() - start < TARGET_SECONDS:
            run()
        start = time.perf_counter()
        for _ in range(repetitions):
            run()
        return {"seconds": (time.perf_counter() - start) / repetitions}

    def check(self, got, expected, tolerance):
        import numpy as np

        wrong = differs([np.load(path) for path in got], expected, tolerance)
        return {"failed": wrong} if wrong else {}

    def forget(self):
        if not self.prepared and self.inputs[0] is None:
            return {}
        self.prepared.clear()
        self.inputs = (None, None)
        gc.collect()
        trim()
        return {}


def as_arrays(results):
    import numpy as np

    results = results if isinstance(results, (tuple, list)) else (results,)
    return [np.asarray(result) for result in results]


def differs(got, expected, tolerance):
    """What is wrong with the results, or None."""
    import numpy as np

    relative, absolute = tolerance
    if len(got) != len(expected):
        return f"{len(got)} results, not {len(expected)}"
    for array, path in zip(got, expected):
        wanted = np.load(path)
        # A single number may have come as Python's float.
        other_type = array.dtype != wanted.dtype and array.shape != ()
        if array.shape != wanted.shape or other_type:
            return f"{array.dtype}{array.shape}, not {wanted.dtype}{wanted.shape}"
        error = largest_error(array.ravel(), wanted.ravel(), relative, absolute)
        if error > 1:
            return f"off by {error:.1e} times what rounding may do"
    return None


def largest_error(got, wanted, relative, absolute):
    """The largest difference as a multiple of the tolerated one, piece by piece in the cache."""
    import numpy as np

    largest = 0.0
    for start in range(0, got.size, 1 << 16):
        x, y = got[start : start + (1 << 16)], wanted[start : start + (1 << 16)]
        same = (x == y) | ((x != x) & (y != y))
        if same.all():
            continue
        with np.errstate(all="ignore"):
            errors = np.abs(x - y) / (absolute + relative * np.abs(y))
        largest = max(largest, np.nan_to_num(errors[~same], nan=np.inf).max())
    return float(largest)


def repetitions(run):
    """How often to run for a timed section of the target's length, and seconds of a run."""
    if hasattr(run, "seconds"):
        return 1, run.seconds()
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            run()
        seconds = time.perf_counter() - start
        if seconds > TARGET_SECONDS / 4:
            return math.ceil(count * TARGET_SECONDS / seconds), seconds / count
        count *= 4


def peak_bytes(make):
    """The most memory that the second run took, and the program; None where nobody counts."""
    gc.collect()
    trim()
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        before = status("VmRSS")
        run = make()
        run()
        return max(0, status("VmHWM") - before), run
    except (OSError, KeyError):
        run = make()
        run()
        return None, run


def status(name):
    with open("/proc/self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines[name].split()[0]) * 1024


def trim():
    """Gives freed memory back to the system, so that it can be counted anew."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        pass


if __name__ == "__main__":
    main()
