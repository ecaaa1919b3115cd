"""docs/guarantees.md names tests that there are."""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.architecture


def test_each_guarantee_names_a_test_that_there_is(root: Path) -> None:
    page = (root / "docs/guarantees.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith(("| promise", "| ---"))]
    assert len(rows) > 20
    assert [row for row in rows if "::test_" not in row] == []
    named = re.findall(r"`((?:tests|localaws)/[\w/]+\.py)::(test_\w+)`", page)
    assert [f"{path}::{name}" for path, name in named if name not in functions(root / path)] == []


def functions(path: Path) -> set[str]:
    """The functions of a file; none where it is not there."""
    if not path.is_file():
        return set()
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}
