"""One small stack, in process, in virtual time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localaws import LocalAWS

TEMPLATE = Path(__file__).parent / "data" / "template.yaml"


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[LocalAWS]:
    """An empty AWS."""
    with LocalAWS(state_dir=tmp_path / "state") as aws:
        yield aws


@pytest.fixture
def aws(bare: LocalAWS) -> LocalAWS:
    """An AWS with the stack `keep`."""
    bare.deploy(TEMPLATE, stack="keep")
    return bare


@pytest.fixture
def inbox(aws: LocalAWS) -> str:
    """The bucket whose events reach the queue."""
    return f"keep-inbox-{aws.account}-{aws.region}"
