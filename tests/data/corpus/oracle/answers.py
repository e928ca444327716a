"""What NumPy says a formula is worth, and what Jitney is to say where it differs on purpose."""

import ast
import functools
import itertools
import math
import re

import numpy as np

from .case import NAMES
from .encode import bits

ERROR = "error"
MISTAKES = (
    SyntaxError,
    NameError,
    TypeError,
    ValueError,
    IndexError,
    AttributeError,
    ZeroDivisionError,
    OverflowError,
)


def _erf(function):
    """`math.erf` or `math.erfc`, which NumPy does not have, as a function like `np.exp`."""
    values = np.vectorize(function, otypes=["f8"])

    def ufunc(x):
        dtype = np.exp(np.zeros((), np.asarray(x).dtype)).dtype
        return values(np.asarray(x, "f8")).astype(dtype)[()]

    return ufunc


def _names():
    names = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    names |= {"np": np, "erf": _erf(math.erf), "erfc": _erf(math.erfc)}
    # What `empty` holds is nobody's business: zeros, as Jitney has it.
    names |= {"empty": np.zeros, "empty_like": np.zeros_like}
    # Without `np.`, these are Python's own; so are the dtypes.
    names |= {name: __builtins__[name] for name in ("abs", "divmod", "pow", "round", "len")}
    return names | {"int": int, "float": float, "bool": bool}


NUMPY = _names()


@functools.lru_cache(maxsize=4096)
def _compiled(formula):
    return compile(ast.parse(formula, mode="eval"), formula, "eval")


def evaluate(formula, arrays):
    """The arrays that NumPy gives, or `ERROR`."""
    try:
        with np.errstate(all="ignore"):
            value = eval(_compiled(formula), NUMPY | dict(zip(NAMES, arrays)))
            items = value if isinstance(value, tuple) else (value,)
            return [_array(item) for item in items]
    except MISTAKES:
        return ERROR


def _array(item):
    array = np.asarray(item)
    if array.dtype.kind not in "biuf":
        raise AssertionError(f"a result of {array.dtype}: {item!r}")
    return array


def same(left, right):
    """Whether two answers are the same bits, all NaNs being equal."""
    if ERROR in (left, right) or len(left) != len(right):
        return left is right
    return all(_same_array(x, y) for x, y in zip(left, right))


def _same_array(x, y):
    if (x.dtype, x.shape) != (y.dtype, y.shape):
        return False
    nans = np.isnan(x) & np.isnan(y) if x.dtype.kind == "f" else np.zeros(x.shape, bool)
    return bool(np.all((bits(x) == bits(y)) | nans.reshape(-1)))


def expected(formula, arrays):
    """Jitney's answer, and the name of the difference that makes it another than NumPy's."""
    numpy = evaluate(formula, arrays)
    for name, rule in RULES.items():
        ours = rule(formula, arrays, numpy)
        if ours is not None and not same(ours, numpy):
            return ours, name
    return numpy, None


def float16(formula, arrays, numpy):
    """Functions of 8-bit integers and bools are computed in float32, the least float here."""
    if numpy is ERROR or not any(result.dtype == np.float16 for result in numpy):
        return None
    for text, operands in _widened(formula, arrays):
        answer = evaluate(text, operands)
        if answer is not ERROR and not any(result.dtype == np.float16 for result in answer):
            pairs = zip(answer, numpy)
            return [new if old.dtype == np.float16 else old for new, old in pairs]
    raise AssertionError(f"float16 comes of no 8-bit operand in {formula}")


def _widened(formula, arrays):
    """The formula with some of its operands as float32."""
    small = [i for i, array in enumerate(arrays) if array.itemsize == 1]
    for n in range(len(small), 0, -1):
        for chosen in itertools.combinations(small, n):
            yield formula, [a.astype("f4") if i in chosen else a for i, a in enumerate(arrays)]
    # Python's numbers that this function alone takes for the smallest float.
    yield re.sub(r"^ldexp\((.*), (.*)\)$", r"ldexp(float32(\1), int64(\2))", formula), arrays


def nan_sign(formula, arrays, numpy):
    """A NaN counts as positive."""
    if "signbit" not in formula and "copysign" not in formula:
        return None
    positive = [np.where(np.isnan(a), np.abs(a), a) if a.dtype.kind == "f" else a for a in arrays]
    return float16(formula, positive, numpy) or evaluate(formula, positive)


def negative_power(formula, arrays, numpy):
    """An integer to the power of an array with negative elements: `1 / x**n`, truncated."""
    is_power = "pow" in formula or "**" in formula
    if numpy is not ERROR or not arrays or not is_power or any(array.dtype.kind == "f" for array in arrays):
        return None
    absolute = evaluate(formula, [*arrays[:-1], np.abs(arrays[-1])])
    if absolute is ERROR or not np.any(arrays[-1] < 0):
        return None
    power, exponent = absolute[0], arrays[-1]
    inverse = np.where(np.abs(power) == 1, power, 0).astype(power.dtype)
    return [np.where(np.broadcast_to(exponent < 0, power.shape), inverse, power)]


RULES = {"float16": float16, "nan sign": nan_sign, "negative power": negative_power}
