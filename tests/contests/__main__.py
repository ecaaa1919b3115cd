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
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from statistics import median

from tests.contests.playing import KEPT, KINDS, PROMOTED, ROLLED_BACK, Played, play


@dataclass(frozen=True, kw_only=True)
class Bar:
    """The least share of rollouts that end so, and how many units at most, in the median, the challenger gets."""

    ends: frozenset[str]
    least: float
    exposed: float = float("inf")

    def missed(self, played: list[Played]) -> bool:
        """Whether these rollouts of one kind are not good enough."""
        right = sum(one.end in self.ends for one in played) / len(played)
        return right < self.least or median(one.exposed for one in played) > self.exposed


# Of the equal ones one in 40 may be promoted in the long run, and of the worse ones none.
# 320 is the bar of the simulations, which hold it in the median of thousands. These ten hold it as well; another
# ten need not, so where it is missed after a change of who meets whom, more `--seeds` tell.
BARS = {
    "better": Bar(ends=frozenset({PROMOTED}), least=0.8),
    "equal": Bar(ends=frozenset({KEPT, ROLLED_BACK}), least=0.9),
    "worse": Bar(ends=frozenset({ROLLED_BACK}), least=1.0, exposed=320),
}


def main() -> int:
    """Play them side by side, and tell each as it ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.contests", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="rollouts of each kind")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="one of the kinds; all without it")
    options = parser.parse_args()
    kinds, played = options.kind or list(KINDS), list[Played]()
    games = [(kind, seed) for seed in range(1, options.seeds + 1) for kind in kinds]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=options.processes, mp_context=context) as pool:
        for done in as_completed([pool.submit(play, *game) for game in games]):
            one = done.result()
            played.append(one)
            told = f"{one.end} after {one.requests:,} requests"
            met = f"{one.exposed:,} of the challenger counted, {one.late} not yet"
            print(
                f"{len(played):>3} of {len(games)}  {one.kind} {one.seed}: {told}, {met}; {one.seconds:.0f} s",
                flush=True,
            )
    missed = [_summed(kind, [one for one in played if one.kind == kind]) for kind in kinds]
    return int(any(missed))


def _summed(kind: str, played: list[Played]) -> bool:
    """Say how the rollouts of one kind went; whether a bar is missed."""
    missed = BARS[kind].missed(played)
    ends = ", ".join(f"{count} {end}" for end, count in sorted(Counter(one.end for one in played).items()))
    requests, exposed = (median(getattr(one, name) for one in played) for name in ("requests", "exposed"))
    told = f"{ends}; in the median {requests:,.0f} requests, {exposed:,.0f} of the challenger counted"
    print(f"{'MISSED' if missed else '      '} {kind:<7} {told}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
