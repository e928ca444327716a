"""The text of a corpus.

    pool NAME DTYPE BITS...             the values of a pool
    of FORMULA <tab> TOLERANCE          the formula of the cases that follow
    OPERAND... <tab> RESULT             a case: operands are bound to x, y, z, w
    OPERAND... <tab> RESULT <tab> NAME  one whose result differs from NumPy's on purpose

The tolerance is `exact`, `ulp F64 F32` (units in the last place of the result), `near`, or
`library`: as near, and no nearer to the interpreter than that.

An operand is `DTYPE[EXTENTS]POOL+OFFSET`, with a letter for its layout unless that is C's.

A result is `error`, or arrays separated by ` | `, or `nothing` for a tuple of none. An array is
`DTYPE[EXTENTS]` and its elements' bits in hexadecimal, `BITS*N` for N equal ones and `nan` for any
NaN; or `#` and a digest of them. Where they need only be near, there is a last word `~BOUND`: how
far elements may be from these.
"""

import numpy as np

MASK = 2**64 - 1
ODD = 0x9E3779B97F4A7C15
MIX = np.uint64(0xD6E8FEB86659FD93)
LONG = 26


def code(dtype):
    """A dtype of NumPy's in two letters."""
    return np.dtype(dtype).str[1:]


def extents(shape):
    return "[" + ",".join(map(str, shape)) + "]"


def bits(array):
    """The elements in C order, as integers."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(f"u{flat.itemsize}").astype(np.uint64)


def digest(words):
    """A polynomial of the elements, each of which is mixed first."""
    if not len(words):
        return 0
    shift = np.uint64(32)
    mixed = (words ^ (words >> shift)) * MIX
    mixed ^= mixed >> shift
    weights = np.full(len(words), ODD, np.uint64)
    weights[0] = 1
    weights = np.multiply.accumulate(weights)[::-1]
    return int((mixed * weights).sum(dtype=np.uint64)) & MASK


def array_text(array, exact, whole):
    """An array; `exact` admits a digest, `whole` forbids it."""
    array = np.asarray(array)
    words = bits(array)
    if array.dtype.kind == "f":
        nan = np.isnan(array).reshape(-1)
        words[nan] = bits(np.array(np.nan, array.dtype))[0]
        texts = ["nan" if is_nan else f"{int(w):x}" for w, is_nan in zip(words, nan)]
    else:
        texts = [f"{w:x}" for w in words.tolist()]
    head = code(array.dtype) + extents(array.shape)
    body = " ".join(runs(texts))
    if exact and not whole and len(body) > LONG:
        body = f"#{digest(words):016x}"
    return f"{head} {body}" if body else head


def runs(texts):
    place = 0
    while place < len(texts):
        end = place
        while end < len(texts) and texts[end] == texts[place]:
            end += 1
        n = end - place
        yield texts[place] if n == 1 else f"{texts[place]}*{n}"
        place = end


def pool_text(name, dtype, values):
    return " ".join(["pool", name, dtype, *(f"{int(w):x}" for w in bits(values))])
