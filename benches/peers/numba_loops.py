"""The programs as explicit loops for numba.

Constants take the dtype of the arrays: beside a `float32`, numba computes a plain 1 in
`float64`. Division follows NumPy's rules, without which loops with one are not vectorized.
"""

import math

import numba
import numpy as np
from numba import prange

import equation

parallel = numba.njit(parallel=True, error_model="numpy")
scalar_equation = numba.njit(equation.written_with(np.sqrt, np.log), error_model="numpy")


@parallel
def arithmetic(a, b, c, out):
    one = a.dtype.type(1)
    for i in prange(a.size):
        out[i] = a[i] * b[i] + c[i] - a[i] / (b[i] + one)


@parallel
def addition(x, y, out):
    for i in prange(x.size):
        out[i] = x[i] + y[i]


@parallel
def transcendental(a, b, c, out):
    for i in prange(a.size):
        out[i] = np.exp(-a[i] * a[i]) * np.log1p(b[i]) + np.sin(c[i])


def _square_sum(a, b):
    total = a.dtype.type(0)
    for i in prange(a.size):
        difference = a[i] - b[i]
        total += difference * difference
    return total


square_sum = parallel(_square_sum)
square_sum_fastmath = numba.njit(_square_sum, parallel=True, error_model="numpy", fastmath=True)


@parallel
def normalize_rows(x, out):
    n = x.dtype.type(x.shape[1])
    for i in prange(x.shape[0]):
        total = x.dtype.type(0)
        for j in range(x.shape[1]):
            total += x[i, j]
        mean = total / n
        squares = x.dtype.type(0)
        for j in range(x.shape[1]):
            squares += (x[i, j] - mean) * (x[i, j] - mean)
        std = np.sqrt(squares / n)
        for j in range(x.shape[1]):
            out[i, j] = (x[i, j] - mean) / std


@parallel
def layernorm(x, scale, offset, out):
    n, epsilon = x.dtype.type(x.shape[1]), x.dtype.type(1e-5)
    for i in prange(x.shape[0]):
        total = x.dtype.type(0)
        for j in range(x.shape[1]):
            total += x[i, j]
        mean = total / n
        squares = x.dtype.type(0)
        for j in range(x.shape[1]):
            squares += (x[i, j] - mean) * (x[i, j] - mean)
        std = np.sqrt(squares / n + epsilon)
        for j in range(x.shape[1]):
            out[i, j] = (x[i, j] - mean) / std * scale[j] + offset[j]


@parallel
def over_maximum(a, out):
    largest = a[0]
    for i in prange(a.size):
        largest = max(largest, a[i])
    for i in prange(a.size):
        out[i] = a[i] / largest


@parallel
def outer_sum(x, y, out):
    sines = np.empty(x.shape[1])
    for j in range(x.shape[1]):
        sines[j] = np.sin(x[0, j] ** 2)
    for i in prange(y.shape[0]):
        cosine = np.cos(y[i, 0] ** 2)
        for j in range(x.shape[1]):
            out[i, j] = sines[j] + cosine


@parallel
def arc_distance(theta_1, phi_1, theta_2, phi_2, out):
    for i in prange(theta_1.size):
        a = (
            np.sin((theta_2[i] - theta_1[i]) / 2) ** 2
            + np.cos(theta_1[i]) * np.cos(theta_2[i]) * np.sin((phi_2[i] - phi_1[i]) / 2) ** 2
        )
        out[i] = 2 * np.arctan2(np.sqrt(a), np.sqrt(1 - a))


