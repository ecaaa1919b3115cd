"""An hour of captures counted as the monitor counts it: ten features in CSV, or in JSON as `predict` captures them.

Beside it the same table by other monitors, where these are installed.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import beside
from bench.figure import Figure, NotMeasured
from leeway.counting import connected
from leeway.drift.capture import windows
from leeway.drift.hours import MEMORY
from leeway.drift.reference import Reference, reference
from leeway.request import Takes
from leeway.spec import BINARY, Column

MILLION = 1_000_000
BEGIN = datetime(2026, 3, 2, 3, tzinfo=UTC)
NUMBERS, VALUES = [f"x{number}" for number in range(9)], ("month", "two_year", "year")
COLUMNS = (*(Column(name=name, type="float") for name in NUMBERS), Column(name="y", type="category", values=VALUES))
EDGES = 31
HALF = '{"observedContentType":"text/%s","mode":"%s","data":"%s","encoding":"%s"}'
CAPTURE = (
    '{"captureData":{"endpointInput":%s,"endpointOutput":%s},"eventMetadata":{"eventId":"%s","customAttributes":'
    '["leeway epoch=1 version=2 unit=%016x"],"inferenceTime":"%s"},"eventVersion":"0"}\n'
)


def measure() -> list[Figure]:
    """Seconds and peak memory of a process of its own: of a tenth of a million, a million and ten, and of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        million, tenth, other = (Path(folder) / name for name in ("csv", "tenth", "json"))
        write(million, MILLION, "csv")
        write(tenth, MILLION // 10, "csv")
        write(other, MILLION // 10, "json")
        small, one, ten, json_rows = (run([tenth]), run([million]), run([million] * 10), run([other]))
        others = beside.measure(Path(folder), million, [*NUMBERS, "y"], one)
    rows = [("100,000 captures", small, None), ("1,000,000 captures", one, 1.5), ("10,000,000 captures", ten, None)]
    figures = []
    for name, said, bar in [*rows, ("100,000 captures in JSON", json_rows, None)]:
        note = f"{said['processor']:.1f} s of the processor"
        figures.append(Figure(name=f"monitor: {name}", value=said["seconds"], unit="s", bar=bar, note=note))
        figures.append(Figure(name=f"monitor: {name}, peak", value=said["peak_mb"], unit="MB", bar=250))
    grown = ten["peak_mb"] / one["peak_mb"]
    figures.append(Figure(name="monitor: peak of ten millions by one's", value=grown, unit="", bar=1.25))
    return [*figures, *others]


def write(path: Path, records: int, form: str) -> None:
    """Captures of one hour."""
    chance = random.Random(1)
    with path.open("w") as target:
        for number in range(records):
            row = [f"{chance.gauss(50, 10):.2f}" for _ in NUMBERS]
            text, kind = chance.choice(VALUES), "CSV"
            if form == "json":
                members = ",".join(f'\\"{name}\\":{value}' for name, value in zip(NUMBERS, row, strict=True))
                data, kind = f'[{{{members},\\"y\\":\\"{text}\\"}}]', "JSON"
            else:
                data = f"{','.join(row)},{text}\\n"
            halves = HALF % (form, "INPUT", data, kind), HALF % ("csv", "OUTPUT", f"{chance.random():.4f}\\n", "CSV")
            at = f"{BEGIN + timedelta(hours=number / records):%Y-%m-%dT%H:%M:%SZ}"
            target.write(CAPTURE % (*halves, uuid.UUID(int=chance.getrandbits(128)), chance.getrandbits(64), at))


def run(files: Sequence[Path]) -> dict[str, float]:
    """What a process of its own says."""
    command = [sys.executable, "-m", "bench.monitor", *map(str, files)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own
    if answer.returncode:
        raise NotMeasured(f"the captures were not counted: {answer.stderr[-500:]}")
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def learnt() -> Reference:
    """A baseline of 31 edges a number, and of the score."""
    cumulative = [(number + 1) / (EDGES + 1) for number in range(EDGES)]
    quantiles = [20 + 60 * share for share in cumulative]
    number = {"type": "float", "count": 1000, "missing": 0, "min": 0.0, "max": 100.0}
    features = {name: number | {"quantiles": quantiles, "cumulative": cumulative} for name in NUMBERS}
    text = {"type": "category", "count": 1000, "missing": 0, "shares": dict.fromkeys(VALUES, 1 / 3)}
    scores = {"rows": 1000, "edges": cumulative, "cumulative": cumulative}
    return reference({"rows": 1000, "features": features | {"y": text}}, {"scores": scores}, [*NUMBERS, "y"])


def main(arguments: Sequence[str]) -> None:
    """Count, and say what it took."""
    files, takes = [Path(name) for name in arguments], Takes(columns=COLUMNS)
    between = BEGIN, BEGIN + timedelta(hours=1)
    wall, processor = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        found = windows(connected(folder, MEMORY), files, takes, BINARY, learnt(), between=between)
    took = {"seconds": time.monotonic() - wall, "processor": time.process_time() - processor}
    [window] = found.values()
    if window.unused or window.rows != window.records:
        raise SystemExit(f"counted {window}")
    print(json.dumps(took | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(sys.argv[1:])
