"""Writes small .npy and .npz files with NumPy, and manifest.tsv, which says what they hold.

Columns: file, member (of an archive, else empty), dtype, shape, Fortran order, big-endian,
elements as bits in hexadecimal, in C order. Files in `unsupported` hold dtypes that NumPy
knows and this library does not. Needs numpy. Usage: python generate.py
"""

import pathlib

import numpy as np
from numpy.lib import format as npy

HERE = pathlib.Path(__file__).parent
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]
rows = []


def sample(dtype, shape):
    count = int(np.prod(shape))
    if dtype == "bool":
        values = np.arange(count) % 3 == 1
    elif dtype.startswith("float"):
        spicy = [0.0, -0.0, np.nan, np.inf, -np.inf, np.finfo(dtype).tiny / 4, np.finfo(dtype).max, -1 / 3]
        values = np.resize(np.array(spicy, dtype), count)
    else:
        info = np.iinfo(dtype)
        values = np.resize(np.array([info.min, info.max, 0, 1, 77], dtype), count)
    return values.astype(dtype).reshape(shape)


def record(array, file, member=""):
    native = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="))
    bits = native.view(f"u{array.itemsize}").reshape(-1).tolist() if array.size else []
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    big = array.dtype.byteorder == ">"
    fields = [file, member, array.dtype.name, ",".join(map(str, array.shape)), fortran, big, " ".join(f"{b:x}" for b in bits)]
    rows.append("\t".join(map(str, fields)))


def save(array, file, version=None):
    with open(HERE / file, "wb") as stream:
        npy.write_array(stream, array, version=version)
    record(array, file)


for dtype in DTYPES:
    save(sample(dtype, (2, 3)), f"{dtype}_c_little.npy")
    save(np.asfortranarray(sample(dtype, (2, 3, 2))).astype(np.dtype(dtype).newbyteorder(">"), order="K"), f"{dtype}_fortran_big.npy")
save(np.array(0.1), "zero_dimensional.npy")
save(np.array([1, -2], ">i4"), "big_endian_vector.npy")
save(np.zeros((0, 3), "float32"), "empty.npy")
save(sample("int16", (1,) * 32), "many_axes.npy")
save(sample("float64", (4,)), "version2.npy", (2, 0))
save(sample("float64", (4,)), "version3.npy", (3, 0))
members = {dtype: sample(dtype, (3, 2)) for dtype in DTYPES}
members["fortran"] = np.asfortranarray(sample("float64", (2, 3)))
members["scalar"] = np.array(7)
for file, write in [("stored.npz", np.savez), ("compressed.npz", np.savez_compressed)]:
    write(HERE / file, **members)
    for name, array in members.items():
        record(array, file, name)
(HERE / "manifest.tsv").write_text("\n".join(rows) + "\n")

unsupported = HERE / "unsupported"
unsupported.mkdir(exist_ok=True)
for name, array in {
    "float16": np.zeros(2, "float16"),
    "longdouble": np.zeros(2, "longdouble"),
    "complex64": np.zeros(2, "complex64"),
    "complex128": np.zeros(2, "complex128"),
    "bytes string": np.array([b"ab"]),
    "string": np.array(["ab"]),
    "datetime64": np.array(["2026-01-01"], "datetime64[D]"),
    "timedelta64": np.array([1], "timedelta64[s]"),
    "void": np.zeros(2, "V3"),
    "structured": np.zeros(2, [("a", "i4"), ("b", "f8", (2,))]),
    "object": np.array([None, "x"]),
}.items():
    np.save(unsupported / f"{name.replace(' ', '_')}.npy", array, allow_pickle=True)
