"""Writes golden.txt: formulas and their values by NumPy, bit for bit.

    python generate.py > golden.txt        (NumPy 2.4.6)

Lines are separated by tabs. `input NAME ARRAY` binds a name; every other line is
`CLASS FORMULA ARRAY...`, with one array, or the items of a tuple. `\u2424` stands for a newline
in a formula. An array is `DTYPE SHAPE BITS`: the shape like `3,4` (`()` for no axes), the bits
in hexadecimal. The class says how close a value must be:

    exact   the same bits (but for the payload of NaN)
    ulp     2 units in the last place, for mathematical functions
    near    32 units in the last place of the largest value, for float reductions and products
"""

import ast
import sys
import warnings

import numpy as np

INF, NAN = np.inf, np.nan
INPUTS = {
    "a": np.array([[0.5, -1.25, 3.0, 7.5], [2.0, 0.1, -0.7, 1e-3], [9.25, -4.5, 6.0, 0.3]]),
    "b": np.array([1.5, -2.0, 0.25, 10.0]),
    "c": np.array([[2.0], [-0.5], [3.25]]),
    "x": np.array([-3.0, -1.5, -0.1, 0.0, 0.7, 2.0, 12.5]),
    "y": np.array([0.5, 2.5, -1.0, 4.0, 0.3, 1.0, 6.5]),
    "z": np.array([0.0, -0.0, INF, -INF, NAN, 5e-324, -2.2e-308, 1.7e308, 1.0]),
    "i": np.array([[1, -2, 3, 0], [7, 5, -6, 2], [-9, 4, 8, 11]]),
    "j": np.array([2, -3, 5, 7], dtype=np.int32),
    "k": np.array([3, 1, 4, 1, 5, 9, 2]),
    "u": np.array([0, 1, 127, 200, 255], dtype=np.uint8),
    "h": np.array([-128, -1, 0, 5, 127], dtype=np.int8),
    "w": np.array([1, 300, 65535], dtype=np.uint16),
    "q": np.array([0, 1, 2**63, 2**64 - 1], dtype=np.uint64),
    "l": np.array([-(2**63), -1, 0, 2**63 - 1], dtype=np.int64),
    "m": np.array([[True, False, True, True], [False, False, True, False], [True] * 4]),
    "p": np.array([True, False, True, False]),
    "f": np.array([[0.5, 1.5, -2.25, 8.0], [0.1, 0.2, 0.3, -0.4], [3, 4, 5, 6]], dtype=np.float32),
    "g": np.array([1.0, -0.5, 2.0, 0.125], dtype=np.float32),
    "s": np.array(2.5),
    "o": np.zeros((0, 3)),
    "t": np.arange(24.0).reshape(2, 3, 4),
}

