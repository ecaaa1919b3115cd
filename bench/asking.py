"""In a process of its own, since virtual time is a process's: an endpoint asked directly and through `predict`."""

from __future__ import annotations

import importlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.asked import FUNCTION, ROW, body, onboard, unit
from leeway.experiment.assignment import Assignment, Attributes, place
from localaws import LocalAWS, inprocess

ROOT = Path(__file__).resolve().parent.parent
WARM, CALLS, ROUNDS = 50, 600, 6
Ask = Callable[[int], Any]


def main() -> None:
    """Print milliseconds at the median of both ways, called in turns, and how many a second go through `predict`."""
    with tempfile.TemporaryDirectory() as folder:
        image = ROOT / ".venv-image/bin/python"
        with LocalAWS(state_dir=Path(folder), image_python=image) as aws:
            aws.deploy(ROOT / "template.yaml", stack="leeway")
            made = onboard(aws.client, aws.now())
            aws.advance(timedelta(seconds=30))
            function = aws.lambda_.find(FUNCTION)
            os.environ.update(function.environment | {"AWS_DEFAULT_REGION": aws.region})
            with inprocess.as_function(FUNCTION):
                print(json.dumps(measured(direct(aws, made), through())))


def measured(direct: Ask, through: Ask) -> dict[str, float]:
    """One after the other, so that whatever else the machine does strikes both alike; then `through` alone."""
    times: dict[Ask, list[float]] = {direct: [], through: []}
    for number in range(WARM + CALLS):
        for ask, found in times.items():
            begun = time.perf_counter()
            ask(number)
            found.append((time.perf_counter() - begun) * 1000)
    processor = time.process_time()
    seconds = min(round_of(through) for _ in range(ROUNDS))
    return {
        "direct": statistics.median(times[direct][WARM:]),
        "through": statistics.median(times[through][WARM:]),
        "rate": CALLS / ROUNDS / seconds,
        "processor": (time.process_time() - processor) * 1000 / CALLS,
    }


def round_of(ask: Ask) -> float:
    """Seconds of a part of the calls."""
    begun = time.perf_counter()
    for number in range(CALLS // ROUNDS):
        ask(number)
    return time.perf_counter() - begun


def direct(aws: LocalAWS, assignment: Assignment) -> Ask:
    """What `predict` itself asks, by a client of the same kind."""
    client = aws.client("sagemaker-runtime")
    rows = json.dumps([ROW]).encode()

    def ask(number: int) -> None:
        where = place(assignment.experiment, unit(number))
        arm = assignment.arm(where)
        said = str(Attributes(epoch=assignment.epoch, version=arm.version, unit=where))
        answer = client.invoke_endpoint(
            EndpointName=arm.endpoint, TargetVariant=arm.slot, Body=rows, ContentType="application/json",
            Accept="text/csv", InferenceId=f"direct-{number}", CustomAttributes=said,
        )  # fmt: skip
        float(answer["Body"].read())

    return ask


def through() -> Ask:
    """The function's own handler, on events as its URL makes them."""
    handler = importlib.import_module("predict.app").handler

    def ask(number: int) -> None:
        event = {
            "version": "2.0",
            "rawPath": "/",
            "requestContext": {"http": {"method": "POST"}},
            "body": body(number),
            "isBase64Encoded": False,
        }
        answer = handler(event, None)
        if answer["statusCode"] != 200:
            raise SystemExit(answer["body"])

    return ask


if __name__ == "__main__":
    main()
