"""The programs that numexpr can say, each as one expression where possible."""

import itertools

import numexpr
import numpy as np

from timed import Timed

TERMS = 50


def start(threads):
    numexpr.set_num_threads(threads)


def evaluating(text, out=None, **operands):
    """Runs an expression again and again into the same memory, as fast as numexpr allows."""
    numexpr.evaluate(text, local_dict=operands, global_dict={}, out=out)
    # It repeats what was evaluated last: no program of one expression evaluates another.
    return lambda: numexpr.re_evaluate(local_dict=operands, global_dict={})


def expression(text, names):
    def make(inputs):
        operands = dict(zip(names, inputs))
        return evaluating(text, np.empty_like(inputs[0]), **operands)

    return make


def square_sum(inputs):
    a, b = inputs
    return evaluating("sum((a-b)**2)", a=a, b=b)


def over_maximum(inputs):
    (a,) = inputs
    out = np.empty_like(a)
    return lambda: numexpr.evaluate("a / m", {"a": a, "m": a.max()}, {}, out=out)


def outer_sum(inputs):
    x, y = inputs
    out = np.empty((y.shape[0], x.shape[1]))

    # As one expression it would compute sines and cosines for every pair.
    def run():
        s = numexpr.evaluate("sin(x**2)", {"x": x}, {})
        c = numexpr.evaluate("cos(y**2)", {"y": y}, {})
        return numexpr.evaluate("s + c", {"s": s, "c": c}, {}, out=out)

    return run


def softmax(inputs):
    (x,) = inputs
    out = np.empty_like(x)

    def run():
        numexpr.evaluate("exp(x - m)", {"x": x, "m": x.max(-1, keepdims=True)}, {}, out=out)
        return numexpr.evaluate("e / s", {"e": out, "s": out.sum(-1, keepdims=True)}, {}, out=out)

    return run


def normalize_rows(inputs):
    (x,) = inputs
    out = np.empty_like(x)

    def run():
        mean = x.mean(-1, keepdims=True)
        std = x.std(-1, keepdims=True, mean=mean)
        return numexpr.evaluate("(x - m) / s", {"x": x, "m": mean, "s": std}, {}, out=out)

    return run


def latency_text(last):
    terms = [f"(x + {float(i)}) * {float(i)}" for i in range(TERMS - 1)]
    return " + ".join([*terms, f"(x + {last}) * {float(TERMS - 1)}"])


def latency_argument(inputs):
    (x,) = inputs
    runs, text, out = itertools.count(), latency_text("s"), np.empty_like(x)
    evaluating(text, out, x=x, s=0.0)

    def run():
        scalar = TERMS - 1 + next(runs) / 1024
        return numexpr.re_evaluate({"x": x, "s": scalar}, {})

    return run


def chain(inputs, formula):
    (x,) = inputs
    out = None if formula.startswith("sum") else np.empty_like(x)
    return evaluating(formula, out, x=x)


def latency_literal(inputs):
    (x,) = inputs
    runs, out = itertools.count(), np.empty_like(x)

    def run():
        text = latency_text(TERMS - 1 + next(runs) / 1024)
        return numexpr.evaluate(text, {"x": x}, {}, out=out)

    return run


ARITHMETIC = "a*b + c - a/(b+1)"


def cold(inputs):
    operands, out, spaces = dict(zip("abc", inputs)), np.empty_like(inputs[0]), itertools.count()

    # Its cache goes by the text, with spaces.
    def fresh():
        return ARITHMETIC + " " * next(spaces)

    return Timed(fresh, lambda text: numexpr.evaluate(text, operands, {}, out=out))


PROGRAMS = {
    "arithmetic": expression(ARITHMETIC, "abc"),
    "cold": cold,
    "transcendental": expression("exp(-a*a)*log1p(b) + sin(c)", "abc"),
    "square_sum": square_sum,
    "over_maximum": over_maximum,
    "outer_sum": outer_sum,
    "softmax": softmax,
    "normalize_rows": normalize_rows,
    "arc_distance": expression(
        "2*arctan2(sqrt(sin((t2-t1)/2)**2 + cos(t1)*cos(t2)*sin((p2-p1)/2)**2),"
        " sqrt(1 - (sin((t2-t1)/2)**2 + cos(t1)*cos(t2)*sin((p2-p1)/2)**2)))",
        ("t1", "p1", "t2", "p2"),
    ),
    "clipping": expression("where(a < 2, 2, where(a > 10, 10, a))*4 + b*3 + 9", "ab"),
    "latency_argument": latency_argument,
    "latency_literal": latency_literal,
    "addition": expression("x + y", "xy"),
    "chain": chain,
}
CONTENDERS = {"numexpr": PROGRAMS}
