"""Writes cases.tsv: arrays and print options, and what NumPy prints.

Columns: dtype, shape, options, elements, str, repr. Elements are bits in hexadecimal, or
`arange` for 0, 1, 2 ... in C order. Newlines in the last two columns are written `\\n`.
Needs numpy. Usage: python generate.py
"""

import pathlib
import random

import numpy as np

rng = random.Random(20260101)
INTS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES = ["bool", *INTS, "float32", "float64"]
SPICY = [0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, -1.0, 0.1, 1 / 3, -2.5]
lines = []


def emit(array, is_arange=False, **options):
    bits = array.view(f"u{array.itemsize}").reshape(-1).tolist() if array.size else []
    elements = "arange" if is_arange else " ".join(f"{b:x}" for b in bits)
    with np.printoptions(**options):
        texts = [str(array), repr(array)]
    fields = [
        array.dtype.name,
        ",".join(map(str, array.shape)),
        ";".join(f"{k}={v}" for k, v in options.items()),
        elements,
        *(text.replace("\n", "\\n") for text in texts),
    ]
    assert not any("\t" in field for field in fields)
    lines.append("\t".join(fields))


def arange(dtype, shape, **options):
    emit(np.arange(np.prod(shape)).astype(dtype).reshape(shape), is_arange=True, **options)


def floats(values, **options):
    with np.errstate(over="ignore"):
        for dtype in ["float32", "float64"]:
            emit(np.array(values, dtype), **options)


def random_float(spread):
    value = rng.choice([1, 1, -1]) * rng.random() * 10.0 ** rng.uniform(-spread, spread)
    return float(f"{value:.{rng.randrange(17)}e}")


# 0-d arrays: the scalar's own text, and that of an array with one element.
for value in SPICY + [1e-4, 9.999e-5, 1e-5, 999999.0, 1e6, 123456.7, 16777216.0, 1e8, 1e15, 1e16, 9.999999999999999e15]:
    floats(value)
for value in [5e-324, 1e-45, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1234567891234567, 2.0**-44, 9007199254740993.0, 1e22, 1e23]:
    emit(np.array(value))
for value in [1e-45, 1.1754944e-38, 3.4028235e38, 0.12345679, 16777217.0, 8.5e9]:
    emit(np.array(value, np.float32))
for dtype in DTYPES:
    emit(np.array(1, dtype))
    emit(np.array(0, dtype))
for dtype in INTS:
    info = np.iinfo(dtype)
    emit(np.array(info.min, dtype))
    emit(np.array([info.min, info.max], dtype))
    emit(np.array([0, 7, info.max], dtype), sign=" ")
    emit(np.array([info.min, 7, -1 if info.min < 0 else 1], dtype), sign=" ")
    emit(np.array([info.min, 7, 0], dtype), sign="+")
emit(np.array([-1, -100], np.int32), sign="+")

# Empty arrays, single items, every dtype and rank.
for dtype in DTYPES:
    for shape in [(0,), (0, 3), (3, 0), (2, 0, 4)]:
        emit(np.zeros(shape, dtype))
    for shape in [(1,), (1, 1), (5,), (2, 3), (2, 2, 2), (1, 2, 1, 3), (40,), (3, 26)]:
        arange(dtype, shape)
arange("int64", (2,) * 7)
arange("float32", (1,) * 12)
for dtype in DTYPES:
    arange(dtype, (2, 2000))
for dtype in ["bool", "int32", "float32", "float64"]:
    for shape in [(1001,), (2000, 2), (11, 12, 13), (5, 7, 8, 6)]:
        arange(dtype, shape)
arange("int32", (6, 6, 6, 6))
arange("float64", (1000,))
arange("float64", (300, 300, 300))

# Floats: notation, digits, signs and non-finite values.
floats([])
floats(SPICY)
floats([np.nan])
floats([np.inf])
floats([-np.inf, np.nan])
floats([np.nan, 1.0])
floats([np.nan, 1e10])
floats([-np.inf, 12345.5, np.nan])
floats([0.0, 0.0])
floats([0.0, -0.0])
for pair in [(1e-4, 1), (9.99e-5, 1e-5), (1, 1000), (1, 1000.1), (1, 1001), (0.001, 1), (99999999, 1e6), (1e8, 1e8), (1e6, 999999), (1e300, 1e-300), (999999.9, 1234)]:
    floats(pair)
    floats(pair, suppress=True)
    floats(pair, sign=" ")
    floats(pair, sign="+")
