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

from bench import serving
from leeway import keys
from leeway.aws.table import Put, Table
from leeway.experiment.assignment import Arm, Assignment, Attributes, place
from leeway.spec import Column, Data, Identity, ModelSpec, Training
from localaws import LocalAWS, inprocess

ROOT = Path(__file__).resolve().parent.parent
FUNCTION, ENDPOINT, UNITS = "leeway-predict", "leeway-bench", 100
WARM, CALLS, ROUNDS = 50, 600, 6
ROW = {"calls": 3, "tenure": 12}
CODE = """
class Response:
    status, response, mimetype = 200, "0.5\\n", "text/csv"


def model_fn(folder):
    return Response()


def transform_fn(model, body, content_type, accept):
    return model
"""
Ask = Callable[[int], Any]


def main() -> None:
    """Print milliseconds at the median of both ways, called in turns, and how many a second go through `predict`."""
    with tempfile.TemporaryDirectory() as folder:
        image = ROOT / ".venv-image/bin/python"
        with LocalAWS(state_dir=Path(folder), image_python=image) as aws:
            aws.deploy(ROOT / "template.yaml", stack="leeway")
            made = onboarded(aws)
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
    body = json.dumps([ROW]).encode()

    def ask(number: int) -> None:
        where = place(assignment.experiment, f"unit {number % UNITS}")
        arm = assignment.arm(where)
        said = str(Attributes(epoch=assignment.epoch, version=arm.version, unit=where))
        answer = client.invoke_endpoint(
            EndpointName=arm.endpoint, TargetVariant=arm.slot, Body=body, ContentType="application/json",
            Accept="text/csv", InferenceId=f"direct-{number}", CustomAttributes=said,
        )  # fmt: skip
        float(answer["Body"].read())

    return ask


def through() -> Ask:
    """The function's own handler, on events as its URL makes them."""
    handler = importlib.import_module("predict.app").handler

    def ask(number: int) -> None:
        document = {"model": "bench", "unit_id": f"unit {number % UNITS}", "rows": [ROW]}
        event = {
            "version": "2.0",
            "rawPath": "/",
            "requestContext": {"http": {"method": "POST"}},
            "body": json.dumps(document),
            "isBase64Encoded": False,
        }
        answer = handler(event, None)
        if answer["statusCode"] != 200:
            raise SystemExit(answer["body"])

    return ask


def onboarded(aws: LocalAWS) -> Assignment:
    """A model in force, an endpoint of two variants that captures, and its assignment."""
    s3, table = aws.client("s3"), Table(aws.client("dynamodb"), "leeway")
    bucket = f"leeway-artifacts-{aws.account}-{aws.region}"
    columns = (Column(name="calls", type="int", min=0), Column(name="tenure", type="int", min=0))
    data = Data(id="id", label="left", columns=columns)
    spec = ModelSpec(model=Identity(name="bench"), data=data, training=Training(split="hash"))
    s3.put_object(Bucket=bucket, Key="specs/bench/spec.json", Body=spec.canonical())
    pointer = {
        "spec_sha256": spec.sha256,
        "spec_key": "specs/bench/spec.json",
        "definition_sha256": "0" * 64,
        "applied_at": keys.stamp(aws.now()),
    }
    table.put(Put(item={"pk": keys.model_pk("bench"), "sk": keys.SPEC, **pointer}))
    serving.make(aws.client, name=ENDPOINT, code=CODE, slots=("a", "b"))
    aws.advance(timedelta(seconds=30))
    arms = [Arm(version=number, endpoint=ENDPOINT, slot=slot) for number, slot in ((1, "a"), (2, "b"))]
    assignment = Assignment(
        experiment="bench-2", epoch=1, champion=arms[0], challenger=arms[1], share=50, begin=aws.now()
    )
    table.put(Put(item={"pk": keys.model_pk("bench"), "sk": keys.ASSIGNMENT, **assignment.to_item()}))
    return assignment


if __name__ == "__main__":
    main()
