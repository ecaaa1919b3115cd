"""From a fact to the call that answers it, through the embedded AWS; and a thousand files at once."""

import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from bench.figure import Figure
from bench.loop import Loop, rows, running

MODELS = ("first", "second", "third")
FILES = 1000


def measure() -> list[Figure]:
    """Medians over three models, each in its turn: a drop to its training, an approval to its endpoint."""
    with running() as loop:
        pairs = [one_model(loop, name) for name in MODELS]
    starts, endpoints = zip(*pairs, strict=True)
    note = f"median of {len(MODELS)}, no quiet period"
    return [
        Figure(name="S3 put to StartPipelineExecution", value=statistics.median(starts), unit="s", bar=2, note=note),
        Figure(name="approval to CreateEndpoint", value=statistics.median(endpoints), unit="s", bar=2),
    ]


def one_model(loop: Loop, name: str) -> tuple[float, float]:
    """Seconds to the start of the training, and from the approval of what it made to its endpoint."""
    loop.apply(name, quiet="0s")
    s3, sagemaker, inbox = loop.client("s3"), loop.client("sagemaker"), loop.inbox()
    start = answered(loop, "StartPipelineExecution", lambda: put(s3, inbox, name, "drop.csv", rows(1000, 1)))
    package = loop.wait("the package", lambda: packages(sagemaker, name))[0]["ModelPackageArn"]
    approval = {"ModelPackageArn": package, "ModelApprovalStatus": "Approved"}
    return start, answered(loop, "CreateEndpoint", lambda: sagemaker.update_model_package(**approval))


def answered(loop: Loop, operation: str, fact: Callable[[], Any]) -> float:
    """Seconds from before a fact is written to the next call of an operation, both by this machine's clock."""
    before = len(loop.calls(operation))
    begun = datetime.now(UTC)
    fact()
    times = loop.wait(operation, lambda: loop.calls(operation)[before:])
    return float((times[0] - begun).total_seconds())


def put(s3: Any, bucket: str, model: str, name: str, body: bytes) -> None:
    """Drop a file."""
    s3.put_object(Bucket=bucket, Key=f"inbox/{model}/{name}", Body=body)


def packages(sagemaker: Any, model: str) -> list[dict[str, Any]]:
    """The versions of a model."""
    found: list[dict[str, Any]] = sagemaker.list_model_packages(ModelPackageGroupName=f"leeway-{model}")[
        "ModelPackageSummaryList"
    ]
    return found


def many_files() -> list[Figure]:
    """A thousand files put by eight threads; trainings counted when the quiet period and an hour more have passed."""
    with running() as loop:
        loop.apply("many", quiet="5m")
        begun = datetime.now(UTC)
        drop_all(loop)
        loop.admin("POST", "settle")
        seconds = (datetime.now(UTC) - begun).total_seconds()
        loop.admin("POST", "advance", {"seconds": 3900})
        trainings = len(loop.calls("StartPipelineExecution"))
    return [
        Figure(name=f"trainings after {FILES} files", value=trainings, unit="", bar=1, exact=True),
        Figure(name=f"{FILES} files put and taken in", value=seconds, unit="s"),
    ]


def drop_all(loop: Loop) -> None:
    """Put all files, with eight clients at once."""
    s3, inbox = loop.client("s3"), loop.inbox()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: put(s3, inbox, "many", f"{number:04}.csv", rows(2, number)), range(FILES)))
