"""Families of cases: what is crossed with what. A module is a file of the corpus; its FAMILIES
take whether every combination is wanted, and what makes operands."""

from . import arrange, choose, create, elementwise, language, products, reductions, sorting

MODULES = [elementwise, reductions, arrange, create, choose, products, sorting, language]
