"""CPU time of a function's first import, as in a Lambda cold start with compiled modules."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.figure import Figure, NotMeasured

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5
PROBE = "import sys, time; start = time.process_time(); __import__(sys.argv[1]); print(time.process_time() - start)"


def measure() -> list[Figure]:
    """One figure a function, with the SDK and powertools in it; listed, no bar."""
    functions = sorted(folder.parent.name for folder in (ROOT / "functions").glob("*/app.py"))
    return [
        Figure(name=f"cold import of {name}", value=median_import(f"{name}.app"), unit="ms", note="CPU, median of 5")
        for name in functions
    ]


def median_import(module: str) -> float:
    """Milliseconds of CPU; one run before those that count writes the .pyc files."""
    times = [import_once(module) for _ in range(RUNS + 1)][1:]
    return statistics.median(times) * 1000


def import_once(module: str) -> float:
    """Seconds of CPU of one import in a process of its own."""
    path = os.pathsep.join([str(ROOT / "layers/core"), str(ROOT / "functions")])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path}
    command = [sys.executable, "-c", PROBE, module]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own
    if answer.returncode:
        raise NotMeasured(f"{module} cannot be imported: {answer.stderr.strip().rpartition('\n')[2]}")
    return float(answer.stdout)
