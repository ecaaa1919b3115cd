"""`python -m tests.contests`: seeded rollouts by the stack's own functions, of challengers whose worth is known.

Each runs on an embedded AWS of its own, in virtual time, with labels by a known truth; ends with 1 where a bar is
missed. What the figures are in the long run, `simulations` says.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.contests.playing import KEPT, PROMOTED, ROLLED_BACK, WORTH, play

# Of each kind: how it should end, and the least share of rollouts that do.
BARS = {"better": ({PROMOTED}, 0.8), "equal": ({KEPT, ROLLED_BACK}, 0.9), "worse": ({ROLLED_BACK, KEPT}, 1.0)}


def main() -> int:
    """Play them side by side."""
    parser = argparse.ArgumentParser(prog="python -m tests.contests", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="rollouts of each kind")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--kind", action="append", choices=list(WORTH), help="one of the kinds; all without it")
    options = parser.parse_args()
    missed, context = 0, multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=options.processes, mp_context=context) as pool:
        for kind in options.kind or WORTH:
            done = list(pool.map(play, [kind] * options.seeds, range(1, options.seeds + 1)))
            ends, (right, least) = Counter(end for end, _ in done), BARS[kind]
            share = sum(ends[end] for end in right) / options.seeds
            told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
            requests = sorted(sent for _, sent in done)[options.seeds // 2]
            print(
                f"{'MISSED' if share < least else '      '} {kind:<7} {told}; median {requests:,} requests", flush=True
            )
            missed += share < least
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
