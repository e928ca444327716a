"""Makes the .npy files beside this script from the weekly series that statsmodels ships.

    pip install statsmodels numpy
    python convert.py [path of statsmodels/datasets/co2/co2.csv]
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

FIRST_YEAR, LAST_YEAR = 1965, 2001  # the years without a gap of a month


def source():
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    import statsmodels.datasets.co2

    return Path(statsmodels.datasets.co2.__file__).with_name("co2.csv")


def main():
    with open(source(), newline="") as file:
        rows = [(row["date"], float(row["co2"] or "nan")) for row in csv.DictReader(file)]
    weekly = np.array([value for _, value in rows])
    months = defaultdict(list)
    for date, value in rows:
        if not np.isnan(value):
            months[int(date[:4]), int(date[4:6])].append(value)
    monthly = np.array(
        [
            [np.mean(months[year, month]) for month in range(1, 13)]
            for year in range(FIRST_YEAR, LAST_YEAR + 1)
        ]
    )
    folder = Path(__file__).parent
    np.save(folder / "co2_weekly.npy", weekly)
    np.save(folder / "co2.npy", monthly)


if __name__ == "__main__":
    main()
