"""Creation of arrays."""

from ..case import Case
from ..crossing import every, pairs
from ..pools import DTYPES

NAMES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64".split()
SHAPES = "() 0 1 3 (3,) (2,3) (0,3) (2,0) (2,1,3) [2,3] (-1,) (2,-3) 2.5 (2,2.0)".split()
FILLS = "0 1 -1 300 -129 2.5 -0.0 True nan inf 1e300 70000 4294967296 18446744073709551615".split()
ULPS = ("ulp", 2, 2)


def filled(full, new):
    cross = every if full else pairs
    for name in ("zeros", "ones", "empty"):
        for shape, dtype in every(
            SHAPES, ["", *(f", '{n}'" for n in NAMES), ", dtype=float32", ", int"]
        ):
            yield Case(f"{name}({shape}{dtype})", ())
    for shape, fill in every(SHAPES, FILLS):
        yield Case(f"full({shape}, {fill})", ())
    for fill, dtype in every(FILLS, NAMES):
        yield Case(f"full(2, {fill}, dtype={dtype})", ())
        yield Case(f"full((2, 3), {fill}, '{dtype}')", ())
    for dtype, to, shape in cross(
        DTYPES, ["", *(f", dtype={n}" for n in NAMES)], [(), (0,), (3,), (2, 3)]
    ):
        yield Case(f"full((2, 3), x{to})", (new(dtype, shape, "count"),))
        yield Case(f"full_like(x, 3{to})", (new(dtype, shape),))
        yield Case(f"full_like(zeros((2, 3)), x{to})", (new(dtype, shape, "count"),))
        for name in ("zeros_like", "ones_like", "empty_like"):
            yield Case(f"{name}(x{to})", (new(dtype, shape),))
    for dtype, fill in every(DTYPES, FILLS):
        yield Case(f"full_like(x, {fill})", (new(dtype, (3,)),))


ENDS = "0 1 5 -3 2.5 -1.5 0.1 10 1e-3".split()
STEPS = "1 2 -1 0.5 -0.3 3 0 0.1".split()


def ranges(full, new):
    cross = every if full else pairs
    for stop in [*ENDS, "-0.0", "20", "True", "inf", "nan", "1e30", "9223372036854775808"]:
        yield Case(f"arange({stop})", ())
    for start, stop in every(ENDS, ENDS):
        yield Case(f"arange({start}, {stop})", ())
    for start, stop, step in every(ENDS, ENDS, STEPS):
        yield Case(f"arange({start}, {stop}, {step})", ())
    for start, stop, step, dtype in cross(ENDS, ENDS, STEPS[:6], NAMES):
        yield Case(f"arange({start}, {stop}, {step}, dtype={dtype})", ())
    for dtype in DTYPES:
        yield Case("arange(x.max())", (new(dtype, (3,), "plain"),))
        yield Case("arange(x.min(), 7)", (new(dtype, (3,), "plain"),))
    counts = "0 1 2 3 5 50 -1 2.0".split()
    for start, stop, count in every(ENDS, ENDS, counts):
        yield Case(f"linspace({start}, {stop}, {count})", ())
    for start, stop, end in every(ENDS, ENDS, ["endpoint=False", "endpoint=True"]):
        yield Case(f"linspace({start}, {stop}, 4, {end})", ())
        yield Case(f"linspace({start}, {stop}, num=1, {end})", ())
        yield Case(f"linspace({start}, {stop}, num=0, {end})", ())
    for start, stop, end, dtype in cross(ENDS[:6], ENDS[:6], ["", ", endpoint=False"], NAMES):
        yield Case(f"linspace({start}, {stop}, 5{end}, dtype={dtype})", ())
    for start, stop, count, rest in cross(
        ENDS, ENDS, counts, ["", ", base=2", ", endpoint=False", ", base=0.5"]
    ):
        # Values far apart, each of which power rounds for itself.
        yield Case(f"logspace({start}, {stop}, {count}{rest})", (), ULPS)
    for dtype, base in every(["float32", "float64"], ["", "base=2.0, "]):
        yield Case(f"logspace(0, 2, 7, {base}dtype={dtype})", (), ULPS)
    for specials in every(["inf", "-inf", "nan", "1e308"], ["0", "-1e308", "inf"]):
        yield Case(f"linspace({', '.join(specials)}, 3)", ())
    yield Case("linspace(0, 1)", ())
    yield Case("logspace(0, 1)", (), ULPS)


