"""The programs in numba, written in two ways: as explicit loops, and as array expressions.

Both are parallel and, as everybody else, without leave to reorder arithmetic; the one program
with that leave is a contender of its own.
"""

import itertools
import math

import numba
import numpy as np

import numba_arrays
import numba_loops as loops
from timed import Timed

TERMS = 50


def start(threads):
    numba.set_num_threads(threads)
    # The first parallel function of a process also starts its threads.
    numba.njit(lambda x: x + 1, parallel=True)(np.ones(3))


def like_first(kernel):
    """A kernel of flat arrays whose result looks like the first of them."""

    def make(inputs):
        out = np.empty_like(inputs[0])

        def run():
            kernel(*inputs, out)
            return out

        return run

    return make


def returning(kernel):
    return lambda inputs: lambda: kernel(*inputs)


def black_scholes(inputs):
    call, put = np.empty_like(inputs[0]), np.empty_like(inputs[0])

    def run():
        loops.black_scholes(*inputs, call, put)
        return call, put

    return run


def softmax(inputs):
    (x,) = inputs
    out = np.empty_like(x)
    rows, out_rows = x.reshape(-1, x.shape[-1]), out.reshape(-1, x.shape[-1])

    def run():
        loops.softmax(rows, out_rows)
        return out

    return run


def outer_sum(inputs):
    x, y = inputs
    out = np.empty((y.shape[0], x.shape[1]))

    def run():
        loops.outer_sum(x, y, out)
        return out

    return run


def reduction(inputs, function, axis):
    (x,) = inputs
    kernel = getattr(loops, f"{function}_{'last' if axis == 2 else 'others'}")
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    outer, inner = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1 :])
    flat = x.reshape(outer, x.shape[axis], inner)
    out = np.empty((outer, inner), x.dtype)
    # One task is a piece of a row that stays in the fastest cache.
    block = math.gcd(inner, 400)

    def run():
        kernel(flat, out, block)
        return out.reshape(shape)

    return run


def equation_of_arrays(inputs):
    # In parallel array expressions numba does not broadcast.
    s, t, p = inputs
    everywhere = np.ascontiguousarray(np.broadcast_to(p, s.shape))
    return lambda: numba_arrays.equation_of_state(s, t, everywhere)


def copying(kernel):
    def make(inputs, steps):
        def run():
            a, b = inputs[0].copy(), inputs[1].copy()
            kernel(a, b, steps)
            return a, b

        return run

    return make


def diffusion(inputs):
    out = np.empty_like(inputs[1])

    def run():
        loops.diffusion(*inputs, out)
        return out

    return run


def cold(kernel):
    def make(inputs):
        out = np.empty_like(inputs[0])
        fresh = lambda: numba.njit(parallel=True, error_model="numpy")(kernel.py_func)

        def run(compiled):
            compiled(*inputs, out)
            return out

        return Timed(fresh, run)

    return make


def sum_of_terms(last):
    """The function with a changing scalar, as source text: numba unrolls no such loop."""
    terms = [f"(x[i] + {float(i)}) * {float(i)}" for i in range(TERMS - 1)]
    text = " + ".join([*terms, f"(x[i] + {last}) * {float(TERMS - 1)}"])
    source = f"def run(x, s, out):\n    for i in range(x.size):\n        out[i] = {text}\n"
    scope = {}
    exec(source, scope)
    return numba.njit(scope["run"], error_model="numpy")


def chain(inputs, formula):
    scope = dict(vars(np))
    exec(f"def run(x):\n    return {formula}\n", scope)
    return returning(numba.njit(parallel=True, error_model="numpy")(scope["run"]))(inputs)


def latency_argument(inputs):
    (x,) = inputs
    runs, out, compiled = itertools.count(), np.empty_like(x), sum_of_terms("s")

    def run():
        compiled(x, TERMS - 1 + next(runs) / 1024, out)
        return out

    return run


def latency_literal(inputs):
    (x,) = inputs
    runs, out = itertools.count(), np.empty_like(x)

    def run():
        sum_of_terms(TERMS - 1 + next(runs) / 1024)(x, 0.0, out)
        return out

    return run


LOOPS = {
    "arithmetic": like_first(loops.arithmetic),
    "cold": cold(loops.arithmetic),
    "transcendental": like_first(loops.transcendental),
    "square_sum": returning(loops.square_sum),
    "normalize_rows": like_first(loops.normalize_rows),
    "layernorm": like_first(loops.layernorm),
    "over_maximum": like_first(loops.over_maximum),
    "outer_sum": outer_sum,
    "reduction": reduction,
    "arc_distance": like_first(loops.arc_distance),
    "clipping": like_first(loops.clipping),
    "black_scholes": black_scholes,
    "equation_of_state": like_first(loops.equation_of_state),
    "softmax": softmax,
    "jacobi": copying(loops.jacobi),
    "diffusion": diffusion,
    "latency_argument": latency_argument,
    "latency_literal": latency_literal,
    "addition": like_first(loops.addition),
}
ARRAYS = {name: returning(kernel) for name, kernel in numba_arrays.KERNELS.items()}
ARRAYS["equation_of_state"] = equation_of_arrays
ARRAYS["jacobi"] = copying(numba_arrays.jacobi)
ARRAYS["chain"] = chain
FASTMATH = {"square_sum": returning(loops.square_sum_fastmath)}
CONTENDERS = {"numba": LOOPS, "numba arrays": ARRAYS, "numba fastmath": FASTMATH}
