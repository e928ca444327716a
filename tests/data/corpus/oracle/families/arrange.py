"""Views, joins, and what arrays are: every axis and shape, good and bad."""

import itertools

from ..case import Case
from ..crossing import every, pairs
from .elementwise import ALL_SHAPES, LAYOUTS
from ..pools import DTYPES

SHAPES = [(), (0,), (1,), (4,), (1, 3), (2, 3), (0, 3), (2, 1, 3), (2, 3, 4), (1, 1, 1), (2, 0, 3)]


def one_operand(forms, full, new, after="{}"):
    """Each formula with each dtype, each shape, each layout."""
    shapes, cross = (ALL_SHAPES, every) if full else (SHAPES, pairs)
    for form in forms:
        for dtype, shape, layout in cross(DTYPES, shapes, LAYOUTS):
            yield Case(after.replace("{}", form), (new(dtype, shape, layout=layout),))


def each_shape(forms_of, full, new):
    """Formulas that depend on the rank, with dtypes and layouts taking turns."""
    shapes = ALL_SHAPES if full else SHAPES
    both = list(every(DTYPES, LAYOUTS))
    # What a view is does not depend on what the elements are.
    some = pairs(DTYPES, LAYOUTS)[:: len(LAYOUTS) - 1]
    for shape in shapes:
        for number, form in enumerate(forms_of(shape)):
            # 5 has no factor in common with the number of combinations.
            for dtype, layout in some if full else [both[5 * number % len(both)]]:
                yield Case(form, (new(dtype, shape, layout=layout),))


def plain(full, new):
    forms = """
    ravel(x) x.ravel() x.flatten() transpose(x) x.transpose() x.T x.mT matrix_transpose(x)
    permute_dims(x) squeeze(x) x.squeeze() atleast_1d(x) atleast_2d(x) flip(x) copy(x) x.copy()
    x.real x.imag x.shape x.ndim x.size x.nbytes x.itemsize shape(x) ndim(x) size(x) len(x)
    x.conj() x.conjugate() x.round() x.item() zeros_like(x) ones_like(x) empty_like(x)
    full_like(x,1) array(x) asarray(x)
    """.split()
    yield from one_operand(forms, full, new)
    computed = ["x.T", "x[::-1]", "ravel(x)", "flip(x)", "x.swapaxes(0,-1)"]
    yield from one_operand(computed, full, new, "{} + x" if full else "{} * 2")
    yield from one_operand(["x.T", "x[::-1]", "ravel(x)", "flip(x)"], full, new, "max({}, axis=0)")


