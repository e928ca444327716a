"""Writes the corpus of formulas and NumPy's answers to them.

    python generate.py                     writes cases/*.txt: what CI checks
    python generate.py --full [FAMILY...]  prints every combination of some families, or of all

(NumPy 2.4.6.) The second feeds the checker, with this NumPy as the oracle:

    python tests/data/corpus/generate.py --full |
        cargo run --release -p jitney-tests --example corpus

The text is explained in oracle/encode.py. Fails if a function, method or attribute of
functions.txt has no case, or a case names one that is not there.
"""

import argparse
import ast
import collections
import sys
import warnings
from pathlib import Path

import numpy as np

from oracle import answers, differences
from oracle.case import NAMES, Offsets
from oracle.encode import array_text, pool_text
from oracle.families import MODULES
from oracle.pools import POOLS

HERE = Path(__file__).parent


def families():
    """Name and cases of each family; several of a module are one file."""
    for module in MODULES:
        name = module.__name__.split(".")[-1]
        for family in module.FAMILIES:
            yield name, family


def result_text(case, arrays, results, whole):
    if results is answers.ERROR:
        return "error"
    if not results:
        return "nothing"
    exact = case.tolerance == "exact"
    texts = []
    for result in results:
        # Integers are exact whatever the function.
        counts = exact or result.dtype.kind != "f"
        text = array_text(result, counts, whole)
        if callable(case.tolerance) and result.dtype.kind == "f" and result.size:
            text += f" ~{case.tolerance(arrays, [result]):.1e}"
        texts.append(text)
    return " | ".join(texts)


def lines(cases, whole, counts):
    """The lines of cases, those of one formula together where they come together."""
    last = None
    for case in cases:
        arrays = [operand.array() for operand in case.operands]
        results, difference = differences.expected(case.formula, arrays)
        head = f"of {case.formula}\t{case.tolerance_text()}"
        if head != last:
            yield head
            last = head
        fields = [" ".join(operand.text() for operand in case.operands)]
        fields.append(result_text(case, arrays, results, whole))
        counts["cases"] += 1
        if difference:
            counts[difference] += 1
            fields.append(difference)
        yield "\t".join(fields)


class Named:
    """The functions, methods and attributes that formulas name."""

    def __init__(self):
        self.kinds = {kind: set() for kind in ("function", "method", "attribute")}

    def add(self, formula):
        try:
            tree = ast.parse(formula)
        except SyntaxError:
            return
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                qualified = isinstance(node.value, ast.Name) and node.value.id == "np"
                kind = "method" if id(node) in called else "attribute"
                self.kinds["function" if qualified else kind].add(node.attr)
            elif isinstance(node, ast.Name) and node.id not in NAMES:
                self.kinds["function"].add(node.id)

    def check(self):
        text = (HERE / "functions.txt").read_text()
        names = [line.split("(")[0] for line in text.splitlines() if not line.startswith("#")]
        known = [name.split() for name in names]
        missing = [f"{kind} {name}" for kind, name in known if name not in self.kinds[kind]]
        if missing:
            sys.exit("no case for " + ", ".join(missing))


def write():
    counts, named = collections.Counter(), Named()
    texts = collections.defaultdict(list)
    for name, family in families():
        cases = sorted(
            family(False, Offsets().operand), key=lambda case: (case.formula, case.tolerance_text())
        )
        for case in cases:
            named.add(case.formula)
        texts[name].extend(lines(cases, False, counts))
    named.check()
    used = set()
    for name, text in texts.items():
        used |= {
            word.split("]")[1].split("+")[0]
            for line in text
            if not line.startswith("of ")
            for word in line.split("\t")[0].split()
        }
        (HERE / "cases" / f"{name}.txt").write_text("\n".join(text) + "\n")
    pools = [pool_text(*key, values) for key, values in POOLS.items() if key[0] in used]
    (HERE / "cases" / "pools.txt").write_text("\n".join(pools) + "\n")
    for name, count in counts.items():
        print(f"{name}: {count}")


def stream(wanted):
    counts = collections.Counter()
    for (name, dtype), values in POOLS.items():
        print(pool_text(name, dtype, values))
    known = [family.__name__ for _, family in families()]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.exit(f"no family {unknown}: there are {', '.join(known)}")
    for _, family in families():
        if not wanted or family.__name__ in wanted:
            for line in lines(family(True, Offsets().operand), True, counts):
                print(line)
    for name, count in counts.items():
        print(f"{name}: {count}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("family", nargs="*")
    options = parser.parse_args()
    if np.__version__ != "2.4.6":
        print(f"this is NumPy {np.__version__}; the corpus is of 2.4.6", file=sys.stderr)
    # NumPy warns where it divides by zero. What it has deprecated counts as an error.
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", DeprecationWarning)
    if options.full:
        stream(options.family)
    else:
        write()


if __name__ == "__main__":
    main()
