"""R9: a leap day, a year's end and the nights in which clocks are changed end as any other day does."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.campaign.scenarios import BEGINS, SCENARIOS, world
from tests.campaign.stage import played_through
from tests.cases import of_the_proof

pytestmark = [pytest.mark.local, pytest.mark.story]
LEAP, YEAR = datetime(2028, 2, 28, 22, 35, tzinfo=UTC), datetime(2026, 12, 31, 22, 35, tzinfo=UTC)
SPRING, AUTUMN = datetime(2026, 3, 28, 23, 35, tzinfo=UTC), datetime(2026, 10, 24, 23, 35, tzinfo=UTC)


def ended(folder: Path, name: str, begins: datetime) -> dict[str, Any]:
    [scenario] = [one for one in SCENARIOS if one.name == name]
    with ExitStack() as stack:
        return played_through(scenario, world(stack, folder / f"{begins:%Y%m%d}", begins))


@pytest.mark.parametrize("name", ["files", "second", *of_the_proof("alarm", "challenger", "monitor")])
def test_a_day_that_is_not_like_others_ends_like_others(tmp_path: Path, name: str) -> None:
    usual = ended(tmp_path, name, BEGINS)
    usual.pop("watched")  # reports have their hours in their names
    for begins in (LEAP, YEAR, SPRING, AUTUMN):
        found = ended(tmp_path, name, begins)
        assert {key: found[key] for key in usual} == usual, begins
