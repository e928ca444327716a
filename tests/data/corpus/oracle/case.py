"""One case: a formula, its operands, and how near its value must be."""

from dataclasses import dataclass, field

import numpy as np

from . import tolerances
from .encode import extents
from .pools import POOLS

NAMES = "xyzw"


@dataclass(frozen=True)
class Operand:
    """An array, described: consecutive values of a pool, in some layout."""

    dtype: str
    shape: tuple
    pool: str = "any"
    offset: int = 0
    # "" C order; F column-major; T with the last two axes exchanged; S every second element;
    # O every second row; R backwards; B one row for all; W one column for all.
    layout: str = ""

    def array(self):
        pool, shape = POOLS[(self.pool, self.dtype)], self.shape
        if self.layout == "B" and shape:
            return np.broadcast_to(self._values(pool, shape[1:]), shape)
        if self.layout == "W" and shape:
            return np.broadcast_to(self._values(pool, shape[:-1])[..., None], shape)
        return self._values(pool, shape)

    def _values(self, pool, shape):
        n = int(np.prod(shape))
        # A copy, for what NumPy might do in place.
        return np.take(pool, np.arange(self.offset, self.offset + n), mode="wrap").reshape(shape)

    def text(self):
        return f"{self.dtype}{extents(self.shape)}{self.pool}+{self.offset}{self.layout}"


@dataclass(frozen=True)
class Case:
    formula: str
    operands: tuple
    # "exact", ("ulp", bound for float64, bound for float32), or a function that takes the
    # operands and the result, and gives how far elements may be from it.
    tolerance: object = "exact"

    def tolerance_text(self):
        if callable(self.tolerance):
            return "library" if self.tolerance in tolerances.LIBRARY else "near"
        return (
            self.tolerance
            if isinstance(self.tolerance, str)
            else " ".join(map(str, self.tolerance))
        )


@dataclass
class Offsets:
    """Where in their pools operands begin: another place each time, the same in each run."""

    count: int = field(default=0)

    def operand(self, dtype, shape, pool="any", layout=""):
        self.count += 1
        n = len(POOLS[(pool, dtype)])
        return Operand(dtype, tuple(shape), pool, self.count * 5 % n, layout)
