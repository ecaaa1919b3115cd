"""The monitor's table counted by other monitors, in an environment of their own: what ours is measured beside."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.figure import Figure, NotMeasured

ROOT = Path(__file__).resolve().parent.parent
STAMP = ".venv-monitors/.ready"
OTHERS = ("evidently", "popmon", "scipy")
BASELINE = 100_000  # rows


def measure(folder: Path, captures: Path, names: Sequence[str], ours: Mapping[str, float]) -> list[Figure]:
    """Of the same rows in CSV, which spares the others the reading of captures; `ours` is what the captures took.

    Without their environment nothing is measured, and it is said how to make it.
    """
    if not (ROOT / STAMP).exists():
        print(f"beside other monitors nothing was measured: `make {STAMP}` installs them", file=sys.stderr)
        return []
    baseline, table = folder / "baseline.csv", folder / "table.csv"
    rows = extract(captures, names, baseline, table)
    figures = []
    for name in OTHERS:
        said = run(name, baseline, table, len(names) + 1)
        who = f"{name} {said['version']}" + (" by hand" if name == "scipy" else "")
        note = f"{said['processor']:.1f} s of the processor; {rows:,} rows in CSV"
        figures += [
            Figure(name=f"beside: {who}", value=said["seconds"], unit="s", note=note),
            Figure(name=f"beside: {who}, peak", value=said["peak_mb"], unit="MB"),
        ]
        if name == "evidently":
            times = said["processor"] / ours["processor"], said["peak_mb"] / ours["peak_mb"]
            figures += [
                Figure(name="beside: evidently's processor by ours", value=times[0], unit="", bar=3, least=True),
                Figure(name="beside: evidently's peak by ours", value=times[1], unit="", bar=3, least=True),
            ]
    return figures


def extract(captures: Path, names: Sequence[str], baseline: Path, table: Path) -> int:
    """The rows and scores of captures in CSV, and the first of them as a baseline; how many there are."""
    number = 0
    header = ",".join([*names, "score"]) + "\n"
    with table.open("w") as all_rows, baseline.open("w") as first:
        all_rows.write(header)
        first.write(header)
        for number, row in enumerate(_rows(captures), 1):
            all_rows.write(row)
            if number <= BASELINE:
                first.write(row)
    return number


def _rows(captures: Path) -> Iterator[str]:
    with captures.open() as source:
        for line in source:
            halves = json.loads(line)["captureData"]
            yield f"{halves['endpointInput']['data'].strip()},{halves['endpointOutput']['data'].strip()}\n"


def run(name: str, baseline: Path, table: Path, columns: int) -> dict[str, float]:
    """What a process of its own says; one that did not compare every column is not measured."""
    python = ROOT / STAMP.replace(".ready", "bin/python")
    command = [str(python), "-W", "ignore", str(ROOT / "bench/others/compare.py"), name, str(baseline), str(table)]
    # Evidently sends word of its use otherwise.
    answer = subprocess.run(  # noqa: S603  our own
        command, capture_output=True, text=True, check=False, env={**os.environ, "DO_NOT_TRACK": "1"}
    )
    if answer.returncode:
        raise NotMeasured(f"{name} did not compare the table: {answer.stderr[-500:]}")
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    if found["columns"] != columns:
        raise NotMeasured(f"{name} compared {found['columns']} columns of {columns}")
    return found
