"""`leeway dlq`: what is in the queues of dead letters and why, and that a redrive does what is missing and no more."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leeway import keys
from leeway_cli.exits import Exit
from localaws import LocalAWS, Mode
from tests.cases import of_the_proof, of_the_stories
from tests.local.judged import Judged
from tests.local.onboarding import HEADER, INBOX, onboard, rows, spec, table
from tests.local.person import Person
from tests.local.trainings import trainings

pytestmark = pytest.mark.local
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NAMES = ["alarms", "approvals", "approver", "arrivals", "changes", "monitor", "retrainer", "rollout", "tick"]
MACHINES = {"approver", "monitor", "retrainer", "rollout"}
KINDS = {
    "Object Created": "arrivals",
    "SageMaker Model Package State Change": "approvals",
    "CloudWatch Alarm State Change": "alarms",
}
CHANGES = {
    "StartPipelineExecution", "CreateModel", "CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities", "UpdateModelPackage", "CopyObject",
}  # fmt: skip


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def put(aws: LocalAWS, name: str, body: Any) -> None:
    """A letter in a queue of dead letters, as if its queue had given up on it."""
    sqs, fifo = aws.client("sqs"), ".fifo" if name in MACHINES else ""
    url = sqs.get_queue_url(QueueName=f"leeway-{name}-dlq{fifo}")["QueueUrl"]
    order = {"MessageGroupId": "churn", "MessageDeduplicationId": keys.digest(name, json.dumps(body))} if fifo else {}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), **order)


def counts(person: Person) -> dict[str, int]:
    return {one["name"]: one["messages"] for one in person.json("dlq", "list")}


def alarm(aws: LocalAWS, name: str) -> str:
    [found] = aws.client("cloudwatch").describe_alarms(AlarmNames=[f"leeway-{name}-dead-letters"])["MetricAlarms"]
    return str(found["StateValue"])


def test_every_queue_of_dead_letters_is_listed(person: Person) -> None:
    assert counts(person) == dict.fromkeys(NAMES, 0)
    put(person.aws, "rollout", {"model": "churn"})
    assert counts(person) == dict.fromkeys(NAMES, 0) | {"rollout": 1}
    said = person.type("dlq", "list")
    assert re.search(r"^rollout +1$", said.stdout, re.MULTILINE)
    assert "leeway dlq show rollout" in said.stderr


def test_an_object_that_could_not_be_handled_is_shown_and_taken_in_at_last(person: Person) -> None:
    """The whole way: ten tries, the alarm, a look, the cause mended, a redrive, the alarm's end."""
    aws = person.aws
    onboard(aws, spec())
    aws.faults.add(caller="leeway-data-arrival", service="dynamodb", action=Mode.SERVER_ERROR_BEFORE)
    aws.client("s3").put_object(Bucket=INBOX, Key="inbox/churn/june\x1b[2J.csv", Body=HEADER + rows(5))
    aws.advance(3 * HOUR)
    assert alarm(aws, "arrivals") == "ALARM"
    assert counts(person)["arrivals"] == 1

    said = person.says("dlq", "show", "arrivals")
    assert "Object Created: inbox/churn/june\\x1b[2J.csv" in said
    assert "it was tried until its queue gave up" in said
    [letter] = person.json("dlq", "show", "arrivals")
    assert json.loads(letter["body"])["detail"]["object"]["key"].startswith("inbox/churn/june")
    assert counts(person)["arrivals"] == 1, "looking takes nothing away"

    aws.faults.clear()
    assert person.says("dlq", "redrive", "arrivals", "--yes") == "1 of 1 sent back\n"
    aws.advance(5 * MINUTE)
    entries = table(aws).query(keys.model_pk("churn"), keys.JOURNAL)
    assert [entry["what"] for entry in entries if entry["actor"] == "data_arrival"] == ["DataAccepted"]
    assert counts(person)["arrivals"] == 0
    assert alarm(aws, "arrivals") == "OK"
    assert person.says("dlq", "redrive", "arrivals", "--yes") == "no dead letters of arrivals\n"
    assert person.says("dlq", "show", "arrivals") == "no dead letters of arrivals\n"


