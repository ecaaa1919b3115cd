"""The machine's clock is set by an hour in the middle of it: AWS's own goes on, and never back."""

from __future__ import annotations

import signal
from typing import Any

import pytest

pytestmark = [pytest.mark.local, pytest.mark.story]
STORY = [
    "SpecApplied",
    "DataAccepted",
    "TrainingStarted",
    "TrainingSucceeded",
    "VersionApproved",
    "EndpointRequested",
    "EndpointInService",
]


@pytest.mark.parametrize("number", [pytest.param(signal.SIGUSR1, id="ahead"), pytest.param(signal.SIGUSR2, id="back")])
def test_a_clock_that_is_set_changes_no_end(begin: Any, same: set[str], number: int) -> None:
    """While a training runs, whose longest time is an hour, and while its endpoint is made."""
    played = begin()
    with played.advancing("10m"):
        played.container("Train")
        played.kill(number)
    played.trained()
    played.approve()
    played.kill(number)
    same.add(played.serves())
    assert len(same) == 1
    told = [what for what in played.happened() if what in STORY]
    assert told == STORY, "in the order of time, which is that of what led to what"
