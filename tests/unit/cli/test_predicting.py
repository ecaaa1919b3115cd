"""Rows of a file for `leeway predict`, and whose they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeway_cli.exits import Usage
from leeway_cli.predicting import BATCH, Request, read, requests

pytestmark = pytest.mark.unit


def test_a_file_with_a_header_and_lists_of_json_are_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows"
    file.write_text("\ufeffplan, tenure\nmonth,3\n\nyear,\n")
    assert read(file) == [{"plan": "month", "tenure": "3"}, {"plan": "year", "tenure": ""}]
    file.write_text(' [["month", 3], {"plan": "year"}]')
    assert read(file) == [["month", 3], {"plan": "year"}]
    file.write_text('{"plan": "year"}')
    assert read(file) == [{"plan": "year"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "no rows", id="empty"),
        pytest.param("plan,tenure\n", "no rows", id="header-alone"),
        pytest.param("plan,tenure\nmonth\n", "row 1 has 1 cells, and the header 2", id="ragged"),
        pytest.param("[1]", "an object or a list", id="number"),
        pytest.param("[{", "not JSON", id="broken"),
    ],
)
def test_what_is_no_rows(text: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "rows"
    file.write_text(text)
    with pytest.raises(Usage, match=reason):
        read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"there is no file .*nowhere\.csv"):
        read(tmp_path / "nowhere.csv")


def test_rows_of_one_unit_go_together_and_those_of_many_alone() -> None:
    rows = [{"id": str(number), "a": number} for number in range(BATCH + 1)]
    assert [len(one.rows) for one in requests(rows, "u", "")] == [BATCH, 1]
    assert requests(rows, "", "id")[7] == Request(unit="7", rows=[rows[7]])
    with pytest.raises(Usage, match="row 2 has no id"):
        requests([{"id": "1"}, {"a": 1}], "", "id")
