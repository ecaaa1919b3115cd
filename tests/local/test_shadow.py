"""A challenger in the shadow of its champion, through the real template on the embedded AWS in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from localaws.lifecycle import Lifecycle
from localaws.sagemaker.batches import Asked
from tests.clock import BEGINS
from tests.local.contest import HOUR, Contest
from tests.local.person import Person
from tests.local.registered import MINUTE, NAME

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]
RULES: dict[str, Any] = {
    "strategy": "shadow",
    "shadow_for": 2 * HOUR,
    "shadow_requests": 200,
    "max_difference": 0.1,
    "horizon": timedelta(hours=20),
}


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """Version 1 serves and answers 1 to each request; so do those that are alike it."""
    lifecycle = Lifecycle(model_latency=0.02)
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=lifecycle, start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        begun = Contest(aws=aws)
        super(Contest, begun).begin()
        begun.specify(**RULES)
        begun.serve(begun.register("1"))
        yield begun
        assert aws.denied == []
        assert begun.dead() == 0


def variants(contest: Contest) -> tuple[list[str], list[str]]:
    """Those that answer, and those in the shadow."""
    found = contest.endpoint()
    groups = (found["ProductionVariants"], found.get("ShadowProductionVariants", []))
    first, second = ([one["VariantName"] for one in group] for group in groups)
    return first, second


def hours(contest: Contest, count: int, a_minute: int = 4, *, named: bool = True) -> set[str]:
    """Requests, each with an inference id or none; what callers are answered."""
    answers = set[str]()
    for _ in range(count):
        start = contest.aws.now()
        asked = [
            Asked(at=start + n * MINUTE / a_minute, body=b"1\n", inference_id=f"{start:%d%H%M}-{n}" if named else "")
            for n in range(60 * a_minute)
        ]
        answers |= {one.body.decode() for one in contest.aws.traffic(NAME, asked) if one.status == 200}
    return answers


def test_a_challenger_does_well_in_the_shadow_and_then_gets_traffic(contest: Contest, tmp_path: Path) -> None:
    """`shadow_for` so long and with `shadow_requests` copies at least; scores within `max_difference`."""
    contest.challenge("1.05", champion="1")
    assert variants(contest) == (["a"], ["b"])
    assert "beginning with a copy of each request" in contest.journal("ExperimentBegun")[0].why
    assert hours(contest, 1) == {"1"}
    assert contest.assignment.challenger is None
    person = Person(aws=contest.aws, folder=tmp_path)
    assert "in the shadow" in person.says("rollout", "churn")
    assert person.json("rollout", "churn")["experiment"]["state"] == "shadow"
    assert variants(contest) == (["a"], ["b"])

    assert "1" in hours(contest, 2)
    contest.aws.advance(30 * MINUTE)
    (ended,) = contest.journal("ShadowEnded")
    assert "version 2 has done well in the shadow, and gets 10 % of the traffic" in ended.why
    assert "differ by 0.05 on average, 0.05 at most" in ended.why
    assert variants(contest) == (["a", "b"], [])
    assert contest.weights == {"a": 90, "b": 10}
    assert contest.assignment.share == 10
    assert contest.item["tally"]["exposed"] < 100  # copies are no exposure
    assert not contest.journal("RolloutHeld")


@pytest.mark.parametrize(
    ("name", "what", "says"),
    [
        ("1.4", "ChampionKept", "differ by 0.4 on average, 0.4 at most, and max_difference is 0.1"),
        pytest.param(
            "failing", "ChallengerRolledBack", "5xx answers are over 1.5 times the champion's", marks=pytest.mark.story
        ),
    ],
)
def test_a_challenger_that_does_not_do_well_is_told_and_gets_nothing(
    contest: Contest, name: str, what: str, says: str
) -> None:
    contest.challenge(name, champion="1")
    assert hours(contest, 3) == {"1"}
    contest.aws.advance(30 * MINUTE)
    assert says in contest.journal(what)[0].why
    assert variants(contest) == (["a"], [])
    assert contest.experiment is None
    contest.aws.advance(3 * HOUR)
    assert len(contest.journal("ExperimentBegun")) == 1
    assert contest.answer() == "1"


@pytest.mark.story
def test_a_slow_shadow_is_told(contest: Contest) -> None:
    contest.challenge("1.0", champion="1")
    contest.aws.faults.hosting.slow(NAME, milliseconds=30, variant="b")
    hours(contest, 1, a_minute=30)
    assert "latency is over 1.1 times" in contest.journal("ChallengerRolledBack")[0].why
    assert variants(contest) == (["a"], [])


@pytest.mark.story
def test_by_then_it_ends_with_a_report(contest: Contest) -> None:
    """`then` is "report": nobody gets the challenger before a person says so."""
    contest.specify(**RULES, then="report")
    contest.challenge("1.05", champion="1")
    hours(contest, 3)
    contest.aws.advance(30 * MINUTE)
    assert "differ by 0.05 on average" in contest.journal("ShadowReported")[0].why
    assert variants(contest) == (["a"], [])
    assert contest.answer() == "1"


@pytest.mark.story
def test_without_inference_ids_no_score_compares_and_nothing_is_promoted(contest: Contest) -> None:
    contest.challenge("1.0", champion="1")
    hours(contest, 4, named=False)
    assert "no request of both versions can be told by an inference id" in contest.journal("RolloutHeld")[-1].why
    assert variants(contest) == (["a"], ["b"])
    assert not contest.journal("ShadowEnded")


@pytest.mark.story
@pytest.mark.parametrize("how", ["reject", "abort", "promote", "deleted"])
def test_what_people_do_to_a_shadow(contest: Contest, how: str) -> None:
    arn = contest.challenge("1.0", champion="1")
    if how == "reject":
        contest.decide(arn, "Rejected")
    elif how == "deleted":
        contest.sagemaker.delete_endpoint(EndpointName=NAME)
    else:
        contest.wish(how)
    contest.aws.advance(10 * MINUTE)
    if how == "deleted":
        assert variants(contest) == (["a"], ["b"])
    elif how == "promote":
        assert contest.weights == {"a": 0, "b": 100}
        assert contest.answer() == "1.0"
    else:
        assert variants(contest) == (["a"], [])
        assert contest.experiment is None
        assert contest.answer() == "1"
