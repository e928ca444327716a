"""Where Jitney's answer is another one than NumPy's on purpose: ../differences.tsv says why.

Each rule takes a formula, its operands and the answer so far, and gives what the documented
difference makes of it, or None where it has no say.
"""

import itertools
import re

import numpy as np

from . import tolerances
from .answers import ERROR, evaluate, same

INT_BITS = {"i1": 32, "i2": 32, "i4": 32, "u1": 32, "u2": 32, "u4": 64, "i8": 64, "u8": 64}


def expected(formula, arrays):
    """Jitney's answer, and the names of the differences that it has."""
    answer, names = evaluate(formula, arrays), []
    for name, rule in RULES.items():
        ours = rule(formula, arrays, answer)
        if ours is not None and not same(ours, answer):
            answer = ours
            names.append(name)
    return answer, "+".join(names)


def is_float(array):
    return array.dtype.kind == "f"


def float16(formula, arrays, answer):
    """Functions of 8-bit integers and bools are computed in float32, the least float there is."""
    if answer is ERROR or not any(result.dtype == np.float16 for result in answer):
        return None
    for text, operands in _widened(formula, arrays):
        wide = evaluate(text, operands)
        if wide is not ERROR and not any(result.dtype == np.float16 for result in wide):
            pairs = zip(wide, answer)
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


def ldexp_exponent(formula, arrays, answer):
    """An exponent may be any int64."""
    call = re.match(r"^ldexp\(x, (-?\d+)\)$", formula)
    if not call or answer is not ERROR or not -(2**63) <= int(call[1]) < 2**63:
        return None
    text = f"ldexp(x, {max(-(2**30), min(2**30, int(call[1])))})"
    value = evaluate(text, arrays)
    return float16(text, arrays, value) or value


def nan_sign(formula, arrays, answer):
    """A NaN counts as positive."""
    if not re.search("signbit|copysign", formula) or not any(map(is_float, arrays)):
        return None
    positive = [np.where(np.isnan(a), np.abs(a), a) if is_float(a) else a for a in arrays]
    positive_answer = evaluate(formula, positive)
    return float16(formula, positive, positive_answer) or positive_answer


def negative_power(formula, arrays, answer):
    """An integer to the power of an array with negative elements: `1 / x**n`, truncated."""
    is_power = re.search(r"pow|\*\*", formula)
    if answer is not ERROR or not arrays or not is_power or any(map(is_float, arrays)):
        return None
    *first, exponent = arrays
    ones = evaluate(formula, [*first, np.ones_like(exponent)])
    # A negative exponent is one of its parity, which decides for 1 and -1.
    parity = np.where(exponent < 0, exponent & 1, exponent).astype(exponent.dtype)
    powers = evaluate(formula, [*first, parity])
    if ERROR in (ones, powers) or not np.any(exponent < 0):
        return None
    base, power = ones[0], powers[0]
    inverse = np.where(np.abs(base.astype("f8")) == 1, power, 0).astype(power.dtype)
    return [np.where(np.broadcast_to(exponent < 0, power.shape), inverse, power)]


