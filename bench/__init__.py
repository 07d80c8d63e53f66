"""Benchmarks: ratios and delays taken side by side in one run, on real parts (``make bench``)."""
