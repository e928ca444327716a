"""Which combinations of the factors of a case are taken: all, or all pairs."""

import itertools


def every(*factors):
    """Every combination."""
    return itertools.product(*factors)


def pairs(*factors):
    """Combinations in which any two values of any two factors meet.

    Factors are added one by one, the longest first: each row that there is takes the value
    that makes the most new pairs, and new rows hold the pairs that are left.
    """
    factors = [list(factor) for factor in factors]
    if any(not factor for factor in factors):
        return []
    if len(factors) < 2:
        return [(value,) for factor in factors for value in factor]
    order = sorted(range(len(factors)), key=lambda i: -len(factors[i]))
    lengths = [len(factors[i]) for i in order]
    rows = [list(row) for row in itertools.product(range(lengths[0]), range(lengths[1]))]
    for new in range(2, len(factors)):
        _widen(rows, lengths, new)
    places = [order.index(i) for i in range(len(factors))]
    return [tuple(factor[row[place]] for factor, place in zip(factors, places)) for row in rows]


def _widen(rows, lengths, new):
    """Gives each row a value of one more factor, and appends the rows which that takes."""
    left = {
        (old, value, other)
        for old in range(new)
        for value in range(lengths[old])
        for other in range(lengths[new])
    }
    for number, row in enumerate(rows):
        # Values take turns among equals, so that none is rare.
        candidates = [(number + i) % lengths[new] for i in range(lengths[new])]
        found = lambda other: sum((old, row[old], other) in left for old in range(new))
        row.append(max(candidates, key=found))
        left.difference_update((old, row[old], row[new]) for old in range(new))
    for old, value, other in sorted(left):
        if (old, value, other) not in left:
            continue
        row = [len(rows) % length for length in lengths[:new]] + [other]
        row[old] = value
        for third in range(new):
            if third != old:
                wanted = [v for v in range(lengths[third]) if (third, v, other) in left]
                row[third] = wanted[0] if wanted else row[third]
        left.difference_update((i, row[i], other) for i in range(new))
        rows.append(row)
