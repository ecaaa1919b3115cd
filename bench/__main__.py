"""`python -m bench [PART…]`: measures all parts, or those named, prints a table and writes build/bench.json."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    bars,
    cohorts,
    cold,
    command,
    cost,
    deciding,
    download,
    elsewhere,
    latency,
    monitor,
    newcomer,
    objects,
    predicting,
    prepare,
    suite,
    tick,
    train,
)
from bench.figure import Figure, NotMeasured, table

PARTS: dict[str, Callable[[], list[Figure]]] = {
    "demo": command.demo,
    "help": command.help_text,
    "newcomer": newcomer.measure,
    "reproduce": elsewhere.measure,
    "download": download.measure,
    "latency": latency.measure,
    "many": latency.many_files,
    "objects": objects.measure,
    "prepare": prepare.measure,
    "train": train.measure,
    "predict": predicting.measure,
    "decide": deciding.measure,
    "cohorts": cohorts.measure,
    "monitor": monitor.measure,
    "tick": tick.measure,
    "cold": cold.measure,
    "cost": cost.measure,
    "localaws": bars.measure,
    "tests": suite.measure,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, write; exit code 1 where a bar is not met or a part does not work."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without one")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where the figures go")
    options = parser.parse_args(arguments)
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    figures, broken = run(options.parts or list(PARTS))
    write(options.json, figures)
    print("\n".join([table(figures), *broken]))
    return int(bool(broken) or any(figure.holds is False for figure in figures))


def run(parts: Sequence[str]) -> tuple[list[Figure], list[str]]:
    """The figures of the parts, in order, and a sentence on each part that gave none."""
    figures: list[Figure] = []
    broken: list[str] = []
    for part in parts:
        print(f"measuring {part} …", file=sys.stderr, flush=True)
        try:
            figures += PARTS[part]()
        except NotMeasured as failure:
            broken.append(f"{part} was not measured: {failure}")
    return figures, broken


def write(file: Path, figures: Sequence[Figure]) -> None:
    """Keep the figures with what they were measured on."""
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"on": machine, "figures": [figure.row() for figure in figures]}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
