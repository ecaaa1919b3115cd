"""Virtual time: one offset, jumps from due item to due item, never past a running job."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localaws import LocalAWS, SettleTimeout
from localaws.clock import real_time
from localaws.errors import StateError


def _nothing() -> None:
    """What becomes of a job that is lost here."""


pytestmark = pytest.mark.contract


def test_time_starts_where_it_is_told_and_ticks(tmp_path: Path) -> None:
    start = datetime(2027, 3, 1, 12, tzinfo=UTC)
    with LocalAWS(state_dir=tmp_path, start=start) as aws:
        assert timedelta(0) <= aws.now() - start < timedelta(seconds=5)
        assert datetime.now(UTC) >= start
        before = aws.now()
        time.sleep(0.01)
        assert aws.now() > before
    assert abs(time.time() - real_time()) < 1


def test_the_offset_is_written_down_for_children(bare: LocalAWS) -> None:
    bare.advance(timedelta(hours=5))
    offset = json.loads((bare.state_dir / "clock.json").read_text())["offset_seconds"]
    assert offset == pytest.approx(5 * 3600, abs=5)
    assert real_time() + offset == pytest.approx(time.time(), abs=0.1)


def test_advance_stops_at_each_item_in_order(bare: LocalAWS) -> None:
    seen: list[tuple[str, float]] = []
    began = bare.world.clock.timestamp()

    def note(name: str) -> None:
        seen.append((name, round(bare.world.clock.timestamp() - began)))

    bare.world.later(60, lambda: note("second"), "second")
    bare.world.later(30, lambda: (note("first"), bare.world.later(15, lambda: note("chained"), "chained"))[0], "first")
    bare.world.later(7200, lambda: note("never"), "never")
    bare.advance(timedelta(hours=1))
    assert seen == [("first", 30), ("chained", 45), ("second", 60)]


def test_equal_times_keep_their_order(bare: LocalAWS) -> None:
    seen: list[int] = []
    moment = bare.now() + timedelta(seconds=10)
    for number in range(5):
        bare.world.at(moment, lambda number=number: seen.append(number), "item")  # type: ignore[misc]
    bare.advance(timedelta(seconds=11))
    assert seen == [0, 1, 2, 3, 4]


def test_it_never_goes_back_where_the_clock_of_the_machine_does(bare: LocalAWS) -> None:
    """What is due in a minute is due in a minute, what comes later has the later time, and children know of it."""
    clock, done = bare.world.clock, []
    bare.world.later(60, lambda: done.append(1), "soon")
    before, offset = bare.now(), clock.offset
    clock._coordinates.shift(-3600)
    bare.client("s3").list_buckets()
    assert timedelta(0) <= datetime.now(UTC) - before < timedelta(seconds=30)
    assert clock.offset == pytest.approx(offset, abs=30), "which the offset has made up for"
    written = json.loads((bare.state_dir / "clock.json").read_text())["offset_seconds"]
    assert written == pytest.approx(clock.offset, abs=1)
    bare.advance(timedelta(seconds=61))
    assert done == [1]


def test_settle_waits_for_jobs_and_advance_does_not_pass_them(bare: LocalAWS) -> None:
    release, ended = threading.Event(), []
    began = bare.now()
    bare.world.background(
        lambda: release.wait(20), lambda _: ended.append(bare.now()), lambda _: None, "training", lost=_nothing
    )
    timer = threading.Timer(0.2, release.set)
    timer.start()
    bare.advance(timedelta(days=1))
    assert ended[0] - began < timedelta(seconds=20)
    assert bare.now() - began >= timedelta(days=1)


def test_a_job_that_raises_is_raised_by_settle(bare: LocalAWS) -> None:
    failed: list[BaseException] = []
    bare.world.background(lambda: 1 // 0, lambda _: None, failed.append, "broken", lost=_nothing)
    with pytest.raises(ZeroDivisionError):
        bare.settle()
    assert isinstance(failed[0], ZeroDivisionError), "what waits for the job is told, and does not wait for ever"


def test_settle_says_what_does_not_end(bare: LocalAWS) -> None:
    def again() -> None:
        bare.world.later(0, again, "endless")

    again()
    with pytest.raises(SettleTimeout, match="endless"):
        bare.settle(timeout=0.1)


def test_a_second_one_is_refused_and_a_closed_one_answers_nothing(tmp_path: Path) -> None:
    with LocalAWS(state_dir=tmp_path) as aws:
        client = aws.client("s3")
        with pytest.raises(StateError, match="another LocalAWS"):
            LocalAWS(state_dir=tmp_path)
    with pytest.raises(StateError, match="closed"):
        client.list_buckets()


def test_another_folder_is_another_aws_and_clients_serve_it(tmp_path: Path) -> None:
    with LocalAWS(state_dir=tmp_path / "one") as aws:
        client = aws.client("s3")
        client.create_bucket(Bucket="mine")
    with LocalAWS(state_dir=tmp_path / "other"):
        assert client.list_buckets()["Buckets"] == []


def test_advance_to_needs_a_time_zone(bare: LocalAWS) -> None:
    with pytest.raises(StateError, match="time zone"):
        bare.advance_to(datetime(2030, 1, 1))  # noqa: DTZ001  the mistake that is refused


def test_no_time_passes_while_the_clock_is_stopped(tmp_path: Path) -> None:
    """Forks of a process that stands at one moment all begin there, however long each of them takes."""
    with LocalAWS(state_dir=tmp_path) as aws:
        before = aws.now()
        with aws.world.clock.stopped():
            time.sleep(0.3)
        assert timedelta(0) <= aws.now() - before < timedelta(seconds=0.25)
        held = json.loads((tmp_path / "clock.json").read_text())
        assert abs(held["offset_seconds"] - aws.world.clock.offset) < 0.01
