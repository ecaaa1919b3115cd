"""Who gets the challenger: sticky, moving few, in the proportion that the share says."""

from datetime import UTC, datetime

import pytest

from leeway.experiment.assignment import Arm, Assignment, Attributes, place

pytestmark = pytest.mark.unit

CHAMPION = Arm(version=1, endpoint="leeway-churn", slot="a")
CHALLENGER = Arm(version=2, endpoint="leeway-churn", slot="b")
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
PLACES = [place("churn-2", f"customer {number}") for number in range(10_000)]


def assignment(share: int, challenger: Arm | None = CHALLENGER) -> Assignment:
    return Assignment(experiment="churn-2", epoch=7, champion=CHAMPION, challenger=challenger, share=share, begin=BEGIN)


def challenged(share: int) -> set[str]:
    return {unit for unit in PLACES if assignment(share).arm(unit) == CHALLENGER}


@pytest.mark.parametrize("share", [1, 10, 25, 50, 99])
def test_the_challenger_has_its_share(share: int) -> None:
    deviation = (share * (100 - share) * len(PLACES)) ** 0.5 / 100
    assert abs(len(challenged(share)) - len(PLACES) * share / 100) < 4 * deviation


def test_a_share_that_grows_takes_nobody_back() -> None:
    assert challenged(10) < challenged(25) < challenged(50) < challenged(100) == set(PLACES)


def test_nobody_has_a_challenger_of_no_share() -> None:
    assert not challenged(0)
    assert {assignment(50, None).arm(unit) for unit in PLACES} == {CHAMPION}


def test_another_experiment_deals_anew() -> None:
    others = {n for n in range(10_000) if assignment(50).arm(place("churn-3", f"customer {n}")) == CHALLENGER}
    these = {n for n in range(10_000) if assignment(50).arm(PLACES[n]) == CHALLENGER}
    assert abs(len(others & these) - 2500) < 4 * (10_000 * 3 / 16) ** 0.5


@pytest.mark.parametrize("made", [assignment(25), assignment(0, None)])
def test_the_table_keeps_it_whole(made: Assignment) -> None:
    assert Assignment.from_item(made.to_item()) == made


@pytest.mark.parametrize(
    "attributes",
    [
        Attributes(epoch=7, version=3),
        Attributes(epoch=7, version=3, unit=PLACES[0]),
        Attributes(epoch=7, version=3, unit=PLACES[0], fell_back=True),
        Attributes(epoch=7, version=3, fell_back=True),
    ],
)
def test_a_request_says_what_it_was(attributes: Attributes) -> None:
    assert Attributes.parse(str(attributes)) == attributes


@pytest.mark.parametrize(
    "text", ["", "tenant=a", "leeway epoch=x version=1", f"leeway epoch=1 version=1 unit={'G' * 16}"]
)
def test_what_others_wrote_says_nothing(text: str) -> None:
    assert Attributes.parse(text) is None
