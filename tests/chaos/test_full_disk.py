"""A disk that is full for the state, or for what a training writes: said, nothing half-written, and gone on with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chaos.played import INBOX, alive, until

pytestmark = [pytest.mark.local, pytest.mark.story]


def test_a_training_without_room_for_its_output_is_given_up_and_said_until_there_is_room(
    begin: Any, same: set[str]
) -> None:
    played = begin("jobs")
    with played.advancing("20m"):
        played.container("Train")
        played.disk.fill()
    told = played.explained()
    assert told.count("No space left on device") > 1, told
    assert "3 in a row broke: nothing more starts but by hand" in told, told
    played.disk.free()
    played.shell.run("leeway", "retrain", "churn", "--yes")
    same.add(played.ends_right(tries=4))
    assert len(same) == 1


def test_a_state_without_room_stops_with_a_word_and_goes_on_where_it_was(begin: Any, same: set[str]) -> None:
    """What was answered is there afterwards; what was not is not half there."""
    played = begin("")
    (played.folder / "more.csv").write_bytes((played.folder / "first.csv").read_bytes() * 30)
    played.disk.fill()
    played.drop("more.csv", refused=True)
    until(lambda: not alive(played.server), "it stops")
    assert "leeway local up" in played.complains("leeway", "status")
    played.disk.fill()
    said = played.complains("leeway", "local", "up", "--port", played.port)
    assert "is full: make room on it, then start again" in said
    played.disk.free()
    played.up()
    assert "more.csv" not in played.shell.run("aws", "s3", "ls", f"{INBOX}/")
    same.add(played.ends_right())
    assert len(same) == 1
