"""Figures, not tests: `make bench [BENCH=name]`; ratios are taken within one run."""
