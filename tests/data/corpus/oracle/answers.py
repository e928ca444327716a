"""What NumPy says a formula is worth."""

import ast
import functools
import math

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
    DeprecationWarning,
)


def _erf(function):
    """`math.erf` or `math.erfc`, which NumPy does not have, as a function like `np.exp`."""
    values = np.vectorize(function, otypes=["f8"])

    def ufunc(x):
        dtype = np.exp(np.zeros((), np.asarray(x).dtype)).dtype
        return values(np.asarray(x, "f8")).astype(dtype)[()]

    return ufunc


def _round(x, *decimals):
    is_number = isinstance(x, (int, float)) and not isinstance(x, np.generic)
    return (round if is_number else np.round)(x, *decimals)


def _names():
    names = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    names |= {"np": np, "erf": _erf(math.erf), "erfc": _erf(math.erfc)}
    # What `empty` holds is nobody's business: zeros, as Jitney has it.
    names |= {"empty": np.zeros, "empty_like": np.zeros_like}
    # Without `np.`, these are Python's own, whose `round` leaves arrays to NumPy; so are the
    # dtypes.
    names |= {name: __builtins__[name] for name in ("abs", "divmod", "pow", "len")}
    names["round"] = _round
    return names | {"int": int, "float": float, "bool": bool}


NUMPY = _names()


@functools.lru_cache(maxsize=4096)
def _compiled(formula):
    """The statements of a formula but for the last, and that, which is an expression."""
    body = ast.parse(formula).body
    if not body or not isinstance(body[-1], ast.Expr):
        raise SyntaxError("no value")
    statements = ast.Module(body[:-1], [])
    value = ast.Expression(body[-1].value)
    return compile(statements, formula, "exec"), compile(value, formula, "eval")


def evaluate(formula, arrays, widest=False, **names):
    """The arrays that NumPy gives, or `ERROR`; `widest` admits long doubles, and names may
    stand for something else than in NumPy."""
    try:
        with np.errstate(all="ignore"):
            statements, value = _compiled(formula)
            known = NUMPY | names | dict(zip(NAMES, arrays))
            exec(statements, known)
            value = eval(value, known)
            items = value if isinstance(value, tuple) else (value,)
            return [_array(item, widest) for item in items]
    except MISTAKES:
        return ERROR


def _array(item, widest):
    array = np.asarray(item)
    if array.dtype.kind == "O":
        raise TypeError("an array of objects, which there are none of here")
    if array.dtype.kind not in "biuf" or array.itemsize > 8 and not widest:
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
