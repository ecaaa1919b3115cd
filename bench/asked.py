"""A model in force with an endpoint of two variants that captures, and a request to it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from bench import serving
from leeway import keys
from leeway.aws.table import Put, Table
from leeway.experiment.assignment import Arm, Assignment
from leeway.spec import Column, Data, Identity, ModelSpec, Training

FUNCTION, ENDPOINT, UNITS = "leeway-predict", "leeway-bench", 100
ROW = {"calls": 3, "tenure": 12}
CODE = """
class Response:
    status, response, mimetype = 200, "0.5\\n", "text/csv"


def model_fn(folder):
    return Response()


def transform_fn(model, body, content_type, accept):
    return model
"""


def onboard(client: Any, now: datetime) -> Assignment:
    """All but the wait for the endpoint, half of the units on each; `client` gives a boto3 client by its service."""
    s3, table, sts = client("s3"), Table(client("dynamodb"), "leeway"), client("sts")
    bucket = f"leeway-artifacts-{sts.get_caller_identity()['Account']}-{sts.meta.region_name}"
    columns = (Column(name="calls", type="int", min=0), Column(name="tenure", type="int", min=0))
    data = Data(id="id", label="left", columns=columns)
    spec = ModelSpec(model=Identity(name="bench"), data=data, training=Training(split="hash"))
    s3.put_object(Bucket=bucket, Key="specs/bench/spec.json", Body=spec.canonical())
    pointer = {
        "spec_sha256": spec.sha256,
        "spec_key": "specs/bench/spec.json",
        "definition_sha256": "0" * 64,
        "applied_at": keys.stamp(now),
    }
    table.put(Put(item={"pk": keys.model_pk("bench"), "sk": keys.SPEC, **pointer}))
    serving.make(client, name=ENDPOINT, code=CODE, slots=("a", "b"))
    champion, challenger = (Arm(version=number, endpoint=ENDPOINT, slot=slot) for number, slot in ((1, "a"), (2, "b")))
    assignment = Assignment(
        experiment="bench-2", epoch=1, champion=champion, challenger=challenger, share=50, begin=now
    )
    table.put(Put(item={"pk": keys.model_pk("bench"), "sk": keys.ASSIGNMENT, **assignment.to_item()}))
    return assignment


def unit(number: int) -> str:
    """Whom a request is about."""
    return f"unit {number % UNITS}"


def body(number: int) -> str:
    """A request to the function's URL."""
    return json.dumps({"model": "bench", "unit_id": unit(number), "rows": [ROW]})