# Every line is one formula; `;` separates statements.
EXACT = """
-3**2
(-3)**2
2**-1
2**3**2
-2**-2
2**-1**2
1/2
7//2
-7//2
7//-2
7%3
-7%3
7%-3
-7.5//2
-7.5%2
7.5%-2
0.0%-3
-0.0%3
5.0//0.1
True+1
True+True
-True
~5
~True
1 == 1.0
2**53 + 1 == 2.0**53
9007199254740993 / 3
123456789012345678901234567890 / 3
(2**100 + 1) / 2**47
3 < 2
1 << 10
-5 >> 1
1 >> 200
6 & 3 | 8 ^ 1
6 ^ 3 & 1
1 + 2 << 3
1 | 2 == 2
(1 < 2) == True
10_000_000
0xFF + 0b101 + 0o17
1e-3
.5 + 5.
2 * 3.5 // 1
3 - 2 - 1
2 * 3 % 4
100 / 10 / 5
1 - -1
--1
-+~3
+True
2**0.5 * 2**0.5
0**0
0.0**0
(-2)**3
(-2.0)**-3
True & False
True ^ 1
True | False
inf - 1
nan
pi
e
-inf
np.pi * 2
1e308 * 10
a + b
a - b
a * b
a / b
a // b
a % b
a + c
a * c - b / c
b + c
a + 1
1 - a
2 * a
1 / b
b // 1
7 // b
7 % b
-a
+a
-a**2
(-a)**2
a**2
b**2
-b**2 + 1
a @ b > 0
abs(a)
a < b
a <= 2
a == a
a != 0.5
2 < a
(a > 0) & (a < 3)
(a > 0) | (b < 0)
(a > 0) ^ (b < 0)
~(a > 0)
i + j
i - j
i * j
i / j
i // j
i % j
i ** 2
i & j
i | j
i ^ j
~i
i << 2
i >> 1
-i
j + 1
j * 2.0
j / 2
j // 2
j % 3
-7 // j
-7 % j
j ** 3
2 ** k
i + 1.5
i + True
k / 7
u + 1
u + u
u * 2
-u
~u
u - 1
u >> 1
u << 1
u / 2
u / 300
u / -1
-1 / u
h / 1000
w / 10**6
copysign(w, -1)
heaviside(w, -1)
u // 2
u % 7
u + 1.0
u < 128
u == 255
h + h
h - 1
-h
abs(h)
h * h
h // 2
h % 3
h // -1
u + h
w[:2] + h[:2]
u.astype(int32) + 1
w * 3
q + 1
q - 1
q // 3
q % 10
q >> 1
q > 5
l - 1
l // -1
abs(l)
-l
l < 0
l == q
q < l
l < q.astype(float64)
u + f[0, 0]
f + 1
f * 2.5
f + 0.1
f / 3
f // 0.3
f % 0.3
f + j
f + i
f * a
f + u[:4]
f + h[1:]
f + True
-f
f < 0.3
g + f
f - g
f / g
m + m
m * m
m & p
m | p
m ^ p
~m
m + 1
m * 2.5
m / 2
m // True
m == p
m < p
z + 0
z + -0.0
z - z
z * 0
z * -1
1 / z
z / z
-z
abs(z)
z < 1
z == z
z != z
z // 1
z % 1
z % -1.5
z % inf
maximum(z, 0)
minimum(0, z)
fmax(z, -1)
fmin(z, 1)
sign(z)
signbit(z)
isnan(z)
isinf(z)
isfinite(z)
floor(z)
ceil(z)
trunc(z)
rint(z)
copysign(1, z)
copysign(z, -1)
nextafter(z, 1)
spacing(x)
spacing(z)
spacing(f * 0 * -1)
heaviside(z, 0.5)
sqrt(abs(z))
square(z)
reciprocal(z)
fabs(z)
floor(x)
ceil(x)
trunc(x)
fix(x)
rint(x * 1.25)
round(x)
round(x * 1.23, 1)
round(i, -1)
sqrt(a**2)
sqrt(i * i)
sqrt(w)
sqrt(w * w + 4)
square(j)
reciprocal(b)
reciprocal(k)
reciprocal(i)
reciprocal(l)
reciprocal(i.astype(int32))
reciprocal(h)
reciprocal(u)
reciprocal(w - w)
reciprocal(q)
sign(i)
sign(x)
positive(h)
negative(j)
absolute(i)
fabs(i)
add(a, b)
np.subtract(a, b)
jn.multiply(a, 2)
divide(i, 4)
floor_divide(i, 4)
remainder(i, 4)
fmod(i, 4)
fmod(x, 1.1)
power(j, 2)
i**3
h**5
u**7
l**12
q**4
m**3
z**2
z**-1
z**0.5
power(z, 0.5)
power(z.astype(float32), -1)
mod(i, 4)
true_divide(i, 3)
maximum(a, b)
minimum(a, c)
maximum(i, 2)
fmax(f, 0.25)
clip(x, -1, 1)
clip(a, None, 2)
clip(z, 0, 1)
clip(z, -1, 0.0)
clip(z, -0.0, 1)
clip(z, -1, -0.0)
clip(z, 0, None)
clip(z, None, -0.0)
clip(z, zeros(9), ones(9))
clip(-0.0, 0, 1)
clip(z.astype(float32), 0, 1)
clip(a, 0, None)
clip(i, -2, 5)
clip(u, -1, 200)
clip(u, 5, 300)
clip(h, -1000, 1000)
clip(q, -1, 2**64)
u.clip(-5, None)
a.clip(0, 1)
where(x > 0, x, -x)
where(m, a, b)
where(m, i, 0)
where(m, 1, 0)
where(a > 0, 1.5, i)
where(p, f, 0.1)
select([x < 0, x < 1], [x * 2, x + 1], 9)
isclose(a, a + 1e-9)
isclose(x, y, rtol=0.5, atol=1)
nan_to_num(z)
nan_to_num(z, nan=1.5, posinf=2, neginf=-2)
logical_and(m, p)
logical_or(a, 0)
logical_xor(m, p)
logical_not(i)
equal(i, 2)
not_equal(i, j)
less(i, j)
greater_equal(a, 1)
bitwise_and(i, 6)
bitwise_or(i, j)
bitwise_xor(u, 15)
invert(h)
left_shift(j, 2)
right_shift(i, 1)
bitwise_count(u)
bitwise_count(h)
gcd(i, 6)
lcm(j, 4)
gcd(l, 6)
ldexp(b, j)
frexp(x)
modf(x)
divmod(i, 4)
divmod(x, 1.5)
divmod(7, 2)
divmod(-7.5, 2)
isnan(i)
isfinite(f)
signbit(x)
real(a)
imag(a)
conj(i)
conj(p)
conjugate(p)
conj(u)
float32(x)
int8(k)
float64(f)
a.astype(float32)
a.astype('int32')
a.astype(int)
a.astype(np.uint8)
a.astype(bool)
i.astype(float)
i.astype(int8)
h.astype(uint8)
u.astype(int8)
x.astype(dtype=float32)
m.astype(int64)
l.astype(float32)
q.astype(float64)
a.T
a.T + 1
t.T
a.T @ [[1], [0], [0]] == a[0][:, None]
a.shape
a.ndim
a.size
t.shape[1]
t.shape[::-1]
len(a)
a[0]
a[-1]
a[1, 2]
a[1][2]
a[:, 1]
a[::-1]
a[:, ::-1]
a[::2, 1:]
a[1:, :-1]
a[-2:, -3:-1]
a[5:]
a[::-2, ::-3]
a[None]
a[:, None]
a[..., 0]
a[..., None]
a[None, ..., None]
a[np.newaxis, 1]
a[newaxis, :, 2]
t[0]
t[:, 0]
t[..., 1]
t[1, ..., ::2]
t[1, 2, 3]
t[:, ::-1, 1:3]
t[0, 1][2:]
t[-1, -1, -1]
x[2:5] + y[1:4]
x[::-1] - x
x[10:2:-3]
x[-100:100]
a[1:2] + a[:, 1:2]
o + 1
o.sum(axis=1)
sum(o)
prod(o)
any(o)
all(o)
a.reshape(2, 6)
a.reshape(-1)
a.reshape((4, -1))
a.T.reshape(2, -1)
reshape(a, (6, 2))
reshape(a, -1)
t.reshape(4, 6)[1]
a.ravel()
ravel(a.T)
a.flatten()
transpose(t)
transpose(t, (1, 0, 2))
t.transpose(2, 0, 1)
t.transpose((0, 2, 1))
swapaxes(t, 0, -1)
t.swapaxes(1, 2)
moveaxis(t, 0, -1)
moveaxis(t, (0, 1), (-1, 0))
expand_dims(a, 0)
expand_dims(a, axis=(0, -1))
squeeze(c)
squeeze(c, axis=1)
c.squeeze()
c.squeeze(axis=-1)
broadcast_to(b, (3, 4))
broadcast_to(2, (2, 3))
flip(a)
flip(a, 0)
flip(t, axis=(0, 2))
concatenate([a, a])
concatenate((a, c), axis=1)
concatenate([i, a])
concatenate([x, [1, 2]])
stack([b, b])
stack([b, b + 1], axis=1)
stack((x, y), axis=-1)
hstack([x, y])
hstack([a, c])
vstack([b, b * 2])
vstack([a, b])
zeros(3)
zeros((2, 3))
zeros((2, 3), dtype=int)
zeros(4, float32)
ones(3, dtype='int8')
ones((2, 2), bool)
full(3, 7)
full((2, 2), 0.5)
full(2, 1, dtype=float32)
zeros_like(i)
ones_like(f)
zeros_like(a, dtype=int32)
full_like(i, 3)
full_like(a, 2)
arange(5)
arange(2, 8)
arange(10, 0, -3)
arange(0, 1, 0.25)
arange(5.0)
arange(3, dtype=float32)
arange(0.5, 5, dtype=int)
arange(-1.5, 3, dtype=int)
arange(0, 5, 1.5, dtype=int)
arange(0, 3, 0.5, dtype=int)
arange(3.5, 0, -0.7, dtype=int)
arange(2.9, 10, 1.9, dtype=uint8)
arange(9.5, 1, -2.5, dtype=uint64)
arange(0.1, 1, 0.1, dtype=float32)
arange(0.5, 2.5, dtype=bool)
arange(1.5, 4, dtype=float64)
arange(0)
arange(4, 1)
linspace(0, 1, 5)
linspace(0, 1, 4, endpoint=False)
linspace(2, 3, num=7)
linspace(0, 10)[7]
linspace(1, 2, 1)
linspace(-1, 1, 5, dtype=float32)
linspace(5, 1, 3)
eye(3)
eye(2, 3)
eye(3, k=1)
eye(3, 4, -1, dtype=int)
identity(2)
meshgrid([1, 2, 3], [4, 5])
meshgrid(b, k, indexing='ij')
indices((2, 3))
array([1, 2, 3])
array([[1, 2], [3, 4]], dtype=float32)
array([1, 2.5])
array([True, 2])
array([[1], [2]])
array(5)
array([])
array((1, 2))
array([b, b + 1])
asarray([True, False])
[1, 2, 3] + b[:3]
b * [1, 2, 3, 4]
x > [0] * 7
b + (1, 2, 3, 4)
k.sum()
sum(k)
sum(i)
sum(i, axis=0)
sum(i, 1)
sum(i, axis=(0, 1))
i.sum(axis=-1, keepdims=True)
sum(u)
u.sum(dtype=uint8)
h.sum()
sum(m)
m.sum(axis=0)
sum([1, 2, 3])
sum(5)
prod(k)
prod(i, axis=1)
h.prod(dtype=int8)
min(a)
max(a, axis=0)
a.min(axis=1)
a.max()
amin(i)
amax(i, axis=-1, keepdims=True)
max(z)
min(z[:4])
max(m)
t.max(axis=(0, 2))
ptp(i)
ptp(i, axis=1)
ptp(x)
any(m)
all(m, axis=0)
any(a > 9, axis=1)
all(a > -10)
m.all(axis=1, keepdims=True)
argmin(a)
argmax(a, axis=0)
i.argmax(axis=1)
argmin(i, axis=-1)
argmax(z)
argmax(m, axis=1)
argmax(i, axis=0, keepdims=True)
count_nonzero(i)
count_nonzero(m, axis=0)
count_nonzero(a, axis=1, keepdims=True)
mean(k)
mean(i)
mean(i, axis=0)
mean(m)
mean(t)
t.mean(axis=(0, 2))
i @ j
j @ j
i.T @ i
dot(j, j)
dot(i, j)
i.dot(j)
matmul(i.T, i)
array([[1, 2], [3, 4]]) @ [5, 6]
dot(2, k)
s + 1
s * b
s
-s
a - a.max(axis=1, keepdims=True)
v = a + 1; v * v
v = 2; v += 3; v *= v; v
v = x[1:]; r = x[:-1]; v - r
d, r = divmod(k, 4); d * 4 + r - k
lo, hi = min(i), max(i); (i - lo) / (hi - lo)
n_rows, n_columns = a.shape; n_rows * n_columns
v = w2 = b; v + w2
v = b␤v -= 1␤v /= 2␤v
# a comment␤a[0] # the first row␤
where(␤  a > 0,  # positive␤  a,␤  0␤)
b + \\␤ 1
x, y
(k.min(), k.max())
[1.5, 2]
f + np.float64(1)
j + np.int64(1)
f * float32(2)
u + np.int16(1)
sqrt(4) * f
f * pi
x[len(x) // 2]
x[k.size - 1]
x[-len(x):][0]
a[1:3, 1:3].T[0]
(a > 1).sum(axis=0)
(a > 1).astype(int) * 2
(x > 0) * x
(1 < k) & (k < 5)
k == 1
1 != k
float(3)
int(3.9)
bool(2)
abs(-3) * h
min([3, 1, 2])
round(2.5)
round(-7.349, 2)
pow(2, 10)
piecewise(x, [x < 0, x >= 0], [negative, square])
piecewise(x, [x < 0], [1, 2])
piecewise(k, [k > 4, k < 2], [10, 20])
v = sqrt; v(k)
allclose(x, x + 1e-12)
allclose(x, y)
isclose(z, z, equal_nan=True)
isclose(z, z)
broadcast_arrays(b, c)
dstack([a, a])
column_stack([x, y])
astype(x, int)
x.astype('f4')
k.astype('<i2')
np.matrix_transpose(t)
atleast_2d(x)
atleast_1d(s)
np.shape(t)
size(a)
ndim(a)
x.round(1)
transpose(a)
a.transpose()
concatenate([a, c], axis=None)
linspace(0, 10, 5, dtype=int)
linspace(-1, -2, 4, dtype=int)
a.min(axis=None)
array(a, dtype=int)
arange(3, 10, 2)
arange(-5, 5, 3)
arange(5, step=2)
arange(1, 2, 0.1)
zeros(k.max())
x[k.argmin()]
x[k[1]:k[0]]
linspace(x.min(), x.max(), 5)
int(k.sum()) / 2
float(k.sum()) * f
int(-2.7)
(v, r), d = (1, x), 3; v + r * d
-x[0]
2 * k.sum() ** 2
x[1:].max() - x[:-1].min()
eye(2)[::-1]
f + s
h + s
f * float64(2)
clip(u, 10, 200)
clip(f, 0.1, 2)
maximum(f, 1.5)
where(p, f, s)
where(p, j, k[:4])
where(x, 1, 2)
where(p, -1, u[:4])
where(p, u[:4], 300)
where(p, -1, q)
where(p, 2**40, j)
where(p, -129, h[:4])
where(p, -1, p)
u.sum() * 2
f.max() * f
k.mean() * g
j.sum()
u.max() - 1
arange(3) * float32(2)
float32(1) / 3
int8(100) + 27
np.int8(100) + 28
u << 8
h << 7
h >> 9
1 << k
l << 64
u // 0
h // 0
k % 0
k // 0
1 / u
x // 0
x % 0
0 ** k
h ** 2
u ** 3
m // m
m << 1
m - 1
True * x
x == True
x * True
any(z)
all(z)
sum(m, axis=1, keepdims=True)
prod(u)
prod(m)
count_nonzero(z)
max(i, axis=(0, 1), keepdims=True)
min(t, axis=(1,))
min(l)
max(q)
argmax(t)
argmin(t, axis=1)
q * 2 - 1
q // 2**63
q == 2**63
q > -1
u > -1
u < 1000
h == 128
f == 0.1
f == float64(0.1)
w + u[:3]
w - h[:3]
q + l
q * l
i % 4 == 0
(i % 2 == 0) & (i > 0)
~(i > 0) | (i == 4)
i & 1 == 1
~i & 0xFF
-i ** 2
-k // 2
k // -2
2 ** -1 * x
x ** 1
x ** 0
x ** -1
f ** 2 + 1
i ** 3
i ** 0
a[1:3][::-1].T
t[:, :, ::-1][1][2]
t.reshape(2, -1).T[::5]
t.transpose(2, 1, 0)[1].ravel()
swapaxes(t, 0, 2).reshape(-1)[3:9]
squeeze(expand_dims(x, (0, 2)))
moveaxis(t, [0, 2], [1, 0])
moveaxis(t, -1, 0)[..., 1]
flip(x)[::2]
broadcast_to(c, (3, 2)) * 2
stack([a, a[::-1]], axis=1)[:, 0]
vstack((x, y))[1]
full((2, 1), b[:2][:, None])
full(3, True)
full_like(u, 7)
zeros_like(b, dtype=bool)
ones_like([1, 2])
array([[True, False], [False, True]])
array([[1, 2], [3, 4]]).T @ [1, 2]
array([1, 2], dtype='float32') / 3
array([2**63])
array([1, 2**63])
array([-1.5, 2], dtype=int)
array(((1, 2), [3, 4]))
[[1, 2], [3, 4.5]]
((1, 2), (3, 4))
q == 2**64
q != 2**64
q < 2**64
q <= 18446744073709551616
q > 2**64
q >= 2**64
q <= 2**64 - 1
q >= 2**63
2**64 > q
2**64 == q
-2**64 < q
-1 >= q
l == 2**63
l != 2**63
l < 2**63
l > -2**63 - 1
l >= -2**63
l <= 2**63 - 1
-9223372036854775809 == l
9223372036854775808 > l
k < 10**30
k > -10**30
j <= 2**31
j == -2**31 - 1
2**32 != j
w < 65536
u <= 256
256 == u
h > -129
h != 128
not_equal(q, 2**64 + 1)
np.less(2**100, l[:, None] + zeros((1, 2), int))
(q < 2**64) & (q >= 0)
o.astype(int) < 2**64
i == 1000000000000000000000000000000000000000000000000000000000000
i < 0xffffffffffffffffffffffffffffffffffffffffffffffffff
-0b1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 < q
u > -100000000000000000000000000000000000000000
a < 1000000000000000000000000000000000000000000
a * 1000000000000000000000000000000000000000000
f == 1000000000000000000000000000000000000000000
array([0x80000000000000800000000000000000000000000001], dtype=float)
array([0x80000000000000400000000000000000000000000000], dtype=float)
array([0x80000000000000c00000000000000000000000000000], dtype=float)
array([957809712976586890842225164567263494556647523345653762785], dtype=float32)
1000000000000000000000000000000000000000000 > 2**126
-1000000000000000000000000000000000000000000 < 1.5
1000000000000000000000000000000000000000000 / 4.0
full(2, 2**70, dtype=float)
f * (2**60 + 2**36 + 1)
array([2**60 + 2**36 + 1], dtype=float32)
np.less(2**64, 5)
np.equal(2**64, 2**64)
clip(u, -2**70, 2**70)
clip(q, 1, 100000000000000000000000000000000000000000)
concatenate([l, q], dtype=int64)
concatenate([l, q])
concatenate([l, f[0]], dtype=float32)
concatenate([x, k], dtype='f4')
concatenate([u, q], dtype=int)
concatenate([[1], [300]], dtype='i1')
concatenate([m, q], axis=None, dtype=float32)
concatenate([w, h[:3].astype(int16), f[0]])
stack([l, q], dtype=int64)
hstack([l, q], dtype=int64)
vstack([l, q], dtype=int64)
stack([w, h[:3].astype(int16), g[:3]])
uint8(255.9)
uint8(-0.9)
uint64(1e19)
array([1e19], dtype='uint64')
array([-0.5, 1.9, True], dtype='uint8')
array([nan, 0.0, 0.5], dtype=bool)
array([[1.5], [2]], dtype='i4')
array([1e300], dtype='f4')
array([b * 1000, [3, 2.5, 1, 0]], dtype='i2')
array(-1.5, dtype='int8')
asarray([x[:2], [1e5, -7.9]], dtype=int)
full(2, 300.0, dtype='uint8')
full(2, nan, dtype='int64')
full_like(u, 1e10)
full_like(u, -1.9)
full(2, [300.0, 1.0], dtype='uint8')
piecewise(u, [u > 5, u <= 5], [5.7, 1])
piecewise(f, [f > 1], [2**70])
arange(250, 260, dtype='uint8')
arange(255, 256, dtype='uint8')
arange(255.5, 256, dtype='uint8')
arange(2, dtype=bool)
arange(3, 5, dtype=bool)
arange(True)
select([u > 5], [u], 5)
select([u > 5], [u], 300)
select([u > 5], [u], -1)
select([u > 5], [u])
select([f > 0.3], [f], 5.5)
select([f > 0.3], [f])
select([f > 0.3], [2], f)
select([u > 5], [5.5], u)
select([h > 0, h < -1], [h, 1], 6)
select([f > 1, f > 0], [f, 5], 6.5)
select([w > 1, w > 0], [w, 5.5], g[:3])
select([w > 1, w > 0], [w, h[:3].astype(int16)], g[:3])
select([u > 5], [5], 6)
select([u > 5], [True], 5)
select([u > 5], [True], False)
select([p], [p], 0)
select([p], [p], 5.5)
select([p, ~p], [p, u[:4]], True)
select([p], [2**63], 5)
select([True], [u], 5)
clip(p, 0, 1)
clip(p, False, True)
clip(p, None, 1)
clip(p, None, 0.5)
clip(p, 0.5, 0.75)
clip(p, ~p, p)
clip(p, None, ~p)
clip(p, -300, 300)
clip(p, u[:4], None)
clip(p, u[:4], h[:4])
clip(w, h[:3].astype(int16), g[:3])
clip(u[:4], h[:4], g)
clip(g, j, None)
clip(5, u, None)
clip(5.5, 1, 3)
clip(True, 0, 1)
clip(u, True, False)
clip(h, True, None)
p.clip(0, 1)
where(p, 2**63, k[:4])
where(p, 2**63, 5)
where(p, 2**63, q)
where(p, 2**63, 1.5)
angle(p)
angle(u)
angle(w)
angle(k)
angle(f * 0)
np.round(p)
m.round()
np.around(True)
np.round(h, -1)
np.round(u, 1)
ldexp(1, u[:2])
ldexp(1, p)
ldexp(1.5, u[:2])
ldexp(True, u[:2])
ldexp(2, 3)
gcd(p, 2)
lcm(p, 3)
array([zeros(2), [1, 2]])
array([[1, 2], zeros(2)])
array([f[0], [1, 2, 3, 4]])
array([u[:2], [1, 2]])
array([u[:2], [1.5, 2]])
array([u[:2], [True, False]])
array([u[:2], (3, 4), [5, 6]], dtype='u1')
array([[u[:2], [1, 2]], [[3, 4], h[:2]]])
array([[p, [1, 2, 3, 4]]])
array([float32(1), 2])
array([float32(1), True, u[0]])
array([u[0], 2, 3, u[1], 4])
array([w[:2], h[:2].astype(int16), g[:2]])
array([u[:2], [2**63, 1]])
array([zeros(0), []])
array([zeros((2, 0)), [[], []]])
array([s, 1])
where(p, [zeros(4), [1, 2, 3, 4]], 0)
sum([zeros(2), [1, 2]])
sum([zeros(2), [1, 2]], axis=0)
b[:2] + [zeros(2), [1, 2]]
[u[:2], [1, 2]] + f[0, :2]
[b[:2], [1, 2]] @ b[:2]
concatenate([[zeros(2), [1, 2]], [[3, 4]]])
stack([[u[0], 1], b[:2]])
maximum([x[:2], [0, 0]], -1)
x.astype('d')
x.astype('single')
k.astype('longlong')
k.astype('B')
m.astype('?')
zeros(2, 'short')
zeros(2, '=u4')
"""

