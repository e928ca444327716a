"""What a formula has of Python's own: numbers, their functions, names."""

from ..case import Case
from ..crossing import every, pairs
from ..pools import DTYPES

NUMBERS = """
0 1 -1 2 -3 7 255 -128 True False 0.0 -0.0 0.5 -1.5 2.5 1e300 9223372036854775807
18446744073709551615
""".split()
OPERATORS = "+ - * / // % ** < <= > >= == != & | ^ << >>".split()
LARGE = {"255", "-128", "9223372036854775807", "18446744073709551615", "1e300"}


def numbers(full, new):
    """Python's arithmetic, between its numbers."""
    del new
    for operator, x, y in every(OPERATORS, NUMBERS, NUMBERS if full else NUMBERS[::2]):
        # Python's integers have no end, and its powers of negative numbers may be complex.
        if operator in ("**", "<<") and (x in LARGE or y in LARGE):
            continue
        if operator == "**" and "." in y and x.startswith("-"):
            continue
        yield Case(f"array(({x}) {operator} ({y}), dtype=float)", (), ("ulp", 1, 1))
        yield Case(
            f"array([{x}])[0] {operator} ({y})", (), ("ulp", 2, 2) if operator == "**" else "exact"
        )
    for operator, x in every("- + ~".split(), NUMBERS):
        yield Case(f"array({operator}({x}), dtype=float)", ())
    for function, x in every(
        [
            "abs({})",
            "round({})",
            "round({}, 1)",
            "round({}, -1)",
            "int({})",
            "float({})",
            "bool({})",
        ],
        [*NUMBERS, "2.675", "-7.349", "1234567"],
    ):
        yield Case(f"array({function.format(x)}, dtype=float)", ())
    for x, y in every(NUMBERS[:11], NUMBERS[:11]):
        yield Case(f"divmod({x}, {y})", ())
        if not ("." in y and x.startswith("-")):
            yield Case(f"array(pow({x}, {y}), dtype=float)", (), ("ulp", 1, 1))


def functions(full, new):
    """Python's functions of arrays, and of what arrays hold."""
    del full
    forms = """
    abs(x) round(x) round(x,1) len(x) pow(x,2) divmod(x,3) divmod(7,x) float(x.max())*x
    int(x.max())*2 bool(x.max()) x*pi x+e x*inf x*nan [x[0],x[1]] x[len(x)-1] x[x.argmax()]
    x[:x.argmin()] zeros(x.size) ones(x.shape) full(x.shape,x[0],dtype=x.dtype) x.max()-1
    x.min()*2 x[0]+300 x.sum()*0.5 x.item() x[0].item() x[newaxis,:] x.astype(x.dtype) (x,x)
    (x>0)&(x<3) ~(x>1) -x**2 2**-1*x x**2**1 x.T.shape[0]*x x[0]/x[1] x[0]**2 x==x.max()
    """.split()
    for form, dtype in every(forms, DTYPES):
        yield Case(form, (new(dtype, (3,), "plain"),), ("ulp", 2, 6))
    for form, dtype in every(
        ["int(x)", "float(x)", "bool(x)", "x.item()", "abs(x)", "[x]", "[x, 1]", "x[()]", "x + x"],
        DTYPES,
    ):
        yield Case(f"array({form})", (new(dtype, (), "plain"),))
    for form in [
        "x.foo",
        "x.shape()",
        "foo(x)",
        "x(1)",
        "x[",
        "x +",
        "sum(x, axis=0.5)",
        "sum(x, axs=0)",
        "sum()",
        "sum(x, 0, None, 0, 0, 0, 0)",
        "x.T()",
        "x[1.0]",
        "x['a']",
        "zeros(3, dtype='foo')",
        "sin(x, x, x)",
        "x @ 'a'",
        "where(x, x)",
    ]:
        yield Case(form, (new("f8", (2, 3)),))


def constants(full, new):
    del full
    for name, dtype in every(["pi", "e", "inf", "nan", "np.pi", "np.inf"], DTYPES):
        yield Case(f"x * {name}", (new(dtype, (3,)),))
        yield Case(f"maximum({name}, x)", (new(dtype, (3,)),))


NONES = """
np.round(x, None);eye(3, k=None);eye(3, None);eye(None);identity(None);linspace(0, 1, None);
linspace(0, 1, 3, None);linspace(None, 1);logspace(0, 1, 3, base=None);sum(x, None);
sum(x, dtype=None);sum(x, keepdims=None);var(x, ddof=None);max(x, axis=None);argmax(x, None);
isclose(x, x, None);isclose(x, None);nan_to_num(x, nan=None);nan_to_num(x, posinf=None);
stack([x], axis=None);concatenate([x], None);swapaxes(x, None, 0);moveaxis(x, None, 0);
expand_dims(x, None);flip(x, None);squeeze(x, None);reshape(x, None);x.reshape(None);
broadcast_to(x, None);transpose(x, None);x.transpose(None);arange(None);arange(0, None);
arange(3, None, None);zeros(None);zeros(2, None);full(2, None);full(2, 1, None);indices(None);
clip(x, None, None);clip(x, None, 1);x.clip(None, 1);clip(x, min=None, max=None);
angle(x, deg=None);x.astype(None);array(x, dtype=None);zeros_like(x, None);sin(None);x + None;
None + x;dot(x, None);x @ None;where(x > 0, None, x);select([x > 0], [x], None);meshgrid(x, None);
meshgrid(x, indexing=None);ravel(x, None);x[None];x[:None];x[None:1];x[::None];len(None);
abs(None);round(None);round(2.5, None);-None;bool(None)
"""


def nones(full, new):
    """Where None stands for a default, and where it is a mistake."""
    del full
    for form in NONES.replace("\n", "").strip(";").split(";"):
        yield from (Case(form, (new(dtype, (3,), "plain"),)) for dtype in ("f8", "i4", "b1"))


PLACES = """
0;-1;2;5;-4;:;1:;:-1;::2;::-1;2:0;1:1;...;None;0, 0;:, 1;1, ...;..., 0;None, 0;::-1, ::2;1:2, -1:;
0, 0, 0, 0;:, :, ::-2
"""


def assignments(full, new):
    """Elements take numbers and arrays: places of every rank, in every dtype, by every operator."""
    cross = every if full else pairs
    places = PLACES.replace("\n", "").split(";")
    shapes = [(), (0,), (1,), (3,), (4, 3), (0, 3), (2, 1, 3)]
    values = ["2", "-1", "2.5", "True", "300", "inf", "y", "y[0]", "a", "a[::-1]", "[1, 2]"]
    operators = "= += -= *= /= //= %= **= &= |= ^= <<= >>=".split()
    others = [((), ""), ((1,), ""), ((3,), ""), ((2, 3), ""), ((3,), "R")]
    for place, value, operator, shape, dtype, (other, layout), second in cross(
        places, values, operators, shapes, DTYPES, others, DTYPES
    ):
        operands = [new(dtype, shape, "plain")]
        if "y" in value:
            operands.append(new(second, other, "plain", layout))
        yield Case(f"a = copy(x); a[{place}] {operator} {value}; a", tuple(operands), ("ulp", 2, 4))


FAMILIES = [nones, numbers, functions, constants, assignments]
