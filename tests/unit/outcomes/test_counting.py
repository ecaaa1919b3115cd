"""What DuckDB cannot do is said without a word of the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeway.counting import counted
from leeway.errors import Rejected

pytestmark = pytest.mark.unit


def test_an_error_of_duckdb_is_told_by_its_kind_alone(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refused, counted(tmp_path, "100MB") as connection:
        connection.execute("SELECT 'mary@example.org'::INTEGER")
    assert str(refused.value) == "DuckDB gave up: ConversionException"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_memory_is_bounded_and_nothing_is_fetched(tmp_path: Path) -> None:
    with counted(tmp_path, "100MB") as connection:
        settings = dict(
            connection.execute(
                "SELECT name, value FROM duckdb_settings()"
                " WHERE name IN ('memory_limit', 'autoinstall_known_extensions')"
            ).fetchall()
        )
    assert settings == {"memory_limit": "95.3 MiB", "autoinstall_known_extensions": "false"}
