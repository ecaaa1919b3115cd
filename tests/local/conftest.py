"""The real template on the embedded AWS, in process, in virtual time; one for each test, in which nothing is denied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localaws import LocalAWS
from tests.clock import BEGINS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[LocalAWS]:
    with LocalAWS(state_dir=tmp_path / "aws", image_python=ROOT / ".venv-image/bin/python", start=BEGINS) as embedded:
        embedded.deploy(ROOT / "template.yaml", stack="leeway")
        yield embedded
        assert embedded.denied == []
