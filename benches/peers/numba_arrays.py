"""The programs as array expressions for numba, which it turns into parallel loops itself."""

import math

import numba
import numpy as np

import equation

parallel = numba.njit(parallel=True, error_model="numpy")


@numba.vectorize
def erf(x):
    return math.erf(x)


@parallel
def arithmetic(a, b, c):
    return a * b + c - a / (b + a.dtype.type(1))


@parallel
def transcendental(a, b, c):
    return np.exp(-a * a) * np.log1p(b) + np.sin(c)


@parallel
def square_sum(a, b):
    return ((a - b) ** 2).sum()


@parallel
def over_maximum(a):
    return a / a.max()


@parallel
def addition(x, y):
    return x + y


@parallel
def arc_distance(theta_1, phi_1, theta_2, phi_2):
    a = (
        np.sin((theta_2 - theta_1) / 2) ** 2
        + np.cos(theta_1) * np.cos(theta_2) * np.sin((phi_2 - phi_1) / 2) ** 2
    )
    return 2 * np.arctan2(np.sqrt(a), np.sqrt(1 - a))


@parallel
def clipping(a, b):
    return np.minimum(np.maximum(a, 2), 10) * 4 + b * 3 + 9


@parallel
def black_scholes(price, strike, term):
    number = price.dtype.type
    half = number(0.5)
    a = np.log(price / strike)
    b = term * number(-0.1)
    z = term * number(2 * 0.2 * 0.2)
    c = number(0.25) * z
    y = number(1) / np.sqrt(z)
    d1 = half + half * erf((a - b + c) * y)
    d2 = half + half * erf((a - b - c) * y)
    discounted = strike * np.exp(b)
    call = price * d1 - discounted * d2
    return call, call - price + discounted


@parallel
def covariance(data):
    centred = data - data.sum(0) / data.shape[0]
    return np.dot(centred.T, centred) / (data.shape[0] - 1)


@parallel
def jacobi(a, b, steps):
    for _ in range(1, steps):
        b[1:-1, 1:-1] = 0.2 * (
            a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1]
        )
        a[1:-1, 1:-1] = 0.2 * (
            b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1]
        )


@parallel
def diffusion(field, coefficient):
    laplacian = 4 * field[1:-1, 1:-1] - (
        field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
    )
    flux_1 = laplacian[1:, 1:-1] - laplacian[:-1, 1:-1]
    slope_1 = field[2:-1, 2:-2] - field[1:-2, 2:-2]
    flux_x = np.where(flux_1 * slope_1 > 0, 0.0, flux_1)
    flux_2 = laplacian[1:-1, 1:] - laplacian[1:-1, :-1]
    slope_2 = field[2:-2, 2:-1] - field[2:-2, 1:-2]
    flux_y = np.where(flux_2 * slope_2 > 0, 0.0, flux_2)
    return field[2:-2, 2:-2] - coefficient * (
        flux_x[1:] - flux_x[:-1] + flux_y[:, 1:] - flux_y[:, :-1]
    )


equation_of_state = parallel(equation.written_with(np.sqrt, np.log))

KERNELS = {
    "arithmetic": arithmetic,
    "transcendental": transcendental,
    "square_sum": square_sum,
    "over_maximum": over_maximum,
    "addition": addition,
    "arc_distance": arc_distance,
    "clipping": clipping,
    "black_scholes": black_scholes,
    "covariance": covariance,
    "diffusion": diffusion,
}
