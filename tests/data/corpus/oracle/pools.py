"""The values that operands are made of: named lists for each dtype.

An operand takes consecutive values of a pool, beginning anywhere and starting over at its
end, so that its name says what it holds.
"""

import numpy as np

INTS = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]
FLOATS = ["f4", "f8"]
DTYPES = ["b1", *INTS, *FLOATS]


def _ints(dtype):
    info = np.iinfo(dtype)
    ordinary = [0, 1, 5, 2, 7, 3, 10, 100, 64, 13]
    negative = [-1, -2, -5, -7, -3, -100] if info.min < 0 else []
    extreme = [info.min, info.max, info.max - 1, info.min + 1, info.max // 2, info.max // 3]
    # Every second one is ordinary, so that short operands have some.
    mixed = [v for pair in zip(ordinary + negative, extreme * 3) for v in pair]
    plain = [3, 1, 4, 2, 6, 5, 7] if info.min == 0 else [3, -1, 4, 2, -6, 5, -7]
    return {
        "any": mixed[:31],
        "plain": plain,
        # Exponents and shift counts.
        "count": [0, 1, 2, 3, 7, 8, 5, 15, 16, 31, 4, 32, 63, 64, 65, 33, 9],
    }


def _floats(dtype):
    info = np.finfo(dtype)
    tiny, small, huge = float(info.smallest_subnormal), float(info.tiny), float(info.max)
    below = small - tiny
    special = [np.nan, 0.0, -0.0, np.inf, -np.inf, tiny, -tiny, below, -below, small, -small]
    special += [huge, -huge, 1.0, -1.0, 0.5, -2.0, 3.0, -0.75]
    # Where exponentials overflow, become subnormal, and vanish.
    edges = [88.5, -90.0, -103.5, 127.5, -126.5, -149.5]
    edges += [709.5, -708.5, -745.0, 1023.5, -1022.5, -1074.5] if dtype == "f8" else []
    special += edges
    ordinary = [0.5, -1.5, 0.1, 2.0, -0.3, 3.0, 0.7, -2.5, 1.0, 10.0, -0.99, 100.25, 0.25]
    ordinary += [-1.0, 12345.678, 1e-5, -7.0, 2.0**31, -1e10, 3.5, 0.999, -12.75, 1e17, 6e-9]
    mixed = [v for pair in zip(ordinary, special[:19] + ordinary[:6]) for v in pair]
    plain = [1.5, -0.25, 3.7, 0.1, -2.9, 6.25, 0.6, -4.1, 2.3, 1.1, -0.7]
    return {
        "any": mixed[:47],
        "plain": plain,
        "nonfinite": [1.5, np.nan, 3.5, 0.25, np.inf, -2.0, 8.0, -np.inf, 0.5],
        "special": special,
        # The sign of a NaN is one of the documented differences.
        "signed_nan": [np.nan, 1.0, -np.nan, -2.0, -0.0],
        "exponents": _exponents(info, 1),
        "exponents_few": _exponents(info, 41 if dtype == "f8" else 11),
    }


def _exponents(info, step):
    """Numbers of every exponent of a float type, or of some, of both signs."""
    least, most = int(np.log2(float(info.smallest_subnormal))), info.maxexp - 1
    near = {least, least + 1, info.minexp - 1, info.minexp, most, most - 1}
    near |= set(range(-2, 4)) if step > 1 else set()
    exponents = sorted(near | set(range(least, most + 1, step)))
    # Fractions of few bits, so that most are exact however small the number.
    fractions = [1.0, 1.5, 1.25, 1.0, 1.75, 1.2]
    numbers = [
        np.ldexp(fractions[(e + i) % 6], e) for e in exponents for i in range(2 if step == 1 else 1)
    ]
    return [v for number in numbers for v in (number, -number)]


def make():
    """All pools, by name and dtype."""
    pools = {("any", "b1"): [1, 0, 0, 1, 1], ("plain", "b1"): [1, 0, 1]}
    pools[("count", "b1")] = pools[("any", "b1")]
    for dtype in INTS:
        pools |= {(name, dtype): values for name, values in _ints(dtype).items()}
    for dtype in FLOATS:
        pools |= {(name, dtype): values for name, values in _floats(dtype).items()}
        pools[("count", dtype)] = [0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 8.0]
    return {
        key: np.array(values, "?" if key[1] == "b1" else key[1]) for key, values in pools.items()
    }


POOLS = make()
