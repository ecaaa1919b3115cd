"""No wake is lost, and a thousand cost one message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from leeway import keys
from leeway.aws.table import Item, Update
from leeway.errors import Unavailable
from leeway.wake import begin, epoch, idle_look, owed, settle, woken
from localaws import Mode
from tests.unit.embedded_table import World, table_and_queues

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with table_and_queues(tmp_path) as world:
        yield world


def wake(world: World, now: datetime = NOW) -> bool:
    return world.waker.wake(keys.RETRAINER, "churn", now, uuid4().hex)


def item(world: World) -> Item:
    found = world.table.get("model#churn", keys.RETRAINER)
    assert found is not None
    return found


def rouse_due(world: World, now: datetime) -> list[bool]:
    due = world.table.due(int(now.timestamp()), 100)
    return [world.waker.rouse(sk, keys.model_of(pk), at, now, uuid4().hex) for pk, sk, at in due]


@pytest.mark.story
def test_a_thousand_wakes_are_one_message(world: World) -> None:
    assert [wake(world) for _ in range(1000)].count(True) == 1
    assert world.received() == ['{"model": "churn"}']


def test_a_wake_sent_while_one_is_being_worked_on_is_a_message_of_its_own(world: World) -> None:
    wake(world)
    world.received()
    begin(world.table, keys.RETRAINER, "churn")
    assert wake(world)
    assert world.received() == ['{"model": "churn"}']


def test_a_wake_within_five_minutes_of_the_one_before_is_not_swallowed(world: World) -> None:
    for _ in range(3):
        assert wake(world)
        begin(world.table, keys.RETRAINER, "churn")
    assert len(world.received()) == 3


def test_the_two_machines_and_two_models_are_woken_apart(world: World) -> None:
    assert wake(world)
    assert world.waker.wake(keys.ROLLOUT, "churn", NOW, uuid4().hex)
    assert world.waker.wake(keys.RETRAINER, "other", NOW, uuid4().hex)
    assert len(world.received(keys.RETRAINER)) == 2
    assert len(world.received(keys.ROLLOUT)) == 1


def test_a_flag_without_its_message_is_sent_again_by_the_tick_after_a_minute(world: World) -> None:
    world.aws.faults.add(service="sqs", operation="SendMessage")
    with pytest.raises(Unavailable):
        wake(world)
    world.aws.faults.clear()
    assert not wake(world)
    assert rouse_due(world, NOW + 59 * SECOND) == []
    assert rouse_due(world, NOW + 60 * SECOND) == [True]
    assert len(world.received()) == 1


def test_a_reconciler_that_dies_after_it_cleared_the_flag_is_looked_at_again(world: World) -> None:
    wake(world)
    world.received()
    begin(world.table, keys.RETRAINER, "churn")
    assert rouse_due(world, NOW + 60 * SECOND) == [True]


def test_two_ticks_at_once_send_one_message(world: World) -> None:
    wake(world)
    world.received()
    ((pk, sk, at),) = world.table.due(epoch(NOW + HOUR), 10)
    sent = [world.waker.rouse(sk, keys.model_of(pk), at, NOW + HOUR, uuid4().hex) for _ in range(2)]
    assert sent == [True, False]
    assert len(world.received()) == 1


def test_settling_keeps_when_to_look_again(world: World) -> None:
    wake(world)
    found = begin(world.table, keys.RETRAINER, "churn")
    settle(world.table, keys.RETRAINER, found, NOW + HOUR, {"waiting": "for data"})
    assert item(world)["due_at"] == epoch(NOW + HOUR)
    assert item(world)["waiting"] == "for data"
    assert rouse_due(world, NOW + HOUR - SECOND) == []
    assert rouse_due(world, NOW + HOUR) == [True]


def test_settling_leaves_a_wake_alone_that_came_meanwhile(world: World) -> None:
    wake(world)
    found = begin(world.table, keys.RETRAINER, "churn")
    wake(world, NOW + SECOND)
    settle(world.table, keys.RETRAINER, found, NOW + HOUR, {"waiting": "for data"})
    assert item(world)["due_at"] == epoch(NOW + 61 * SECOND)
    assert item(world)["wake_pending"] is True
    assert "waiting" not in item(world)


def test_settling_leaves_a_state_alone_that_somebody_else_wrote(world: World) -> None:
    wake(world)
    found = begin(world.table, keys.RETRAINER, "churn")
    world.table.update(Update(pk="model#churn", sk=keys.RETRAINER, values={"version": 1}))
    settle(world.table, keys.RETRAINER, found, NOW + HOUR, {"waiting": "for data"})
    assert "waiting" not in item(world)


def test_a_lost_answer_to_the_flip_is_sent_again_by_the_tick(world: World) -> None:
    """The flag was set and nobody knows who won: nobody sends, and a minute later the tick does."""
    world.aws.faults.add(service="dynamodb", operation="UpdateItem", action=Mode.TIMEOUT_AFTER, times=1)
    wake(world)
    assert world.received() == []
    assert rouse_due(world, NOW + 60 * SECOND) == [True]


def test_nothing_is_looked_at_before_it_is_due() -> None:
    assert epoch(NOW) == NOW.timestamp()
    assert epoch(NOW + timedelta(microseconds=1)) == NOW.timestamp() + 1


def test_idle_looks_are_hourly_and_spread() -> None:
    looks = [idle_look(keys.RETRAINER, f"model-{n}", NOW) for n in range(200)]
    assert all(NOW < look <= NOW + HOUR for look in looks)
    assert len({look.minute for look in looks}) > 50
    assert idle_look(keys.RETRAINER, "model-1", looks[1]) == looks[1] + HOUR
    assert idle_look(keys.RETRAINER, "churn", NOW) != idle_look(keys.ROLLOUT, "churn", NOW)


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", "7", '"churn"', "{" * 100_000])
def test_what_is_no_wake_is_done_with(body: str) -> None:
    assert woken({"Records": [{"body": body}, {"body": '{"model": "churn"}'}]}) == ["churn"]


def test_a_wake_that_is_owed_is_sent_by_the_next_tick(world: World) -> None:
    world.table.transact([owed(keys.APPROVER, "churn", NOW)])
    [(pk, machine, due_at)] = world.table.due(int(NOW.timestamp()), 10)
    assert (pk, machine) == ("model#churn", keys.APPROVER)
    assert not world.waker.wake(keys.APPROVER, "churn", NOW, uuid4().hex)

    assert world.waker.rouse(machine, "churn", due_at, NOW, uuid4().hex)
    assert len(world.received(keys.APPROVER)) == 1
