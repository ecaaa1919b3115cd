"""Predictions by the function's URL, through the real template: who answers whom, and what is captured of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leeway.drift.captured import Half, rows
from leeway.experiment.assignment import Arm, Attributes, place
from leeway.request import Takes
from leeway.spec import BINARY
from localaws import LocalAWS, Mode
from localaws.faults import Faults
from tests.local.onboarding import ARTIFACTS, spec
from tests.local.predicted import CHALLENGER, CHAMPION, EXPERIMENT, NAME, SECOND, Predicted, unit_at

pytestmark = pytest.mark.local
OF_CHALLENGER, OF_CHAMPION = unit_at(50, inside=True), unit_at(50, inside=False)


@pytest.fixture
def model(aws: LocalAWS) -> Predicted:
    return Predicted(aws=aws)


def attributes(record: dict[str, Any]) -> Attributes | None:
    [text] = record["eventMetadata"].get("customAttributes", [""])
    return Attributes.parse(text)


def test_each_unit_is_answered_by_its_own_version_and_the_capture_says_so(model: Predicted) -> None:
    model.serve(share=50)
    for unit, version in ((OF_CHALLENGER, 2), (OF_CHAMPION, 1)):
        status, said = model.ask(unit, inference_id=f"id-{unit}")
        assert status == 200
        assert said == {
            "model": "churn",
            "version": version,
            "experiment": EXPERIMENT,
            "inference_id": f"id-{unit}",
            "fell_back": False,
            "scores": [version + 0.003],
        }
        assert {model.ask(unit)[1]["version"] for _ in range(5)} == {version}

    found = model.captured()
    assert len(found) == 12
    for unit, version, slot in ((OF_CHALLENGER, 2, "b"), (OF_CHAMPION, 1, "a")):
        [(where, record)] = [one for one in found if one[1]["eventMetadata"]["inferenceId"] == f"id-{unit}"]
        assert where == f"{NAME}/{slot}"
        assert attributes(record) == Attributes(epoch=1, version=version, unit=place(EXPERIMENT, unit))
    assert OF_CHALLENGER.encode() not in json.dumps([attributes(record) for _, record in found], default=str).encode()


def test_a_request_without_a_unit_is_a_unit_of_its_own(model: Predicted) -> None:
    model.serve(share=50)
    answers = [model.ask()[1] for _ in range(40)]
    assert {said["version"] for said in answers} == {1, 2}
    assert len({said["inference_id"] for said in answers}) == 40
    for said in answers[:5]:
        assert model.ask(inference_id=said["inference_id"])[1]["version"] == said["version"]
    assert {attributes(record).unit for _, record in model.captured()} == {""}  # type: ignore[union-attr]


def test_a_batch_of_one_unit_is_one_request(model: Predicted) -> None:
    model.serve(share=50)
    document = {"unit_id": OF_CHALLENGER, "rows": [{"plan": "year", "tenure": n} for n in range(20)]}
    status, said = model.post(json.dumps(document).encode(), "churn")
    assert status == 200
    assert said["scores"] == [2 + n / 1000 for n in range(20)]
    [(where, record)] = model.captured()
    assert where == f"{NAME}/b"
    asked, answered = (
        Half(data=half["data"], encoding=half["encoding"], content_type=half["observedContentType"])
        for half in (record["captureData"]["endpointInput"], record["captureData"]["endpointOutput"])
    )
    takes = Takes(columns=spec().data.columns)
    assert rows(takes, BINARY, asked, answered) == [(("year", float(n)), 2 + n / 1000) for n in range(20)]


def test_lists_of_values_are_the_features_in_their_order_and_ids_stay_here(model: Predicted) -> None:
    model.serve(share=50)
    document = {"rows": [["month", 7], {"tenure": 8, "plan": "year", "id": "Jane", "churned": 1}]}
    status, said = model.post(json.dumps(document).encode(), "/churn")
    assert status == 200
    assert [score % 1 for score in said["scores"]] == pytest.approx([0.007, 0.008])
    [(_, record)] = model.captured()
    sent = json.loads(record["captureData"]["endpointInput"]["data"])
    assert sent == [{"plan": "month", "tenure": 7}, {"plan": "year", "tenure": 8}]


def test_without_a_challenger_the_champion_answers_all(model: Predicted) -> None:
    model.begin()
    model.endpoint(a=1)
    model.assign(experiment="churn-1")
    said = [model.ask(unit)[1] for unit in (OF_CHALLENGER, OF_CHAMPION, "")]
    assert {(one["version"], one["experiment"]) for one in said} == {(1, "churn-1")}
    assert model.aws.calls.count(operation="InvokeEndpoint", caller="leeway-predict") == 3


def test_between_two_epochs_the_champion_answers_and_nobody_counts(model: Predicted) -> None:
    model.serve(share=50)
    model.assign(50, end=model.aws.now())
    status, said = model.ask(OF_CHALLENGER)
    assert status == 200
    assert said["scores"] == [1.003]
    assert (said["version"], said["experiment"], said["fell_back"]) == (None, None, False)
    [(where, record)] = model.captured()
    assert where == f"{NAME}/a"
    assert "customAttributes" not in record["eventMetadata"]


def test_another_assignment_is_known_after_five_seconds(model: Predicted) -> None:
    model.serve(share=50)
    assert model.ask(OF_CHALLENGER)[1]["version"] == 2
    model.assign(50, epoch=2, champion=CHALLENGER, challenger=CHAMPION)
    model.aws.advance(2 * SECOND)
    assert model.ask(OF_CHALLENGER)[1]["version"] == 2
    model.aws.advance(4 * SECOND)
    assert model.ask(OF_CHALLENGER)[1]["version"] == 1
    assert [attributes(record).epoch for _, record in model.captured()] == [2, 1, 1]  # type: ignore[union-attr]


def test_what_serves_nothing_and_what_is_not_there_say_what_to_do(model: Predicted) -> None:
    model.begin()
    status, said = model.ask()
    assert (status, said["code"]) == (409, "nothing-serves")
    assert "leeway status churn" in said["error"]
    status, said = model.post(b'{"rows": [[1]]}', "nobody")
    assert (status, said["code"]) == (404, "no-model")
    assert "no model nobody" in said["error"]
    model.endpoint(a=1)
    model.assign()
    assert model.ask()[0] == 200


FAILURES: dict[str, Callable[[Faults], object]] = {
    "fails": lambda faults: faults.hosting.fail(NAME, share=1, variant="b"),
    "refuses": lambda faults: faults.hosting.fail(NAME, share=1, variant="b", status=400),
    "is-throttled": lambda faults: faults.hosting.limit(NAME, per_minute=0, variant="b"),
    "is-late": lambda faults: faults.add(operation="InvokeEndpoint", action=Mode.TIMEOUT_AFTER, times=1),
    "is-unreachable": lambda faults: faults.add(operation="InvokeEndpoint", action=Mode.CONNECTION_BEFORE, times=1),
    "answers-nonsense": lambda _: None,
}


def test_where_the_challenger_does_not_answer_the_champion_does(model: Predicted) -> None:
    model.serve(share=50)
    for how, planned in FAILURES.items():
        planned(model.aws.faults)
        tenure = 902 if how == "answers-nonsense" else 3
        status, said = model.ask(OF_CHALLENGER, tenure=tenure, inference_id=how)
        assert (status, said["scores"], said["version"], said["fell_back"]) == (200, [1 + tenure / 1000], 1, True), how
        assert said["experiment"] == EXPERIMENT
        told = model.logged()[-1]
        assert (told["message"], told["model"], told["version"]) == ("fell back", "churn", 2)
        model.aws.faults.clear()
    assert len(model.logged()) == len(FAILURES)
    fallen = [record for where, record in model.captured() if where == f"{NAME}/a"]
    assert {record["eventMetadata"]["inferenceId"] for record in fallen} == set(FAILURES)
    assert {attributes(record) for record in fallen} == {
        Attributes(epoch=1, version=2, unit=place(EXPERIMENT, OF_CHALLENGER), fell_back=True)
    }


def test_where_the_challengers_variant_is_gone_the_champion_answers(model: Predicted) -> None:
    model.begin()
    model.endpoint(a=1)
    model.assign(50)
    _, said = model.ask(OF_CHALLENGER)
    assert (said["version"], said["fell_back"]) == (1, True)


def test_the_champions_refusal_is_passed_on_in_its_own_words(model: Predicted) -> None:
    model.serve()
    status, said = model.ask(OF_CHAMPION, tenure=900, inference_id="mine")
    assert (status, said["error"]) == (400, "row 1: version 1 does not take this")
    assert (said["code"], said["inference_id"]) == ("ModelError", "mine")
    status, said = model.ask(OF_CHALLENGER, tenure=900)
    assert (status, said["error"]) == (400, "row 1: version 1 does not take this")
    assert "does not take" not in model.aws.logs("leeway-predict")


def test_the_champions_nonsense_is_a_bad_gateway(model: Predicted) -> None:
    model.serve()
    status, said = model.ask(OF_CHAMPION, tenure=901)
    assert (status, said["code"]) == (502, "answer")
    assert "predictions" in said["error"]


STATUSES: list[tuple[int, Callable[[Faults], object]]] = [
    (503, lambda faults: faults.hosting.fail(NAME, share=1, status=503)),
    (429, lambda faults: faults.hosting.limit(NAME, per_minute=0)),
    (503, lambda faults: faults.hosting.limit(NAME, per_minute=0, status=503)),
    (504, lambda faults: faults.hosting.slow(NAME, milliseconds=60_000)),
    (504, lambda faults: faults.add(operation="InvokeEndpoint", action=Mode.TIMEOUT_AFTER)),
    (502, lambda faults: faults.add(operation="InvokeEndpoint", action=Mode.CONNECTION_BEFORE)),
    (502, lambda faults: faults.add(operation="InvokeEndpoint", action=Mode.SERVER_ERROR_BEFORE)),
]


def test_the_champions_failure_has_a_status_that_says_what_it_is(model: Predicted) -> None:
    model.serve()
    for status, planned in STATUSES:
        planned(model.aws.faults)
        found, said = model.ask(OF_CHAMPION)
        assert found == status
        assert said["error"]
        told = model.logged()[-1]
        assert (told["message"], told["status"]) == ("the champion failed", status)
        model.aws.faults.clear()
    assert len(model.logged()) == len(STATUSES)


def test_an_endpoint_that_is_gone_is_a_bad_gateway(model: Predicted) -> None:
    model.serve()
    model.sagemaker.delete_endpoint(EndpointName=NAME)
    model.aws.advance(10 * SECOND)
    status, said = model.ask(OF_CHAMPION)
    assert (status, said["code"]) == (502, "ValidationError")
    assert "not found" in said["error"]


def test_while_the_table_does_not_answer_the_champion_goes_on(model: Predicted) -> None:
    model.serve()
    assert model.ask(OF_CHALLENGER)[1]["version"] == 2
    model.aws.advance(6 * SECOND)
    model.aws.faults.add(service="dynamodb", caller="leeway-predict", action=Mode.CONNECTION_BEFORE)
    status, said = model.ask(OF_CHALLENGER)
    assert (status, said["scores"], said["version"]) == (200, [1.003], None)
    model.aws.faults.clear()
    assert model.ask(OF_CHALLENGER)[1]["version"] == 2


def test_what_was_never_known_is_unavailable(model: Predicted) -> None:
    model.serve()
    model.aws.faults.add(service="dynamodb", caller="leeway-predict", action=Mode.CONNECTION_BEFORE)
    status, said = model.ask(OF_CHAMPION)
    assert (status, said["code"]) == (503, "unavailable")


def test_a_row_that_the_specification_refuses_reaches_no_model(model: Predicted) -> None:
    model.serve()
    for row, reason in (
        ({"plan": "month", "tenure": -1}, "tenure is"),
        ({"plan": "decade", "tenure": 1}, "plan is"),
        ({"plan": "month"}, "tenure is missing"),
        ({"plan": "month", "tenure": 1, "age": 1}, '"age", which the model does not know'),
        (["month"], "1 values"),
        ("month,1", "allowed: an object or a list"),
    ):
        status, said = model.post(json.dumps({"rows": [row]}).encode(), "churn")
        assert (status, said["code"]) == (400, "row")
        assert reason in said["error"]
    assert model.aws.calls.count(operation="InvokeEndpoint", caller="leeway-predict") == 0


def test_one_serverless_endpoint_behind_the_other(model: Predicted) -> None:
    """Each arm has an endpoint of its own; Leeway writes the captures, which SageMaker does not."""
    model.begin(mode="serverless", memory=2048, max_concurrency=5)
    other = Arm(version=2, endpoint=f"{NAME}-b", slot="a")
    model.endpoint(a=1, serverless=True)
    model.endpoint(f"{NAME}-b", a=2, serverless=True)
    model.assign(50, challenger=other)
    answers = {unit: model.ask(unit, inference_id=f"id-{unit}")[1] for unit in (OF_CHALLENGER, OF_CHAMPION)}
    assert [said["version"] for said in answers.values()] == [2, 1]

    at = model.aws.now()
    found = dict(model.captured())
    assert set(found) == {f"{NAME}/a", f"{NAME}-b/a"}
    record = found[f"{NAME}-b/a"]
    assert attributes(record) == Attributes(epoch=1, version=2, unit=place(EXPERIMENT, OF_CHALLENGER))
    moment = record["eventMetadata"].pop("inferenceTime")
    assert at - timedelta(minutes=1) < at.fromisoformat(moment) <= at
    assert record["eventMetadata"].pop("eventId")
    assert record == {
        "captureData": {
            "endpointInput": {
                "observedContentType": "application/json",
                "mode": "INPUT",
                "data": '[{"plan":"month","tenure":3}]',
                "encoding": "JSON",
            },
            "endpointOutput": {
                "observedContentType": "text/csv",
                "mode": "OUTPUT",
                "data": "2.003\n",
                "encoding": "CSV",
            },
        },
        "eventMetadata": {
            "inferenceId": f"id-{OF_CHALLENGER}",
            "customAttributes": [str(attributes(record))],
        },
        "eventVersion": "0",
    }
    found_keys = model.aws.client("s3").list_objects_v2(Bucket=ARTIFACTS, Prefix="capture/")["Contents"]
    assert {tuple(one["Key"].split("/")[3:7]) for one in found_keys} == {tuple(f"{at:%Y/%m/%d/%H}".split("/"))}


def test_sagemakers_captures_and_ours_are_read_alike(model: Predicted) -> None:
    """The same request to an endpoint that captures and to one that does not leaves the same record."""
    model.begin()
    model.endpoint(a=1)
    model.endpoint(f"{NAME}-b", a=1, serverless=True)
    model.assign()
    model.ask(OF_CHAMPION, inference_id="one")
    model.aws.advance(6 * SECOND)
    model.assign(epoch=2, champion=replace(CHAMPION, endpoint=f"{NAME}-b"))
    model.ask(OF_CHAMPION, inference_id="one")
    (_, theirs), (_, ours) = model.captured()
    for record in (theirs, ours):
        for name in ("eventId", "inferenceTime", "customAttributes"):
            assert record["eventMetadata"].pop(name)
    assert theirs == ours


def test_a_capture_that_is_lost_fails_no_prediction_and_is_counted(model: Predicted) -> None:
    model.begin(mode="serverless")
    model.endpoint(a=1, serverless=True)
    model.assign()
    assert model.ask(OF_CHAMPION)[0] == 200
    modes = (Mode.CONNECTION_BEFORE, Mode.TIMEOUT_AFTER, Mode.SERVER_ERROR_BEFORE, Mode.THROTTLE)
    for mode in modes:
        model.aws.faults.add(service="s3", operation="PutObject", caller="leeway-predict", action=mode)
        status, said = model.ask(OF_CHAMPION)
        assert (status, said["scores"]) == (200, [1.003])
        model.aws.faults.clear()
    assert [(line["message"], line["model"]) for line in model.logged()] == [("capture lost", "churn")] * len(modes)
    now = model.aws.now()
    points = model.aws.client("cloudwatch").get_metric_statistics(
        Namespace="Leeway", MetricName="CapturesLost", Period=60, Statistics=["Sum"],
        Dimensions=[{"Name": "Stack", "Value": "leeway"}],
        StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=5),
    )["Datapoints"]  # fmt: skip
    assert sum(point["Sum"] for point in points) == len(modes)
    model.aws.advance(timedelta(minutes=3))
    changes = [event["detail"] for event in model.aws.events if event["source"] == "aws.cloudwatch"]
    assert ("leeway-predict-captures-lost", "ALARM") in [
        (change["alarmName"], change["state"]["value"]) for change in changes if "state" in change
    ]


def test_what_sagemaker_does_not_say_of_an_endpoint_the_specification_does(model: Predicted) -> None:
    model.begin(mode="serverless")
    model.endpoint(a=1, serverless=True)
    model.assign()
    model.aws.faults.add(operation="DescribeEndpoint", caller="leeway-predict", action=Mode.THROTTLE)
    assert model.ask(OF_CHAMPION)[0] == 200
    assert len(model.captured()) == 1


def test_the_table_is_asked_twice_in_five_seconds_and_the_endpoint_described_once_an_epoch(model: Predicted) -> None:
    model.serve()
    for _ in range(3):
        for _ in range(4):
            model.ask(OF_CHAMPION)
        model.aws.advance(6 * SECOND)
    count = model.aws.calls.count
    assert count(operation="GetItem", caller="leeway-predict") == 6
    assert count(operation="DescribeEndpoint", caller="leeway-predict") == 1
    model.assign(50, epoch=2)
    model.ask(OF_CHAMPION)
    assert count(operation="DescribeEndpoint", caller="leeway-predict") == 2
