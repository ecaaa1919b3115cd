"""Rules: each with its reason, and each sample event to the queue that it is meant for and no other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.template.stack import Stack, queue_name

pytestmark = pytest.mark.template

# Names in the reference samples, and what they would be here.
OURS = {
    "churn-raw-111122223333": "leeway-inbox-123456789012-us-east-1",
    "incoming/": "inbox/churn/",
    "churn-models": "leeway-churn",
    "churn-prod": "leeway-churn",
    "pipeline/churn-train": "pipeline/leeway-churn",
    "111122223333": "123456789012",
}
EXPECTED = {
    "alarm-composite": "leeway-alarms",
    "alarm-drift-insufficient-to-alarm": "leeway-alarms",
    "alarm-drift-ok-to-alarm": "leeway-alarms",
    "alarm-metric-math": "leeway-alarms",
    "alarm-muted": "leeway-alarms",
    "s3-object-created-multipart": "leeway-arrivals",
    "s3-object-created-no-source-ip": "leeway-arrivals",
    "s3-object-created-unversioned": "leeway-arrivals",
    "s3-object-created-versioned": "leeway-arrivals",
    "model-package-approved": "leeway-approvals",
    "model-package-approved-legacy-no-updated-fields": "leeway-approvals",
    "model-package-approved-then-metadata-update": "leeway-approvals",
    "model-package-created-pending": "leeway-approvals",
    "model-package-lifecycle-stage": "leeway-approvals",
    "model-package-rejected": "leeway-approvals",
    "pipeline-execution-completed-with-failures": "leeway-changes",
    "pipeline-execution-failed": "leeway-changes",
    "pipeline-execution-succeeded": "leeway-changes",
    "endpoint-failed": "leeway-changes",
    "endpoint-in-service": "leeway-changes",
    "endpoint-in-service-doc-shape": "leeway-changes",
    "endpoint-updating": "leeway-changes",
}


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    from moto.events.models import EventPattern

    return EventPattern(json.dumps(pattern), pattern).matches_event(event)


def queues_for(stack: Stack, event: dict[str, Any]) -> list[str]:
    """Names of the queues that the rules send an event to."""
    return [
        queue_name(target["Arn"])
        for rule in stack.of("AWS::Events::Rule")
        if matches(rule.properties["EventPattern"], event)
        for target in rule.properties["Targets"]
    ]


def ours(text: str) -> str:
    for theirs, name in OURS.items():
        text = text.replace(theirs, name)
    return text


def test_every_sample_goes_where_it_is_meant_to_go(stack: Stack, shared: Path) -> None:
    paths = sorted((shared / "reference/samples/events").glob("*.json"))
    found = {path.stem: queues_for(stack, json.loads(ours(path.read_text(encoding="utf-8")))) for path in paths}
    assert {name: queues for name, queues in found.items() if queues} == {
        name: [queue] for name, queue in EXPECTED.items()
    }


def test_samples_of_others_go_nowhere(stack: Stack, shared: Path) -> None:
    """Other buckets, groups, pipelines and endpoints of the same account are no business of ours.

    Of an alarm nobody can say beforehand: a model.toml may name any, and the function asks who does.
    """
    for path in (shared / "reference/samples/events").glob("[!a]*.json"):
        assert queues_for(stack, json.loads(path.read_text(encoding="utf-8"))) == [], path.stem


def test_labels_are_not_training_data(stack: Stack, shared: Path) -> None:
    text = ours((shared / "reference/samples/events/s3-object-created-versioned.json").read_text(encoding="utf-8"))
    event = json.loads(text)
    event["detail"]["object"]["key"] = "labels/churn/2026/03/02/04/x.jsonl"
    assert queues_for(stack, event) == []


@pytest.mark.parametrize("status", ["Executing", "Stopping", "EXECUTING"])
def test_a_pipeline_that_goes_on_wakes_nobody(stack: Stack, shared: Path, status: str) -> None:
    text = ours((shared / "reference/samples/events/pipeline-execution-succeeded.json").read_text(encoding="utf-8"))
    event = json.loads(text)
    event["detail"]["currentPipelineExecutionStatus"] = status
    assert queues_for(stack, event) == []


def test_every_file_of_events_goes_to_its_function(stack: Stack, root: Path) -> None:
    """The corpus is wrapped as SQS hands it to a function; inside are EventBridge's own events."""
    queues = {
        mapping.properties["FunctionName"].removeprefix("leeway-").replace("-", "_"): queue_name(
            mapping.properties["EventSourceArn"]
        )
        for mapping in stack.of("AWS::Lambda::EventSourceMapping")
    }
    paths = sorted((root / "events").glob("*.json"))
    assert paths
    for path in paths:
        trigger = path.name.split(".")[0]
        for record in json.loads(path.read_text(encoding="utf-8")).get("Records", []):
            assert queue_name(record["eventSourceARN"]) == queues[trigger], path.name
            if not queues[trigger].endswith(".fifo"):
                assert queues_for(stack, json.loads(record["body"])) == [queues[trigger]], path.name


def test_every_pattern_has_its_reason_above_it(stack: Stack) -> None:
    lines = stack.text.splitlines()
    patterns = [number for number, line in enumerate(lines) if line.strip() == "EventPattern:"]
    assert len(patterns) == len(stack.of("AWS::Events::Rule"))
    for number in patterns:
        assert re.match(r" +# \S", lines[number - 1]), f"line {number + 1} of template.yaml says no reason"
    for rule in stack.of("AWS::Events::Rule"):
        assert rule.properties["Description"], rule.id


def test_every_file_of_events_has_one_line_that_runs_it(stack: Stack, root: Path) -> None:
    """And the line names the function whose package the file's name begins with."""
    text = (root / "events/README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^- `sam local invoke (\w+) -e events/(\S+)\.json`$", text, re.MULTILINE)
    assert sorted(name for _, name in lines) == sorted(path.stem for path in (root / "events").glob("*.json"))
    for function, name in lines:
        handler = stack.resources[function].properties["Handler"]
        assert handler.split(".")[0] == name.split(".")[0], name


def test_the_file_that_events_speak_of_is_the_one_that_lies_there(root: Path) -> None:
    """The event without a version knows its object by the etag, which is an MD5 of the bytes."""
    import hashlib

    body = (root / "events/files/customers.csv").read_bytes()
    event = json.loads((root / "events/data_arrival.new-file.json").read_text(encoding="utf-8"))
    found = json.loads(event["Records"][0]["body"])["detail"]["object"]
    assert (found["etag"], found["size"]) == (hashlib.md5(body, usedforsecurity=False).hexdigest(), len(body))
