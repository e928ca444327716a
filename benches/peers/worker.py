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

    def hello(self):
        module = importlib.import_module(f"programs_{self.library}")
        module.start(self.threads)
        self.contenders = module.CONTENDERS
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
        arrays = [np.load(path) for path in inputs]
        start = time.perf_counter()
        run = make(arrays, **parameters)
        if run is None:
            return {"absent": "no such program"}
        results = as_arrays(run())
        first = time.perf_counter() - start
        for index, result in enumerate(results if save else []):
            np.save(f"{save}{index}.npy", result)
        wrong = differs(results, expected, tolerance) if expected else None
        if wrong:
            return {"failed": wrong}
        del results, run
        peak, run = peak_bytes(lambda: make(arrays, **parameters))
        self.prepared[contender] = run
        return {"first": first, "peak": peak, "repetitions": repetitions(run)}

    def time(self, contender, repetitions):
        run = self.prepared[contender]
        if hasattr(run, "seconds"):  # It knows better what to count.
            return {"seconds": run.seconds()}
        # The others have used the caches since the last time.
        if repetitions > 1:
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
        self.prepared.clear()
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
        if array.shape != wanted.shape or array.dtype != wanted.dtype:
            return f"{array.dtype}{array.shape}, not {wanted.dtype}{wanted.shape}"
        if not np.allclose(array, wanted, relative, absolute, equal_nan=True):
            error = np.abs(array.astype(float) - wanted) / (absolute + np.abs(wanted))
            return f"off by {np.nanmax(error):.1e} of the value"
    return None


def repetitions(run):
    """How often to run for a timed section of the target's length."""
    if hasattr(run, "seconds"):
        return 1
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            run()
        seconds = time.perf_counter() - start
        if seconds > TARGET_SECONDS / 4:
            return max(1, math.ceil(count * TARGET_SECONDS / seconds))
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
