"""Who answers, who answers instead, and how long they have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from leeway.experiment.assignment import Arm, Assignment, Attributes, place
from leeway.predict.plan import Leg, answered_by, legs, seconds, until

pytestmark = pytest.mark.unit
A, B = Arm(version=1, endpoint="e", slot="a"), Arm(version=2, endpoint="e", slot="b")
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HALF = Assignment(experiment="x", epoch=7, champion=A, challenger=B, share=50, begin=BEGIN)
UNITS = [f"u{number}" for number in range(200)]
INSIDE = [unit for unit in UNITS if HALF.arm(place("x", unit)) == B]
OUTSIDE = [unit for unit in UNITS if unit not in INSIDE]


def test_behind_the_challenger_stands_the_champion() -> None:
    assert 60 < len(INSIDE) < 140
    for unit in INSIDE:
        where = place("x", unit)
        assert legs(HALF, unit, "i") == [
            Leg(arm=B, target="b", attributes=Attributes(epoch=7, version=2, unit=where)),
            Leg(arm=A, target="a", attributes=Attributes(epoch=7, version=2, unit=where, fell_back=True)),
        ]


def test_behind_the_champion_stands_nobody() -> None:
    for unit in OUTSIDE:
        said = Attributes(epoch=7, version=1, unit=place("x", unit))
        assert legs(HALF, unit, "i") == [Leg(arm=A, target="a", attributes=said)]


def test_without_a_unit_the_inference_id_stands_for_one_and_is_not_told() -> None:
    for name in INSIDE[:5]:
        assert [leg.arm for leg in legs(HALF, "", name)] == [B, A]
    for name in OUTSIDE[:5]:
        assert legs(HALF, "", name) == [Leg(arm=A, target="a", attributes=Attributes(epoch=7, version=1))]


def test_between_two_epochs_all_go_to_the_champion_and_say_nothing() -> None:
    closed = replace(HALF, end=BEGIN)
    alone = Leg(arm=A, target="a", attributes=None)
    assert [legs(closed, unit, "i") for unit in UNITS] == [[alone]] * len(UNITS)


def test_a_variant_is_named_only_where_there_are_two() -> None:
    alone = replace(HALF, challenger=None, share=0)
    assert [leg.target for leg in legs(alone, "u", "i")] == [""]
    apart = replace(HALF, challenger=replace(B, endpoint="f", slot="a"))
    assert [(leg.arm.endpoint, leg.target) for leg in legs(apart, INSIDE[0], "i")] == [("f", ""), ("e", "")]


def test_the_version_that_answered_is_told_only_where_it_is_sure() -> None:
    [leg] = legs(HALF, OUTSIDE[0], "i")
    assert [answered_by(leg, variant) for variant in ("a", "", "b")] == [1, 1, None]
    assert answered_by(replace(leg, attributes=None), "a") is None
    assert answered_by(legs(HALF, INSIDE[0], "i")[1], "a") == 1


def test_whoever_comes_last_has_time_left() -> None:
    assert seconds(10, 2) == 5
    assert seconds(5, 1) == 5
    assert seconds(-1, 1) == 0
    assert until(10, captures=False) == 9.5
    assert until(10, captures=True) == pytest.approx(8)
