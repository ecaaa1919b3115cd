"""DuckDB reads what is plain, and reads it as the rules do: every cell and every file is judged by both."""

from __future__ import annotations

import csv
import io
import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leeway.cells import parse_cell, parse_id, parse_time
from leeway.errors import Rejected
from leeway.rows import Row, Table
from leeway.spec import Column, Data, Identity, ModelSpec, Training
from tests.training.image import Image

pytestmark = pytest.mark.training
COLUMNS = (
    Column(name="count", type="int", min=-5, max=1000),
    Column(name="kind", type="category"),
    Column(name="maybe", type="float", nullable=True),
    Column(name="yes", type="bool", nullable=True),
)
SPEC = ModelSpec(
    model=Identity(name="small"),
    data=Data(id="id", label="y", event_time="at", columns=COLUMNS),
    training=Training(split="hash"),
)
ODD = [
    *(
        "",
        " ",
        " 5 ",
        "5\u00a0",
        "\u00a05",
        "5\t",
        "a b",
        "\u2028",
        "'",
        "''",
        '"',
        "a;b",
        "1,5",
        "2026-01-31 24:00:00",
    ),
    *[
        "5",
        "+5",
        "-5",
        "-+5",
        "+-5",
        "--5",
        "5.",
        ".5",
        "-.5",
        "5e2",
        "5E+2",
        "1e309",
        "-1e309",
        "1_000",
        "_1",
        "0x1F",
        "inf",
        "-inf",
        "nan",
        "NaN",
        "NA",
        "null",
        "None",
        "\\N",
        "1e",
        "e5",
        "5d",
    ],
    *[
        "٣",
        chr(0xFF11),
        "1e-400",
        "3.4028235e38",
        "3.4028234e38",
        "-0",
        "00012",
        "1.0",
        "1.5",
        "1000",
        "1001",
        "-5.0",
        ":",
        "/",
        "é",
        "é",
        "yes",
        "TRUE",
        "f",
    ],
    *[
        "2026-01-31",
        "2026-02-30",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00",
        "2026-01-31T12:00:00+02:00",
    ],
    *[
        "2026-01-31T12:00:00.123456Z",
        "2026-01-31T12:00:00.1234567Z",
        "1899-12-31",
        "20260131",
        "1769817600",
        "1769817600000",
    ],
    "9999-12-31",
]
CELL = st.one_of(
    st.sampled_from(ODD),
    st.text(alphabet="0123456789.+-eE_ ", max_size=8),
    st.floats(allow_nan=False).map(repr),
    st.datetimes().map(str),
    st.text(max_size=6).filter(lambda text: not any(0xD800 <= ord(letter) < 0xE000 for letter in text)),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(cells=ODD)
@example(cells=[cell for cell in ODD if "\0" not in cell])  # the few texts of a column, in SQL itself
@given(cells=st.lists(CELL, min_size=1, max_size=60))
def test_each_cell_is_read_as_the_rules_read_it(image: Image, cells: list[str]) -> None:
    found = image.value("cells", spec=SPEC.to_json(), cells=cells)
    for cell, (name, moment, *values) in zip(cells, found, strict=True):
        assert name in (None, asked(parse_id, "id", cell))
        assert moment is None or datetime.fromisoformat(f"{moment}+00:00") == asked(parse_time, "at", cell)
        for column, (sure, value) in zip(COLUMNS, values, strict=True):
            if sure:
                assert value == as_float32(parse_cell(column, cell)), (column.name, cell)


def asked(rule: Any, name: str, cell: str) -> Any:
    try:
        return rule(name, cell)
    except Rejected:
        return None


def as_float32(value: Any) -> Any:
    import numpy as np

    return float(np.float32(value)) if isinstance(value, float) else value


def rows(seed: int) -> list[list[str]]:
    chance = random.Random(seed)
    good = [[f"c{n}", "2026-01-01", str(n % 2), str(n % 7), "ab"[n % 2], ["", "1.5"][n % 2], "yes"] for n in range(400)]
    for _ in range(3):
        good[chance.randrange(400)][chance.randrange(7)] = chance.choice(ODD)
    return good


def written(cells: list[list[str]], *, end: str, quoting: int, chance: random.Random) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["id", "at", "y", *(column.name for column in COLUMNS)])
    for row in cells:
        if chance.random() < 0.01:
            out.write(end if chance.random() < 0.5 else "," * 6 + end)
        writer.writerow(row)
    return out.getvalue().encode()


@pytest.mark.parametrize("seed", range(25))
def test_each_file_is_read_as_the_rules_read_it(image: Image, tmp_path: Any, seed: int) -> None:
    """Good rows, and the lines and reasons of bad ones, whatever way the file is written."""
    chance = random.Random(seed)
    body = written(rows(seed), end=chance.choice(["\n", "\r\n", "\r"]), quoting=chance.choice([0, 1]), chance=chance)
    if chance.random() < 0.4:
        body = chance.choice([b"\xef\xbb\xbf" + body, body + b"c9,2026-01-01,1\n", body + b'"open', b"\n" + body])
    path = tmp_path / "rows.csv"
    path.write_bytes(body)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        told = list(Table(lines, SPEC.data))
    found = image.value("file", spec=SPEC.to_json(), path=str(path))
    assert found["good"] == [row.id for row in told if isinstance(row, Row)]
    assert found["bad"] == [[row.line, row.reason] for row in told if not isinstance(row, Row)]
    assert found["bad_lines"] == sum(row.lines for row in told if not isinstance(row, Row))
