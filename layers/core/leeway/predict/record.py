"""The capture of a request, as SageMaker writes it, for endpoints of which it captures nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from leeway.aws.runtime import CSV, JSON, Answered, Call

NAMESPACE, LOST = "Leeway", "CapturesLost"


def key(call: Call, variant: str, at: datetime, event: str) -> str:
    """Where it lies: by endpoint, variant and hour, named for its moment and the event's id."""
    moment = at.astimezone(UTC)
    name = f"{moment:%M-%S}-{moment.microsecond // 1000:03d}-{event}.jsonl"
    return f"capture/{call.endpoint}/{variant}/{moment:%Y/%m/%d/%H}/{name}"


def line(call: Call, answered: Answered, at: datetime, event: str) -> bytes:
    """The one record of its file."""
    metadata: dict[str, Any] = {"eventId": event}
    if call.attributes:
        metadata["customAttributes"] = [call.attributes]
    metadata |= {"inferenceId": call.inference_id, "inferenceTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    document = {
        "captureData": {
            "endpointInput": _half("INPUT", JSON, call.body),
            "endpointOutput": _half("OUTPUT", answered.content_type, answered.body),
        },
        "eventMetadata": metadata,
        "eventVersion": "0",
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def _half(mode: str, content_type: str, body: bytes) -> dict[str, str]:
    encoding = "CSV" if content_type.startswith(CSV) else "JSON"
    return {"observedContentType": content_type, "mode": mode, "data": body.decode(), "encoding": encoding}


def lost(stack: str, at: datetime) -> dict[str, Any]:
    """Fields of a log line that CloudWatch makes a metric of (embedded metric format): one capture that was lost."""
    metrics = [{"Name": LOST, "Unit": "Count"}]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": metrics}
    about = {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": about, "Stack": stack, LOST: 1}
