"""Choices between values, rounding, pairs of results."""

from .. import tolerances
from ..case import Case
from ..crossing import every, pairs
from .elementwise import ALL_SHAPES, LAYOUTS
from ..pools import DTYPES

SHAPES = [(), (0,), (1,), (3,), (1, 3), (2, 3), (3, 1), (2, 1, 3)]
SCALARS = """
True 0 -1 3 300 -129 70000 4294967296 18446744073709551615 0.5 -0.0 1e300 nan inf
""".split()


def where(full, new):
    # All shapes of three operands, with few dtypes; all dtypes, with few shapes.
    shapes = ALL_SHAPES if full else SHAPES
    cross = every if full else pairs
    for a, b, c in cross(shapes, shapes, shapes):
        yield Case("where(x, y, z)", (new("b1", a), new("i4", b), new("f4", c)))
    for a, b, c, shape in cross(DTYPES, DTYPES, DTYPES, [(3,), (), (2, 3)]):
        yield Case("where(x, y, z)", (new(a, shape), new(b, shape), new(c, (3,))))
    for dtype, number, form in every(DTYPES, SCALARS, ["where(y, x, {})", "where(y, {}, x)"]):
        yield Case(form.format(number), (new(dtype, (3,)), new("b1", (3,))))
    for a, b in every(SCALARS, SCALARS):
        yield Case(f"where(x, {a}, {b})", (new("b1", (3,)),))
    for dtype, condition in every(
        DTYPES, ["True", "False", "0", "2.5", "[True, False, True]", "[0, 1, 2]"]
    ):
        yield Case(f"where({condition}, x, -1)", (new(dtype, (3,)),))
    for dtype, x, y in cross(DTYPES, LAYOUTS, LAYOUTS):
        operands = (
            new("b1", (2, 3, 4), layout=x),
            new(dtype, (2, 3, 4), layout=y),
            new("i2", (3, 4)),
        )
        yield Case("where(x, y, z)", operands)


def select(full, new):
    cross = every if full else pairs
    tails = ["", ", 7", ", -0.5", ", default=z", ", default=True", ", 300"]
    forms = [
        "select([x > 1, x < 0], [x, y]{})",
        "select([x > 1], [y]{})",
        "select([x > 1, x <= 1], [x, 3]{})",
        "select([x > 1, x < 0], [2, 3]{})",
        "select([x == x, x < 0], [x, 2.5]{})",
        "select((x > 1, x < 0), (y, x)[::-1]{})",
    ]
    for a, b, c, form, tail in cross(DTYPES, DTYPES, DTYPES, forms, tails):
        yield Case(form.format(tail), (new(a, (3,)), new(b, (3,)), new(c, (3,))))
    for shapes in cross(SHAPES, SHAPES, SHAPES):
        operands = tuple(new(dtype, shape) for dtype, shape in zip(("f4", "i4", "b1"), shapes))
        yield Case("select([z], [x], y)", operands)
        yield Case("select([z, z], [x, y])", operands)
    for text in (
        "select([], [])",
        "select([x > 0], [x, x])",
        "select([x], [x])",
        "select(x > 0, x)",
        "select([x > 0, True], [x, 1])",
    ):
        yield from (Case(text, (new(dtype, (3,)),)) for dtype in DTYPES)


PIECES = """
[negative] [1,2] [square,absolute] [0.5,-1] [square,absolute,sign] [x,y] [1,2,3] [] [1,2,3,4]
[True,300]
""".split()


def piecewise(full, new):
    cross = every if full else pairs
    conditions = [
        "[x > 1]",
        "[x > 1, x < 0]",
        "[x >= 0, x < 3]",
        "x > 1",
        "[x > 1, False]",
        "[True]",
        "[x > 1, [True]]",
    ]
    for dtype, shape, condition, pieces in cross(DTYPES, SHAPES, conditions, PIECES):
        if "y" in pieces:
            continue
        # Arrays as pieces need as many elements as the condition holds for.
        pieces = pieces.replace("[x,", "[positive,")
        yield Case(f"piecewise(x, {condition}, {pieces})", (new(dtype, shape, "plain"),))


