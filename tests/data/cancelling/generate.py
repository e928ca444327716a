"""Writes logaddexp.csv and logaddexp2.csv: arguments whose exponentials add up to nearly 1, be it
that they cancel, be it that one of them is nearly nothing.

Each row has the dtype, the bits of the two arguments, of the logarithm rounded once, and of
the double nearest to what rounding lost. Needs numpy and mpmath. Usage: python generate.py
"""

import math
import pathlib
import random
import struct

import mpmath
import numpy as np

mpmath.mp.prec = 1400  # for exponentials as small as doubles get, beside 1

FORMATS = {
    "float32": dict(fraction=23, emin=-126, fmt="<f", int="<I", type=np.float32, tiny=-44, least=-103),
    "float64": dict(fraction=52, emin=-1022, fmt="<d", int="<Q", type=np.float64, tiny=-323, least=-744),
}


class Base:
    def __init__(self, name, log_of_base):
        self.name = name
        self.log_of_base = log_of_base

    def log_of_sum(self, x, y):
        """To the base; of about as many bits as mpmath computes with, however close to 1."""
        x, y = mpmath.mpf(x) * self.log_of_base, mpmath.mpf(y) * self.log_of_base
        return mpmath.log1p(mpmath.expm1(x) + mpmath.exp(y)) / self.log_of_base

    def partner(self, x):
        """The number whose exponential is missing to 1."""
        return mpmath.log(-mpmath.expm1(mpmath.mpf(x) * self.log_of_base)) / self.log_of_base


BASES = [Base("logaddexp", mpmath.mpf(1)), Base("logaddexp2", mpmath.log(2))]


def bits(value, f):
    return struct.unpack(f["int"], struct.pack(f["fmt"], value))[0]


def neighbour(x, steps, f):
    """`x` moved by units in its last place."""
    return float(struct.unpack(f["fmt"], struct.pack(f["int"], bits(x, f) + steps))[0])


def quantum(x, f):
    """The unit in the last place of a number."""
    exponent = max(int(mpmath.floor(mpmath.log(abs(x), 2))), f["emin"])
    return mpmath.mpf(2) ** (exponent - f["fraction"])


def random_pairs(rng, base, f):
    """An argument of any size, and the float nearest to its partner or close to that."""
    half = float(-mpmath.log(2) / base.log_of_base)
    for number in range(300):
        x = [rng.uniform(-40, 0), -(10 ** rng.uniform(f["tiny"], -0.2)), rng.uniform(half, 0),
             half * (1 - 10 ** rng.uniform(-16, -1))][number % 4]
        x = float(f["type"](x))
        if x == 0.0:
            continue
        y = float(f["type"](float(base.partner(x))))
        if number % 3 == 1:
            y = neighbour(y, rng.randrange(-4, 5), f)
        elif number % 3 == 2:
            y = float(f["type"](y * (1 + rng.choice([1, -1]) * 2 ** -rng.uniform(0, 50))))
        yield x, y


def deepest_pair(base, f, x, count):
    """The pair that cancels most among `count` first arguments from `x` on.

    The partner is developed to second order in steps of one unit in the last place; its
    distance from a float, in 64-bit fixed point, is what is to be small.
    """
    u, v = quantum(x, f), quantum(base.partner(x), f)
    e = mpmath.exp(mpmath.mpf(x) * base.log_of_base)
    # Magnitudes grow with the steps, and so the argument falls.
    first, second = e / (1 - e) * u / v, -base.log_of_base * e / (1 - e) ** 2 * u * u / v / 2
    unit = mpmath.mpf(2) ** 64
    fixed = [int(mpmath.nint(c * unit)) % 2**64 for c in (base.partner(x) / v, first, second)]
    best = (math.inf, 0)
    for start in range(0, count, 1 << 20):
        steps = np.arange(start, start + (1 << 20), dtype=np.uint64)
        constant, linear, quadratic = (np.uint64(c) for c in fixed)
        rest = (constant + linear * steps + quadratic * steps * steps).view(np.int64)
        # The most negative number has no magnitude.
        least = int(np.argmin(np.abs(np.maximum(rest, -(2**63) + 1))))
        best = min(best, (abs(int(rest[least])), start + least))
    x = neighbour(x, best[1], f)
    return x, float(f["type"](float(base.partner(x))))


def deep_pairs(base, dtype, f):
    count = 1 << (20 if dtype == "float32" else 24)
    for x in (-37.5, -8.25, -1.5, -0.75, -0.625, -0.140625, -0.01171875, -2.0**-20, -2.0**-40):
        yield deepest_pair(base, f, x, count)
    if base.name == "logaddexp2":
        # Next to -1 and -1, the one pair that cancels wholly.
        for steps in (1, 5, 1000, 10**6):
            yield neighbour(-1.0, 2 * steps, f), neighbour(-1.0, -4 * steps, f)


def small_pairs(rng, base, f):
    """Exponentials of which 1 keeps few bits or none, beside zero and numbers of their size."""
    least = f["least"] / float(base.log_of_base)
    for y in (-90.0, -100.0, -103.0, 0.999 * least, 0.5 * least, -60.0, -40.0, -20.0):
        yield 0.0, float(f["type"](y))
        yield -0.0, float(f["type"](y))
    for number in range(200):
        y = float(f["type"](rng.uniform(least, -15)))
        exponential = float(mpmath.exp(y * base.log_of_base))
        factor = 8 * rng.random() if number % 2 else 2 ** rng.uniform(-12, 12)
        x = float(f["type"](rng.choice([1, -1]) * exponential * factor))
        yield x, y


def main():
    for base in BASES:
        rng = random.Random(base.name)
        lines = ["# results to twice their precision, from 1400 bits; written by generate.py"]
        for dtype, f in FORMATS.items():
            pairs = [*random_pairs(rng, base, f), *deep_pairs(base, dtype, f)]
            # From numbers of their own, so that the pairs above stay what they were.
            pairs += small_pairs(random.Random(f"small {base.name}"), base, f)
            for x, y in pairs:
                value = base.log_of_sum(x, y)
                if value == 0:
                    continue
                high = float(f["type"](float(value)))
                low = float(value - mpmath.mpf(high))
                arguments = [f"0x{bits(v, f):x}" for v in (x, y, high)]
                lost = struct.unpack("<Q", struct.pack("<d", low))[0]
                lines.append(",".join([f"np.{dtype}", *arguments, f"0x{lost:x}"]))
        path = pathlib.Path(__file__).with_name(f"{base.name}.csv")
        path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