ULP = """
sin(x)
cos(a)
tan(x)
arcsin(x / 13)
arccos(x / 13)
arctan(z)
arctan2(x, y)
arctan2(y, 2)
sinh(x)
cosh(f)
tanh(x)
arcsinh(x)
arccosh(y + 3)
arctanh(x / 13)
exp(x)
exp(f)
exp2(x)
exp(w / 1000)
expm1(x)
log(y)
log2(k)
log10(k)
log1p(abs(x))
logaddexp(x, y)
logaddexp2(x, 0)
cbrt(x)
hypot(x, y)
hypot(3, 4)
deg2rad(x)
rad2deg(x)
degrees(x)
radians(k)
sinc(x)
a**3
abs(a)**0.5
abs(x)**-1.5
2**x
b**j
f**2
f**0.5
i**0.5
i**2.0
k**-1.0
float_power(k, 2)
float_power(k, -3)
float_power(z, 0.5)
x**3
x**4.0
x**11
x**-2
y**1.5
y**2.5
y**-1.5
z**3
z**4
z**-2
z**-7
z**1.5
z**-0.5
power(z, -2.5)
f**3
f**12
f**-5
abs(f)**-0.5
abs(f)**2.5
i**-2.0
h**1.5
k**2.5
power(abs(a), b)
10.0**x
2.5**3.5
e**2
sqrt(x**2 + y**2)
1 / (1 + exp(-x))
np.exp(-x**2 / 2) / np.sqrt(2 * np.pi)
sin(x)**2 + cos(x)**2
log(abs(z))
angle(x)
exp(1)
sin(float32(0.5))
tanh(w)
acos(x / 13)
asin(x / 13)
atan(x)
atan2(x, y)
asinh(x)
pow(k, 0.5)
angle(x, deg=True)
angle(h.astype(int16))
angle(h.astype(int16), deg=True)
angle(l)
angle(g, deg=True)
x**2.5
g**j
exp(-inf + zeros(2))
log(arange(3))
arctan2(z, 1)
sin(1e22 * x)
sqrt(2) * sin(pi / 4)
degrees(pi)
float_power(-1, 3)
float_power(u, -1)
hypot(w, -1)
arctan2(-70000, w)
arctan2(h[:3].astype(int16), w)
hypot(w, h[:3].astype(int16))
"""

