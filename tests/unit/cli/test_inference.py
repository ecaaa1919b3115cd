"""What a column of a sample is taken for, and what is left open for the data of tomorrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leeway.errors import Rejected
from leeway.spec import Column
from leeway_cli.inference import labels, roles
from leeway_cli.inference.columns import Feature, LeftOut, judge
from leeway_cli.inference.draft import model_name
from leeway_cli.inference.profile import Profile, profile

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def of(cells: Iterable[object], name: str = "x") -> Profile:
    return profile(name, Counter(str(cell) for cell in cells))


def column(cells: Iterable[object], name: str = "x") -> Column:
    found = judge(of(cells, name))
    assert isinstance(found, Feature), found
    return found.column


def reason(cells: Iterable[object], name: str = "x") -> str:
    found = judge(of(cells, name))
    assert isinstance(found, LeftOut), found
    return found.why


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param([3, 0, 7] * 50, Column(name="x", type="int", min=0), id="counts"),
        pytest.param([3, -1, 7] * 50, Column(name="x", type="int"), id="something negative"),
        pytest.param([3, 0, 7], Column(name="x", type="int"), id="too few rows for a range"),
        pytest.param([0.5, 1, 70] * 50, Column(name="x", type="float", min=0), id="amounts"),
        pytest.param([4.85, 4.86, 4.87] * 50, Column(name="x", type="float"), id="a rate that may fall below 0"),
        pytest.param(["1.0", "2.0"] * 50, Column(name="x", type="float", min=None), id="whole numbers with a point"),
        pytest.param([1, 2, "", "NaN"] * 50, Column(name="x", type="int", min=0, nullable=True), id="missing"),
        pytest.param([0, 1] * 50, Column(name="x", type="bool"), id="0 and 1"),
        pytest.param([0] * 500 + [1] * 3, Column(name="x", type="int", min=0), id="a count that was 1 at most so far"),
        pytest.param(["Yes", "No"] * 50, Column(name="x", type="bool"), id="yes and no"),
        pytest.param(["a", "b"] * 50, Column(name="x", type="category", values=("a", "b")), id="categories"),
        pytest.param(["a", "b"] * 5, Column(name="x", type="category"), id="too rare to be all of them"),
        pytest.param(["a"] * 200 + ["b"], Column(name="x", type="category"), id="one of them rare"),
        pytest.param([f"c{n % 40}" for n in range(900)], Column(name="x", type="category"), id="many categories"),
        pytest.param(["Yes", ""] * 50, Column(name="x", type="bool", nullable=True), id="yes or nothing"),
        pytest.param(["007", "012"] * 50, Column(name="x", type="category", values=("007", "012")), id="codes"),
        pytest.param([*range(999), "?"], Column(name="x", type="int", min=0), id="one slip in a thousand"),
        pytest.param(["a\tb", "c"] * 50, Column(name="x", type="category"), id="no text for model.toml"),
    ],
)
def test_types_and_what_is_allowed(cells: list[object], expected: Column) -> None:
    assert column(cells) == expected


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        pytest.param([5] * 30, 'is "5" in every row', id="constant"),
        pytest.param(["", "NA"] * 30, "is empty", id="empty"),
        pytest.param([f"Ms {n}" for n in range(60)], "another text in every row", id="names"),
        pytest.param([f"n{n % 80}" for n in range(100)], "another text in most rows", id="nearly names"),
        pytest.param(range(1000, 1100), "another number in every row", id="sequence"),
        pytest.param([f"well now {n % 60} that is long" for n in range(400)], "free text", id="free text"),
        pytest.param([*range(60), *["?"] * 5], 'but "?" and the like in 5 rows', id="numbers and question marks"),
        pytest.param([f"{n},5" for n in range(60)], 'written as "0,5"', id="decimal comma"),
        pytest.param([f"{n} %" for n in range(60)], 'written as "0 %"', id="per cent"),
    ],
)
def test_what_is_left_out(cells: Iterable[object], says: str) -> None:
    assert says in reason(cells)


@pytest.mark.parametrize("name", ["", "a[0]", "a,b", "x" * 129, 'a"b'])
def test_names_that_model_toml_does_not_take(name: str) -> None:
    assert "name" in reason([1, 2], name) or "called" in reason([1, 2], name)


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        pytest.param("0 1", None, id="zero and one"),
        pytest.param("0.0 1.0", None, id="with a point"),
        pytest.param("No Yes", "Yes", id="yes"),
        pytest.param("False True", "True", id="true"),
        pytest.param("1 2", "2", id="larger number"),
        pytest.param("-1 1", "1", id="minus one"),
        pytest.param("good good good bad", "bad", id="bad"),
        pytest.param("stay stay stay go", "go", id="rarer"),
        pytest.param("no No Yes", "Yes", id="other case"),
    ],
)
def test_what_counts_as_one(values: str, positive: str | None) -> None:
    assert labels.label_of(of(values.split(), "y")).positive == positive


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param([f"n{n}" for n in range(60)], "no classes that come again", id="names"),
        pytest.param([f"n{n}" for n in range(1001)] * 3, "allowed: up to 1,000 of them", id="too many classes"),
        pytest.param([*range(60), "?"], 'as a number it would do but for "\\?" and the like', id="nearly numbers"),
        pytest.param([1, "1.0"], "two classes", id="one class, two spellings"),
        pytest.param(["yes", "Yes"], "two classes", id="one class, two cases"),
        pytest.param(["", "NA"], "missing in every row", id="nothing"),
    ],
)
def test_labels_that_cannot_be_learnt(values: Iterable[object], says: str) -> None:
    with pytest.raises(Rejected, match=says):
        labels.label_of(of(values, "y"))


@pytest.mark.parametrize(
    ("values", "problem", "other"),
    [
        pytest.param(["a", "b", "c"] * 9, "multiclass", "", id="three classes"),
        pytest.param([*range(5)] * 9, "multiclass", "regression", id="few whole numbers"),
        pytest.param([*range(50)] * 9, "regression", "multiclass", id="many whole numbers"),
        pytest.param(range(50), "regression", "", id="whole numbers, each once"),
        pytest.param([0.5, 1.5, 2.5], "regression", "", id="fractions"),
        pytest.param(["-1", "1"] * 9, "binary", "", id="two numbers"),
    ],
)
def test_what_a_label_poses(values: Iterable[object], problem: str, other: str) -> None:
    found = labels.label_of(of(values, "y"))
    assert (found.problem, found.other) == (problem, other)


def test_what_knowing_nothing_reaches() -> None:
    assert labels.label_of(of(["a", "a", "b", "c"] * 9, "y")).share == 0.5
    assert labels.label_of(of([1.5, 2.5, 2.5, 3.5, 5.0], "y")).spread == pytest.approx(1.1832159566199)


def test_a_time_is_a_date() -> None:
    assert column(["2024-01-01", "2024-01-02 12:00", ""] * 30) == Column(name="x", type="date", nullable=True)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param({"a": ["2024-01-01", "2024-01-02"]}, "a", id="dates of any name"),
        pytest.param({"a": ["2024-01-01", "2024-01-02"], "event_time": [1.7e9, 1.7e9 + 1]}, "event_time", id="by name"),
        pytest.param({"account": [1700000000, 1700000001]}, None, id="numbers of no such name"),
        pytest.param({"birth_date": ["1980-01-01", "1990-01-02"]}, None, id="birth"),
        pytest.param({"createdAt": ["2024-01-01", "2027-01-02"]}, None, id="times to come"),
        pytest.param({"date": ["2024-01-01", "2024-01-01"]}, None, id="one moment"),
        pytest.param({"date": ["2024-01-01", "2024-01-02", ""]}, None, id="missing"),
        pytest.param({"date": ["31.01.2024", "01.02.2024"]}, None, id="written in another way"),
    ],
)
def test_event_time(columns: dict[str, list[object]], expected: str | None) -> None:
    found = roles.time_of([of(cells, name) for name, cells in columns.items()], NOW)
    assert (found.role.name if found else None) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param({"mail": "abc", "customerID": "xyz"}, "customerID", id="by name"),
        pytest.param({"mail": ["a@b", "c@d"], "n": [1, 2]}, "n", id="a sequence before a text"),
        pytest.param({"income": [7, 3, 5], "mail": "abc"}, "mail", id="other numbers never"),
        pytest.param({"account_no": [7, 3, 5], "mail": "abc"}, "account_no", id="but by name"),
        pytest.param({"id": ["a", "", "b"], "mail": "abc"}, "mail", id="missing"),
    ],
)
def test_id(columns: dict[str, Iterable[object]], expected: str) -> None:
    assert roles.id_of([of(cells, name) for name, cells in columns.items()], timed=False).name == expected


def test_an_id_may_come_again_where_time_tells_rows_apart() -> None:
    columns = [of("aab", "customer_id"), of([1, 1, 2], "n")]
    assert roles.id_of(columns, timed=True).name == "customer_id"
    with pytest.raises(Rejected, match=r"customer_id comes again.*--id"):
        roles.id_of(columns, timed=False)


def test_a_model_is_called_after_its_file_or_folder() -> None:
    assert model_name(Path("Telco Churn_v2.csv")) == "telco-churn-v2"
    assert model_name(Path("bike/2011-01.csv")) == "bike"
    assert model_name(Path("/1/2.csv")) == "model"
    assert len(model_name(Path("x" * 99))) == 30
