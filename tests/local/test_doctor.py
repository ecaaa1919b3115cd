"""`leeway doctor` against a stack: what it finds in the real template on the embedded AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leeway_cli.doctor import stack, way
from leeway_cli.doctor.check import NOTE, OK, PROBLEM, Check
from localaws import LocalAWS, inprocess
from localaws.faults import Mode

pytestmark = pytest.mark.local
TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@pytest.fixture
def person(aws: LocalAWS) -> Iterator[LocalAWS]:
    with inprocess.as_function("person"):
        yield aws


def look(name: str = "leeway", template: Path = TEMPLATE) -> dict[str, Check]:
    return {check.name: check for check in stack.checks(name, template, way.quick, local=True)}


def test_a_fresh_stack_is_well(person: LocalAWS) -> None:
    assert [check.name for check in way.find().checks] == ["aws", "identity", "clock"]
    found = look()
    assert {check.status for check in found.values()} == {OK}
    assert found["dead letters"].says == "none"
    assert set(found) >= {"stack", "outputs", "kill switch", "table", "inbox", "artifacts", "registry"}


def test_what_stands_in_the_way_is_found(person: LocalAWS) -> None:
    sqs, ssm = person.client("sqs"), person.client("ssm")
    (url,) = [url for url in sqs.list_queues()["QueueUrls"] if url.endswith("arrivals-dlq")]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    (switch,) = [parameter["Name"] for parameter in ssm.describe_parameters()["Parameters"]]
    ssm.put_parameter(Name=switch, Value="on", Overwrite=True)

    found = look()
    assert {name for name, check in found.items() if check.status == PROBLEM} == {"dead letters", "kill switch"}
    assert found["dead letters"].says == "1 in leeway-arrivals-dlq"
    assert found["dead letters"].repair.startswith("leeway dlq list")
    assert found["kill switch"].repair == "leeway resume"


def test_a_service_that_does_not_answer_hides_nothing_else(person: LocalAWS) -> None:
    person.faults.add(lambda call: call.service == "dynamodb", Mode.CONNECTION_BEFORE)
    found = look()
    assert {name for name, check in found.items() if check.status == PROBLEM} == {"table"}
    assert "dynamodb:GetItem" in found["table"].repair


def test_no_stack_of_that_name(person: LocalAWS) -> None:
    found = look("other")
    assert list(found) == ["stack"]
    assert "there is no stack other" in found["stack"].says


def test_another_version_of_the_template(person: LocalAWS, tmp_path: Path) -> None:
    newer = tmp_path / "template.yaml"
    newer.write_text(TEMPLATE.read_text() + "  Later:\n    Value: !Ref Table\n")
    assert look(template=newer)["outputs"].says == "the stack lacks Later: another version was deployed"
    assert look(template=tmp_path / "nothing.yaml")["outputs"].status == NOTE
