"""What a user waits for at the command line."""

import statistics
import subprocess
import time
from pathlib import Path

from bench.figure import Figure, NotMeasured

ROOT = Path(__file__).resolve().parent.parent
LEEWAY = ROOT / ".venv/bin/leeway"


def demo() -> list[Figure]:
    """The whole demonstration after set-up, and how long nothing was to be seen."""
    start = time.monotonic()
    with subprocess.Popen([LEEWAY, "demo"], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:  # noqa: S603  our own
        assert process.stdout
        process.stdout.readline()
        first = time.monotonic() - start
        process.stdout.read()
    whole = time.monotonic() - start
    if process.returncode:
        raise NotMeasured(f"leeway demo ended with exit code {process.returncode}")
    return [
        Figure(name="leeway demo", value=whole, unit="s", bar=60),
        Figure(name="leeway demo, first line", value=first, unit="s", bar=1),
    ]


def help_text() -> list[Figure]:
    """`leeway --help`, the median of five."""
    return [Figure(name="leeway --help", value=statistics.median(help_once() for _ in range(5)), unit="s", bar=0.3)]


def help_once() -> float:
    """Seconds of one `leeway --help`."""
    start = time.monotonic()
    subprocess.run([LEEWAY, "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)  # noqa: S603  our own
    return time.monotonic() - start
