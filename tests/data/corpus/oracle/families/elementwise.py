"""Elementwise functions: dtypes, shapes, layouts, Python's numbers on either side."""

from .. import tolerances
from ..case import Case
from ..crossing import every, pairs
from ..pools import DTYPES, FLOATS, INTS, POOLS

FLOAT_UNARY = """
fabs sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh
tanh arcsinh arccosh arctanh erf erfc deg2rad rad2deg rint spacing acos acosh asin asinh atan
atanh degrees radians sinc modf frexp
""".split()
OTHER_UNARY = """
negative positive absolute abs sign reciprocal square floor ceil trunc fix signbit isnan isinf
isfinite invert bitwise_invert bitwise_not bitwise_count logical_not real imag conj conjugate
angle round around nan_to_num
""".split()
UNARY = FLOAT_UNARY + OTHER_UNARY

FLOAT_BINARY = """
divide true_divide float_power logaddexp logaddexp2 arctan2 atan2 hypot copysign nextafter
heaviside
""".split()
OTHER_BINARY = """
add subtract multiply floor_divide remainder mod fmod power pow maximum minimum fmax fmin gcd lcm
bitwise_and bitwise_or bitwise_xor left_shift bitwise_left_shift right_shift
bitwise_right_shift logical_and logical_or logical_xor equal not_equal less less_equal greater
greater_equal divmod isclose allclose ldexp
""".split()
BINARY = FLOAT_BINARY + OTHER_BINARY

SECOND_NAMES = """
true_divide atan2 mod pow bitwise_left_shift bitwise_right_shift
""".split()

OPERATORS = "+ - * / // % ** & | ^ << >> < <= > >= == !=".split()

# Of these, the second operand is a count.
COUNTED = """
left_shift right_shift bitwise_left_shift bitwise_right_shift power pow ldexp << >> **
""".split()

SHAPES = [
    (),
    (0,),
    (1,),
    (3,),
    (1, 3),
    (3, 1),
    (2, 3),
    (0, 3),
    (3, 3),
    (2, 1, 3),
    (1, 3, 1),
    (2, 0, 3),
]
ALL_SHAPES = [shape for rank in range(4) for shape in every(*[(0, 1, 3)] * rank)]
LAYOUTS = ["", "F", "S", "O", "R", "B", "W", "T"]

NUMBERS = """
True 0 1 -1 2 3 127 128 255 256 -128 -129 32767 32768 -32769 65535 65536 2147483647 2147483648
-2147483649 4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808
-9223372036854775809 18446744073709551615 18446744073709551616 0.0 -0.0 0.5 -1.5 1e300 nan inf
""".split()
FEW_NUMBERS = """
True 0 -1 3 255 -129 65536 4294967296 18446744073709551615 18446744073709551616 -0.0 0.5 1e300
nan
""".split()


def call(name):
    """How a formula names a function: Python has some of the names itself."""
    return f"np.{name}" if name in ("abs", "pow", "round", "divmod") else name


def second_pools(name):
    return ["any", "count"] if name in COUNTED else ["any"]


def unary(full, new):
    shapes, cross = (ALL_SHAPES, every) if full else (SHAPES, pairs)
    for name in UNARY:
        for dtype, shape, layout in cross(DTYPES, shapes, LAYOUTS):
            yield Case(f"{call(name)}(x)", (new(dtype, shape, layout=layout),), tolerances.of(name))


def binary(full, new):
    for name in BINARY:
        # Of a function of two names, one is crossed with everything.
        whole = full and name not in SECOND_NAMES
        shapes, cross = (ALL_SHAPES, every) if whole else (SHAPES, pairs)
        factors = (DTYPES, DTYPES, shapes, shapes, second_pools(name))
        for left, right, x, y, pool in cross(*factors):
            operands = (new(left, x), new(right, y, pool))
            yield Case(f"{call(name)}(x, y)", operands, tolerances.of(name))


def layouts(full, new):
    """Operands in every pair of layouts; the same shapes, so that both are walked alike."""
    names = BINARY if full else ["add", "divide", "maximum", "power", "less", "bitwise_xor"]
    cross = every if full else pairs
    for name in names:
        for dtype, shape, x, y in cross(
            ["i4", "f4", "f8"], [(3, 4), (2, 3, 4), (3, 17)], LAYOUTS, LAYOUTS
        ):
            operands = (new(dtype, shape, layout=x), new(dtype, shape, layout=y))
            yield Case(f"{call(name)}(x, y)", operands, tolerances.of(name))