def general_power(formula, arrays, answer):
    """An exponent that is an array takes the way of all exponents, not that of a root."""
    is_power = re.search(r"^(np\.)?(float_)?pow(er)?\(.*, [xy]\)$|\*\* [xy]$", formula)
    if not is_power or answer is ERROR or not is_float(answer[0]):
        return None
    shape = answer[0].shape
    # Of two elements at least, so that no stride is zero.
    twice = [np.concatenate([np.broadcast_to(a, shape).reshape(-1)] * 2) for a in arrays]
    result = evaluate(formula, twice)[0]
    return [result[: result.size // 2].reshape(shape)]


def equal_zeros(formula, arrays, answer):
    """Of two zeros, `fmax` and `fmin` give the first."""
    call = re.match(r"^(fmax|fmin)\((.*), (.*)\)$", formula)
    if not call or answer is ERROR or not is_float(answer[0]):
        return None
    first, second = (evaluate(f"float64({operand})", arrays)[0] for operand in call.groups()[1:])
    zeros = (first == 0) & (second == 0)
    signed = np.copysign(np.zeros_like(answer[0]), first.astype(answer[0].dtype))
    return [np.where(zeros, signed, answer[0])]


def cancellation(formula, arrays, answer):
    """`logaddexp` is accurate where its terms cancel."""
    if "logaddexp" not in formula or answer is ERROR or not is_float(answer[0]):
        return None
    dtype = answer[0].dtype
    wide = "f8" if dtype == "f4" else np.longdouble
    precise = evaluate(formula, [array.astype(wide) for array in arrays], widest=True)[0]
    precise = precise.astype(dtype)
    _, double, single = tolerances.of("logaddexp")
    # What the tolerance leaves to NumPy.
    allowed = single - 2 if dtype == "f4" else double - 1
    with np.errstate(all="ignore"):
        off = np.abs(answer[0] - precise) > allowed * np.spacing(np.abs(precise))
    # Of what vanishes, NumPy's sum loses the sign.
    off |= (answer[0] == 0) & (precise == 0)
    return [np.where(off & np.isfinite(precise), precise, answer[0])]


def cast(formula, arrays, answer):
    """A float out of an integer's range becomes what the instructions of x86-64 make of it."""
    call = re.match(
        r"^(x\.astype\(|astype\(x, |array\(x, dtype=|asarray\(x, |u?int\d+\(x\))", formula
    )
    rounds = re.match(r"^(np\.round|round|around|x\.round)\(.*-\d+\)$", formula)
    if not (call or rounds) or answer is ERROR or answer[0].dtype.kind not in "iu":
        return None
    # Integers are rounded before the point as floats, and cast back.
    x = evaluate(formula, [arrays[0].astype("f8")])[0] if rounds else arrays[0]
    return [converted(x, answer[0].dtype)] if is_float(x) else None


def converted(x, to):
    """Truncated to a signed integer, the smallest one if there is none; then cut to size."""
    bits = INT_BITS[to.str[1:]]
    if to == "u8":
        high = x >= 2.0**63
        low = _truncated(np.where(high, 0, x), 64).astype("u8")
        return np.where(
            high, _truncated(x.astype("f8") - 2.0**63, 64).astype("u8") ^ np.uint64(2**63), low
        )
    return _truncated(x, bits).astype(to)


def _truncated(x, bits):
    x = np.trunc(x.astype("f8"))
    limit = 2.0 ** (bits - 1)
    inside = (x >= -limit) & (x < limit)
    return np.where(inside, np.where(inside, x, 0).astype("i8"), -(2 ** (bits - 1)))


def large_integer(formula, arrays, answer):
    """Truth and order of integers need no C long."""
    asks = r"^(logical_|(not_)?equal|less|greater)|^\S+ (<=?|>=?|[!=]=) \S+$|^full\(.*bool"
    fills_bools = formula.startswith("full_like") and arrays[0].dtype == bool
    if answer is not ERROR or not (fills_bools or re.search(asks, formula)):
        return None

    def inside(match):
        return str(max(-(2**62), min(2**62, int(match[0]))))

    text = re.sub(r"-?\d{19,}", inside, formula)
    return evaluate(text, arrays) if text != formula else None


def unsigned_choices(formula, arrays, answer):
    """Integers are choices of `select` beside unsigned arrays too."""
    if answer is not ERROR or not formula.startswith("select("):
        return None

    def select(conditions, choices, default=0):
        if default is None:
            raise TypeError("None is no choice")
        dtype = np.result_type(*choices, default)
        choices = [np.asarray(choice, dtype) for choice in choices]
        return np.select(conditions, choices, np.asarray(default, dtype))

    return evaluate(formula, arrays, select=select)


def pieces(formula, arrays, answer):
    """What a function of `piecewise` is not defined for is an error, whatever the elements."""
    functions = (
        re.search(r"\[([a-z, ]+)\]\)$", formula) if formula.startswith("piecewise(") else None
    )
    names = functions[1].split(",") if functions else []
    undefined = any(evaluate(f"{name}(x)", arrays) is ERROR for name in names)
    return ERROR if undefined else None


def integer_variance(formula, arrays, answer):
    """A variance is no integer."""
    return ERROR if re.match(r"^(std|var)\(.*dtype=(bool|u?int)", formula) else None


def scalars(formula, arrays, answer):
    """An element is a 0-d array, whose bools are no integers of Python's."""
    elements = re.sub(r"\[0\](?= ?\*\*)", "[0, ...]", formula)
    return evaluate(elements, arrays) if elements != formula else None


def read_numbers(formula, arrays, answer):
    """A number that is read from an array counts as one of Python's."""
    call = re.match(r"^arange\((x\.(max|min)\(\))(.*)\)$", formula)
    if not call:
        return None
    value = evaluate(call[1], arrays)[0].item()
    return evaluate(f"arange({value}{call[3]})", arrays)


def sizes(formula, arrays, answer):
    """More elements than memory has are an error."""
    return ERROR if formula == f"arange({2**63})" else None


def no_shape(formula, arrays, answer):
    """No shape is no argument of `reshape`."""
    return ERROR if re.search(r"reshape\((x, )?None\)", formula) else None


def python_integers(formula, arrays, answer):
    """Integers without a dtype end at 2**127."""
    inner = re.match(r"^array\((.*), dtype=float\)$", formula)
    if not inner or arrays:
        return None
    try:
        value = eval(inner[1], {})
    except (ArithmeticError, TypeError, ValueError):
        return None
    return ERROR if isinstance(value, int) and abs(value) >= 2**127 else None


RULES = {
    "float16": float16,
    "large exponent": ldexp_exponent,
    "nan sign": nan_sign,
    "negative power": negative_power,
    "general power": general_power,
    "equal zeros": equal_zeros,
    "cancellation": cancellation,
    "cast": cast,
    "large integer": large_integer,
    "unsigned choices": unsigned_choices,
    "pieces": pieces,
    "integer variance": integer_variance,
    "scalars": scalars,
    "read numbers": read_numbers,
    "sizes": sizes,
    "no shape": no_shape,
    "python integers": python_integers,
}
