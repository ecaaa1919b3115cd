"""What `predict` adds to an endpoint's own time, and how many requests a second go through it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

from bench.asked import ENDPOINT, FUNCTION, onboard
from bench.asking import CALLS, ROOT, ROUNDS
from bench.figure import Figure, NotMeasured
from bench.running import embedded

CALLERS, SECONDS = 2, 10


def measure() -> list[Figure]:
    """In this process without a network, and over the port as applications ask."""
    return [*_in_process(), _over_the_port()]


def _in_process() -> list[Figure]:
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
        Figure(name="predict: requests a second, in process", value=said["rate"], unit="/s", least=True, note=most),
    ]


def _over_the_port() -> Figure:
    """Programs that sign each request and wait for its answer, at the function's URL; all of them beside the server."""
    with embedded() as aws:
        onboard(aws.client, datetime.now(UTC))
        waiter = aws.client("sagemaker").get_waiter("endpoint_in_service")
        waiter.wait(EndpointName=ENDPOINT, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        url = aws.client("lambda").get_function_url_config(FunctionName=FUNCTION)["FunctionUrl"]
        found = _asked(url)
    rate = sum(one["answered"] / one["seconds"] for one in found)
    median, slow = max(one["median"] for one in found), max(one["p99"] for one in found)
    note = f"{CALLERS} signing callers for {SECONDS} s; each waits {median:.1f} ms at the median, {slow:.0f} at p99"
    return Figure(name="predict: requests a second, at its URL", value=rate, unit="/s", bar=200, least=True, note=note)


def _asked(url: str) -> list[dict[str, float]]:
    """What each caller says, all begun at once."""
    command = [sys.executable, "-m", "bench.caller", url, str(SECONDS)]
    pipe = subprocess.PIPE
    callers = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)  # noqa: S603  our own
        for _ in range(CALLERS)
    ]
    try:
        for one in callers:
            assert one.stdout is not None  # a pipe
            if one.stdout.readline() != "ready\n":
                raise NotMeasured(f"a caller did not start: {one.communicate(timeout=60)[1].strip()[-1500:]}")
        for one in callers:
            assert one.stdin is not None  # a pipe
            one.stdin.write("\n")
            one.stdin.flush()
        said = [one.communicate(timeout=SECONDS + 60) for one in callers]
    finally:
        for one in callers:
            one.kill()
    if failed := next((err for _, err in said if err), ""):
        raise NotMeasured(f"a caller ended: {failed.strip()[-1500:]}")
    return [json.loads(out) for out, _ in said]
