"""Which approval came last, whatever becomes of the events that tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.rollout.order import APPROVED, PENDING, REJECTED, Hint, Seen, Truth, choose, choose_without, learn
from tests.unit.rollout.values import arn, known

pytestmark = pytest.mark.unit
EDIT = "edit"


@dataclass(frozen=True, kw_only=True)
class History:
    """What was done to one version: its status at registration, then statuses that were set, and edits."""

    deeds: tuple[str, ...]

    def time(self, number: int) -> int:
        return 1000 * (number + 1)

    def truth(self, number: int) -> Truth:
        """The registry after a deed."""
        status = next(deed for deed in reversed(self.deeds[: number + 1]) if deed != EDIT)
        return Truth(version=1, arn=arn(1), status=status, modified=self.time(number))

    def hint(self, number: int) -> Hint:
        """The event of a deed; that of a registration does not tell what changed."""
        changed = ("CustomerMetadataProperties",) if self.deeds[number] == EDIT else ("ModelApprovalStatus",)
        status = self.truth(number).status
        return Hint(status=status, modified=self.time(number), fields=changed if number else None)

    @property
    def last(self) -> int:
        return len(self.deeds) - 1

    @property
    def approved_at(self) -> int:
        """When it was last approved, 0 where it is not approved."""
        if self.truth(self.last).status != APPROVED:
            return 0
        return max(self.time(number) for number, deed in enumerate(self.deeds) if deed == APPROVED)


def told(history: History, looks: Sequence[tuple[int | None, int]]) -> Seen:
    """What is known after looks: the deed whose event prompted it (None: no event), and the deed it saw as the last."""
    seen: Seen | None = None
    for event, last in looks:
        seen = learn(seen, history.truth(last), history.hint(event) if event is not None else None)
    assert seen is not None
    return seen


HISTORIES = st.builds(
    lambda first, rest: History(deeds=(first, *rest)),
    st.sampled_from([PENDING, APPROVED]),
    st.lists(st.sampled_from([APPROVED, REJECTED, PENDING, EDIT]), max_size=5),
)


@st.composite
def looks(draw: st.DrawFn, *, lossless: bool) -> tuple[History, list[tuple[int | None, int]]]:
    """Each event once or more (or, where they get lost, some), in any order, each with a look at any time after it."""
    history = draw(HISTORIES)
    events = st.sampled_from(range(history.last + 1))
    numbers = draw(st.lists(events, max_size=6)) + (list(range(history.last + 1)) if lossless else [])
    order = draw(st.permutations(numbers))
    return history, [(number, draw(st.integers(number, history.last))) for number in order]


@given(looks(lossless=True))
def test_events_in_any_order_and_number_tell_the_same(case: tuple[History, list[tuple[int | None, int]]]) -> None:
    history, seen = case
    found = told(history, seen)
    assert (found.status, found.approved_at) == (history.truth(history.last).status, history.approved_at)
    assert not found.inferred


@given(looks(lossless=False))
def test_a_look_makes_up_for_lost_events(case: tuple[History, list[tuple[int | None, int]]]) -> None:
    history, seen = case
    found = told(history, [*seen, (None, history.last)])
    assert found.status == history.truth(history.last).status
    approvals = {history.time(number) for number, deed in enumerate(history.deeds) if deed == APPROVED}
    assert found.inferred or found.approved_at in approvals | {0}
    assert bool(found.approved_at) == (found.status == APPROVED)


@given(looks(lossless=False), st.data())
def test_the_same_again_adds_nothing(case: tuple[History, list[tuple[int | None, int]]], data: st.DataObject) -> None:
    history, seen = case
    again = data.draw(st.sampled_from([*seen, (None, history.last)]))
    once = told(history, [*seen, again])
    assert told(history, [*seen, again, again]) == once


def test_an_edit_of_an_approved_version_is_no_approval() -> None:
    history = History(deeds=(PENDING, APPROVED, EDIT, EDIT))
    assert told(history, [(1, 1), (2, 2), (3, 3)]).approved_at == history.time(1)
    assert told(history, [(3, 3), (2, 3), (1, 3)]).approved_at == history.time(1)


@pytest.mark.parametrize("order", list(permutations([0, 1, 2, 3])), ids=str)
def test_approved_rejected_and_approved_again(order: tuple[int, ...]) -> None:
    history = History(deeds=(PENDING, APPROVED, REJECTED, APPROVED))
    seen = told(history, [(number, 3) for number in order])
    assert (seen.status, seen.approved_at, seen.inferred) == (APPROVED, history.time(3), False)


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])), ids=str)
def test_an_approval_that_comes_after_the_rejection_is_none(order: tuple[int, ...]) -> None:
    history = History(deeds=(PENDING, APPROVED, REJECTED))
    seen = told(history, [(number, 2) for number in order])
    assert (seen.status, seen.approved_at) == (REJECTED, 0)


def test_an_approval_that_nobody_saw_is_inferred_at_the_last_change() -> None:
    history = History(deeds=(PENDING, APPROVED, EDIT))
    seen = told(history, [(0, 0), (None, 2)])
    assert (seen.approved_at, seen.inferred) == (history.time(2), True)


def test_an_inferred_approval_takes_its_time_from_the_event_that_comes_late() -> None:
    history = History(deeds=(PENDING, APPROVED, EDIT))
    seen = told(history, [(None, 2), (1, 2)])
    assert (seen.approved_at, seen.inferred) == (history.time(1), False)


def test_a_version_registered_as_approved_was_approved_then() -> None:
    history = History(deeds=(APPROVED, EDIT))
    assert not told(history, [(0, 0)]).inferred
    assert told(history, [(1, 1), (0, 1)]).approved_at == history.time(0)


def test_an_approval_within_the_millisecond_of_the_registration_is_seen() -> None:
    truth = Truth(version=1, arn=arn(1), status=APPROVED, modified=1001)
    made = Hint(status=PENDING, modified=1000, fields=None)
    approved = Hint(status=APPROVED, modified=1000, fields=("ModelApprovalStatus",))
    for first, second in ((made, approved), (approved, made)):
        seen = learn(learn(None, truth, first), truth, second)
        assert (seen.approved_at, seen.inferred) == (1000, False)


def test_events_that_do_not_tell_what_changed_move_no_approval() -> None:
    approval, edit = (Hint(status=APPROVED, modified=at, fields=None) for at in (1000, 2000))
    first = learn(None, Truth(version=1, arn=arn(1), status=APPROVED, modified=1000), approval)
    second = learn(first, Truth(version=1, arn=arn(1), status=APPROVED, modified=2000), edit)
    assert second.approved_at == 1000


def test_of_two_looks_at_once_the_earlier_kept_last_changes_nothing() -> None:
    history = History(deeds=(PENDING, APPROVED, REJECTED))
    assert told(history, [(2, 2), (1, 1)]).status == REJECTED
    back = History(deeds=(PENDING, REJECTED, APPROVED))
    assert told(back, [(2, 2), (1, 1)]).status == APPROVED


@pytest.mark.parametrize(
    "hint",
    [
        pytest.param(Hint(status=REJECTED, modified=99_000, fields=("ModelApprovalStatus",)), id="from-the-future"),
        pytest.param(Hint(status=REJECTED, modified=2000, fields=("ModelApprovalStatus",)), id="of-the-last-change"),
        pytest.param(Hint(status="", modified=1500, fields=None), id="without-a-status"),
        pytest.param(Hint(status="approved", modified=1500, fields=("ModelApprovalStatus",)), id="unknown-status"),
        pytest.param(Hint(status=APPROVED, modified=-1, fields=("ModelApprovalStatus",)), id="before-all-time"),
    ],
)
def test_an_event_that_cannot_be_true_changes_nothing(hint: Hint) -> None:
    history = History(deeds=(APPROVED, EDIT))
    before = told(history, [(0, 0), (1, 1)])
    assert learn(before, history.truth(1), hint) == before


@pytest.mark.parametrize("status", [PENDING, REJECTED])
def test_an_approval_is_never_newer_than_the_registry_says(status: str) -> None:
    history = History(deeds=(status, APPROVED))
    forged = Hint(status=APPROVED, modified=99_000, fields=("ModelApprovalStatus",))
    assert learn(None, history.truth(1), forged).approved_at == history.time(1)
    assert learn(None, history.truth(0), forged).status == status


def test_that_a_version_has_served_is_never_forgotten() -> None:
    history = History(deeds=(PENDING, APPROVED, REJECTED, APPROVED))
    seen = replace(told(history, [(1, 1)]), served=True)
    for number in (2, 3):
        seen = learn(seen, history.truth(number), history.hint(number))
    assert seen.served


@pytest.mark.parametrize(
    ("packages", "serving", "desired"),
    [
        pytest.param([], None, None, id="none"),
        pytest.param([known(1), known(2)], None, None, id="none-approved"),
        pytest.param([known(1, 10), known(2, 20), known(3)], None, 2, id="latest-approval"),
        pytest.param([known(1, 30), known(2, 20)], 2, 1, id="an-old-version-approved-again"),
        pytest.param([known(1, 10), known(2, 10)], None, 2, id="at-the-same-time-the-higher-number"),
        pytest.param([known(1, 10), known(2)], 2, 1, id="rejected-with-one-left"),
        pytest.param([known(1), known(2)], 2, None, id="rejected-with-none-left"),
        pytest.param(
            [known(1, 10, served=True), known(2, 20), known(3)], 3, 1, id="rejected-back-to-one-that-has-served"
        ),
        pytest.param(
            [known(1, 10, served=True), known(2, 20, served=True), known(3)], 3, 2, id="the-last-of-those-that-have"
        ),
        pytest.param([known(1, 10, served=True), known(2, 20)], 1, 2, id="what-serves-is-approved-so-forward"),
        pytest.param([known(1, 10, inferred=True), known(2, 20)], None, 2, id="one-inferred-before"),
        pytest.param([known(1, 10), known(2, 20, inferred=True)], 1, 2, id="one-inferred-last"),
        pytest.param(
            [known(1, 10, inferred=True), known(2, 20, inferred=True), known(3, 30)], 1, 3, id="inferred-before-a-seen"
        ),
    ],
)
def test_choice(packages: list[Seen], serving: int | None, desired: int | None) -> None:
    for order in permutations(packages):
        choice = choose(order, serving)
        assert (choice.desired.version if choice.desired else None, choice.unsure) == (desired, ())


@pytest.mark.parametrize(
    ("packages", "serving"),
    [
        pytest.param([known(1, 10), known(2, 20, inferred=True), known(3, 30, inferred=True)], 1, id="two-unseen"),
        pytest.param(
            [known(1), known(2, 20, inferred=True, served=True), known(3, 30, inferred=True, served=True)],
            1,
            id="rejected-and-two-approved-again-unseen",
        ),
        pytest.param(
            [known(2, 20, inferred=True, served=True), known(3, 30, inferred=True)], None, id="one-of-them-has-served"
        ),
    ],
)
def test_of_two_approvals_that_nobody_saw_none_is_sure(packages: list[Seen], serving: int | None) -> None:
    assert choose(packages, serving).unsure == (2, 3)
    again = [replace(p, inferred=False, approved_at=40) if p.version == 2 else p for p in packages]
    choice = choose(again, serving)
    assert (choice.desired.version if choice.desired else None, choice.unsure) == (2, ())


@pytest.mark.parametrize(
    ("rejected", "desired"),
    [
        pytest.param(3, 2, id="what-serves"),
        pytest.param(2, 3, id="another"),
        pytest.param(7, 3, id="one-that-is-not-there"),
    ],
)
def test_what_a_rejection_would_change(rejected: int, desired: int) -> None:
    packages: list[Any] = [known(1, 10, served=True), known(2, 20, served=True), known(3, 30, served=True)]
    choice = choose_without(rejected, packages, 3)
    assert choice.desired is not None
    assert choice.desired.version == desired


def test_a_rejection_of_the_only_approved_version_leaves_none() -> None:
    assert choose_without(1, [known(1, 10, served=True), known(2)], 1).desired is None


def test_a_version_that_was_rejected_once_is_known_for_it() -> None:
    history = History(deeds=(PENDING, REJECTED, PENDING))
    assert learn(None, history.truth(2), history.hint(1)).rejected
    assert learn(learn(None, history.truth(1), None), history.truth(2), None).rejected
    assert not learn(None, history.truth(2), None).rejected