NEAR = """
sum(a)
a.sum(axis=0)
np.sum(a, axis=1)
sum(a, axis=(0, 1), keepdims=True)
sum(f)
sum(f, dtype=float64)
f.sum(axis=1)
prod(b)
prod(a, axis=0)
mean(a)
a.mean(axis=0)
mean(a, axis=1, keepdims=True)
mean(f)
f.mean(axis=0)
mean(u)
mean(f, dtype=float64)
mean(a, axis=(0, 1))
std(a)
a.std(axis=0)
std(a, ddof=1)
std(k)
f.std()
var(a)
var(a, axis=1, ddof=1)
a.var(axis=0, keepdims=True)
var(i)
var(t, axis=(0, 2))
ptp(a, axis=0)
(a - a.mean(axis=0)) / a.std(axis=0)
((a - a.mean(axis=0)) / a.std(axis=0)).max(axis=1)
(a - a.min()) / (a.max() - a.min())
exp(a - a.max(axis=1, keepdims=True)) / exp(a - a.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)
sqrt(((x - y)**2).sum())
sqrt(x**2 + y**2).mean()
a @ b
a.T @ a
a @ a.T
f @ g
t @ b
t @ t.swapaxes(1, 2)
dot(a, b)
a.dot(b)
dot(x, y)
x @ y
f @ b
i @ b
std(a, ddof=1, keepdims=True)
mean(a, None)
np.mean(i, axis=(0, 1))
var(h)
f.sum(axis=(0, 1))
f.mean() * f
f.sum() + 1
f @ f.T
a[:, ::2] @ a[::-1, :2].T[:, :2]
sum(a * (a > 0))
(a * [1, 2, 3, 4]).sum(axis=1)
prod(x[4:])
mean(x * y) - mean(x) * mean(y)
sum(1 / arange(1, 20)**2)
linspace(0, 1, 11).sum()
logspace(0, 2, 5)
logspace(0, 3, num=4, base=2)
((a[:, None, :] - a[None, :, :])**2).sum(axis=-1)
mu = mean(x); s2 = mean((x - mu)**2); (x - mu) / sqrt(s2 + 1e-5)
error = x - y␤mse = (error**2).mean()␤mse**0.5
"""