def reshape_forms(shape):
    n = 1
    for extent in shape:
        n *= extent
    targets = [
        (n,),
        (-1,),
        (1, -1),
        (n, 1),
        (2, -1),
        (-1, 3),
        (3, n // 3),
        (1, n, 1),
        (0, -1),
        (-1, -1),
        (n + 1,),
        (),
    ]
    for target in targets:
        yield f"reshape(x, {target})"
        yield f"x.reshape({', '.join(map(str, target))})" if target else "x.reshape(())"
        yield f"x.T.reshape({target})"
    yield f"reshape(x, {n})"


def axis_forms(shape):
    rank = len(shape)
    axes = range(-rank - 1, rank + 1)
    for axis in axes:
        yield f"flip(x, {axis})"
        yield f"squeeze(x, {axis})"
        yield f"x.squeeze({axis})"
        yield f"expand_dims(x, {axis})"
    for first, second in itertools.product(axes, axes):
        yield f"swapaxes(x, {first}, {second})"
        yield f"x.swapaxes({first}, {second})"
        yield f"moveaxis(x, {first}, {second})"
        yield f"expand_dims(x, ({first}, {second}))"
        yield f"flip(x, ({first}, {second}))"
        yield f"squeeze(x, ({first}, {second}))"
    for order in (
        itertools.product(range(-1, rank), repeat=rank)
        if rank < 3
        else itertools.permutations(range(3))
    ):
        yield f"transpose(x, {order})"
        yield f"permute_dims(x, {order})"
        yield f"x.transpose({', '.join(map(str, order))})" if order else "x.transpose(())"
    if rank == 3:
        for sources, targets in every(
            [(0, 1), (2, 0), (0, -1), (0, 0)], [(1, 2), (-1, 0), (1, -2), (0,)]
        ):
            yield f"moveaxis(x, {sources}, {targets})"


def broadcast_forms(shape):
    for target in [
        (),
        (3,),
        (0,),
        (1, 3),
        (2, 3),
        (4, 2, 3),
        (2, 3, 3),
        (3, 1),
        (2, 2, 3, 4),
        (3, 0, 3),
        3,
    ]:
        yield f"broadcast_to(x, {target})"
    for rank in range(5):
        yield f"broadcast_to(x, {(2, 1, 2, 2)[:rank] + tuple(shape)})"


def index_forms(shape):
    rank = len(shape)
    slices = "0 -1 1 2 -3 : ::-1 1: :-1 ::2 -2: 5: :-9 3:0:-1 -1:-9:-2 ::-3 None ... 1:1 :0".split()
    yield from (f"x[{index}]" for index in slices)
    yield from (f"x[{index},]" for index in slices[:6])
    yield from (
        "x[()]",
        "x[::0]",
        "x[0.5]",
        "x[..., ...]",
        "x[None, None]",
        "x[..., None]",
        "x[None, ..., 0]",
    )
    if rank > 1:
        yield from (f"x[{a}, {b}]" for a, b in every(slices[:13], slices))
    if rank > 2:
        yield from (f"x[{a}, {b}, {c}]" for a, b, c in every(slices[:8], slices[5:10], slices[:8]))
        yield from (f"x[{a}][{b}]" for a, b in every(slices[:8], slices[:8]))


def views(full, new):
    for forms in (reshape_forms, axis_forms, broadcast_forms, index_forms):
        yield from each_shape(forms, full, new)


JOINS = """
concatenate((x, y){}) concat((x, y){}) stack((x, y){}) concatenate([x, y, x]{}) stack([y, x]{})
""".strip().splitlines()


def joined(full, axes):
    """Dtypes, shapes and axes of two arrays: all pairs of dtypes with some shapes, and all pairs
    of shapes with some dtypes."""
    few = [(), (0,), (1,), (3,), (1, 3), (2, 3), (2, 1), (0, 3), (2, 1, 3), (2, 3, 3)]
    if not full:
        return pairs(DTYPES, DTYPES, shape_pairs(few), axes)
    with_few = every(DTYPES, DTYPES, shape_pairs(few), axes)
    return itertools.chain(with_few, every(["f8", "u1"], ["i4"], shape_pairs(ALL_SHAPES), axes))


def shape_pairs(shapes):
    same = [(shape, shape) for shape in shapes]
    different = [(x, y) for x, y in every(shapes, shapes) if x != y and len(x) == len(y)]
    return [*same, *different, ((3,), (1, 3)), ((), (1,)), ((2, 3), (3,)), ((3,), ())]


def joins(full, new):
    """Two arrays joined along every axis, of every pair of dtypes; into a dtype."""
    axes = ["", *(f", axis={axis}" for axis in (0, 1, -1, 2, -2, 3, -4, None))]
    for name in (
        "concatenate((x, y){})",
        "stack((x, y){})",
        "concat([y, x, x]{})",
        "stack([x, y, x]{})",
    ):
        for left, right, (x, y), axis in joined(full, axes):
            yield Case(name.format(axis), (new(left, x), new(right, y)))
    for name in "hstack vstack dstack column_stack broadcast_arrays".split():
        text = "broadcast_arrays(x, y)" if name == "broadcast_arrays" else f"{name}((x, y))"
        for left, right, (x, y), _ in joined(full, [""]):
            yield Case(text, (new(left, x), new(right, y)))
    for name in "concatenate concat stack hstack vstack".split():
        for left, right, to in (
            every(DTYPES, DTYPES, DTYPES) if full else pairs(DTYPES, DTYPES, DTYPES)
        ):
            # In range, so that no cast depends on the processor.
            operands = (new(left, (2,), "count"), new(right, (2,), "count"))
            yield Case(f"{name}((x, y), dtype='{to}')", operands)
    for name in "concatenate stack hstack vstack dstack column_stack".split():
        yield Case(f"{name}([])", ())
        yield Case(f"{name}(x)", (new("f8", (2, 3, 2)),))
        yield Case(f"{name}([x, [1, 2, 3], 4.5 * x])", (new("i4", (3,)),))


def casts(full, new):
    """Each dtype to each other one."""
    spellings = ["x.astype('{}')", "astype(x, '{}')", "array(x, dtype='{}')", "asarray(x, '{}')"]
    spellings += ["zeros_like(x, dtype='{}')", "ones_like(x, '{}')", "full_like(x, 3, dtype='{}')"]
    names = (
        "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 int float".split()
    )
    for dtype, (to, form) in every(
        DTYPES, every(names, ["x.astype({})", "{}(x)", "x.astype(dtype={})"])
    ):
        if form == "{}(x)" and to in ("bool", "int", "float"):
            continue
        yield Case(form.format(to), (new(dtype, (5,), "plain"),))
    for dtype, (to, form) in every(DTYPES, every(DTYPES, spellings)):
        for pool, shape in (("count", (17,)), ("plain", (2, 3))) if full else (("plain", (2, 3)),):
            yield Case(form.format(to), (new(dtype, shape, pool),))
    for dtype, to in every(DTYPES, DTYPES):
        yield Case(f"x.astype('{to}')", (new(dtype, (47,)),))
        yield Case(f"x.astype('{to}')", (new(dtype, ()),))
        for layout in LAYOUTS if full else ["F", "S"]:
            yield Case(f"x.astype('{to}')", (new(dtype, (3, 5), "count", layout),))


FAMILIES = [plain, views, joins, casts]
