"""Each file of `events/`, against the state of the demonstration, in three ways (`ways.py`).

By its documented line and by `sam local start-lambda`, in Lambda's container; and in a bare interpreter, without one.
"""

import json
from pathlib import Path

import pytest

from tests.sam.stage import INBOX, ROOT, Stage, documented

TAKEN = {"batchItemFailures": []}
ARTIFACTS = INBOX.replace("inbox", "artifacts")


def refused(lines: list[dict[str, str]]) -> list[str]:
    return [line["reason"] for line in lines if line["message"] == "message refused"]


def test_a_new_file_is_accepted_once(stage: Stage) -> None:
    assert stage.run("data_arrival.new-file").answer == TAKEN
    accepted = [entry for entry in stage.journal("churn") if entry["what"] == "DataAccepted"]
    [entry] = [entry for entry in accepted if "customers part 1+2.csv" in entry["why"]]
    assert entry["actor"] == "data_arrival"
    assert "40 good rows" in entry["why"]
    again = stage.run("data_arrival.new-file")
    assert again.answer == TAKEN
    assert "object known already" in {line["message"] for line in again.lines}


def test_a_file_for_nobody_is_set_aside_with_its_reason(stage: Stage) -> None:
    assert stage.run("data_arrival.unknown-model").answer == TAKEN
    s3 = stage.client("s3")
    listed = s3.list_objects_v2(Bucket=ARTIFACTS, Prefix="quarantine/nobody/")["Contents"]
    [key] = [item["Key"] for item in listed if item["Key"].endswith(".reason.json")]
    reason = json.loads(s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read())["reason"]
    assert 'there is no model "nobody"' in reason


def test_an_object_that_is_gone_is_told_and_not_tried_again(stage: Stage) -> None:
    assert stage.run("data_arrival.object-gone").answer == TAKEN
    gone = [entry["why"] for entry in stage.journal("churn") if entry["what"] == "DataGone"]
    assert any("deleted-before-it-was-read.csv" in why for why in gone)


def test_another_accounts_event_is_refused(stage: Stage) -> None:
    said = stage.run("data_arrival.other-account")
    assert said.answer == TAKEN
    assert refused(said.lines) == ["an event of another account"]


@pytest.mark.parametrize(
    "name", ["model_approval.approved", "model_approval.approved-then-rejected", "model_approval.metadata-edit"]
)
def test_what_was_decided_before_changes_nothing(stage: Stage, name: str) -> None:
    before = stage.client("sagemaker").describe_endpoint(EndpointName="leeway-churn")
    said = stage.run(name)
    assert said.answer == TAKEN
    after = stage.client("sagemaker").describe_endpoint(EndpointName="leeway-churn")
    assert after["EndpointConfigName"] == before["EndpointConfigName"]
    assert after["EndpointStatus"] == "InService"


@pytest.mark.parametrize(
    "name",
    [
        "sagemaker_changed.pipeline-succeeded",
        "sagemaker_changed.endpoint-in-service",
        "sagemaker_changed.other-model",
    ],
)
def test_news_of_sagemaker_is_taken(stage: Stage, name: str) -> None:
    assert stage.run(name).answer == TAKEN


def test_an_alarm_is_recorded_once_and_a_muted_one_as_such(stage: Stage) -> None:
    for name in ("drift_alarm.raised", "drift_alarm.raised", "drift_alarm.muted"):
        assert stage.run(name).answer == TAKEN
    told = {what: [entry for entry in stage.journal("churn") if entry["what"] == what]
            for what in ("AlarmRaised", "AlarmSilenced")}  # fmt: skip
    of_the_event = [entry for entry in told["AlarmRaised"] if "48211.6" in entry["why"]]
    assert [entry["actor"] for entry in of_the_event] == ["drift_alarm"]
    assert "muted by the rule weekend" in told["AlarmSilenced"][0]["why"]


@pytest.mark.parametrize("name", ["drift_alarm.model-monitor", "drift_alarm.math", "drift_alarm.composite-suppressed"])
def test_an_alarm_that_no_model_names_concerns_nobody(stage: Stage, name: str) -> None:
    before = len(stage.journal("churn"))
    assert stage.run(name).answer == TAKEN
    assert len(stage.journal("churn")) == before


def test_an_alarm_of_another_account_is_refused(stage: Stage) -> None:
    said = stage.run("drift_alarm.other-account")
    assert said.answer == TAKEN
    assert refused(said.lines) == ["not an alarm's change of state in this account"]


def test_a_tick_says_until_when_there_is_nothing_to_do(stage: Stage) -> None:
    answer = stage.run("tick.minute").answer
    assert set(answer) == {"woken", "idle_until"}


@pytest.mark.parametrize("name", ["retrainer.wake", "rollout.wake", "approver.wake", "monitor.wake"])
def test_a_woken_machine_says_why_it_rests(stage: Stage, name: str) -> None:
    said = stage.run(name)
    assert said.answer is None
    [rests] = [line for line in said.lines if line["message"] == "rests"]
    assert rests["model"] == "churn"
    assert rests["why"]


@pytest.mark.parametrize(("name", "count"), [("predict.rows", 1), ("predict.base64-body", 2)])
def test_rows_have_scores(stage: Stage, name: str, count: int) -> None:
    said = stage.run(name)
    assert said.answer["statusCode"] == 200, said.answer
    document = json.loads(said.answer["body"])
    assert document["version"] == 1
    assert len(document["scores"]) == count
    assert all(0 < score < 1 for score in document["scores"])
    assert said.lines == []


@pytest.mark.parametrize(
    ("name", "status", "code"), [("predict.wrong-row", 400, "row"), ("predict.no-body", 405, "method")]
)
def test_what_is_no_request_is_refused(stage: Stage, name: str, status: int, code: str) -> None:
    said = stage.run(name)
    assert said.answer["statusCode"] == status
    [line] = said.lines
    assert (line["message"], line["code"]) == ("request refused", code)


@pytest.mark.template
def test_every_file_has_its_line_and_its_test() -> None:
    files = {path.stem for path in (ROOT / "events").glob("*.json")}
    assert set(documented()) == files
    text = Path(__file__).read_text(encoding="utf-8")
    assert {name for name in files if f'"{name}"' not in text} == set()