def clip(full, new):
    cross = every if full else pairs
    bounds = [*SCALARS, "None", "-5", "2"]
    for form in ("clip(x, {}, {})", "x.clip({}, {})", "clip(x, min={}, max={})"):
        for dtype, low, high in cross(DTYPES, bounds, bounds):
            yield Case(form.format(low, high), (new(dtype, (47,)),))
    for a, b, c, shape in cross(DTYPES, DTYPES, DTYPES, [(3,), ()]):
        yield Case("clip(x, y, z)", (new(a, shape), new(b, (3,)), new(c, shape)))
    for shapes in cross(SHAPES, SHAPES, SHAPES):
        operands = tuple(new("f8", shape) for shape in shapes)
        yield Case("clip(x, y, z)", operands)
    for dtype, other in every(DTYPES, DTYPES):
        operands = (new(dtype, (5,)), new(other, (5,)))
        for form in (
            "clip(x, y, None)",
            "clip(x, None, y)",
            "clip(x, a_max=y)",
            "clip(x, y, 3)",
            "clip(x, -1, y)",
        ):
            yield Case(form, operands)
    for dtype in DTYPES:
        yield Case("clip(x)", (new(dtype, (5,)),))
        yield Case("clip(x, 1)", (new(dtype, (5,)),))
        yield Case("x.clip()", (new(dtype, (5,)),))
    yield Case("clip(5, 0, 3)", ())
    yield Case("clip(5.5, 0, 3)", ())
    yield Case("clip([1, 2, 3], 2, 2.5)", ())


def rounding(full, new):
    shapes = ALL_SHAPES if full else SHAPES[:6]
    cross = every if full else pairs
    for form in ("np.round(x{})", "around(x{})", "x.round({})", "round(x{})"):
        for dtype, shape, decimals in cross(
            DTYPES, shapes, ["", "0", "1", "2", "-1", "-2", "-3", "15", "-400", "400", "decimals=1"]
        ):
            comma = ", " if decimals and "(x" in form else ""
            # Python's round has no such keyword.
            if form == "round(x{})" and "=" in decimals:
                continue
            yield Case(form.format(comma + decimals), (new(dtype, shape),))
    for dtype, decimals in every(DTYPES, range(-4, 6)):
        yield Case(f"np.round(x, {decimals})", (new(dtype, (47,)),))


def parts(full, new):
    """Functions with parameters of their own."""
    shapes = ALL_SHAPES if full else SHAPES[:6]
    cross = every if full else pairs
    for dtype, shape, degrees in cross(DTYPES, shapes, ["", ", deg=True", ", True"]):
        yield Case(f"angle(x{degrees})", (new(dtype, shape),), tolerances.of("angle"))
    replaced = [
        "",
        ", nan=1.5",
        ", posinf=2, neginf=-3",
        ", nan=-1, posinf=7",
        ", False, 0.5",
        ", copy=True, neginf=0",
    ]
    for dtype, shape, rest in cross(DTYPES, [*shapes, (47,)], replaced):
        yield Case(f"nan_to_num(x{rest})", (new(dtype, shape),))
    close = ["", ", 0.5", ", rtol=0.1, atol=0.01", ", equal_nan=True", ", 0, 0", ", atol=3"]
    few = SHAPES[:6]
    for left, right, x, y, rest, name in cross(
        DTYPES, DTYPES, few, few, close, ["isclose", "allclose"]
    ):
        yield Case(f"{name}(x, y{rest})", (new(left, x), new(right, y)))
    for rest, dtype in every(close, ["f4", "f8", "i8"]):
        column, row = new(dtype, (31, 1)), new(dtype, (31,))
        yield Case(f"isclose(x, y{rest})", (column, row))
        yield Case(f"isclose(x, 1{rest})", (row,))
        yield Case(f"allclose(x, x{rest})", (row,))


FAMILIES = [where, select, piecewise, clip, rounding, parts]
