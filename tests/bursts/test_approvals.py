"""L3: after very many approvals each model is on the newest, and no endpoint was changed while it changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from localaws import Lifecycle, LocalAWS
from tests.bursts.approved import Approvals
from tests.local.registered import MINUTE

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("models", "versions"),
    [pytest.param(3, 20, marks=pytest.mark.story), pytest.param(50, 20, marks=pytest.mark.proof)],
)
def test_each_model_is_on_the_version_that_was_approved_last(tmp_path: Path, models: int, versions: int) -> None:
    takes = Lifecycle(endpoint_create=MINUTE.total_seconds(), endpoint_update=MINUTE.total_seconds())
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=takes) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        burst = Approvals(aws=aws, models=models)
        burst.approve(burst.begin(versions))

        assert burst.serving() == burst.last
        assert burst.asked_twice() == []
        assert len(burst.changes) == models
        assert aws.denied == []