def test_a_wake_goes_back_in_its_models_order(person: Person) -> None:
    for name in sorted(MACHINES):
        put(person.aws, name, {"model": "churn"})
        assert "a wake of churn" in person.says("dlq", "show", name)
        assert person.says("dlq", "redrive", name, "--yes") == "1 of 1 sent back\n"
    person.aws.settle()
    assert counts(person) == dict.fromkeys(NAMES, 0)
    for name in MACHINES:
        item = table(person.aws).get(keys.model_pk("churn"), name)
        assert item is not None, f"{name} was not woken"


def test_a_tick_that_failed_is_told_and_goes(person: Person) -> None:
    person.aws.faults.add(caller="leeway-tick", service="dynamodb", action=Mode.SERVER_ERROR_BEFORE)
    person.aws.advance(10 * MINUTE)
    person.aws.faults.clear()
    count = counts(person)["tick"]
    assert count > 0
    assert "Unavailable: DynamoDB" in person.says("dlq", "show", "tick", "--last", "1")
    said = person.says("dlq", "redrive", "tick", "--yes")
    assert said == f"{count} of {count} deleted; the next tick has done what they should\n"
    person.aws.advance(2 * MINUTE)
    assert counts(person)["tick"] == 0


def test_what_comes_back_at_once_does_not_go_round(person: Person) -> None:
    for number in range(25):
        put(person.aws, "changes", {"number": number})
    assert len(person.json("dlq", "show", "changes", "--last", "12")) == 12
    assert person.json("dlq", "redrive", "changes", "--yes") == {"queue": "changes", "redriven": 25, "of": 25}
    person.aws.settle()
    assert counts(person)["changes"] == 0, "what is no event is refused, and done with"


def test_a_queue_that_is_not_there_is_refused_with_those_that_are(person: Person) -> None:
    said = person.type("dlq", "show", "arrival\n", code=Exit.REFUSED)
    assert f"there are: {', '.join(NAMES)}" in said.stderr


@pytest.mark.parametrize("later", [*of_the_stories(timedelta(hours=15)), *of_the_proof(timedelta(days=15))], ids=str)
def test_a_redrive_long_after_has_no_second_effect(tmp_path: Path, later: timedelta) -> None:
    """Of every event and every wake of a story in which versions were trained, approved and rejected."""
    with trainings(tmp_path / "aws") as begun:
        story, person = Judged(aws=begun.aws), Person(aws=begun.aws, folder=tmp_path)
        events = told(story)
        begun.aws.advance(later)
        redriven(story, person, events)


def told(story: Judged) -> list[dict[str, Any]]:
    """The story's events: two versions are trained and approved, and the second is rejected."""
    story.begin("manual")
    for version, status in ((1, "Approved"), (2, "Approved"), (2, "Rejected")):
        if status == "Approved":
            story.train(f"version-{version}")
            story.end()
        story.decide(version, status)
        story.aws.advance(10 * MINUTE)
    assert story.answer() == "version-1"
    found = [event for event in story.aws.events if event["source"] in {"aws.s3", "aws.sagemaker", "aws.cloudwatch"}]
    assert set(KINDS) < {event["detail-type"] for event in found}
    return found


def redriven(story: Judged, person: Person, events: list[dict[str, Any]]) -> None:
    """Every event and every wake once more."""
    before = effects(story)
    for event in events:
        put(story.aws, KINDS.get(event["detail-type"], "changes"), event)
    for name in MACHINES:
        put(story.aws, name, {"model": "churn"})
    for name in NAMES:
        person.says("dlq", "redrive", name, "--yes")
    story.aws.advance(30 * MINUTE)
    assert effects(story) == before
    assert counts(person) == dict.fromkeys(NAMES, 0)
    assert story.answer() == "version-1"


def effects(story: Judged) -> dict[str, Any]:
    """All that Leeway did, but for the monitor's looks, which it makes every hour anyway."""
    by = [call for call in story.aws.calls.mutating if call.operation in CHANGES]
    entries = story.table.query(keys.model_pk("churn"), keys.JOURNAL)
    return {
        "calls": len(by),
        "runs": len(story.runs()),
        "executions": len(story.executions()),
        "journal": [(entry["actor"], entry["what"]) for entry in entries if entry["actor"] != "monitor"],
        "config": story.sagemaker.describe_endpoint(EndpointName="leeway-churn")["EndpointConfigName"],
    }