def evaluate(formula):
    """The value of the last statement, NumPy's names being known with `np.` and without."""
    names = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    names |= {"np": np, "jn": np, "numpy": np}
    # Copies, since `-=` would change what later formulas see.
    names |= {name: array.copy() for name, array in INPUTS.items()}
    # Of these, Python's own are meant: their arguments are Python's numbers.
    names |= {name: __builtins__.__dict__[name] for name in ("abs", "divmod", "pow", "round")}
    names |= {"int": int, "float": float, "bool": bool}
    if formula.startswith(("divmod(i", "divmod(x", "d, r")):
        names["divmod"] = np.divmod
    if formula.startswith(("round(x", "round(i")):
        names["round"] = np.round
    statements = ast.parse(formula.strip()).body
    last = ast.Expression(statements.pop().value)
    exec(compile(ast.Module(statements, []), formula, "exec"), names)
    return eval(compile(last, formula, "eval"), names)


def text_of(value):
    array = np.asarray(value)
    if array.dtype == np.float16:
        # It does not exist here yet, and float32 stands in its place.
        array = array.astype(np.float32)
    shape = ",".join(map(str, array.shape)) or "()"
    if array.ndim == 1:
        shape += ","
    bits = np.ascontiguousarray(array).reshape(-1).view(f"u{array.itemsize}")
    return f"{array.dtype} {shape} {' '.join(f'{int(b):x}' for b in bits)}".rstrip()


def main():
    warnings.simplefilter("ignore")
    assert np.__version__ == "2.4.6", np.__version__
    for name, array in INPUTS.items():
        print("input", name, text_of(array), sep="\t")
    for kind, formulas in (("exact", EXACT), ("ulp", ULP), ("near", NEAR)):
        for line in formulas.strip().splitlines():
            try:
                value = evaluate(line.replace("\u2424", "\n"))
            except Exception as error:
                sys.exit(f"{line}: {error}")
            items = value if isinstance(value, tuple) else (value,)
            print(kind, line, *map(text_of, items), sep="\t")


if __name__ == "__main__":
    main()
