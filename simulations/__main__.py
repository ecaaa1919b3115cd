"""`python -m simulations`: what the statistics promise, simulated; ends with 1 where a bar is missed."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import chain
from pathlib import Path

from simulations import bars


def main() -> int:
    """Print each figure beside its bar, and write all of them down."""
    parser = argparse.ArgumentParser(prog="simulations", description=__doc__)
    parser.add_argument("--experiments", type=int, default=3000, help="of each kind")
    parser.add_argument("--json", type=Path, default=Path("build/simulations.json"), help="where the figures go")
    options = parser.parse_args()
    figures = []
    for figure in chain(bars.drift(options.experiments), bars.rollout(options.experiments)):
        figures.append(figure)
        bar = f"bar {figure.bar:,g}" if figure.bar is not None else "for comparison"
        print(f"{'MISSED' if figure.missed else '      '} {figure.name:<62} {figure.value:>10,.4g}  {bar}", flush=True)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps([vars(figure) for figure in figures], indent=1) + "\n")
    return int(any(figure.missed for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