for values in [[0.5, 1.5, 2.5, 3.5, 0.25, 0.35], [9.9999999999, 1.0], [9.9999999999e-5, 1.0], [0.0005, -0.0005, 0.0015, -1e-9], [6e-9, 5e-9, 4e-9, -4e-9, 1e-10], [1.25, 2.375, 3.0625], [0.1, 0.12345678901234], [1e-10, 1.23456789e-5], [5e-9, -5e-4, 0.0015, 0.123456789012345]]:
    for precision in [0, 1, 2, 3, 8, 17, 40]:
        for suppress in [False, True]:
            floats(values, precision=precision, suppress=suppress)
    for floatmode in ["fixed", "unique", "maxprec", "maxprec_equal"]:
        floats(values, precision=3, floatmode=floatmode)
        floats(values, precision=3, floatmode=floatmode, suppress=True, sign=" ")
        floats([*values, np.inf], precision=5, floatmode=floatmode, sign="+")
        floats([*values, 1e300], precision=20, floatmode=floatmode)
floats([1.5, np.nan, -np.inf], nanstr="missing", infstr="endless")
floats([np.nan, np.inf], nanstr="?", infstr="oo", sign=" ")
emit(np.array([5e-324, 1.7976931348623157e308, 2.0**-44, 2.0**-1074 * 3, -0.0, np.nan]))
emit(np.array([5e-324, 1.7976931348623157e308, 2.0**-44]), floatmode="unique")
emit(np.array([1e-45, 3.4028235e38, 1.1754944e-38, 16777217.0], np.float32), precision=12)
emit(np.array([1e-45, 3.4028235e38, 1.1754944e-38], np.float32), floatmode="unique")
emit(np.array([0.1, 1e-5]), precision=300, floatmode="fixed")

# Ties between two shortest texts, powers of two (whose neighbours lie unevenly), random bits.
emit(np.array([1976.15625, 4.5, 0.5], np.float32), floatmode="unique")
for exponent in range(-149, 128, 12):
    emit(np.array(2.0**exponent, np.float32))
    emit(np.array([2.0**exponent, 2.0**(7 * exponent)]), floatmode="unique")
for _ in range(30):
    emit(np.array([rng.getrandbits(32) for _ in range(3)], np.uint32).view(np.float32), precision=9)
    emit(np.array([rng.getrandbits(64) for _ in range(3)], np.uint64).view(np.float64), precision=17)

# Random arrays under random options.
for _ in range(240):
    shape = rng.choice([(3,), (7,), (23,), (4, 5), (2, 3, 4), (1, 40)])
    spread = rng.choice([1, 3, 5, 20, 37])
    values = [rng.choice(SPICY) if rng.random() < 0.1 else random_float(spread) for _ in range(int(np.prod(shape)))]
    options = {
        "precision": rng.choice([0, 1, 2, 4, 8, 12]),
        "suppress": rng.random() < 0.4,
        "linewidth": rng.choice([75, 75, 40, 100, 10, 1, 0]),
        "floatmode": rng.choice(["maxprec", "maxprec", "fixed", "unique", "maxprec_equal"]),
        "sign": rng.choice(["-", "-", " ", "+"]),
        "threshold": rng.choice([1000, 1000, 5, 0]),
        "edgeitems": rng.choice([3, 1, 2]),
    }
    if rng.random() < 0.3:
        options = {}
    dtype = rng.choice(["float32", "float64", "float64", "int32", "bool"])
    with np.errstate(all="ignore"):
        emit(np.nan_to_num(np.array(values), posinf=9, neginf=-9).clip(-1e9, 1e9).astype(dtype).reshape(shape) if dtype in ["int32", "bool"] else np.array(values, dtype).reshape(shape), **options)
for linewidth in [0, 1, 8, 20, 21, 22, 23, 24, 25, 26, 33, 34, 35, 36, 50, 10**9]:
    arange("int16", (2, 9), linewidth=linewidth)
    arange("float32", (7,), linewidth=linewidth)
    arange("int64", (30,), linewidth=linewidth, threshold=10)
arange("int64", (40,), threshold=5, edgeitems=0)
arange("int64", (4, 5), threshold=5, edgeitems=0)
arange("int64", (40,), threshold=5, edgeitems=19)
arange("int64", (40,), threshold=5, edgeitems=20)
arange("int64", (40,), threshold=5, edgeitems=10**9)

pathlib.Path(__file__).with_name("cases.tsv").write_text("\n".join(lines) + "\n")
