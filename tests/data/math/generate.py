"""Writes NAME.csv for the mathematical functions: inputs, and results rounded once.

Needs numpy and mpmath. Usage: python generate.py [NAME ...]
"""

import math
import pathlib
import random
import struct
import sys

import mpmath
import numpy as np

mpmath.mp.prec = 1400  # enough for the sine of the largest double

# name: (function of mpf, intervals of interest)
UNARY = {
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), [(-10, 10)]),
    "exp": (mpmath.exp, [(-746, 710), (-1, 1), (-104, 89)]),
    "exp2": (lambda x: mpmath.mpf(2) ** x, [(-1076, 1025), (-1, 1), (-150, 129)]),
    "expm1": (mpmath.expm1, [(-40, 710), (-1, 1), (-1e-3, 1e-3), (-20, 89)]),
    "log": (mpmath.log, [(0, 10), (0.9, 1.1), (0.999, 1.001)]),
    "log2": (lambda x: mpmath.log(x) / mpmath.log(2), [(0, 10), (0.9, 1.1), (0.999, 1.001)]),
    "log10": (lambda x: mpmath.log(x) / mpmath.log(10), [(0, 10), (0.9, 1.1), (0.999, 1.001)]),
    "log1p": (mpmath.log1p, [(-1, 1), (-1e-3, 1e-3), (1, 1e6)]),
    "sin": (mpmath.sin, [(-10, 10), (-1e6, 1e6), (-1e-3, 1e-3)]),
    "cos": (mpmath.cos, [(-10, 10), (-1e6, 1e6), (-1e-3, 1e-3)]),
    "tan": (mpmath.tan, [(-10, 10), (-1e6, 1e6), (-1e-3, 1e-3)]),
    "arcsin": (mpmath.asin, [(-1, 1), (0.99, 1), (-1e-3, 1e-3)]),
    "arccos": (mpmath.acos, [(-1, 1), (0.99, 1), (-1, -0.99), (-1e-3, 1e-3)]),
    "arctan": (mpmath.atan, [(-10, 10), (-1, 1), (-1e-3, 1e-3)]),
    "sinh": (mpmath.sinh, [(-711, 711), (-1, 1), (-22, 22), (-90, 90)]),
    "cosh": (mpmath.cosh, [(-711, 711), (-1, 1), (-22, 22), (-90, 90)]),
    "tanh": (mpmath.tanh, [(-20, 20), (-1, 1), (-1e-3, 1e-3)]),
    "arcsinh": (mpmath.asinh, [(-10, 10), (-1, 1), (-1e-3, 1e-3)]),
    "arccosh": (mpmath.acosh, [(1, 10), (1, 1.01), (1, 1.00001)]),
    "arctanh": (mpmath.atanh, [(-1, 1), (0.99, 1), (-1e-3, 1e-3)]),
    "erf": (mpmath.erf, [(-6, 6), (-1, 1), (-1e-3, 1e-3)]),
    "erfc": (mpmath.erfc, [(-6, 28), (-1, 1), (0.4, 3), (5, 11)]),
}
BINARY = {
    "power": (lambda x, y: x**y, [((0, 10), (-10, 10)), ((0.9, 1.1), (-5000, 5000)),
                                  ((1e-3, 1e3), (-100, 100)), ((-20, 20), "integers")]),
    "arctan2": (mpmath.atan2, [((-10, 10), (-10, 10)), ((-1e-3, 1e-3), (-10, 10)),
                               ((-10, 10), (-1e-3, 1e-3))]),
    "hypot": (mpmath.hypot, [((-10, 10), (-10, 10)), ((-1e-3, 1e-3), (-10, 10))]),
    "logaddexp": (lambda x, y: max(x, y) + mpmath.log1p(mpmath.exp(min(x, y) - max(x, y))),
                  [((-10, 10), (-10, 10)), ((-1, 1), (-1, 1)), ((700, 800), (700, 800)),
                   ((-2, 0), (-2, 0))]),
    "logaddexp2": (lambda x, y: max(x, y)
                   + mpmath.log1p(mpmath.mpf(2) ** (min(x, y) - max(x, y))) / mpmath.log(2),
                   [((-10, 10), (-10, 10)), ((-1, 1), (-1, 1)), ((1000, 1100), (1000, 1100)),
                    ((-2, 0), (-2, 0))]),
}

