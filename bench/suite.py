"""How long `make test` takes once everything is set up."""

import re
import subprocess
import time
from pathlib import Path

from bench.figure import Figure, NotMeasured

ROOT = Path(__file__).resolve().parent.parent


def measure() -> list[Figure]:
    """Seconds of `make test`; a failing suite is no measurement."""
    start = time.monotonic()
    answer = subprocess.run(["make", "test"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607  any make
    seconds = time.monotonic() - start
    if answer.returncode:
        raise NotMeasured(f"make test failed:\n{answer.stdout[-2000:]}{answer.stderr[-2000:]}")
    closing = re.search(r"\d+ passed[^=\n]*", answer.stdout)
    return [Figure(name="make test", value=seconds, unit="s", bar=240, note=closing.group().strip() if closing else "")]
