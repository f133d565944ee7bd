"""Speed and memory, printed as ratios: `python -m tests.bench` runs all, `python -m tests.bench lists memory` some.

Not tests: nothing here fails because a machine is slow. Each module is a program of its own
(`python -m tests.bench.lists`), which calls `fresh_site()` before it imports anything of the product and prints its
figures through `say`. Medians of interleaved runs; a ratio says more than a time, and a limit is the issue's.
"""
