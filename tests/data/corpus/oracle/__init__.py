"""NumPy's answers to formulas, as the lines of a corpus: see ../generate.py."""
