"""Rows go to the model by their features' names, and what comes back is one score for each."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from leeway.aws.clients import within
from leeway.aws.runtime import Answered
from leeway.errors import Refused, Rejected
from leeway.predict.event import LARGEST
from leeway.predict.rows import Prediction, accepted, read, written
from leeway.spec import Column, Data, Identity, ModelSpec, Training

pytestmark = pytest.mark.unit
COLUMNS = (
    Column(name="plan", type="category", values=("month", "year")),
    Column(name="score", type="float", nullable=True),
    Column(name="tenure", type="int", min=0),
)


def specification(*columns: Column) -> ModelSpec:
    data = Data(id="id", label="left", columns=columns)
    return ModelSpec(model=Identity(name="churn"), data=data, training=Training(split="time"))


SPEC = specification(*COLUMNS)


def test_values_go_by_name_and_only_those_of_features() -> None:
    rows = [["month", None, 3], {"tenure": 4, "plan": "year", "id": "Jane", "left": 1}]
    assert json.loads(written(SPEC, rows)) == [
        {"plan": "month", "score": None, "tenure": 3},
        {"plan": "year", "tenure": 4},
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param({"plan": "month", "tenure": 1, "age": 3}, '"age", which the model does not know', id="unknown"),
        pytest.param(["month", 1], "has 2 values; the model takes 3: plan, score, tenure", id="count"),
        pytest.param(["month", "NaN", "NaN"], "tenure is missing", id="nan"),
        pytest.param({"plan": "month"}, "tenure is missing", id="missing"),
        pytest.param(["month", None, 1.5], "whole number", id="type"),
        pytest.param(["month", 1e39, 1], "score is", id="beyond-float32"),
        pytest.param(["month", [1], 1], "allowed: a number, a text, true or false", id="nested"),
    ],
)
def test_what_the_specification_refuses(row: object, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        written(SPEC, [["month", None, 1], row])
    assert (caught.value.status, caught.value.code) == (400, "row")
    assert str(caught.value).startswith("row 2")


def test_names_that_make_a_body_too_large_are_refused() -> None:
    column = Column(name="n" * 128, type="int")
    spec = specification(column)
    with pytest.raises(Refused, match="send fewer rows") as caught:
        written(spec, [[1]] * (LARGEST // 128))
    assert caught.value.status == 413


def answer(body: bytes, kind: str = "application/json") -> Answered:
    return Answered(body=body, content_type=kind, variant="a")


def test_predictions_are_read() -> None:
    body = b'{"predictions": [{"score": 0.5}, {"score": 1, "label": "a", "probabilities": {"a": 1}}]}'
    assert read(answer(b"0.5\n1e-05\n", "text/csv; charset=utf-8"), 2) == [
        Prediction(score=0.5),
        Prediction(score=1e-05),
    ]
    assert read(answer(body), 2) == [Prediction(score=0.5), Prediction(score=1, label="a", probabilities={"a": 1})]


@pytest.mark.parametrize(
    "body",
    [
        b"0.5\n",
        b"",
        b"[0.5]",
        b'{"predictions": 1}',
        b'{"predictions": ["a"]}',
        b'{"predictions": [{"score": NaN}]}',
        b'{"predictions": [{"score": true}]}',
        b'{"predictions": [{"score": "0.5"}]}',
        b'{"predictions": [{}]}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_prediction_is_told_without_its_words(body: bytes) -> None:
    with pytest.raises(Rejected, match="the model's answer is not"):
        read(answer(body), 1)


@pytest.mark.parametrize("body", [b"a\n", b"nan\n", b"0.5,0.5\n", b"\xff", b'{"predictions": []}'])
def test_what_is_no_line_of_numbers_is_told_without_its_words(body: bytes) -> None:
    with pytest.raises(Rejected, match="the model's answer is not a number a line"):
        read(answer(body, "text/csv"), 1)


def test_several_classes_are_asked_for_by_name() -> None:
    assert accepted(SPEC) == "text/csv"
    assert accepted(replace(SPEC, model=Identity(name="churn", problem="multiclass"))) == "application/json"


def test_a_score_is_wanted_for_each_row() -> None:
    with pytest.raises(Rejected, match="1 rows of 2"):
        read(answer(b'{"predictions": [{"score": 0.5}]}'), 2)
    with pytest.raises(Rejected, match="2 rows of 1"):
        read(answer(b"0.5\n0.5\n", "text/csv"), 1)


def test_patience_is_a_tenth_shorter_at_most_and_takes_few_values() -> None:
    asked = [0.05 + number / 1000 for number in range(60_000)]
    assert all(0.9 * seconds < within(seconds) <= seconds for seconds in asked)
    assert len({within(seconds) for seconds in asked}) < 80
    assert [within(seconds) for seconds in (-1, 0, 0.049)] == [0, 0, 0]