def grids(full, new):
    for n, m, k in every(
        "0 1 3".split(), ["", ", None", ", 0", ", 2", ", 4"], ["", ", k=1", ", k=-1", ", k=5"]
    ):
        yield Case(f"eye({n}{m}{k})", ())
    for dtype in NAMES:
        yield Case(f"eye(2, 3, dtype={dtype})", ())
        yield Case(f"identity(3, '{dtype}')", ())
        yield Case(f"indices((2, 3), {dtype})", ())
    yield from (Case(f"identity({n})", ()) for n in (0, 1, 3, -1))
    yield from (Case(f"eye({n})", ()) for n in ("-1", "2.0", "2, -1"))
    yield from (
        Case(f"indices({s})", ()) for s in ("(3,)", "(2, 3)", "(2, 0)", "(2, 1, 3)", "(2, -1)")
    )
    shapes = [(), (0,), (1,), (3,), (2, 3)]
    cross = every if full else pairs
    for left, right, x, y, indexing in cross(
        DTYPES, DTYPES, shapes, shapes, ["", ", indexing='ij'", ", indexing='xy'"]
    ):
        yield Case(f"meshgrid(x, y{indexing})", (new(left, x), new(right, y)))
    for indexing in ("", ", indexing='ij'"):
        yield Case(f"meshgrid(x{indexing})", (new("f4", (3,)),))
        yield Case(f"meshgrid(x, y, x{indexing})", (new("f4", (3,)), new("i2", (2,))))


LISTS = """
[] [[]] [[], []] [1] [1,2,3] [1,2.5] [True,False] [True,2] [True,0.5] [[1,2],[3,4]] [[1],[2]]
[[1,2.5],[True,4]] [[1,2],[3]] [1,[2]] (1,2) [(1,2),(3,4)] [[[1]]] [-1,1] [255,256]
[9223372036854775807] [9223372036854775808] [18446744073709551615] [18446744073709551615,1]
[9223372036854775808,-1] [-9223372036854775808] [18446744073709551615,0.5] [nan,1] [inf]
[-inf,1] [1e300] [1e-50] [300.0] [-1.5] [-129] [128] 5 2.5 True
""".split()


def literals(full, new):
    del full
    for form in ("array({})", "asarray({})"):
        for text in LISTS:
            yield Case(form.format(text), ())
    for text, dtype in every(LISTS, NAMES):
        yield Case(f"array({text}, dtype={dtype})", ())
    numbers = "0 1 -1 127 128 255 256 -129 70000 1e10 300.0 -1.5 nan inf True".split()
    numbers += ["18446744073709551615", "-9223372036854775808"]
    for dtype, number in every(NAMES, numbers):
        if dtype != "bool":
            yield Case(f"{dtype}({number})", ())
    for dtype in DTYPES:
        x, y = new(dtype, (2,)), new("f4", (2,))
        for text in (
            "[x, y]",
            "[x, [1, 2]]",
            "[[1, 2], x]",
            "[x, x, [0.5, 1]]",
            "[[x, y], [y, x]]",
            "[x[0], 1]",
            "[x[0], y[1]]",
        ):
            yield Case(f"array({text})", (x, y))
            yield Case(f"{text} + x", (x, y))
            yield Case(f"sum({text}, axis=0)", (x, y), ("ulp", 2, 2))
            yield Case(f"where(True, {text}, x)", (x, y))


FAMILIES = [filled, ranges, grids, literals]
