"""Challengers decided by what came true: labels by a known truth, through the real template in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from leeway import keys
from localaws import LocalAWS, Mode
from localaws.lifecycle import Lifecycle
from localaws.sagemaker.serving import Asked
from tests.clock import BEGINS
from tests.local.contest import HOUR, Contest
from tests.local.onboarding import INBOX, table
from tests.local.registered import MINUTE, NAME

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]
BASE = 0.20


@pytest.fixture(params=[30])
def contest(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Contest]:
    """With a horizon of so many hours."""
    # Cohorts are cut at whole hours: how many units the first one has must not depend on when the test runs.
    lifecycle, start = Lifecycle(model_latency=0.02), BEGINS
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=lifecycle, start=start) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        begun = Contest(aws=aws)
        begun.begin(reward="outcome", outcome_window=HOUR, horizon=request.param * HOUR, stages=(25, 50))
        begun.challenge()
        yield begun
        assert aws.denied == []


def cohorts(contest: Contest) -> list[dict[str, int]]:
    return [dict(item) for item in table(contest.aws).query(keys.model_pk("churn"), keys.COHORT)]


@pytest.mark.proof
def test_a_better_challenger_is_promoted_after_a_whole_day(contest: Contest) -> None:
    assert contest.experiment
    begun = contest.experiment.started
    assert begun
    contest.live(40, {"a": BASE, "b": BASE + 0.05})
    [promoted] = contest.journal("ChallengerPromoted")
    assert "the challenger is better: evidence" in promoted.why
    assert promoted.at - begun >= timedelta(hours=24)
    contest.aws.advance(HOUR)
    assert contest.answer() == "two"
    counted = cohorts(contest)
    assert sum(one["champion"] + one["challenger"] for one in counted) > 10_000
    assert all(one["champion_successes"] <= one["champion"] for one in counted)


@pytest.mark.proof
def test_an_equal_one_leaves_the_champion_at_the_horizon(contest: Contest) -> None:
    contest.live(40, {"a": BASE, "b": BASE}, an_hour=200, seed=3)
    contest.aws.advance(HOUR)
    assert contest.answer() == "one"
    assert "the horizon of 30 h has passed" in contest.journal("ChampionKept")[0].why
    assert not contest.journal("ChallengerPromoted")


@pytest.mark.story
def test_a_worse_one_is_rolled_back_before_the_horizon(contest: Contest) -> None:
    contest.live(40, {"a": BASE, "b": BASE - 0.08}, seed=2)
    contest.aws.advance(HOUR)
    assert contest.answer() == "one"
    assert "the challenger is worse: evidence" in contest.journal("ChallengerRolledBack")[0].why


@pytest.mark.story
def test_labels_of_one_version_alone_hold_and_promote_nothing(contest: Contest) -> None:
    contest.live(4, {"a": 0.0, "b": 1.0}, an_hour=100, silent="a")
    assert contest.experiment
    assert "labels have come for the challenger alone" in contest.journal("RolloutHeld")[-1].why
    assert contest.weights == {"a": 75, "b": 25}
    assert contest.item["tally"]["labelled"][1] > 10


@pytest.mark.story
@pytest.mark.parametrize("contest", [6], indirect=True)
def test_labels_that_never_come_hold_with_the_reason(contest: Contest) -> None:
    contest.traffic(60, a_minute=5)
    contest.aws.advance(3 * HOUR)
    assert "no label has come within outcome_window" in contest.journal("RolloutHeld")[-1].why
    contest.aws.advance(6 * HOUR)
    assert contest.answer() == "one"
    assert contest.experiment is None


@pytest.mark.story
@pytest.mark.parametrize("contest", [8], indirect=True)
def test_labels_that_all_come_too_late_hold_as_those_that_never_come(contest: Contest) -> None:
    """`outcome_window` is an hour; labels of two hours before are none."""
    start = contest.aws.now()
    asked = [Asked(at=start + n * MINUTE / 5, body=b"1\n", inference_id=f"late-{n}") for n in range(300)]
    contest.aws.traffic(NAME, asked)
    contest.aws.advance_to(start + 3 * HOUR)
    lines = ["inference_id,label", *(f"{one.inference_id},1" for one in asked)]
    key = f"labels/churn/{contest.aws.now():%Y/%m/%d/%H}/late.csv"
    contest.aws.client("s3").put_object(Bucket=INBOX, Key=key, Body="\n".join(lines).encode())
    contest.aws.advance(2 * HOUR)
    assert "no label has come within outcome_window for any of" in contest.journal("RolloutHeld")[-1].why
    assert contest.item["tally"]["labelled"] == [0, 0]
    contest.aws.advance(6 * HOUR)
    assert contest.answer() == "one"
    assert contest.experiment is None


@pytest.mark.story
def test_what_harms_is_rolled_back_though_each_count_of_outcomes_ends_the_function(contest: Contest) -> None:
    """A count is due at each look from now on, and none comes to its end."""
    contest.traffic(60, a_minute=5)
    contest.aws.advance(50 * MINUTE)
    contest.aws.advance_to(keys.unstamp(contest.item["tally"]["ripe_at"]) - MINUTE)
    dies = contest.aws.faults.add(action=Mode.CRASH_BEFORE, caller="leeway-rollout", operation="ListObjectsV2")
    contest.aws.advance(10 * MINUTE)
    assert dies.hits >= 1
    contest.aws.faults.hosting.fail(NAME, share=0.3, variant="b")
    assert contest.until("ChallengerRolledBack", minutes=60, a_minute=60) <= 30
    contest.aws.faults.clear()
    contest.aws.advance(HOUR)
    assert contest.answer() == "one"