def operators(full, new):
    shapes, cross = (ALL_SHAPES, every) if full else (SHAPES, pairs)
    for operator in OPERATORS:
        tolerance = tolerances.of("power") if operator == "**" else "exact"
        for left, right, x, y, pool in cross(
            DTYPES, DTYPES, shapes, shapes, second_pools(operator)
        ):
            yield Case(f"x {operator} y", (new(left, x), new(right, y, pool)), tolerance)
    for operator in "- + ~".split():
        for dtype, shape in every(DTYPES, shapes):
            yield Case(f"{operator}x", (new(dtype, shape),))


def numbers(full, new):
    """Python's numbers, which are weak, on either side."""
    values = NUMBERS if full else FEW_NUMBERS
    functions = [name for name in BINARY if name not in ("allclose", "isclose")]
    forms = [(f"{call(name)}(x, {{}})", f"{call(name)}({{}}, x)", name) for name in functions]
    shapes = [(), (3,), (2, 3)]
    forms += [(f"x {op} {{}}", f"{{}} {op} x", "power" if op == "**" else op) for op in OPERATORS]
    for after, before, name in forms:
        tolerance = tolerances.of(name)
        whole = full or name in ("==", "<", ">=", "+", "*", "**", "//")
        # Literals of the comparisons decide exactly, however large: all of them, always.
        for dtype, number in every(DTYPES, NUMBERS if whole else values):
            for form in (after, before):
                pool = "count" if name in COUNTED and form is before else "any"
                sign = number.startswith("-") and form is before
                text = form.format(f"({number})" if sign else number)
                for shape in shapes if full else [shapes[(len(text) + len(dtype)) % 3]]:
                    yield Case(text, (new(dtype, shape, pool),), tolerance)


def special(full, new):
    """Special values of floats with numbers of every exponent, in both orders."""
    exponents = "exponents" if full else "exponents_few"
    columns = ["special", "any"] if full else ["special"]
    for name in BINARY if full else [name for name in BINARY if name not in tolerances.ALIASES]:
        for dtype in FLOATS:
            n = len_of(exponents, dtype)
            for pool in columns:
                column, row = new(dtype, (len_of(pool, dtype), 1), pool), new(
                    dtype, (n,), exponents
                )
                for operands in ((column, row), (row, column)):
                    yield Case(f"{call(name)}(x, y)", operands, tolerances.of(name))
            if full:
                yield from exponent_pairs(name, dtype, new, n)
    for name in UNARY:
        for dtype in FLOATS:
            for pool in ("special", "signed_nan", exponents):
                shape = (len_of(pool, dtype),)
                yield Case(f"{call(name)}(x)", (new(dtype, shape, pool),), tolerances.of(name))
    for name in ("copysign", "maximum", "fmin", "add"):
        operands = (new("f8", (5, 1), "signed_nan"), new("f8", (5,), "signed_nan"))
        yield Case(f"{name}(x, y)", operands)


def exponent_pairs(name, dtype, new, n):
    """Every exponent with some others."""
    few = new(dtype, (len_of("exponents_few", dtype), 1), "exponents_few")
    for operands in ((few, new(dtype, (n,), "exponents")), (new(dtype, (n,), "exponents"), few)):
        yield Case(f"{call(name)}(x, y)", operands, tolerances.of(name))


def len_of(pool, dtype):
    return len(POOLS[(pool, dtype)])


def integers(full, new):
    """Integers at the ends of their range with each other, in both orders."""
    del full
    names = [name for name in OTHER_BINARY if name not in ("isclose", "allclose")]
    for name in names:
        for dtype in INTS:
            column, row = new(dtype, (31, 1)), new(dtype, (31,))
            counts = new(dtype, (17,), "count")
            for operands in ((column, row), (column, counts)):
                yield Case(f"{call(name)}(x, y)", operands, tolerances.of(name))


FAMILIES = [unary, binary, layouts, operators, numbers, special, integers]
