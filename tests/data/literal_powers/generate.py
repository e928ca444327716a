"""Writes powers.csv: numbers of all sizes to every exponent that has a row of its own.

Each row has the exponent, the dtype, the bits of the number and of its power rounded once, and what
rounding took off the magnitude, in units in the last place. Needs mpmath. Usage: python generate.py
"""

import math
import pathlib
import random
import struct

import mpmath

mpmath.mp.prec = 1400  # for the twelfth power of any double, exactly

FORMATS = {
    "float64": dict(fmt="<d", int="<Q", emin=-1022, emax=1023, fraction=52),
    "float32": dict(fmt="<f", int="<I", emin=-126, emax=127, fraction=23),
}

EXPONENTS = [*range(3, 13), *range(-2, -13, -1), 0.5, 1.5, 2.5, -0.5, -1.5, -2.5]

# Bits of a float64 and a float32 whose power is nearly one unit off, of 1,500,000 each whose power
# is about the least normal number: there the parts that are added last have no bits left.
HARD = {
    3: (0xaaa6fc2f7b033055, 0xaa9ff8d8),
    4: (0x2ff9d8e5d39281ea, 0x2fcf0aa0),
    5: (0x332a517b728a9ccc, 0xb2c46ed0),
    6: (0x354c4c51ba5a7599, 0x35083d4f),
    7: (0xb6cf79fabdb73490, 0xb6849039),
    8: (0xb7f379d5721813cd, 0x3799e8af),
    9: (0x38d516c598205952, 0x388290f3),
    10: (0xb98bbb0909660a12, 0xb91df425),
    11: (0x3a20c35562a51bef, 0xb9b4b611),
    12: (0xba9c76101c376e6e, 0x3a320839),
    -2: (0x5fd72780eade37b2, 0xded79474),
    -3: (0xd53fd6a67d71e1e2, 0xd482ea4b),
    -4: (0xcfe4ffea7169a51c, 0x4f2de686),
    -5: (0x4cb752b1b706cb36, 0x4c1ffd0b),
    -6: (0x4a95fa194d09ce40, 0x49f88c96),
    -7: (0xc90d4ca7166278e7, 0xc882bbef),
    -8: (0xc7ec34f2467c6556, 0xc754e15a),
    -9: (0x4708405b4ee08aaf, 0x46748783),
    -10: (0xc6537281a5642a51, 0xc5cf2b4a),
    -11: (0xc5bfce4b50ccc2bd, 0x453792a6),
    -12: (0x4542e3bd0ad7be10, 0xc4bb4370),
    1.5: (0x1563aaca180aa3d7, 0x15ada464),
    2.5: (0x2660735f663db65b, 0x265ecb1d),
    -1.5: (0x6a8c7e396c0e3da6, 0x6928412a),
    -2.5: (0x597ab6d0a1c6e9ca, 0x5880a331),
}


def bits(value, f):
    return struct.unpack(f["int"], struct.pack(f["fmt"], value))[0]


def from_bits(raw, f):
    return struct.unpack(f["fmt"], struct.pack(f["int"], raw))[0]


def rounded(x, f):
    """The nearest float, ties to even, as a Python float, and what that lacks of the magnitude."""
    exponent = max(int(mpmath.floor(mpmath.log(abs(x), 2))), f["emin"])
    quantum = mpmath.mpf(2) ** (exponent - f["fraction"])
    whole = mpmath.nint(x / quantum)
    is_over = abs(whole) * quantum >= mpmath.mpf(2) ** (f["emax"] + 1)
    lacking = float(abs(x / quantum) - abs(whole))
    return (math.inf if is_over else float(whole * quantum)), lacking


def numbers(rng, exponent, f, hard):
    """Numbers whose power is about the least normal one, subnormal, large, or anything."""
    least, most = f["emin"] - f["fraction"], f["emax"] + 1
    bands = [(f["emin"] - 2, f["emin"] + 2)] * 12 + [(least - 1, f["emin"])] * 6
    bands += [(most - 2, most)] * 4 + [(least, most)] * 12 + [(-1.5, 1.5)] * 8
    for low, high in bands:
        places = rng.uniform(low, high) / exponent
        if f["emin"] - f["fraction"] <= places < f["emax"] + 1:
            yield rng.choice([1.0, -1.0]) * 2.0**places
    # Exact powers, and numbers beside 1.
    yield from (3.0, -5.0, 7.0, 0.375, 2.25, 6.25, 2.0**-20, 2.0**20)
    one = bits(1.0, f)
    yield from (from_bits(one + step, f) for step in (-3, -1, 1, 2))
    if hard:
        yield from_bits(hard, f)


def main():
    lines = ["# results rounded once from 1400 bits; written by generate.py"]
    rng = random.Random("literal powers")
    for exponent in EXPONENTS:
        for index, (dtype, f) in enumerate(FORMATS.items()):
            for x in numbers(rng, exponent, f, HARD.get(exponent, (0, 0))[index]):
                x = from_bits(bits(x, f), f)
                if x < 0 and exponent % 1:
                    x = -x
                power = mpmath.mpf(x) ** mpmath.mpf(exponent)
                high, lacking = rounded(power, f)
                if math.isinf(high):
                    continue
                fields = [f"0x{bits(value, f):x}" for value in (x, high)]
                lines.append(",".join([str(exponent), f"np.{dtype}", *fields, f"{lacking:.6f}"]))
    path = pathlib.Path(__file__).with_name("powers.csv")
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
