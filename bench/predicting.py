"""What `predict` adds to an endpoint's own time, and how many requests a second go through it."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.asking import CALLS, ROOT, ROUNDS
from bench.figure import Figure, NotMeasured


def measure() -> list[Figure]:
    """Medians of single requests, side by side; and the rate of one caller in the round that was disturbed least.

    Most of it is botocore and the embedded AWS, model and capture included: `predict` itself is a fifth.
    """
    done = subprocess.run([sys.executable, "-m", "bench.asking"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(f"bench.asking failed: {done.stderr.strip()[-1500:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    added = said["through"] - said["direct"]
    both = f"{said['through']:.2f} ms through it, {said['direct']:.2f} ms without"
    most = f"one caller, the best {CALLS // ROUNDS} of {CALLS}; {said['processor']:.1f} ms of the processor each"
    return [
        Figure(name="predict: added at the median", value=added, unit="ms", bar=5, note=both),
        Figure(
            name="predict: requests a second, in process", value=said["rate"], unit="/s", bar=200, least=True, note=most
        ),
    ]
