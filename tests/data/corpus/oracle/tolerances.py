"""How near a value must be: a table for functions, bounds of rounding errors for the rest."""

import csv
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parent.parent / "tolerances.tsv"

# Other names of functions of the table.
ALIASES = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "pow": "power",
}


def _read():
    with TABLE.open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return {row["function"]: ("ulp", int(row["float64"]), int(row["float32"])) for row in rows}


ULPS = _read()


def of(function):
    """The tolerance of a function: that of its row, or none."""
    return ULPS.get(ALIASES.get(function, function), "exact")


def _eps(results):
    return max(float(np.finfo(r.dtype).eps) if r.dtype.kind == "f" else 0.0 for r in results)


def _finite(array):
    """The magnitudes of the finite elements, in float64."""
    array = np.abs(array.astype("f8"))
    return np.where(np.isfinite(array), array, 0.0)


def of_sum(arrays, results):
    """n additions, each of which rounds a part of the sum of magnitudes, on both sides."""
    magnitudes = _finite(arrays[0])
    return 2 * (magnitudes.size + 1) * _eps(results) * float(magnitudes.sum())


def of_mean(arrays, results):
    n = max(1, arrays[0].size // max(1, results[0].size))
    return of_sum(arrays, results) / n


def of_extremum(arrays, results):
    """No rounding, but either of two zeros."""
    return 0.0


def of_product(arrays, results):
    """n roundings, relative to the largest result."""
    return 2 * arrays[0].size * _eps(results) * float(_finite(results[0]).max(initial=0.0))


def of_variance(arrays, results):
    """The mean's error, that of each difference, and of the sum of squares."""
    n = max(1, arrays[0].size // max(1, results[0].size))
    square = float(np.square(_finite(arrays[0])).max(initial=0.0))
    return 4 * (n + 4) * _eps(results) * square


def of_deviation(arrays, results):
    """The root of what the variance may be off by; less where the variance is not near zero."""
    variance = of_variance(arrays, results)
    finite = _finite(results[0])
    smallest = float(finite.min(initial=np.inf))
    return float(min(np.sqrt(variance), variance / smallest if smallest > 0 else np.inf))


def of_matmul(arrays, results):
    """As many roundings as terms, relative to the sum of their magnitudes."""
    left, right = (_finite(array) for array in arrays[:2])
    n = left.shape[-1] if left.ndim else 1
    largest = float(left.max(initial=0.0) * right.max(initial=0.0))
    return 2 * (n + 1) * n * _eps(results) * largest


def of_own_product(arrays, results):
    """The product of an array with itself, or with numbers up to 3, each less than doubled."""
    n = max(arrays[0].shape, default=1)
    largest = 2 * (float(_finite(arrays[0]).max(initial=0.0)) + 3) ** 2
    return 2 * (n + 1) * n * _eps(results) * largest


# What libraries compute, the interpreter need only be near.
LIBRARY = {of_matmul, of_own_product}
