"""Writes NumPy's answers to programs that draw random numbers.

Run in a Python environment with NumPy 2.4.6, in this folder: python generate.py

Each line of a golden file is a program, a tab, and what it gives: arrays joined by " | ", each as
dtype, shape, the bits of its first and last elements, and a hash of all. Programs
are Python's and formulas at once: statements, of which the last is an expression.
"""

import os
import platform
import signal
import warnings

import numpy as np

N = 5000  # Beyond what is drawn one by one, and beyond several thousand rejections.
LARGE = 70000  # Several blocks of the stream, the last one not full.


def hashed(x):
    """FNV-1a over words of 64 bits instead of bytes, for it is done in Python."""
    data = x.tobytes()
    data += b"\0" * (-len(data) % 8)
    value = 0xCBF29CE484222325
    for word in np.frombuffer(data, "<u8").tolist():
        value = ((value ^ word) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def shown(x):
    x = np.array(x, order="C")
    bits = x.reshape(-1).view(f"u{x.dtype.itemsize}") if x.dtype != bool else x.reshape(-1).view("u1")
    ends = [*bits[:4], *bits[4:][-2:]]
    shape = ",".join(map(str, x.shape))
    return f"{x.dtype.str[1:]}[{shape}] {' '.join(f'{int(b):x}' for b in ends)} #{hashed(x)}"


def answer(program):
    *statements, last = program.split("; ")
    scope = {"np": np, "default_rng": np.random.default_rng}
    for statement in statements:
        exec(statement, scope)
    value = eval(last, scope)
    values = value if isinstance(value, tuple) else (value,)
    # Formulas have no type for bytes.
    values = [np.frombuffer(x, "u1") if isinstance(x, bytes) else x for x in values]
    return " | ".join(shown(np.asarray(x)) for x in values)


def write(name, programs):
    with open(f"{name}.txt", "w") as file:
        file.write(f"# NumPy {np.__version__}, {' '.join(platform.libc_ver())}; by generate.py\n")
        for program in programs:
            file.write(f"{program}\t{answer(program)}\n")


BITS = ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"]

DISTRIBUTIONS = {
    "beta": ["0.5, 0.5", "2.0, 3.0", "0.01, 0.02", "1e-110, 2e-110", "1e-4, 1e-4"],
    "binomial": ["10, 0.5", "100, 0.02", "1000, 0.4", "100000, 0.7", "0, 0.5", "5, 0.0", "7, 1.0",
                 "40, 0.99", "1000000000000, 0.3"],
    "chisquare": ["1.0", "3.5", "0.5"],
    "exponential": ["2.5", ""],
    "f": ["2.0, 5.0", "20.0, 0.7"],
    "gamma": ["2.5, 1.5", "0.3, 2.0", "1.0", "0.0, 3.0", "100.0"],
    "geometric": ["0.5", "0.05", "1.0", "1e-12", "0.3333"],
    "gumbel": ["0.5, 2.0", ""],
    "hypergeometric": ["15, 20, 12", "3, 4, 5", "1000, 20000, 500", "10, 10, 20", "30, 5, 33",
                       "500000000, 400000000, 300000000", "7, 9, 1", "200, 100, 295"],
    "laplace": ["0.5, 2.0", ""],
    "logistic": ["0.5, 2.0", ""],
    "lognormal": ["0.5, 0.25", ""],
    "logseries": ["0.6", "0.999", "0.01"],
    "negative_binomial": ["4, 0.3", "0.5, 0.9", "100, 0.01"],
    "noncentral_chisquare": ["3.0, 2.0", "0.5, 4.0", "2.0, 0.0", "1.0, 30.0"],
    "noncentral_f": ["3.0, 10.0, 2.0", "0.7, 5.0, 1.0"],
    "normal": ["1.0, 2.0", "", "5.0, 0.0"],
    "pareto": ["3.0", "0.5"],
    "poisson": ["5.0", "", "0.0", "10.0", "123.4", "1e6", "1e15", "0.01"],
    "power": ["3.0", "0.5"],
    "rayleigh": ["2.0", ""],
    "standard_cauchy": [""],
    "standard_gamma": ["0.5", "1.0", "7.0", "0.0"],
    "standard_t": ["3.0", "30.0"],
    "triangular": ["-1.0, 0.5, 2.0", "0.0, 0.0, 1.0"],
    "uniform": ["-1.0, 3.0", ""],
    "vonmises": ["0.5, 2.0", "0.0, 1e-9", "1.0, 1e-6", "3.0, 100.0", "-2.0, 1e7"],
    "wald": ["1.0, 2.0", "5.0, 0.1"],
    "weibull": ["1.5", "0.0", "0.2"],
    "zipf": ["2.0", "1.1", "4.5", "1100.0"],
}

BROADCAST = [
    ("normal", "[0.0, 10.0, 20.0], 1.0"),
    ("normal", "[[0.0], [100.0]], [1.0, 2.0, 3.0]"),
    ("binomial", "[1, 10, 100], [[0.1], [0.9]]"),
    ("poisson", "[0.5, 5.0, 50.0]"),
    ("gamma", "[0.5, 1.0, 5.0], 2.0"),
    ("uniform", "[0.0, 1.0], [1.0, 5.0]"),
    ("triangular", "[0.0, 1.0], 1.0, [2.0, 3.0]"),
    ("hypergeometric", "[10, 20, 300], 20, [5, 15, 25]"),
    ("vonmises", "[0.0, 1.0], [0.5, 5.0]"),
    ("exponential", "np.arange(4.0)"),
]


def streams():
    for bits in BITS:
        make = f"rng = np.random.Generator(np.random.{bits}(12345)); "
        for dtype in ["float64", "float32"]:
            for n in [3, 1023, 1024, 1025, LARGE]:
                yield f"{make}rng.random({n}, dtype='{dtype}'), rng.random(3)"
                yield f"{make}rng.standard_normal({n}, dtype='{dtype}'), rng.random(3)"
            for method in ["zig", "inv"]:
                draw = f"rng.standard_exponential({LARGE}, dtype='{dtype}', method='{method}')"
                yield f"{make}{draw}, rng.random(3, dtype='float32')"
            for shape in ["0.4", "1.0", "3.0"]:
                yield f"{make}rng.standard_gamma({shape}, {N}, dtype='{dtype}'), rng.random()"
        # The buffered half of a word, before, between and after.
        half = "rng.random((), dtype='float32')"
        yield f"{make}{half}, rng.random(2), {half}, rng.random(2), {half}, rng.random()"
        for draw in [f"rng.standard_normal({LARGE})", f"rng.standard_normal({LARGE}, dtype='float32')",
                     f"rng.integers(0, 1000, {LARGE})", f"rng.random({LARGE}, dtype='float32')",
                     f"rng.integers(0, 10**12, {LARGE})", f"rng.standard_exponential({LARGE})"]:
            yield f"{make}{half}, {draw}, {half}, {half}, {half}, rng.random()"
        yield f"np.random.{bits}(7).random_raw(20)"
        yield f"rng = np.random.Generator(np.random.{bits}(3)).spawn(3)[2]; rng.random(3)"
        yield f"rng = np.random.Generator(np.random.{bits}(3)); rng.permutation(1000), rng.random()"
        yield f"rng = np.random.Generator(np.random.{bits}([1, 2**40, 3])); rng.random(3)"
        if bits != "SFC64":
            yield f"np.random.{bits}(7).jumped().random_raw(5)"
            yield f"np.random.{bits}(7).jumped(5).random_raw(5)"
            for n in [10, 623, 624, 700]:
                yield f"b = np.random.{bits}(7); x = b.random_raw({n}); b.jumped(2).random_raw(700)"
        if bits.startswith("PCG") or bits == "Philox":
            yield f"b = np.random.{bits}(7); c = b.advance(2**70 + 3); c.random_raw(2), b.random_raw(3)"
        # Several generators draw from one stream.
        share = f"b = np.random.{bits}(7); r = np.random.Generator(b); s = np.random.Generator(b); "
        yield f"{share}r.random(3), s.random(2), b.random_raw(2), r.integers(0, 9, 3), s.random(3, dtype='float32')"
        yield f"{share}r.bit_generator.random_raw(2), s.standard_normal(3), default_rng(b).random(), r.bytes(5)"
        yield f"b = np.random.{bits}(7); r = np.random.RandomState(b); s = np.random.Generator(b); r.randn(3), s.random(), r.randn(3), b.random_raw()"
        yield f"rng = np.random.Generator(np.random.{bits}(3)); rng.bytes(0), rng.bytes(3), rng.bytes(4), rng.bytes(1001), rng.random()"


def seeds():
    for entropy in ["0", "42", "2**32 - 1", "2**32", "2**96 + 5", "2**126 + 2**64 + 1", "[]", "[0]",
                    "[1, 2, 3, 4, 5]", "[2**40, 7]", "[1, 2, 3, 4, 5, 6, 7, 8, 9]"]:
        make = f"s = np.random.SeedSequence({entropy}); "
        yield f"{make}s.generate_state(9)"
        yield f"{make}s.generate_state(5, dtype='uint64')"
        yield f"{make}c = s.spawn(4); c[0].generate_state(4), c[3].generate_state(4)"
        yield f"{make}c = s.spawn(2); d = s.spawn(2); d[1].spawn(2)[1].generate_state(4)"
        yield f"{make}default_rng(s.spawn(4)[2]).random(3)"
        yield f"{make}c = s.spawn(3); c[2].spawn_key, s.n_children_spawned, s.pool_size, s.pool"
    yield "np.random.PCG64(5).seed_seq.generate_state(4)"
    yield "np.random.SeedSequence(5, spawn_key=(1, 2), pool_size=8).generate_state(12)"
    yield "np.random.SeedSequence(5, pool_size=6).spawn(2)[1].generate_state(12)"
    yield "np.random.SeedSequence([1, 2, 3, 4, 5, 6], spawn_key=(9,)).generate_state(6)"


def integers():
    types = {"bool": 1, "int8": 7, "int16": 15, "int32": 31, "int64": 63, "uint8": 8, "uint16": 16,
             "uint32": 32, "uint64": 64}
    for dtype, bits in types.items():
        least = -(2**bits) if dtype.startswith("int") else 0
        most = 2**bits if dtype != "bool" else 2
        ranges = {(0, 1), (0, 2), (least, most), (least, most - 1), (1, most), (most // 2, most),
                  (most // 2 - most // 3, most // 2 + most // 3), (0, min(100, most)),
                  (0, min(2**32, most)), (0, min(2**32 - 1, most)), (0, min(2**32 + 1, most)),
                  (0, min(65536, most)), (0, min(65537, most)), (0, min(256, most))}
        for low, high in sorted(ranges):
            if low < high:
                draw = f"rng.integers({low}, {high}, {N}, dtype='{dtype}')"
                yield f"rng = default_rng(9); {draw}, rng.random(3, dtype='float32')"
                legacy = f"r.randint({low}, {high}, 1000, dtype='{dtype}'), r.rand(2)"
                yield f"r = np.random.RandomState(9); {legacy}"
        high = min(100, most - 1)
        yield f"default_rng(2).integers(0, {high}, {N}, dtype='{dtype}', endpoint=True)"
        if bits >= 32:
            yield f"default_rng(2).integers({least}, {most}, {LARGE}, dtype='{dtype}')"
            yield f"rng = default_rng(2); rng.integers(5, 95, {LARGE}, dtype='{dtype}'), rng.integers(9, size=3)"
        yield f"default_rng(4).integers([0, 1], [1, 2], size=({N}, 2), dtype='{dtype}')"
        if bits > 1:
            yield f"default_rng(4).integers(0, [[1], [5], [100]], size=(4, 3, 2), dtype='{dtype}')"
    yield "rng = default_rng(42); rng.integers(10), rng.integers(-5, 5), rng.integers(0, 2**63)"
    yield "rng = default_rng(42); rng.integers(0, 100, (3, 3)), rng.random((3, 3))"
    yield "default_rng(1).integers([1, 10, 100, 2**40])"
    yield "default_rng(1).integers([1, 10], [[20], [2**62]], endpoint=True)"
    yield "default_rng(1).integers(0, 5, 0)"


def choices():
    for make in ["rng = default_rng(11); ", "rng = np.random.RandomState(11); "]:
        yield f"{make}rng.choice(10), rng.choice(10, 5), rng.choice([1.5, 2.5, 9.0], (2, 3))"
        for n, size in [(10, 3), (10, 10), (9999, 500), (10001, 200), (10001, 201), (20000, 1001),
                        (20000, 20000), (1, 1), (5, 0), (100000, 10), (300, 256)]:
            yield f"{make}rng.choice({n}, {size}, replace=False), rng.random()"
        yield f"{make}rng.choice(5, {N}, p=[0.1, 0.2, 0.3, 0.25, 0.15])"
        yield f"{make}rng.choice(5, 3, p=[0.1, 0.0, 0.3, 0.45, 0.15], replace=False), rng.random()"
        yield f"{make}rng.choice(100, 60, p=np.arange(100) / 4950, replace=False), rng.random()"
        yield f"{make}rng.choice(np.array([4, 5, 6], dtype='int8'), 8)"
        yield f"{make}rng.choice(3, {LARGE}), rng.choice(3, 2)"
        for n in [0, 1, 2, 3, 4, 5, 255, 256, 257, 1000, 65536, LARGE]:
            yield f"{make}rng.permutation({n}), rng.random()"
        yield f"{make}rng.permutation([3.5, 1.5, 2.5])"
        yield f"{make}rng.permutation(np.arange(60).reshape(5, 4, 3))"
        for dtype in ["bool", "int8", "int16", "int32", "int64", "float32", "float64"]:
            yield f"{make}x = np.arange(100).astype('{dtype}'); rng.shuffle(x); x, rng.random()"
        yield f"{make}x = np.arange(24).reshape(6, 4); rng.shuffle(x); rng.shuffle(x); x"
    make = "rng = default_rng(11); "
    yield f"{make}rng.choice(20000, 1001, replace=False, shuffle=False), rng.random()"
    yield f"{make}rng.choice(20000, 1000, replace=False, shuffle=False), rng.random()"
    yield f"{make}rng.choice(np.arange(24).reshape(4, 3, 2), (2, 2), axis=1)"
    yield f"{make}rng.choice(np.arange(24).reshape(4, 3, 2), 2, axis=-1, replace=False)"
    for axis in [0, 1, -1]:
        yield f"{make}x = np.arange(24).reshape(2, 3, 4); rng.shuffle(x, axis={axis}); x"
        yield f"{make}rng.permutation(np.arange(24).reshape(2, 3, 4), axis={axis})"
        yield f"{make}rng.permuted(np.arange(24).reshape(2, 3, 4), axis={axis}), rng.random()"
    yield f"{make}rng.permuted(np.arange(24).reshape(2, 3, 4)), rng.permuted(np.arange(5))"


def draws(make, known, random):
    for name, parameters in known.items():
        for given in parameters:
            separated = f"{given}, " if given else ""
            yield f"{make}rng.{name}({separated}size={N}), {random}"
        given = f"{parameters[0]}, " if parameters[0] else ""
        # Several blocks of the stream, after half a word has been drawn.
        if make.startswith("rng = default_rng"):
            half = "rng.random((), dtype='float32')"
            yield f"{make}{half}, rng.{name}({given}size=20000), {half}, rng.random()"
        yield f"{make}rng.{name}({given}size=(2, 3)), rng.{name}({parameters[0]}), {random}"
    for name, given in BROADCAST:
        yield f"{make}rng.{name}({given}), {random}"


def generator():
    yield from draws("rng = default_rng(123); ", DISTRIBUTIONS, "rng.random()")
    make = "rng = default_rng(123); "
    yield f"{make}rng.multinomial(20, [0.2, 0.3, 0.5], size=1000), rng.random()"
    yield f"{make}rng.multinomial([5, 1000], [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]), rng.random()"
    yield f"{make}rng.multinomial([[5], [1000]], [[0.1, 0.9], [0.3, 0.7]], size=(2, 2)), rng.random()"
    yield f"{make}rng.multinomial(7, [0.5, 0.5]), rng.multinomial(7, [0.25, 0.0, 0.75])"
    yield f"{make}rng.dirichlet([1.0, 2.0, 3.0], size=1000), rng.random()"
    yield f"{make}rng.dirichlet([0.01, 0.02, 0.03], size=1000), rng.random()"
    yield f"{make}rng.dirichlet([0.0, 0.05, 0.0], size=3), rng.dirichlet([0.0, 3.0])"
    for method in ["marginals", "count"]:
        many = f"method='{method}'"
        yield f"{make}rng.multivariate_hypergeometric([16, 8, 4], 6, size=500, {many}), rng.random()"
        yield f"{make}rng.multivariate_hypergeometric([16, 8, 400], 300, size=50, {many}), rng.random()"
        yield f"{make}rng.multivariate_hypergeometric([3, 0, 2], 5, {many}), rng.random()"


LEGACY = {name: [given for given in parameters if (name, given) not in {
    # Of these, the legacy functions do not end, or divide by 0.
    ("beta", "1e-110, 2e-110"), ("vonmises", "-2.0, 1e7"), ("geometric", "1e-12"),
    ("zipf", "1100.0"), ("hypergeometric", "500000000, 400000000, 300000000"),
}] for name, parameters in DISTRIBUTIONS.items()}


def legacy():
    make = "rng = np.random.RandomState(123); "
    yield from draws(make, LEGACY, "rng.random_sample(), rng.standard_normal(), rng.rand()")
    yield f"{make}rng.multinomial(20, [0.2, 0.3, 0.5], size=1000), rng.rand()"
    yield f"{make}rng.multinomial(0, [0.2, 0.8]), rng.multinomial(50, [0.3, 0.0, 0.1, 0.6], 2000)"
    yield f"{make}rng.dirichlet([1.0, 2.0, 3.0], size=1000), rng.rand()"
    yield f"{make}rng.standard_exponential({N}), rng.rand()"
    yield f"{make}rng.hypergeometric(1000, 20000, 20500, size=100), rng.rand()"
    for seed in ["0", "1", "42", "2**32 - 1", "[1]", "[1, 2, 3]", "[0, 2**32 - 1] * 400"]:
        yield f"np.random.seed({seed}); np.random.rand(3), np.random.randn(3)"
    yield "np.random.seed(0); np.random.randn(3)"
    yield f"np.random.seed(42); np.random.rand({N}), np.random.randn({N}), np.random.randn(1)"
    yield "np.random.seed(42); np.random.randint(0, 10, 5), np.random.randint(5), np.random.rand()"
    yield "np.random.seed(42); np.random.rand(2, 3), np.random.randn(2, 2), np.random.random((2,))"
    yield "np.random.seed(42); np.random.choice(5, 3), np.random.permutation(5)"
    yield "np.random.seed(1); np.random.normal(0, 1, 5), np.random.uniform(size=2)"
    yield "np.random.seed(1); np.random.sample(2), np.random.ranf(2)"
    yield "np.random.seed(3); np.random.random_integers(6, size=9), np.random.random_integers(-2, 2, (2, 3))"
    yield "np.random.seed(3); np.random.bytes(7), np.random.rand()"
    yield "r = np.random.RandomState(5); r.tomaxint(4), r.rand()"
    yield "r = np.random.RandomState(np.random.PCG64(3)); r.randn(3), r.randint(0, 9, 5), r.rand(2)"


SIZES = ["()", "0", "(3, 0)", "(2, 1, 3)"]


def sizes():
    """Every form of a size, for each distribution: none, 0-d, empty, several axes; and parameters
    that are 0-d arrays, empty, or broadcast against a size."""
    for make, known in [("rng = default_rng(3); ", DISTRIBUTIONS), ("rng = np.random.RandomState(3); ", LEGACY)]:
        for name, parameters in known.items():
            given = f"{parameters[0]}, " if parameters[0] else ""
            for size in SIZES:
                yield f"{make}rng.{name}({given}size={size}), rng.random()"
            values = parameters[0].split(", ") if parameters[0] else []
            if not values:
                continue
            rest = "".join(f", {value}" for value in values[1:])
            first = values[0]
            yield f"{make}rng.{name}(np.array({first}){rest}), rng.random()"
            yield f"{make}rng.{name}(np.full((2, 1), {first}){rest}, size=(3, 2, 2)), rng.random()"
            yield f"{make}rng.{name}(np.full((0,), {first}){rest}), rng.random()"
            yield f"{make}rng.{name}(np.full((0, 2), {first}){rest}, size=(0, 2)), rng.random()"
            if len(values) == 2:
                yield f"{make}rng.{name}(np.full((3, 1), {first}), np.full(2, {values[1]})), rng.random()"
    for draw in ["random", "standard_normal", "standard_exponential"]:
        for dtype in ["float32", "float64"]:
            for size in SIZES:
                yield f"rng = default_rng(3); rng.{draw}(size={size}, dtype='{dtype}'), rng.random()"


def mistakes():
    """Parameters outside each limit, alone and within an array, and what else is refused."""
    bad = ["-1", "-0.5", "0", "1.5", "np.nan", "1e300"]
    for make, known in [("rng = default_rng(3); ", DISTRIBUTIONS), ("rng = np.random.RandomState(3); ", LEGACY)]:
        for name, parameters in known.items():
            values = parameters[0].split(", ") if parameters[0] else []
            for place in range(len(values)):
                for wrong in bad:
                    # NumPy cuts a float to an integer, which Jitney refuses whatever it is.
                    if wrong == "-0.5" and "." not in values[place]:
                        continue
                    for value in [wrong, f"np.array([{values[place]}, {wrong}])"]:
                        given = ", ".join(values[:place] + [value] + values[place + 1:])
                        yield f"{make}rng.{name}({given})"
            if values:
                yield f"{make}rng.{name}({', '.join(f'np.full(2, {value})' for value in values)}, size=3)"
                yield f"{make}rng.{name}({', '.join(values)}, size=-1)"
        for p in ["[0.5, 0.6]", "[0.5, -0.5, 1.0]", "[0.5, 0.5]", "[[0.2, 0.3, 0.5]]", "[np.nan, 0.5, 0.5]"]:
            yield f"{make}rng.choice(3, 2, p={p})"
        for call in ["choice(0, 2)", "choice(-1, 2)", "choice(3, 4, replace=False)", "choice([], 1)",
                     "choice(3, 3, p=[0.5, 0.5, 0.0], replace=False)", "choice(1.5, 3)",
                     "multinomial(-1, [0.5, 0.5])", "multinomial(3, [0.9, 0.9, 0.1])",
                     "multinomial(3, [-0.1, 0.5, 0.6])", "dirichlet([-1.0, 2.0])", "dirichlet([[1.0]])",
                     "multivariate_normal([[1]], [[1]])", "multivariate_normal([1], [1])",
                     "multivariate_normal([1], [[1, 2]])", "multivariate_normal([1, 2], [[1]])",
                     "multivariate_normal([0, 0], [[1, 2], [2, 1]], check_valid='raise')",
                     "multivariate_normal([0, 0], [[1, 0.5], [0, 1]], check_valid='raise')",
                     "multivariate_normal([0, 0], [[1, np.nan], [0, 1]], check_valid='ignore')",
                     "multivariate_normal([0, 0], [[1, 0], [0, 1]], check_valid='no')"]:
            yield f"{make}rng.{call}"
    make = "rng = default_rng(3); "
    for call in ["multivariate_normal([0, 0], [[1, 2], [2, 1]], check_valid='raise', method='eigh')",
                 "multivariate_normal([0, 0], [[1, 2], [2, 1]], method='cholesky')",
                 "multivariate_normal([0, 0], [[1, 0], [0, 1]], method='lu')",
                 "integers(5, 5)", "integers(0)", "integers(3, 1)", "integers(3, 1, endpoint=True)",
                 "integers(-1, endpoint=True)", "integers([0, 5], 5)", "integers(0, 2**64 + 1, dtype='uint64')",
                 "integers(-1, 5, dtype='uint8')", "integers(0, 257, dtype='uint8')", "integers(0, 9, dtype='float64')",
                 "integers([0, -1], 5, dtype='uint8')", "integers(0, 9, (2, -1))",
                 "random(3, dtype='int64')", "standard_normal(3, dtype='int32')", "standard_gamma(-1.0, dtype='float32')",
                 "permutation(1.5)", "permutation(np.arange(3), axis=1)", "permuted(np.arange(3), axis=2)",
                 "multivariate_hypergeometric([3, 2], 9)", "multivariate_hypergeometric([3, -2], 1)",
                 "multivariate_hypergeometric([3, 2], -1)", "multivariate_hypergeometric([3, 2], 1, method='no')"]:
        yield f"{make}rng.{call}"
    for make in ["np.random.SeedSequence(-1)", "default_rng(-1).random()", "np.random.PCG64(-5).random_raw()",
                 "np.random.RandomState(-1).rand()", "np.random.RandomState(2**32).rand()",
                 "np.random.RandomState([]).rand()", "np.random.RandomState([1, -1]).rand()",
                 "np.random.randint(3, 3)", "np.random.randint(0, 300, dtype='int8')"]:
        yield make


def refused(program):
    """NumPy's message, if it refuses the program; some that it does not refuse never end."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        signal.alarm(2)
        warnings.simplefilter("ignore")
        try:
            answer(program)
        except Exception as error:
            first = (str(error).splitlines() or [""])[0]
            os.write(writer, f"{type(error).__name__}: {first}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        found = file.read()
    os.wait()
    return found


def write_mistakes(name, programs):
    """The programs that NumPy refuses, and its messages."""
    with open(f"{name}.txt", "w") as file:
        file.write(f"# NumPy {np.__version__}, {' '.join(platform.libc_ver())}; by generate.py\n")
        for program in programs:
            found = refused(program)
            if found:
                file.write(f"{program}\t{found}\n")


COVARIANCES = ["[[4.0]]", "[[2.0, 0.5], [0.5, 1.0]]", "[[2.0, 0.5, 0.1], [0.5, 1.0, 0.3], [0.1, 0.3, 3.0]]",
               "[[1e-9, 2e-10], [2e-10, 5e-9]]", "[[3e200, 1e200], [1e200, 7e200]]",
               "[[5.0, -2.0, 1.0, 0.5], [-2.0, 4.0, 0.25, 0.0], [1.0, 0.25, 6.0, -1.0], [0.5, 0.0, -1.0, 2.0]]"]
SINGULAR = ["[[1.0, 2.0], [2.0, 4.0]]", "[[1.0, 0.0], [0.0, 0.0]]"]


def factors():
    """A program, how near samples must be in units of the largest, and samples for each choice of
    the signs of the factor's columns."""
    from itertools import product

    for cov in COVARIANCES + SINGULAR:
        c = np.array(eval(cov))
        n = len(c)
        mean = np.arange(n) * np.sqrt(np.abs(c).max())
        x = {"default_rng": np.random.default_rng(5).standard_normal((4, n)),
             "np.random.RandomState": np.random.RandomState(5).standard_normal((4, n))}
        for make in x:
            for method in ["svd", "eigh", "cholesky"] if make == "default_rng" else ["svd"]:
                if method == "cholesky" and cov in SINGULAR:
                    continue
                s, u = np.linalg.eigh(c)
                if method == "svd":
                    u, s, v = np.linalg.svd(c)
                factor = np.linalg.cholesky(c) if method == "cholesky" else u * np.sqrt(abs(s))
                chosen = f", method='{method}'" if make == "default_rng" else ""
                # The mean is written out, for the last digits of a square root are not at issue.
                program = f"{make}(5).multivariate_normal({mean.tolist()}, {cov}, 4{chosen})"
                signs = [(1,) * n] if method == "cholesky" else product([1, -1], repeat=n)
                choices = [mean + x[make] @ (factor * np.array(sign)).T for sign in signs]
                scope = {"np": np, "default_rng": np.random.default_rng}
                found = eval(program, scope)
                near = 1e-7 if cov in SINGULAR else 1e-14 if method == "cholesky" else 1e-13
                assert any(np.abs(found - choice).max() <= near * np.abs(found).max() for choice in choices)
                numbers = " | ".join(" ".join(repr(float(y)) for y in choice.reshape(-1)) for choice in choices)
                yield f"{program}\t{near}\t{numbers}"


def members():
    kinds = {"default_rng(1)": np.random.Generator, "np.random.RandomState(1)": np.random.RandomState,
             "np.random": np.random, "np.random.SeedSequence(1)": np.random.SeedSequence}
    kinds |= {f"np.random.{bits}(1)": getattr(np.random, bits) for bits in BITS}
    for text, kind in kinds.items():
        yield f"{text}\t{' '.join(name for name in dir(kind) if not name.startswith('_'))}"


def write_lines(name, lines):
    with open(f"{name}.txt", "w") as file:
        file.write(f"# NumPy {np.__version__}, {' '.join(platform.libc_ver())}; by generate.py\n")
        file.writelines(f"{line}\n" for line in lines)


for name in ["streams", "seeds", "integers", "choices", "generator", "legacy", "sizes"]:
    write(name, globals()[name]())
write_mistakes("mistakes", mistakes())
write_lines("factors", factors())
write_lines("members", members())
