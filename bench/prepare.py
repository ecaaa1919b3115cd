"""Prepare on large tables, side by side with what DuckDB alone needs for the same."""

import json
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path
from statistics import median

from bench.figure import Figure, NotMeasured

ROOT = Path(__file__).resolve().parent.parent
SMALL, LARGE = 5_000_000, 20_000_000


def measure() -> list[Figure]:
    """Five million rows: seconds, memory, and how many times the bare pass; then the same at twenty million."""
    with tempfile.TemporaryDirectory() as folder:
        packages = unpacked(Path(folder))
        bare, ours = compared(Path(folder), SMALL, packages, rounds=3)
        bare_large, large = compared(Path(folder), LARGE, packages, rounds=1)
    ratio, ratio_large = ours["seconds"] / bare["seconds"], large["seconds"] / bare_large["seconds"]
    return [
        Figure(name="Prepare, 5 million rows", value=ours["seconds"], unit="s", bar=60),
        Figure(name="Prepare, 5 million rows, peak", value=ours["peak_mb"], unit="MB", bar=1500),
        Figure(
            name="Prepare against a bare DuckDB pass", value=ratio, unit="x", bar=2, note=f"{bare['seconds']:.1f} s"
        ),
        Figure(name="Prepare, 20 million rows", value=large["seconds"], unit="s"),
        Figure(name="Prepare, 20 million rows, peak", value=large["peak_mb"], unit="MB", bar=1500),
        Figure(
            name="Prepare against a bare DuckDB pass, 20 million rows",
            value=ratio_large,
            unit="x",
            bar=2,
            note=f"{bare_large['seconds']:.1f} s",
        ),
    ]


def compared(folder: Path, rows: int, packages: Path, rounds: int) -> list[dict[str, float]]:
    """Seconds (the median of some rounds in turns, for single ones differ by a tenth) and peak: the bare pass, ours."""
    run("make", folder, rows, packages)
    pairs = [[run(what, folder, rows, packages) for what in ("bare", "ours")] for _ in range(rounds)]
    return [
        {name: of(one[name] for one in found) for name, of in (("seconds", median), ("peak_mb", max))}
        for found in zip(*pairs, strict=True)
    ]


def unpacked(folder: Path) -> Path:
    """What the image lacks, as the job finds it."""
    for wheel in (ROOT / ".wheels/image").glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "packages")
    return folder / "packages"


def run(what: str, folder: Path, rows: int, packages: Path) -> dict[str, float]:
    """What `table.py` says of itself, in the image's Python."""
    path = os.pathsep.join(str(place) for place in (packages, ROOT / "training", ROOT / "layers/core"))
    command: list[str | Path] = [
        ROOT / ".venv-image/bin/python",
        ROOT / "bench/image/table.py",
        what,
        folder,
        str(rows),
    ]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own
    if answer.returncode:
        raise NotMeasured(f"table.py {what} with {rows} rows: {answer.stderr.strip()[-300:]}")
    found: dict[str, float] = json.loads(answer.stdout)
    return found
