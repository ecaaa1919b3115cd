"""`python -m tests.campaign`: what may go wrong, goes wrong, case by case; ends with 1 where one ends otherwise."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.campaign.goals import GOALS
from tests.campaign.playing import Choice, Done, keep, parts, play, shrunk, together
from tests.campaign.scenarios import SCENARIOS


def main() -> int:
    """Play the scenarios in parts side by side, say how far that is, and in the end what came of each."""
    options, began = _options(), time.monotonic()
    whole = not (options.sample or options.case)
    choice = Choice(goals=tuple(options.goal), sample=options.sample, seed=options.seed, only=options.case)
    scenarios = [options.case.split("/")[1]] if options.case else options.scenario
    todo, done = parts(scenarios, choice), list[Done]()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=options.processes, mp_context=context) as pool:
        for number, future in enumerate(as_completed(pool.submit(play, *part) for part in todo), 1):
            done += future.result()
            _progress(f"{number} of {len(todo)} parts", done, time.monotonic() - began)
    done = together(done)
    for one in done:
        _tell(one)
    if options.keep:
        keep(done, whole=whole)
    fewer = shrunk(done, whole=whole)
    violations = sum(len(one.violations) for one in done)
    print(*fewer, f"{sum(one.ran for one in done):,} cases, {violations} violations", sep="\n")
    return int(bool(violations or fewer))


def _progress(parts_done: str, done: list[Done], seconds: float) -> None:
    ran, violations = sum(one.ran for one in done), sum(len(one.violations) for one in done)
    print(f"{parts_done}: {ran:,} cases, {violations} violations, {seconds / 60:.1f} min", file=sys.stderr, flush=True)
    for name in done[-1].violations if done else ():
        print(f"  {name}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    names = [scenario.name for scenario in SCENARIOS]
    goals = [goal.name for goal in GOALS]
    parser.add_argument("--goal", action="append", choices=goals, help="one of the goals; all but R2 without it")
    parser.add_argument("--scenario", action="append", choices=names, help="one of the scenarios; all without it")
    parser.add_argument("--case", default="", help="the name of one case, as a violation prints it")
    parser.add_argument("--sample", type=int, default=0, help="so many cases of each goal and scenario; all without it")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--keep", action="store_true", help="write down how many cases there are, in counts.json")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="side by side")
    options = parser.parse_args()
    usual = [goal.name for goal in GOALS if not goal.nightly]
    options.goal = [options.case.split("/")[0]] if options.case else options.goal or usual
    options.scenario = options.scenario or names
    return options


def _tell(one: Done) -> None:
    verdict = f"{len(one.violations)} VIOLATIONS" if one.violations else "all end as they should"
    ran = f"{one.ran:>5} of {one.pairs:>5} pairs" if one.pairs else f"{one.ran:>5} of {one.cases:>5} cases"
    print(f"{one.goal} {one.scenario:<16} {ran}, {one.seconds:>6.0f} s: {verdict}")
    for name, said in one.violations.items():
        print(f"  {name}", *(f"    {line}" for line in said), sep="\n")
        print(f"    again: PYTHONPATH=layers/core:functions .venv/bin/python -m tests.campaign --case '{name}'")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
