"""Texts in the database are numbers: a category or a class is its place among the sorted texts of its column."""

from __future__ import annotations

from steps.engine import Database


def number(database: Database, name: str, values: str) -> None:
    """Make `<name>_texts` (code, value) of a query for texts, each once, as `value`."""
    database.run(
        f"CREATE OR REPLACE TABLE {name}_texts AS SELECT value, (row_number() OVER (ORDER BY value) - 1)::FLOAT AS code"
        f" FROM ({values})"
    )
