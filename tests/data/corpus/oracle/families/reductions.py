"""Reductions: axes of both signs, several axes, none, keepdims, dtype, ddof, layouts."""

import itertools

from .. import tolerances
from ..case import Case
from ..crossing import every, pairs
from .elementwise import ALL_SHAPES, LAYOUTS
from ..pools import DTYPES

ROUNDING = {
    "sum": tolerances.of_sum,
    "prod": tolerances.of_product,
    "mean": tolerances.of_mean,
    "std": tolerances.of_deviation,
    "var": tolerances.of_variance,
}
TYPED = list(ROUNDING)
EXTREMA = "min amin max amax ptp".split()
EXACT = "min amin max amax ptp any all argmin argmax count_nonzero".split()
METHODS = "sum prod mean std var min max any all argmin argmax".split()

SHAPES = [(), (0,), (1,), (3,), (0, 0), (0, 3), (2, 3), (2, 1, 3), (2, 3, 4), (2, 0, 3)]
# Rows of more than the 16 elements which are unrolled, and than a block of 256.
LONG = [(17,), (300,), (3, 20), (20, 3), (2, 17, 2), (2, 600)]


def axes_of(rank):
    """Every way to name axes: none, each of both signs, pairs, all; and what must fail."""
    single = list(range(-rank, rank)) or [0, -1]
    several = [axes for n in (2, 3) for axes in itertools.combinations(range(rank), n)]
    mixed = [(0, -1)] if rank else []
    return [None, *single, *several, *mixed, (), rank or 1, -rank - 1 if rank else -2]


def targets(shapes):
    return [(shape, axis) for shape in shapes for axis in axes_of(len(shape))]


def pools_of(name, dtype):
    if dtype[0] != "f":
        return "any"
    # Whether huge numbers overflow would depend on the order in which they are added.
    return "plain" if name in ROUNDING else "any"


def tolerance(name, dtype):
    if name in EXTREMA and dtype[0] == "f":
        return tolerances.of_extremum
    return ROUNDING.get(name, "exact")


def argument(name, axis):
    return f", axis={axis}" if axis is not None else ""


def plain(full, new):
    """Each function as a function, and as a method where it is one."""
    shapes, cross = (ALL_SHAPES + LONG, every) if full else (SHAPES, pairs)
    forms = [(name, f"{name}(x{{}})") for name in TYPED + EXACT]
    forms += [(name, f"x.{name}({{}})") for name in METHODS]
    keeps = ["", ", keepdims=True"]
    for name, form in forms:
        factors = DTYPES, targets(shapes), keeps, LAYOUTS if form[0] == "x" or full else ["", "F"]
        for dtype, (shape, axis), keep, layout in cross(*factors):
            arguments = argument(name, axis) + keep
            text = form.format(arguments if "(x" in form else arguments.lstrip(", "))
            operand = new(dtype, shape, pools_of(name, dtype), layout)
            yield Case(text, (operand,), tolerance(name, dtype))


def long_rows(full, new):
    """Rows longer than what is unrolled, and than a block."""
    dtypes = DTYPES if full else ["i2", "f4", "f8", "b1"]
    for name, (shape, axis) in every(TYPED + EXACT, targets(LONG)):
        for dtype in dtypes:
            # A product of many would overflow.
            pool = "nonfinite" if name == "prod" and dtype[0] == "f" else pools_of(name, dtype)
            text = f"{name}(x{argument(name, axis)})"
            yield Case(text, (new(dtype, shape, pool),), tolerance(name, dtype))


def nonfinite(full, new):
    """NaN and infinities among the elements."""
    shapes = ALL_SHAPES if full else [(1,), (4,), (3, 3), (2, 3, 3)]
    for name, (shape, axis) in every(TYPED + EXACT, targets(shapes)):
        for dtype in ("f4", "f8"):
            operand = new(dtype, shape, "nonfinite")
            yield Case(f"{name}(x{argument(name, axis)})", (operand,), tolerance(name, dtype))


def parameters(full, new):
    """`dtype` and `ddof`."""
    cross = every if full else pairs
    axes = [None, 0, -1]
    for name in TYPED:
        for dtype, to, axis in cross(
            DTYPES,
            ["bool", "int8", "int32", "int64", "uint8", "uint64", "float32", "float64"],
            axes,
        ):
            pool = "plain" if dtype[0] == "f" or to[0] == "f" else "any"
            text = f"{name}(x{argument(name, axis)}, dtype={to})"
            yield Case(text, (new(dtype, (2, 3), pool),), ROUNDING[name])
    for name in ("std", "var"):
        for dtype, shape, axis, ddof in cross(
            DTYPES, [(1,), (4,), (3, 2)], axes, [0, 1, 2, 0.5, 4]
        ):
            text = f"{name}(x{argument(name, axis)}, ddof={ddof})"
            yield Case(text, (new(dtype, shape, "plain"),), ROUNDING[name])


def of_numbers(full, new):
    """Reductions of Python's numbers and lists."""
    del full, new
    names = [name for name in TYPED + EXACT]
    values = [
        "5",
        "2.5",
        "True",
        "[1, 2, 3]",
        "[1.5, -2.0]",
        "[[1, 2], [3, 4]]",
        "[True, False]",
        "[]",
    ]
    for name, value, axis in every(names, values, [None, 0, -1, 1]):
        yield Case(f"{name}({value}{argument(name, axis)})", (), ("ulp", 2, 2))


FAMILIES = [plain, long_rows, nonfinite, parameters, of_numbers]
