"""Which events concern which machine, and when a tick looks for what nobody told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leeway.errors import Rejected
from leeway.settings import Settings
from leeway.watch.event import Changed, parse
from leeway.watch.plan import AT_ONCE, EVERY, OVERLAP, idle_until, in_turn, is_due, since
from tests.unit.retraining.values import HOUR, MINUTE, NOW

pytestmark = pytest.mark.unit
ACCOUNT = "123456789012"
PIPELINE = "SageMaker Model Building Pipeline Execution Status Change"
ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/leeway-churn"


def event(kind: str, detail: Any, **rest: Any) -> dict[str, Any]:
    return {"source": "aws.sagemaker", "account": ACCOUNT, "detail-type": kind, "detail": detail, **rest}


@pytest.mark.parametrize(
    ("kind", "detail", "expected"),
    [
        pytest.param(PIPELINE, {"pipelineArn": ARN}, ("retrainer", "leeway-churn"), id="pipeline"),
        pytest.param(PIPELINE, {"PipelineArn": ARN}, ("retrainer", "leeway-churn"), id="pipeline-in-pascal-case"),
        pytest.param(
            PIPELINE, {"pipelineArn": ARN + "/execution/x"}, ("retrainer", "leeway-churn"), id="arn-of-an-execution"
        ),
        pytest.param(
            "SageMaker Endpoint State Change",
            {"EndpointName": "leeway-churn"},
            ("rollout", "leeway-churn"),
            id="endpoint",
        ),
        pytest.param(
            "SageMaker Endpoint State Change",
            {"endpointName": "leeway-x"},
            ("rollout", "leeway-x"),
            id="endpoint-camel",
        ),
        pytest.param(
            "SageMaker Endpoint Deployment State Change",
            {"EndpointName": "leeway-churn", "PendingDeploymentSummary": None},
            ("rollout", "leeway-churn"),
            id="deployment",
        ),
    ],
)
def test_what_concerns_whom(kind: str, detail: Any, expected: tuple[str, str]) -> None:
    assert parse(event(kind, detail), account=ACCOUNT) == Changed(machine=expected[0], resource=expected[1])


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({}, id="nothing"),
        pytest.param([], id="a-list"),
        pytest.param(None, id="null"),
        pytest.param(event(PIPELINE, {"pipelineArn": ARN}, source="mallory"), id="another-source"),
        pytest.param(event(PIPELINE, {"pipelineArn": ARN}, account="000000000000"), id="another-account"),
        pytest.param(event(PIPELINE, None), id="no-detail"),
        pytest.param(event(PIPELINE, {}), id="no-arn"),
        pytest.param(event(PIPELINE, {"pipelineArn": 7}), id="an-arn-that-is-a-number"),
        pytest.param(event("SageMaker Endpoint State Change", {"EndpointName": None}), id="no-endpoint"),
        pytest.param(event("SageMaker Training Job State Change", {"TrainingJobName": "x"}), id="another-kind"),
    ],
)
def test_what_is_refused(forged: Any) -> None:
    with pytest.raises(Rejected):
        parse(forged, account=ACCOUNT)


@pytest.mark.parametrize(
    ("resource", "model"),
    [("leeway-churn", "churn"), ("LEEWAY-churn", "churn"), ("leeway-", None), ("leeway", None), ("other-churn", None)],
)
def test_names_are_mapped_to_models_whatever_their_case(resource: str, model: str | None) -> None:
    names = {name: name for name in Settings.__dataclass_fields__}
    assert Settings(**names | {"stack": "Leeway"}).model_of(resource) == model


def test_a_scan_is_due_every_five_minutes() -> None:
    assert is_due(None, NOW)
    assert is_due(NOW - EVERY, NOW)
    assert not is_due(NOW - EVERY + timedelta(seconds=1), NOW)
    assert is_due(NOW + MINUTE, NOW), "a clock that was set back"


def test_scans_overlap() -> None:
    assert since(NOW) == NOW - OVERLAP
    assert since(None).year == 2017


def test_how_long_there_is_nothing_to_do() -> None:
    def epoch(after: timedelta) -> int:
        return int((NOW + after).timestamp())

    assert idle_until(NOW, epoch(HOUR), [NOW - MINUTE, NOW]) == NOW - MINUTE + EVERY
    assert idle_until(NOW, epoch(MINUTE), [NOW]) == NOW + MINUTE
    assert idle_until(NOW, None, [NOW]) == NOW + EVERY
    assert idle_until(NOW, epoch(-HOUR), [NOW]) == NOW
    assert idle_until(NOW, None, [None]) == NOW


def test_few_models_are_all_compared_each_time() -> None:
    models = [f"model-{n}" for n in range(AT_ONCE)]
    assert in_turn(models, NOW) == models


def test_many_models_take_turns_and_each_gets_its_own() -> None:
    models = [f"model-{n}" for n in range(10_000)]
    turns = [in_turn(models, NOW + n * EVERY) for n in range(10_000 // AT_ONCE)]
    assert sorted(model for turn in turns for model in turn) == sorted(models)
    assert max(len(turn) for turn in turns) < 1.3 * AT_ONCE
    assert in_turn(models, NOW + 10_000 // AT_ONCE * EVERY) == turns[0]
