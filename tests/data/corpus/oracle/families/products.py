"""Matrix products: ranks, extents, dtypes, and every pair of layouts."""

from .. import tolerances
from ..case import Case
from ..crossing import every, pairs
from .elementwise import ALL_SHAPES, LAYOUTS
from ..pools import DTYPES

FORMS = ["x @ y", "matmul(x, y)", "dot(x, y)", "x.dot(y)"]
SHAPES = [
    (),
    (0,),
    (1,),
    (3,),
    (0, 3),
    (3, 0),
    (1, 3),
    (3, 1),
    (2, 3),
    (3, 3),
    (3, 2),
    (2, 3, 3),
    (1, 3, 2),
    (2, 0, 3),
    (0, 3, 3),
    (2, 1, 3),
]
# Shapes that fit, to sizes at which blocks of the product's kernels have rests.
FITTING = [
    ((5,), (5,)),
    ((7,), (7, 3)),
    ((4, 7), (7,)),
    ((4, 7), (7, 5)),
    ((17, 33), (33, 9)),
    ((1, 64), (64, 1)),
    ((2, 5, 7), (7, 3)),
    ((5, 7), (2, 7, 3)),
    ((2, 5, 7), (2, 7, 3)),
    ((7,), (2, 7, 3)),
    ((2, 5, 7), (7,)),
    ((1, 5, 7), (3, 7, 2)),
]


def products(full, new):
    shapes, cross = (ALL_SHAPES, every) if full else (SHAPES, pairs)
    for form in FORMS:
        for left, right, x, y in cross(DTYPES, DTYPES, shapes, shapes):
            yield case(form, new(left, x, pool(left)), new(right, y, pool(right)))


def layouts(full, new):
    cross = every if full else pairs
    dtypes = DTYPES if full else ["f4", "f8", "i4", "u8"]
    for form in FORMS[::3]:
        for dtype, (x, y), left, right in cross(dtypes, FITTING, LAYOUTS, LAYOUTS):
            yield case(form, new(dtype, x, pool(dtype), left), new(dtype, y, pool(dtype), right))
    for text in (
        "x @ x.T",
        "x.T @ x",
        "x[::-1] @ x.T",
        "x @ x[:, ::-1].T",
        "(x @ x.T)[::2].T",
        "(x + 1) @ (x.T * 2)",
        "x[0] @ x.T",
        "x.T @ x[:, 1]",
    ):
        for dtype, shape, layout in cross(dtypes, [(3, 4), (17, 5), (1, 3), (5, 33)], LAYOUTS):
            operand = new(dtype, shape, pool(dtype), layout)
            yield Case(text, (operand,), tolerances.of_own_product)
    for text in (
        "x @ 2",
        "2 @ x",
        "dot(2, x)",
        "dot(x, 2.5)",
        "x @ [1, 2, 3]",
        "[1, 2, 3] @ x",
        "dot([1, 2, 3], x)",
        "x.dot(3)",
        "matmul(x, 2)",
    ):
        for dtype, shape in every(DTYPES, [(), (3,), (3, 3), (2, 3, 3)]):
            yield Case(text, (new(dtype, shape, pool(dtype)),), tolerances.of_own_product)
    for form in FORMS[:3:2]:
        for dtype, (x, y) in every(["f4", "f8"], FITTING):
            yield case(form, new(dtype, x, "nonfinite"), new(dtype, y, "plain"))


def pool(dtype):
    return "plain" if dtype[0] == "f" else "any"


def case(form, x, y):
    return Case(form, (x, y), tolerances.of_matmul)


FAMILIES = [products, layouts]
