"""The programs in JAX: compiled by XLA as a whole, with 64-bit types."""

import functools
import itertools

import jax
import jax.numpy as jnp

import equation
from timed import Timed

TERMS = 50


def start(threads):
    # Threads follow from the processors that the process may use.
    jax.config.update("jax_enable_x64", True)
    jax.jit(lambda x: x + 1)(jnp.ones(3)).block_until_ready()


def program(function):
    """A function of the inputs, compiled once for all sizes that come."""
    compiled = jax.jit(function)

    def make(inputs):
        arrays = [jax.device_put(array) for array in inputs]
        return lambda: jax.block_until_ready(compiled(*arrays))

    return make


def arithmetic(a, b, c):
    return a * b + c - a / (b + 1)


def normalize_rows(x):
    return (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)


def layernorm(x, scale, offset):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + 1e-5) * scale + offset


def arc_distance(theta_1, phi_1, theta_2, phi_2):
    a = (
        jnp.sin((theta_2 - theta_1) / 2) ** 2
        + jnp.cos(theta_1) * jnp.cos(theta_2) * jnp.sin((phi_2 - phi_1) / 2) ** 2
    )
    return 2 * jnp.arctan2(jnp.sqrt(a), jnp.sqrt(1 - a))


def black_scholes(price, strike, term):
    a = jnp.log(price / strike)
    b = term * -0.1
    z = term * (2 * 0.2 * 0.2)
    c = 0.25 * z
    y = 1 / jnp.sqrt(z)
    d1 = 0.5 + 0.5 * jax.lax.erf((a - b + c) * y)
    d2 = 0.5 + 0.5 * jax.lax.erf((a - b - c) * y)
    discounted = strike * jnp.exp(b)
    call = price * d1 - discounted * d2
    return call, call - price + discounted


def softmax(x):
    e = jnp.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def covariance(data):
    centred = data - data.mean(0)
    return centred.T @ centred / (data.shape[0] - 1)


def diffusion(field, coefficient):
    laplacian = 4 * field[1:-1, 1:-1] - (
        field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
    )
    flux = laplacian[1:, 1:-1] - laplacian[:-1, 1:-1]
    slope = field[2:-1, 2:-2] - field[1:-2, 2:-2]
    flux_x = jnp.where(flux * slope > 0, 0, flux)
    flux = laplacian[1:-1, 1:] - laplacian[1:-1, :-1]
    slope = field[2:-2, 2:-1] - field[2:-2, 1:-2]
    flux_y = jnp.where(flux * slope > 0, 0, flux)
    return field[2:-2, 2:-2] - coefficient * (
        flux_x[1:] - flux_x[:-1] + flux_y[:, 1:] - flux_y[:, :-1]
    )


@functools.partial(jax.jit, static_argnums=2)
def iterate(a, b, steps):
    def relaxed(target, source):
        return target.at[1:-1, 1:-1].set(
            0.2 * (source[1:-1, 1:-1] + source[1:-1, :-2] + source[1:-1, 2:]
                   + source[2:, 1:-1] + source[:-2, 1:-1])
        )

    def step(_, state):
        a, b = state
        b = relaxed(b, a)
        return relaxed(a, b), b

    return jax.lax.fori_loop(1, steps, step, (a, b))


def jacobi(inputs, steps):
    a, b = (jax.device_put(array) for array in inputs)
    return lambda: jax.block_until_ready(iterate(a, b, steps))


@functools.partial(jax.jit, static_argnums=(1, 2))
def reduced(x, function, axis):
    return getattr(jnp, function)(x, axis=axis)


def reduction(inputs, function, axis):
    x = jax.device_put(inputs[0])
    return lambda: reduced(x, function, axis).block_until_ready()


def chain(inputs, formula):
    code = compile(formula, "chain", "eval")
    return program(lambda x: eval(code, {**vars(jnp), "x": x}))(inputs)


def ten_activations(x):
    for _ in range(10):
        x = 0.5 * x * (1 + jnp.tanh((x + 0.044715 * x**3) * 0.79788))
    return x


def sum_of_terms(x, scalar):
    total = (x + 0.0) * 0.0
    for i in range(1, TERMS - 1):
        total = total + (x + float(i)) * float(i)
    return total + (x + scalar) * float(TERMS - 1)


def latency_argument(inputs):
    x, runs, compiled = jax.device_put(inputs[0]), itertools.count(), jax.jit(sum_of_terms)
    return lambda: compiled(x, TERMS - 1 + next(runs) / 1024).block_until_ready()


def latency_literal(inputs):
    x, runs = jax.device_put(inputs[0]), itertools.count()

    def run():
        scalar = TERMS - 1 + next(runs) / 1024
        return jax.jit(lambda x: sum_of_terms(x, scalar))(x).block_until_ready()

    return run


def cold(inputs):
    arrays = [jax.device_put(array) for array in inputs]
    fresh = lambda: jax.jit(lambda a, b, c: arithmetic(a, b, c))
    return Timed(fresh, lambda compiled: compiled(*arrays).block_until_ready())


PROGRAMS = {
    "arithmetic": program(arithmetic),
    "cold": cold,
    "transcendental": program(lambda a, b, c: jnp.exp(-a * a) * jnp.log1p(b) + jnp.sin(c)),
    "square_sum": program(lambda a, b: ((a - b) ** 2).sum()),
    "normalize_rows": program(normalize_rows),
    "layernorm": program(layernorm),
    "over_maximum": program(lambda a: a / a.max()),
    "outer_sum": program(lambda x, y: jnp.sin(x**2) + jnp.cos(y**2)),
    "reduction": reduction,
    "arc_distance": program(arc_distance),
    "clipping": program(lambda a, b: jnp.clip(a, 2, 10) * 4 + b * 3 + 9),
    "black_scholes": program(black_scholes),
    "equation_of_state": program(equation.written_with(jnp.sqrt, jnp.log)),
    "softmax": program(softmax),
    "covariance": program(covariance),
    "jacobi": jacobi,
    "diffusion": program(diffusion),
    "latency_argument": latency_argument,
    "latency_literal": latency_literal,
    "addition": program(lambda x, y: x + y),
    "chain": chain,
    "ten_activations": program(ten_activations),
}
CONTENDERS = {"JAX": PROGRAMS}
