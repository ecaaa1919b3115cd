"""`python -m tests.campaign`: what may go wrong, goes wrong, case by case; ends with 1 where one ends otherwise."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.campaign.goals import GOALS
from tests.campaign.playing import Choice, Done, keep, play, shrunk
from tests.campaign.scenarios import SCENARIOS


def main() -> int:
    """Play the scenarios side by side, and say what came of each as it ends."""
    options = _options()
    choice = Choice(goals=tuple(options.goal), sample=options.sample, seed=options.seed, only=options.case)
    scenarios = [options.case.split("/")[1]] if options.case else options.scenario
    done: list[Done] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(os.cpu_count() or 1, len(scenarios)), mp_context=context) as pool:
        for future in as_completed(pool.submit(play, scenario, choice) for scenario in scenarios):
            for one in future.result():
                done.append(one)
                _tell(one)
    if options.keep:
        keep(done)
    fewer = shrunk(done)
    violations = sum(len(one.violations) for one in done)
    print(*fewer, f"{sum(one.ran for one in done):,} cases, {violations} violations", sep="\n")
    return int(bool(violations or fewer))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    names = [scenario.name for scenario in SCENARIOS]
    goals = [goal.name for goal in GOALS]
    parser.add_argument("--goal", action="append", choices=goals, help="one of the goals; all without it")
    parser.add_argument("--scenario", action="append", choices=names, help="one of the scenarios; all without it")
    parser.add_argument("--case", default="", help="the name of one case, as a violation prints it")
    parser.add_argument("--sample", type=int, default=0, help="so many cases of each goal and scenario; all without it")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--keep", action="store_true", help="write down how many cases there are, in counts.json")
    options = parser.parse_args()
    options.goal, options.scenario = options.goal or goals, options.scenario or names
    return options


def _tell(one: Done) -> None:
    verdict = f"{len(one.violations)} VIOLATIONS" if one.violations else "all end as they should"
    print(f"{one.goal} {one.scenario:<16} {one.ran:>5} of {one.cases:>5} cases, {one.seconds:>6.0f} s: {verdict}")
    for name, said in one.violations.items():
        print(f"  {name}", *(f"    {line}" for line in said), sep="\n")
        print(f"    again: PYTHONPATH=layers/core:functions .venv/bin/python -m tests.campaign --case '{name}'")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
