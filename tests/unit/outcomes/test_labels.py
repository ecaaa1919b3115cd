"""Label files: both forms, whatever people and programs put into them, matched with the ids of predictions."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leeway.outcomes import labels
from leeway.spec import BINARY, REGRESSION
from tests.unit.outcomes.made import DATA, label, written

pytestmark = pytest.mark.unit


def resolved(files: list[Path], ids: list[str], problem: str = BINARY) -> tuple[dict[str, Any], dict[str, int]]:
    """The labels of some predictions, and what was of no use."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE names (name VARCHAR)")
    connection.executemany("INSERT INTO names VALUES (?)", [[one] for one in ids])
    connection.execute(f"CREATE TABLE units AS SELECT name, {labels.hashed('name')} AS id FROM names")
    unused = labels.resolve(connection, files, DATA, problem)
    query = "SELECT name, label FROM units JOIN resolved ON u = units.rowid"
    return dict(connection.execute(query).fetchall()), unused


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([label("a", "1"), label("b,c", "0")], id="json"),
        pytest.param([label("a", "1\n"), label("b,c", " 0.0 ")], id="blanks"),
        pytest.param(["inference_id,label", "a,1", '"b,c",0'], id="csv"),
        pytest.param(["label,when,event_id", '"1",now,a', '0,"to,day","b,c"'], id="other-columns"),
        pytest.param(["\ufeffEvent_Id , LABEL\r", "a,1\r", '"b,c",0.0\r', "\r", ""], id="spreadsheet"),
        pytest.param([label("a", "1") | {"groundTruthData": {"data": 1}}, label("b,c", "0")], id="a-number"),
    ],
)
def test_both_forms(tmp_path: Path, lines: list[Any]) -> None:
    assert resolved([written(tmp_path, "x", lines)], ["a", "b,c", "d"]) == ({"a": "1", "b,c": "0"}, {})


@pytest.mark.parametrize(
    ("lines", "unused"),
    [
        pytest.param(["a,1", "b,0"], {labels.NO_FILE: 1}, id="no-header"),
        pytest.param(["inference_id,event_id,label", "a,b,1"], {labels.NO_FILE: 1}, id="two-ids"),
        pytest.param(["\x89PNG\r\n\x1a", "\0\0"], {labels.NO_FILE: 1}, id="a-picture"),
        pytest.param(["event_id,label", "a", "a,1,2", '"a,1', "a,\x001"], {labels.NO_RECORD: 4}, id="csv-lines"),
        pytest.param(["event_id,label", ",1"], {labels.NO_RECORD: 1}, id="no-id"),
        pytest.param(
            ['{"groundTruthData": ', "{}", "[1]", '{"a": }', label("a", "1", "BASE64"), label("", "1")],
            {labels.NO_RECORD: 6}, id="json-lines",
        ),
        pytest.param([label("x", "1"), label("y", "0")], {labels.ELSEWHERE: 2}, id="other-predictions"),
        pytest.param([], {}, id="empty"),
        pytest.param(["", "  "], {}, id="blank"),
    ],
)  # fmt: skip
def test_what_is_of_no_use_is_counted_and_costs_nothing_else(
    tmp_path: Path, lines: list[Any], unused: dict[str, int]
) -> None:
    good = written(tmp_path, "good", [label("z", "1")])
    assert resolved([written(tmp_path, "x", lines), good], ["a", "z"]) == ({"z": "1"}, unused)


def test_a_line_that_is_broken_costs_itself_alone(tmp_path: Path) -> None:
    lines = [label("a", "1"), '{"groundTruthData": {"data":', label("b", "1"), "}", label("c", "0")]
    found, unused = resolved([written(tmp_path, "x", lines)], ["a", "b", "c"])
    assert (found, unused) == ({"a": "1", "b": "1", "c": "0"}, {labels.NO_RECORD: 2})


def test_a_line_without_end_costs_itself_alone_and_no_memory(tmp_path: Path) -> None:
    lines = [label("a", "1"), '{"groundTruthData": "' + "x" * (32 << 20) + '"}', label("b", "1")]
    file = written(tmp_path, "x", lines)
    tracemalloc.start()
    try:
        found, unused = resolved([file], ["a", "b"])
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert (found, unused) == ({"a": "1", "b": "1"}, {labels.NO_RECORD: 1})


def test_of_labels_that_differ_the_last_file_counts(tmp_path: Path) -> None:
    files = [
        written(tmp_path, "1", [label("same", "1"), label("changed", "0"), label("twice", "1"), label("both", "1")]),
        written(tmp_path, "2", [label("same", "1.0"), label("twice", "1"), label("twice", "1"), label("both", "0")]),
        written(tmp_path, "3", ["event_id,label", "changed,1", "both,1", "both,0", "again,1", "again,1"]),
    ]
    ids = ["same", "changed", "twice", "both", "again"]
    assert resolved(files, ids) == (
        {"same": "1", "changed": "1", "twice": "1", "again": "1"},
        {labels.REPEATED: 1 + 2 + 1 + 2, labels.CHANGED: 1, labels.CONTRADICTED: 1},
    )
    assert resolved(files[::-1], ids)[0]["changed"] == "0"


def test_two_predictions_of_one_id_have_one_label(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE units AS SELECT {labels.hashed('name')} AS id FROM (VALUES ('a'), ('a')) t(name)")
    assert labels.resolve(connection, [written(tmp_path, "x", [label("a", "1")])], DATA, BINARY) == {}
    assert connection.execute("SELECT count(*) FROM resolved").fetchone() == (2,)


def test_numbers_are_the_same_however_they_are_written(tmp_path: Path) -> None:
    file = written(tmp_path, "x", [label("a", "1.50"), label("a", "15e-1"), label("b", "x")])
    assert resolved([file], ["a", "b"], REGRESSION) == ({"a": "1.5", "b": "x"}, {labels.REPEATED: 1})


def test_no_files(tmp_path: Path) -> None:
    assert resolved([], ["a"]) == ({}, {})
