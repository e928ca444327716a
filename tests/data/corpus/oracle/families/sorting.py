"""Sorting: every dtype and layout, axes of both signs and none, rows of equal elements."""

from ..case import Case
from ..crossing import every, pairs
from .elementwise import ALL_SHAPES, LAYOUTS
from ..pools import DTYPES
from .reductions import SHAPES, LONG

FORMS = [
    "sort(x{})",
    "sort(x{}, stable=True)",
    "argsort(x{}, stable=True)",
    "x.argsort({}, stable=True)",
]


def axes_of(rank):
    return ["", "axis=None", rank, -rank - 1, *range(-rank, rank)]


def sorts(full, new):
    """A NaN is a NaN, and which zero comes first only the stable order says."""
    shapes, cross = (ALL_SHAPES + LONG, every) if full else (SHAPES + LONG, pairs)
    targets = [(shape, axis) for shape in shapes for axis in axes_of(len(shape))]
    for form in FORMS:
        pools = ["any", "plain"] if "stable" in form else ["plain"]
        for dtype, (shape, axis), layout, pool in cross(DTYPES, targets, LAYOUTS, pools):
            argument = axis if isinstance(axis, str) else f"axis={axis}"
            if form.startswith("x."):
                text = form.format(argument).replace("(, ", "(")
            else:
                text = form.format(f", {argument}" if argument else "")
            yield Case(text, (new(dtype, shape, pool, layout),))


FAMILIES = [sorts]