FORMATS = {
    "float32": dict(fraction=23, emin=-126, emax=127, fmt="<f", int="<I", type=np.float32),
    "float64": dict(fraction=52, emin=-1022, emax=1023, fmt="<d", int="<Q", type=np.float64),
}


# What follows this line in a table was added by hand and stays.
HARD = "# cases that the methods find hard; kept by generate.py"


def bits(value, f):
    return struct.unpack(f["int"], struct.pack(f["fmt"], value))[0]


def from_bits(raw, f):
    return struct.unpack(f["fmt"], struct.pack(f["int"], raw))[0]


def rounded(x, f):
    """The float nearest to an mpf, ties to even, as a Python float."""
    if mpmath.isnan(x):
        return math.nan
    if mpmath.isinf(x):
        return math.inf if x > 0 else -math.inf
    if x == 0:
        return 0.0
    sign, magnitude = (-1.0 if x < 0 else 1.0), abs(x)
    exponent = max(int(mpmath.floor(mpmath.log(magnitude, 2))), f["emin"])
    quantum = mpmath.mpf(2) ** (exponent - f["fraction"])
    whole = int(mpmath.nint(magnitude / quantum))
    if whole >= 2 ** (f["fraction"] + 1):
        quantum, whole = quantum * 2, int(mpmath.nint(magnitude / (quantum * 2)))
    value = whole * quantum
    if value >= mpmath.mpf(2) ** (f["emax"] + 1):
        return sign * math.inf
    return sign * float(value)


def points(rng, intervals, f, count):
    values = []
    for low, high in intervals:
        values += [float(f["type"](rng.uniform(low, high))) for _ in range(count)]
    top = bits(math.inf, f)
    values += [from_bits(rng.randrange(1, top), f) * rng.choice([1, -1]) for _ in range(count)]
    values += [from_bits(raw, f) for raw in (1, 2, top - 1, 1 << f["fraction"])]
    values += [s * v for s in (1, -1) for v in (0.25, 0.5, 1.0, 2.0, 3.0, 10.0, 1000.0)]
    return values


def result(function, args, f):
    try:
        value = function(*[mpmath.mpf(a) for a in args])
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if isinstance(value, mpmath.mpc) and value.imag != 0:
        return math.nan
    return rounded(value.real if isinstance(value, mpmath.mpc) else value, f)


def huge(name, args):
    """Results that are known to leave every format, which mpmath would take forever over."""
    x = args[0]
    if name in ("exp", "exp2", "expm1", "sinh", "cosh", "erfc", "tanh", "erf"):
        return abs(x) > 1200
    if name == "power":
        x, y = args
        return x == 0 or not math.isfinite(y) or abs(y * math.log2(abs(x))) > 1200
    return name.startswith("logaddexp") and abs(args[0] - args[1]) > 4000


def write(name, function, make_points):
    rng = random.Random(name)
    lines = ["# results rounded once from 1400 bits; written by generate.py"]
    for dtype, f in FORMATS.items():
        for args in make_points(rng, f):
            args = tuple(float(f["type"](a)) for a in args)
            if huge(name, args):
                continue
            # A zero result keeps NumPy's sign; those belong to the special cases.
            value = result(function, args, f)
            if value is None or value == 0.0 or math.isnan(value):
                continue
            fields = [f"0x{bits(v, f):x}" for v in (*args, value)]
            lines.append(",".join([f"np.{dtype}", *fields]))
    path = pathlib.Path(__file__).with_name(f"{name}.csv")
    text = "\n".join(lines) + "\n"
    if path.exists() and HARD in (old := path.read_text()):
        text += old[old.index(HARD):]
    path.write_text(text)


def binary_points(rng, boxes, f):
    for xs, ys in boxes:
        for _ in range(250):
            y = float(rng.randrange(-40, 40)) if ys == "integers" else rng.uniform(*ys)
            yield rng.uniform(*xs), y
    top = bits(math.inf, f)
    for _ in range(200):
        yield tuple(from_bits(rng.randrange(1, top), f) for _ in range(2))


def main():
    wanted = sys.argv[1:]
    for name, (function, intervals) in UNARY.items():
        if not wanted or name in wanted:
            write(name, function, lambda r, f, i=intervals: [(p,) for p in points(r, i, f, 250)])
    for name, (function, boxes) in BINARY.items():
        if not wanted or name in wanted:
            write(name, function, lambda r, f, b=boxes: binary_points(r, b, f))


if __name__ == "__main__":
    main()
