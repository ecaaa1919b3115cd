"""Cells: booleans and dates in the spellings that systems write, labels and weights."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leeway.cells import parse_cell, parse_label, parse_weight
from leeway.errors import Rejected
from leeway.spec import Column, Data

pytestmark = pytest.mark.unit
DATA = Data(id="id", label="y", columns=())
FLAG, SINCE = Column(name="flag", type="bool"), Column(name="since", type="date", nullable=True)


@pytest.mark.parametrize("stem", ["true", "t", "yes", "y", "on"])
def test_booleans_in_all_spellings(stem: str) -> None:
    opposite = {"true": "false", "t": "f", "yes": "no", "y": "n", "on": "off"}[stem]
    for spell in (str, str.upper, str.capitalize, lambda text: f" {text} "):
        assert parse_cell(FLAG, spell(stem)) == 1.0
        assert parse_cell(FLAG, spell(opposite)) == 0.0


def test_booleans_as_numbers() -> None:
    """pandas writes 1.0 where a column has gaps."""
    assert [parse_cell(FLAG, text) for text in ("1", "1.0", "0", "0.0")] == [1.0, 1.0, 0.0, 0.0]
    for text in ("2", "-1", "maybe", "ja"):
        with pytest.raises(Rejected, match="allowed: true or false"):
            parse_cell(FLAG, text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        pytest.param("1970-01-01", 0.0, id="the first day"),
        pytest.param("2024-01-31", 19753.0, id="a day"),
        pytest.param("2024-01-31T18:00:00Z", 19753.75, id="a time of day"),
        pytest.param("2024-01-31 18:00", 19753.75, id="without seconds"),
        pytest.param("2024-02-01T00:00:00+06:00", 19753.75, id="an offset"),
        pytest.param("1706724000", 19753.75, id="seconds"),
        pytest.param("1950-03-01", -7246.0, id="before 1970"),
        pytest.param("", None, id="missing"),
        pytest.param("NULL", None, id="null"),
    ],
)
def test_dates_are_days_since_1970(text: str, days: float | None) -> None:
    assert parse_cell(SINCE, text) == days


@pytest.mark.parametrize("text", ["31.01.2024", "01/31/2024", "20240131", "2024-13-01", "0001-01-01", "soon", "3"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match=r"since is .*; allowed: a date such as 2024-01-31, or with a time or nothing"):
        parse_cell(SINCE, text)


@pytest.mark.parametrize(
    ("problem", "text", "label"),
    [
        pytest.param("binary", "1.0", 1, id="binary"),
        pytest.param("multiclass", " Köln, mid ", "Köln, mid", id="class"),
        pytest.param("multiclass", "1.0", "1.0", id="class as written"),
        pytest.param("regression", "-2.5e3", -2500.0, id="number"),
    ],
)
def test_labels_are_read_as_the_problem_has_them(problem: str, text: str, label: object) -> None:
    assert parse_label(DATA, text, problem) == label


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("text", ["", " ", "NA", "null", "None"])
def test_a_row_without_an_answer_teaches_nothing(problem: str, text: str) -> None:
    with pytest.raises(Rejected, match="y is missing; it is the label"):
        parse_label(DATA, text, problem)


def test_declared_classes_are_all_that_a_label_may_be() -> None:
    """One of them may be spelt like a missing value."""
    data = replace(DATA, classes=("none", "mild", "severe"))
    assert [parse_label(data, text, "multiclass") for text in ("none", " mild ")] == ["none", "mild"]
    for text in ("None", "milld", ""):
        with pytest.raises(Rejected, match=r"y is (missing|\"\w+\"; allowed: one of none, mild, severe)"):
            parse_label(data, text, "multiclass")


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e39", "1_000", "1,5", "ten"])
def test_a_regression_learns_finite_numbers(text: str) -> None:
    with pytest.raises(Rejected, match="y is "):
        parse_label(DATA, text, "regression")


def test_weights() -> None:
    assert [parse_weight("w", text) for text in ("0", " 2.5 ", "1e3")] == [0.0, 2.5, 1000.0]
    for text in ("-1", "nan", "inf", "heavy", "1e39"):
        with pytest.raises(Rejected, match="it is the weight of a row; allowed: a number, 0 or more"):
            parse_weight("w", text)
    with pytest.raises(Rejected, match="w is missing; it is the weight"):
        parse_weight("w", "")
