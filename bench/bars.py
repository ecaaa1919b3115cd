"""The embedded AWS against its bars: start, memory, throughput beside a constant's and moto's, a week."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import serving
from bench.figure import Figure, NotMeasured
from bench.loop import ROOT
from bench.running import Running, embedded, server
from bench.week import DAYS, PREDICTIONS

ROUNDS, CALLS, WARM = 5, 120, 20
Call = Callable[[], Any]
Rates = dict[str, dict[str, float]]


def measure() -> list[Figure]:
    """All bars, side by side in one run."""
    return [*_start(), *_throughput(), *_week(), *_lines()]


def _start() -> list[Figure]:
    """From the command to the first answer, with the stack deployed; the memory of a minute's idleness after it."""
    seconds, resident = [], 0.0
    for _ in range(3):
        began = time.monotonic()
        with embedded() as ours:
            seconds.append(time.monotonic() - began)
            time.sleep(5)
            resident = max(resident, ours.resident())
    return [
        Figure(name="embedded AWS: start to first answer", value=statistics.median(seconds), unit="s", bar=2),
        Figure(name="embedded AWS: resident, stack deployed, idle", value=resident, unit="MB", bar=300),
    ]


def _throughput() -> list[Figure]:
    """The same calls in turns, so that what else the machine does strikes all alike."""
    with ExitStack() as stack:
        ours = stack.enter_context(embedded())
        moto = stack.enter_context(server("moto.server", "-p", "PORT"))
        constant = stack.enter_context(server("bench.constant", "PORT"))
        moto.first_answer(moto.client("s3").list_buckets)
        serving.make(ours.client)
        moto.client("sagemaker").create_model(
            ModelName=serving.ENDPOINT, ExecutionRoleArn="arn:aws:iam::123456789012:role/a"
        )
        ours.client("sagemaker").get_waiter("endpoint_in_service").wait(
            EndpointName=serving.ENDPOINT, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        calls = {
            "constant": {"describe": _describe(constant), "invoke": _invoke(constant)},
            "ours": {"describe": _describe(ours), "invoke": _invoke(ours)} | _prepared(ours),
            "moto": {"describe": _describe(moto)} | _prepared(moto),
        }
        return _figures(_rates(calls))


def _describe(running: Running) -> Call:
    client = running.client("sagemaker")
    return lambda: client.describe_model(ModelName=serving.ENDPOINT)


def _invoke(running: Running) -> Call:
    client = running.client("sagemaker-runtime")

    def invoke() -> bytes:
        answer = client.invoke_endpoint(EndpointName=serving.ENDPOINT, ContentType="text/csv", Body=b"1,2,3")
        return bytes(answer["Body"].read())

    return invoke


def _prepared(running: Running) -> dict[str, Call]:
    """A put, a send and an item, each into something of its own."""
    s3, sqs, dynamodb = (running.client(name) for name in ("s3", "sqs", "dynamodb"))
    s3.create_bucket(Bucket="bench-put")
    queue = sqs.create_queue(QueueName="bench")["QueueUrl"]
    keys = {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
    dynamodb.create_table(TableName="bench", KeySchema=schema, BillingMode="PAY_PER_REQUEST", **keys)
    return {
        "S3 put": lambda: s3.put_object(Bucket="bench-put", Key=f"{time.monotonic_ns()}", Body=b"x" * 2048),
        "SQS send": lambda: sqs.send_message(QueueUrl=queue, MessageBody="x" * 200),
        "DynamoDB put": lambda: dynamodb.put_item(TableName="bench", Item={"pk": {"S": f"{time.monotonic_ns()}"}}),
    }


def _rates(calls: dict[str, dict[str, Call]]) -> Rates:
    """Calls a second of one client, the median of the rounds."""
    found: dict[tuple[str, str], list[float]] = {}
    for number in range(ROUNDS + 1):
        for what in calls["ours"]:
            for who, made in calls.items():
                if what in made:
                    count = WARM if number == 0 else CALLS
                    began = time.monotonic()
                    for _ in range(count):
                        made[what]()
                    if number:
                        found.setdefault((who, what), []).append(count / (time.monotonic() - began))
    rates: Rates = {}
    for (who, what), each in found.items():
        rates.setdefault(who, {})[what] = statistics.median(each)
    return rates


def _figures(rates: Rates) -> list[Figure]:
    figures = []
    for what, name, bar in (("describe", "DescribeModel", 0.7), ("invoke", "InvokeEndpoint with capture", 0.3)):
        ours, most = rates["ours"][what], rates["constant"][what]
        note = f"{ours:.0f} of {most:.0f} a second"
        figures.append(
            Figure(
                name=f"{name}: share of a constant's rate", value=ours / most, unit="", bar=bar, least=True, note=note
            )
        )
    for what, rate in rates["moto"].items():
        ours = rates["ours"][what]
        note = f"{ours:.0f} a second, moto's server {rate:.0f}"
        figures.append(Figure(name=f"{what}: times moto's server takes", value=rate / ours, unit="x", bar=2, note=note))
    return figures


def _week() -> list[Figure]:
    """A process of its own, since virtual time is a process's."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "bench.week"], cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode:
        raise NotMeasured(f"the week failed: {done.stderr[-1500:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    if said["answered"] != DAYS * PREDICTIONS:
        raise NotMeasured(f"of {DAYS * PREDICTIONS} predictions {said['answered']} were answered")
    note = f"{said['answered']} predictions, {said['ticks']} ticks ran, {said['processor']:.0f} s of the processor"
    return [Figure(name="a simulated week of the stack", value=seconds, unit="s", bar=120, note=note)]


def _lines() -> list[Figure]:
    """How large the embedded AWS is beside what it is for."""
    ours, leeway = _count("localaws/localaws"), _count("layers/core", "functions", "cli", "training")
    note = f"{leeway} lines of Leeway"
    return [Figure(name="lines of the embedded AWS", value=ours, unit="lines", note=note)]


def _count(*folders: str) -> int:
    files = [file for folder in folders for file in Path(ROOT, folder).rglob("*.py")]
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
