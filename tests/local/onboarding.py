"""Puts a model's specification where `leeway apply` puts it, for tests that need no pipeline."""

from __future__ import annotations

from typing import Any

from leeway import keys
from leeway.aws.table import Put, Table
from leeway.spec import Column, Data, Identity, ModelSpec, Training
from localaws import LocalAWS

INBOX = "leeway-inbox-123456789012-us-east-1"
ARTIFACTS = "leeway-artifacts-123456789012-us-east-1"
HEADER = b"id,at,tenure,plan,churned\n"


def spec(**data: Any) -> ModelSpec:
    columns = (
        Column(name="plan", type="category", values=("month", "year")),
        Column(name="tenure", type="int", min=0),
    )
    settings = {"id": "id", "label": "churned", "event_time": "at", "columns": columns} | data
    return ModelSpec(model=Identity(name="churn"), data=Data(**settings), training=Training(split="time"))


def rows(count: int, start: int = 0) -> bytes:
    return b"".join(b"c%d,2026-02-01,%d,month,%d\n" % (n, n % 50, n % 2) for n in range(start, start + count))


def table(aws: LocalAWS) -> Table:
    return Table(aws.client("dynamodb"), "leeway")


def onboard(aws: LocalAWS, model: ModelSpec, **more: Any) -> None:
    key = f"specs/{model.model.name}/{model.sha256}.json"
    aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=model.canonical())
    pointer = {
        "pk": keys.model_pk(model.model.name),
        "sk": keys.SPEC,
        "spec_sha256": model.sha256,
        "spec_key": key,
        "definition_sha256": "0" * 64,
        "applied_at": keys.stamp(aws.now()),
        "paused": False,
        **more,
    }
    table(aws).put(Put(item=pointer))
