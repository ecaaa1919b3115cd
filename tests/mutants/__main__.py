"""`python -m tests.mutants`: one mistake at a time, and whether a test sees it; ends with 1 where too few are seen."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutants import Mutant, mutants
from tests.mutants.playing import ROOT, Folder, copied

ENOUGH = 0.95  # of those that are no equivalents


def main() -> int:
    """Each mutant in a copy of the project; first the tests as they are, for what fails by itself shows nothing."""
    options, began = _options(), time.monotonic()
    chosen = [one for one in mutants() if options.only in one.name]
    with tempfile.TemporaryDirectory(prefix="mutants-") as place, ThreadPoolExecutor(options.processes) as pool:
        folders = SimpleQueue[Folder]()
        for number in range(options.processes):
            folders.put(copied(Path(place) / str(number)))

        def play(one: Mutant) -> bool:
            folder = folders.get()
            try:
                return folder.kills(one)
            finally:
                folders.put(folder)

        folder = folders.get()
        if said := folder.fails(sorted({test for one in chosen for test in one.tests})):
            print("the tests fail without a mutant:", said, sep="\n")
            return 1
        folders.put(folder)
        done = {pool.submit(play, one): one for one in chosen}
        alive = []
        for number, future in enumerate(as_completed(done), 1):
            one = done[future]
            if not future.result():
                alive.append(one)
                print(f"lives: {one.name}\n{one.diff}", flush=True)
            minutes = (time.monotonic() - began) / 60
            print(f"{number} of {len(chosen)}, {len(alive)} live, {minutes:.1f} min", file=sys.stderr, flush=True)
    return _verdict(chosen, alive)


def _verdict(chosen: list[Mutant], alive: list[Mutant]) -> int:
    equivalent = [one for one in alive if one.equivalent]
    counted, lives = len(chosen) - len(equivalent), len(alive) - len(equivalent)
    share = 1 - lives / counted if counted else 1.0
    print(f"{counted - lives} of {counted} mutants are killed ({share:.1%}, bar {ENOUGH:.0%}), {len(equivalent)} equal")
    return int(share < ENOUGH)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="those with this in their name, as the list of the living prints it")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="side by side")
    return parser.parse_args()


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