@parallel
def clipping(a, b, out):
    for i in prange(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = min(max(a[i, j], 2), 10) * 4 + b[i, j] * 3 + 9


@parallel
def black_scholes(price, strike, term, call, put):
    number = price.dtype.type
    one, half, quarter = number(1), number(0.5), number(0.25)
    rate, twice_variance = number(-0.1), number(2 * 0.2 * 0.2)
    for i in prange(price.size):
        a = np.log(price[i] / strike[i])
        b = term[i] * rate
        z = term[i] * twice_variance
        c = quarter * z
        y = one / np.sqrt(z)
        d1 = half + half * number(math.erf((a - b + c) * y))
        d2 = half + half * number(math.erf((a - b - c) * y))
        discounted = strike[i] * np.exp(b)
        price_of_call = price[i] * d1 - discounted * d2
        call[i] = price_of_call
        put[i] = price_of_call - price[i] + discounted


@parallel
def equation_of_state(s, t, p, out):
    for i in prange(s.shape[0]):
        for j in range(s.shape[1]):
            for k in range(s.shape[2]):
                out[i, j, k] = scalar_equation(s[i, j, k], t[i, j, k], p[0, 0, k])


@parallel
def softmax(x, out):
    for i in prange(x.shape[0]):
        largest = x[i, 0]
        for j in range(x.shape[1]):
            largest = max(largest, x[i, j])
        total = x.dtype.type(0)
        for j in range(x.shape[1]):
            out[i, j] = np.exp(x[i, j] - largest)
            total += out[i, j]
        for j in range(x.shape[1]):
            out[i, j] /= total


@parallel
def jacobi(a, b, steps):
    fifth = 0.2
    for _ in range(1, steps):
        for i in prange(1, a.shape[0] - 1):
            for j in range(1, a.shape[1] - 1):
                b[i, j] = fifth * (a[i, j] + a[i, j - 1] + a[i, j + 1] + a[i + 1, j] + a[i - 1, j])
        for i in prange(1, a.shape[0] - 1):
            for j in range(1, a.shape[1] - 1):
                a[i, j] = fifth * (b[i, j] + b[i, j - 1] + b[i, j + 1] + b[i + 1, j] + b[i - 1, j])


@numba.njit(inline="always")
def limited(flux, slope):
    return 0.0 if flux * slope > 0 else flux


@parallel
def diffusion(field, coefficient, out):
    n_i, n_j, n_k = out.shape
    laplacian = np.empty((n_i + 2, n_j + 2, n_k))
    for i in prange(n_i + 2):
        for j in range(n_j + 2):
            for k in range(n_k):
                laplacian[i, j, k] = 4 * field[i + 1, j + 1, k] - (
                    field[i + 2, j + 1, k] + field[i, j + 1, k]
                    + field[i + 1, j + 2, k] + field[i + 1, j, k]
                )
    for i in prange(n_i):
        for j in range(n_j):
            for k in range(n_k):
                here, centre = field[i + 2, j + 2, k], laplacian[i + 1, j + 1, k]
                below = limited(laplacian[i + 2, j + 1, k] - centre, field[i + 3, j + 2, k] - here)
                above = limited(centre - laplacian[i, j + 1, k], here - field[i + 1, j + 2, k])
                right = limited(laplacian[i + 1, j + 2, k] - centre, field[i + 2, j + 3, k] - here)
                left = limited(centre - laplacian[i + 1, j, k], here - field[i + 2, j + 1, k])
                out[i, j, k] = here - coefficient[i, j, k] * (below - above + right - left)


@parallel
def sum_others(x, out, block):
    per_row = x.shape[2] // block
    for task in prange(x.shape[0] * per_row):
        i, start = task // per_row, task % per_row * block
        total = np.zeros(block, x.dtype)
        for j in range(x.shape[1]):
            for k in range(block):
                total[k] += x[i, j, start + k]
        out[i, start : start + block] = total


@parallel
def sum_last(x, out, block):
    for i in prange(x.shape[0]):
        total = x.dtype.type(0)
        for j in range(x.shape[1]):
            total += x[i, j, 0]
        out[i, 0] = total


@parallel
def max_others(x, out, block):
    per_row = x.shape[2] // block
    for task in prange(x.shape[0] * per_row):
        i, start = task // per_row, task % per_row * block
        largest = x[i, 0, start : start + block].copy()
        for j in range(1, x.shape[1]):
            for k in range(block):
                largest[k] = max(largest[k], x[i, j, start + k])
        out[i, start : start + block] = largest


@parallel
def max_last(x, out, block):
    for i in prange(x.shape[0]):
        largest = x[i, 0, 0]
        for j in range(1, x.shape[1]):
            largest = max(largest, x[i, j, 0])
        out[i, 0] = largest


@parallel
def var_others(x, out, block):
    per_row, n = x.shape[2] // block, x.dtype.type(x.shape[1])
    for task in prange(x.shape[0] * per_row):
        i, start = task // per_row, task % per_row * block
        mean = np.zeros(block, x.dtype)
        for j in range(x.shape[1]):
            for k in range(block):
                mean[k] += x[i, j, start + k]
        for k in range(block):
            mean[k] /= n
        squares = np.zeros(block, x.dtype)
        for j in range(x.shape[1]):
            for k in range(block):
                difference = x[i, j, start + k] - mean[k]
                squares[k] += difference * difference
        for k in range(block):
            out[i, start + k] = squares[k] / n


@parallel
def var_last(x, out, block):
    n = x.dtype.type(x.shape[1])
    for i in prange(x.shape[0]):
        total = x.dtype.type(0)
        for j in range(x.shape[1]):
            total += x[i, j, 0]
        mean, squares = total / n, x.dtype.type(0)
        for j in range(x.shape[1]):
            squares += (x[i, j, 0] - mean) * (x[i, j, 0] - mean)
        out[i, 0] = squares / n
