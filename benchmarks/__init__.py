"""How fast the product is, as ratios to bare limits that are measured in the same run.

`python -m benchmarks` starts the product on throw-away data, measures, and prints one table; with
names (`python -m benchmarks page sign`) only those. docs/performance.md explains the figures.
"""
