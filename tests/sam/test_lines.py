"""Each function once by its documented line of `sam local invoke`; `make test-sam ARGS="-m sam"` runs all lines."""

import json
from dataclasses import replace

import pytest

from tests.sam.stage import Stage, documented
from tests.sam.ways import by_invoke, function_of

TAKEN: dict[str, list[str]] = {"batchItemFailures": []}
LINES = {
    "data_arrival.other-account": TAKEN,
    "model_approval.approved": TAKEN,
    "sagemaker_changed.endpoint-in-service": TAKEN,
    "drift_alarm.math": TAKEN,
    "retrainer.wake": None,
    "rollout.wake": None,
    "approver.wake": None,
    "monitor.wake": None,
}


@pytest.mark.sam
@pytest.mark.parametrize("name", LINES)
def test_it_answers_as_it_is_to(demonstrated: Stage, name: str) -> None:
    assert replace(demonstrated, way=by_invoke).run(name).answer == LINES[name]


@pytest.mark.sam
def test_a_row_has_a_score(demonstrated: Stage) -> None:
    said = replace(demonstrated, way=by_invoke).run("predict.rows")
    assert said.answer["statusCode"] == 200, said.answer
    [score] = json.loads(said.answer["body"])["scores"]
    assert 0 < score < 1


@pytest.mark.sam
def test_a_tick_says_until_when_there_is_nothing_to_do(demonstrated: Stage) -> None:
    assert set(replace(demonstrated, way=by_invoke).run("tick.minute").answer) == {"woken", "idle_until"}


@pytest.mark.template
def test_no_function_is_left_out() -> None:
    shown = (*LINES, "predict.rows", "tick.minute")
    assert {function_of(name) for name in shown} == {function_of(name) for name in documented()}
