"""A model.toml in a folder of its own, checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeway_cli.model_toml.check import Checked, check


@pytest.fixture
def judged(tmp_path: Path):
    def judge(text: str | bytes, stack: str = "leeway") -> Checked:
        file = tmp_path / "model.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return check(file, stack)

    return judge
