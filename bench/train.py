"""Train on a large matrix, side by side with bare XGBoost: the same rounds, the same evaluations."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from bench.figure import Figure, NotMeasured

ROOT = Path(__file__).resolve().parent.parent
ROWS = 500_000
TURNS = 3  # of each, by turns, so that what else the machine does falls on both


def measure() -> list[Figure]:
    """Seconds of processor time, memory, and how many times bare XGBoost; the better one of the turns counts."""
    with tempfile.TemporaryDirectory() as folder:
        run("make", Path(folder))
        turns = [{what: run(what, Path(folder)) for what in ("bare", "ours")} for _ in range(TURNS)]
    bare, ours = (min((turn[what] for turn in turns), key=lambda one: one["seconds"]) for what in ("bare", "ours"))
    return [
        Figure(name="Train, half a million rows", value=ours["seconds"], unit="s", note="of processor time"),
        Figure(name="Train, half a million rows, peak", value=ours["peak_mb"], unit="MB"),
        Figure(name="bare XGBoost, the same, peak", value=bare["peak_mb"], unit="MB"),
        Figure(
            name="Train against bare XGBoost",
            value=ours["seconds"] / bare["seconds"],
            unit="x",
            bar=1.2,
            note=f"{bare['seconds']:.1f} s",
        ),
    ]


def run(what: str, folder: Path) -> dict[str, float]:
    """What `matrix.py` says of itself, in the image's Python."""
    path = os.pathsep.join(str(place) for place in (ROOT / "training", ROOT / "layers/core"))
    command: list[str | Path] = [
        ROOT / ".venv-image/bin/python",
        ROOT / "bench/image/matrix.py",
        what,
        folder,
        str(ROWS),
    ]
    # One thread: what two of them wait for each other counts as processor time, and differs from turn to turn.
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own
    if answer.returncode:
        raise NotMeasured(f"matrix.py {what}: {answer.stderr.strip()[-300:]}")
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found
