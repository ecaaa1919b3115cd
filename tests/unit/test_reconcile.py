"""The loop: one action at a time on the state as it is, and backing off without an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from leeway import keys
from leeway.aws.table import Item, Update
from leeway.errors import Conflict, Unavailable
from leeway.journal import Entry
from leeway.reconcile import MAX_STEPS, Done, Rest, fence, reconcile
from tests.unit.embedded_table import World, table_and_queues

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RESTING = Rest(until=NOW + HOUR, code="idle", why="nothing to do")
MACHINE = keys.RETRAINER


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with table_and_queues(tmp_path) as world:
        wake(world)
        yield world


def wake(world: World) -> None:
    world.waker.wake(MACHINE, "churn", NOW, uuid4().hex)


def item(world: World) -> Item:
    found = world.table.get("model#churn", MACHINE)
    assert found is not None
    return found


def run(world: World, step: Callable[[Item], Rest | Done], now: datetime = NOW) -> Rest:
    return reconcile(world.table, MACHINE, "churn", now, lambda item, _: step(item), actor="test")[0]


def journal(world: World) -> list[Entry]:
    return [Entry.from_item(found) for found in world.table.query("model#churn", keys.JOURNAL)]


def bump(world: World, seen: Item) -> Done:
    world.table.update(fence(MACHINE, seen, {"count": seen.get("count", 0) + 1}))
    return Done()


def test_steps_go_on_from_the_state_that_the_one_before_kept(world: World) -> None:
    assert run(world, lambda seen: RESTING if seen.get("count") == 3 else bump(world, seen)) == RESTING
    assert (item(world)["count"], item(world)["version"]) == (3, 3)
    assert item(world)["due_at"] == (NOW + HOUR).timestamp()


def test_a_step_that_lost_its_fence_is_planned_anew(world: World) -> None:
    stale = dict(item(world))
    bump(world, stale)
    seen_by: list[int] = []

    def step(seen: Item) -> Rest | Done:
        seen_by.append(seen.get("count", 0))
        return RESTING if len(seen_by) > 1 else bump(world, stale)

    assert run(world, step) == RESTING
    assert seen_by == [1, 1]
    assert item(world)["count"] == 1


def test_the_flag_is_cleared_before_anything_is_read(world: World) -> None:
    flags: list[bool] = []
    run(world, lambda seen: flags.append(item(world)["wake_pending"]) or RESTING)
    assert flags == [False]


def test_a_wake_during_the_last_step_is_not_overwritten(world: World) -> None:
    run(world, lambda seen: wake(world) or RESTING)
    assert item(world)["wake_pending"] is True
    assert item(world)["due_at"] < (NOW + HOUR).timestamp()


def test_what_cannot_be_reached_is_tried_again_later_and_later(world: World) -> None:
    def unreachable(seen: Item) -> Rest | Done:
        raise Unavailable("Rate exceeded")

    rests = [run(world, unreachable) for _ in range(8)]
    assert [(rest.until - NOW).total_seconds() for rest in rests] == [15, 30, 60, 120, 240, 480, 600, 600]
    assert {rest.code for rest in rests} == {"unavailable"}
    assert [entry.what for entry in journal(world)] == ["BackedOff"]
    run(world, lambda seen: RESTING)
    assert (run(world, unreachable).until - NOW).total_seconds() == 15


def test_a_reason_is_journalled_once_and_kept_up_to_date(world: World) -> None:
    for number in range(3):
        run(world, lambda seen, n=number: Rest(until=NOW + HOUR, code="quiet-period", why=f"{n} files"))
    assert [entry.why for entry in journal(world)] == ["0 files"]
    assert item(world)["waiting"] == "2 files"


def test_a_silent_reason_is_kept_on_the_item_alone(world: World) -> None:
    run(world, lambda seen: Rest(until=NOW + HOUR, code="idle", why="nothing", silent=True))
    assert journal(world) == []
    assert item(world)["waiting"] == "nothing"


def test_a_loop_that_does_not_end_comes_back_in_a_minute(world: World) -> None:
    rest = run(world, lambda seen: bump(world, seen))
    assert (rest.code, rest.until) == ("many-steps", NOW + MINUTE)
    assert item(world)["count"] == MAX_STEPS


def test_a_conflict_for_ever_comes_back_in_a_minute(world: World) -> None:
    def conflict(seen: Item) -> Rest | Done:
        raise Conflict("somebody else")

    assert run(world, conflict).code == "many-steps"


def test_a_table_that_cannot_be_written_is_an_error(world: World) -> None:
    world.aws.faults.add(service="dynamodb", operation="UpdateItem")
    with pytest.raises(Unavailable):
        run(world, lambda seen: RESTING)


def test_entries_of_all_steps_are_returned_in_order(world: World) -> None:
    def step(seen: Item, moment: datetime) -> Rest | Done:
        if seen.get("count", 0) == 2:
            return RESTING
        bump(world, seen)
        what = f"Step{seen.get('count', 0)}"
        return Done(entries=(Entry(model="churn", at=moment, actor="test", what=what, why="x"),))

    _, entries = reconcile(world.table, MACHINE, "churn", NOW, step, actor="test")
    assert [entry.what for entry in entries] == ["Step0", "Step1", "Waiting"]
    assert sorted(entries, key=lambda entry: entry.sort_key) == list(entries), "and the journal keeps it"


def test_two_workers_on_one_item_keep_one_state(world: World) -> None:
    seen = item(world)
    bump(world, seen)
    with pytest.raises(Conflict):
        bump(world, seen)
    with pytest.raises(Conflict):
        world.table.transact([Update(pk="model#churn", sk="x", values={"a": 1}), fence(MACHINE, seen, {})])
    assert world.table.get("model#churn", "x") is None
