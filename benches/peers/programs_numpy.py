"""The programs in NumPy: the results that all others are checked against.

Small formulas write into memory that is there already, as `out=` allows.
"""

import itertools

import numpy as np

import equation

TERMS = 50


def start(threads):
    pass  # Its own loops run on one thread; BLAS is told by the environment.


def arithmetic(inputs):
    a, b, c = inputs
    t, u = np.empty_like(a), np.empty_like(a)

    def run():
        np.multiply(a, b, out=t)
        np.add(t, c, out=t)
        np.add(b, 1, out=u)
        np.divide(a, u, out=u)
        return np.subtract(t, u, out=t)

    return run


def cold(inputs):
    return arithmetic(inputs)


def transcendental(inputs):
    a, b, c = inputs
    t, u = np.empty_like(a), np.empty_like(a)

    def run():
        np.negative(a, out=t)
        np.multiply(t, a, out=t)
        np.exp(t, out=t)
        np.multiply(t, np.log1p(b, out=u), out=t)
        return np.add(t, np.sin(c, out=u), out=t)

    return run


def square_sum(inputs):
    a, b = inputs
    t = np.empty_like(a)

    def run():
        np.subtract(a, b, out=t)
        return np.square(t, out=t).sum()

    return run


def normalize_rows(inputs):
    (x,) = inputs
    out = np.empty_like(x)

    def run():
        mean = x.mean(-1, keepdims=True)
        np.subtract(x, mean, out=out)
        return np.divide(out, x.std(-1, keepdims=True, mean=mean), out=out)

    return run


def layernorm(inputs):
    x, scale, offset = inputs
    out = np.empty_like(x)

    def run():
        mean = x.mean(-1, keepdims=True)
        variance = x.var(-1, keepdims=True, mean=mean)
        np.subtract(x, mean, out=out)
        np.divide(out, np.sqrt(variance + 1e-5), out=out)
        np.multiply(out, scale, out=out)
        return np.add(out, offset, out=out)

    return run


def over_maximum(inputs):
    (a,) = inputs
    out = np.empty_like(a)
    return lambda: np.divide(a, a.max(), out=out)


def outer_sum(inputs):
    x, y = inputs
    out = np.empty((y.shape[0], x.shape[1]))
    return lambda: np.add(np.sin(x**2), np.cos(y**2), out=out)


def function(inputs, function):
    ufunc, out = getattr(np, function), np.empty_like(inputs[0])
    if len(inputs) == 1:
        (x,) = inputs
        return lambda: ufunc(x, out=out)
    x, y = inputs
    return lambda: ufunc(x, y, out=out)


def reduction(inputs, function, axis):
    (x,) = inputs
    method = getattr(x, function)
    out = np.empty(x.shape[:axis] + x.shape[axis + 1 :], x.dtype)
    return lambda: method(axis=axis, out=out)


def arc_distance(inputs):
    theta_1, phi_1, theta_2, phi_2 = inputs

    def run():
        a = (
            np.sin((theta_2 - theta_1) / 2) ** 2
            + np.cos(theta_1) * np.cos(theta_2) * np.sin((phi_2 - phi_1) / 2) ** 2
        )
        return 2 * np.arctan2(np.sqrt(a), np.sqrt(1 - a))

    return run


def clipping(inputs):
    a, b = inputs
    return lambda: np.clip(a, 2, 10) * 4 + b * 3 + 9


def black_scholes(inputs):
    from scipy.special import erf

    price, strike, term = inputs

    def run():
        a = np.log(price / strike)
        b = term * -0.1
        z = term * (2 * 0.2 * 0.2)
        c = 0.25 * z
        y = 1 / np.sqrt(z)
        d1 = 0.5 + 0.5 * erf((a - b + c) * y)
        d2 = 0.5 + 0.5 * erf((a - b - c) * y)
        discounted = strike * np.exp(b)
        call = price * d1 - discounted * d2
        return call, call - price + discounted

    return run


def equation_of_state(inputs):
    of_state = equation.written_with(np.sqrt, np.log)
    return lambda: of_state(*inputs)


def softmax(inputs):
    (x,) = inputs
    out = np.empty_like(x)

    def run():
        np.subtract(x, x.max(-1, keepdims=True), out=out)
        np.exp(out, out=out)
        return np.divide(out, out.sum(-1, keepdims=True), out=out)

    return run


def covariance(inputs):
    (data,) = inputs

    def run():
        centred = data - data.mean(0)
        return centred.T @ centred / (data.shape[0] - 1)

    return run


def jacobi(inputs, steps):
    def relax(target, source):
        target[1:-1, 1:-1] = 0.2 * (
            source[1:-1, 1:-1] + source[1:-1, :-2] + source[1:-1, 2:]
            + source[2:, 1:-1] + source[:-2, 1:-1]
        )

    def run():
        a, b = inputs[0].copy(), inputs[1].copy()
        for _ in range(1, steps):
            relax(b, a)
            relax(a, b)
        return a, b

    return run


def diffusion(inputs):
    field, coefficient = inputs

    def run():
        laplacian = 4 * field[1:-1, 1:-1] - (
            field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
        )
        flux = laplacian[1:, 1:-1] - laplacian[:-1, 1:-1]
        slope = field[2:-1, 2:-2] - field[1:-2, 2:-2]
        flux_x = np.where(flux * slope > 0, 0, flux)
        flux = laplacian[1:-1, 1:] - laplacian[1:-1, :-1]
        slope = field[2:-2, 2:-1] - field[2:-2, 1:-2]
        flux_y = np.where(flux * slope > 0, 0, flux)
        return field[2:-2, 2:-2] - coefficient * (
            flux_x[1:] - flux_x[:-1] + flux_y[:, 1:] - flux_y[:, :-1]
        )

    return run


def latency_argument(inputs):
    (x,) = inputs
    runs = itertools.count()

    def run():
        scalar = TERMS - 1 + next(runs) / 1024
        total = (x + 0.0) * 0.0
        for i in range(1, TERMS - 1):
            total = total + (x + float(i)) * float(i)
        return total + (x + scalar) * (TERMS - 1)

    return run


def chain(inputs, formula):
    """A formula of x as text."""
    (x,) = inputs
    code, names = compile(formula, "chain", "eval"), {**vars(np), "x": x}
    return lambda: eval(code, names)


def ten_activations(inputs):
    def run():
        (x,) = inputs
        for _ in range(10):
            x = 0.5 * x * (1 + np.tanh((x + 0.044715 * x**3) * 0.79788))
        return x

    return run


def product(inputs, formula):
    """A formula of x and y, or of x alone, as text."""
    code, names = compile(formula, "product", "eval"), dict(zip("xy", inputs))
    return lambda: eval(code, names)


def addition(inputs):
    x, y = inputs
    return lambda: x + y


def draw(inputs, formula, n):
    """Random numbers of a fresh generator, as text."""
    code, names = compile(formula, "draw", "eval"), {"np": np, "n": n}

    def run():
        names["rng"] = np.random.default_rng(42)
        return eval(code, names)

    return run


PROGRAMS = {
    program.__name__: program
    for program in (
        arithmetic, cold, transcendental, square_sum, normalize_rows, layernorm, over_maximum,
        outer_sum, function, reduction, arc_distance, clipping, black_scholes,
        equation_of_state, softmax, covariance, jacobi, diffusion, latency_argument, addition,
        chain, ten_activations, product, draw,
    )
}
# To NumPy an argument and a literal are the same.
PROGRAMS["latency_literal"] = latency_argument
CONTENDERS = {"NumPy": PROGRAMS}
