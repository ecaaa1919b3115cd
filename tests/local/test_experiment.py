"""A challenger on its way beside the champion, through the real template on the embedded AWS in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from leeway import keys
from leeway.rollout import records
from localaws import LocalAWS, Mode
from localaws.lifecycle import Lifecycle
from tests.cases import of_the_stories
from tests.clock import BEGINS
from tests.local.contest import HOUR, Contest
from tests.local.onboarding import table
from tests.local.registered import MINUTE, NAME

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """Version 1 serves, and each answer takes as long as the other: a busy machine is no slow challenger."""
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=Lifecycle(model_latency=0.02), start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        begun = Contest(aws=aws)
        begun.begin()
        yield begun
        assert aws.denied == []


def begun(contest: Contest, stage: int = 0) -> str:
    """A challenger that has come to a stage; its ARN."""
    arn = contest.challenge()
    for _ in range(stage):
        contest.until("StageReached")
        contest.aws.advance(2 * MINUTE)
    assert contest.experiment
    assert contest.experiment.stage == stage
    return arn


def alone(contest: Contest, name: str) -> bool:
    """Whether one version has the endpoint to itself, and everything has settled."""
    contest.aws.advance(5 * MINUTE)
    return len(contest.weights) == 1 and contest.answer() == name and contest.experiment is None


def test_a_challenger_gets_more_by_stages_and_at_the_horizon_the_champion_stays(contest: Contest) -> None:
    contest.challenge()
    assert contest.weights == {"a": 90, "b": 10}
    assert (contest.assignment.share, contest.assignment.experiment) == (10, contest.item["experiment"]["id"])

    minutes = contest.until("StageReached")
    contest.aws.advance(2 * MINUTE)
    assert minutes >= 20
    assert contest.item["tally"]["exposed"] < 100, "who was asked in the stage before is no exposure of this one"
    assert contest.weights == {"a": 50, "b": 50}
    assert contest.assignment.share == 50

    contest.aws.advance(timedelta(hours=3))
    assert alone(contest, "one")
    assert "version 1 is kept: the horizon of 3 h has passed" in contest.journal("ChampionKept")[-1].why
    assert not contest.journal("ChampionReplaced")
    assert contest.assignment.challenger is None

    epochs = records.assignments(table(contest.aws), "churn")
    assert [one.share for one in epochs] == [0, 10, 50, 0, 0][: len(epochs)]
    assert all(one.end and one.end <= other.begin for one, other in pairwise(epochs))
    periods = records.slots(table(contest.aws), "churn")
    assert [(one.slot, one.version, one.trial, one.end is None) for one in periods] == [
        ("a", 1, False, True),
        ("b", 2, True, False),
    ]

    contest.challenge("three")
    assert contest.experiment
    assert contest.experiment.challenger.version == 3


def test_a_challenger_with_errors_is_rolled_back_within_fifteen_minutes(contest: Contest) -> None:
    begun(contest)
    contest.aws.faults.hosting.fail(NAME, share=0.05, variant="b")
    assert contest.until("ChallengerRolledBack", a_minute=600, minutes=60) <= 15

    assert alone(contest, "one")
    assert "5xx answers are over 1.5 times the champion's" in contest.journal("ChallengerRolledBack")[0].why
    contest.aws.advance(timedelta(hours=2))
    assert contest.experiment is None  # its approval is used up


@pytest.mark.story
def test_a_slow_challenger_is_rolled_back(contest: Contest) -> None:
    begun(contest)
    contest.aws.faults.hosting.slow(NAME, milliseconds=10, variant="b")
    contest.until("ChallengerRolledBack", minutes=60, a_minute=400)
    assert "latency" in contest.journal("ChallengerRolledBack")[0].why


@pytest.mark.story
def test_a_person_promotes_and_the_old_champion_stays_until_it_has_baked(contest: Contest) -> None:
    begun(contest)
    contest.wish("promote")

    assert contest.weights == {"a": 0, "b": 100}
    assert contest.answer() == "two"
    assert contest.assignment.champion.version == 2
    assert "ada asked for it: a good one" in contest.journal("ChallengerPromoted")[0].why
    contest.aws.advance(30 * MINUTE)
    assert alone(contest, "two")
    assert contest.weights == {"b": 1}
    assert contest.assignment.champion.slot == "b"


def test_within_the_bake_time_rolling_back_is_one_change_of_weights(contest: Contest) -> None:
    arn = begun(contest)
    contest.wish("promote")
    changes = contest.calls("UpdateEndpointWeightsAndCapacities")

    contest.decide(arn, "Rejected")
    assert alone(contest, "one")
    assert contest.calls("UpdateEndpointWeightsAndCapacities") == changes + 1
    story = [entry.what for entry in contest.journal()]
    assert story.index("RolledBack") < len(story) - 1 - story[::-1].index("UpdateRequested")
    assert contest.weights == {"a": 1}


@pytest.mark.story
def test_a_holdback_stays_with_the_old_champion_until_the_horizon(contest: Contest) -> None:
    contest.specify(holdback=5)
    begun(contest)
    contest.wish("promote")
    assert contest.weights == {"a": 5, "b": 95}
    assert (contest.assignment.share, contest.assignment.champion.version) == (95, 1)
    contest.aws.faults.hosting.fail(NAME, share=0.05, variant="b")
    contest.until("ChallengerRolledBack", a_minute=600, minutes=90)
    assert alone(contest, "one")
    assert contest.journal("RolledBack")


STAGES = [0, *of_the_stories(1)]
LATER_ALONE = of_the_stories(0, 1)


@pytest.mark.parametrize("stage", STAGES)
def test_an_aborted_experiment_gives_the_champion_everything_back(contest: Contest, stage: int) -> None:
    begun(contest, stage)
    contest.wish("abort")
    assert alone(contest, "one")
    assert "ada asked for it" in contest.journal("ExperimentAborted")[0].why


@pytest.mark.story
def test_a_promotion_is_aborted_while_the_old_champion_is_still_there(contest: Contest) -> None:
    begun(contest)
    contest.wish("promote")
    contest.wish("abort")
    assert alone(contest, "one")
    assert contest.journal("RolledBack")


@pytest.mark.parametrize("stage", LATER_ALONE)
def test_a_challenger_rejected_on_its_way_is_taken_out(contest: Contest, stage: int) -> None:
    contest.decide(begun(contest, stage), "Rejected")
    assert alone(contest, "one")
    assert contest.journal("ChallengerRejected")


@pytest.mark.parametrize("stage", LATER_ALONE)
def test_a_champion_rejected_on_the_way_goes_back_to_what_served_before_it(contest: Contest, stage: int) -> None:
    begun(contest, stage)
    contest.wish("promote")
    contest.aws.advance(30 * MINUTE)
    contest.challenge("three", champion="two")
    assert contest.experiment
    contest.decide(contest.experiment.champion.package, "Rejected")
    assert alone(contest, "one")
    assert contest.journal("RolledBack")


@pytest.mark.story
def test_another_version_waits_until_the_experiment_is_over(contest: Contest) -> None:
    begun(contest)
    contest.challenge("three")
    assert contest.experiment
    assert contest.experiment.challenger.version == 2
    contest.wish("abort")
    contest.aws.advance(5 * MINUTE)
    assert contest.experiment
    assert (contest.experiment.challenger.version, contest.weights) == (3, {"a": 90, "b": 10})


@pytest.mark.parametrize("stage", LATER_ALONE)
def test_another_version_takes_the_challengers_place_where_during_says_replace(contest: Contest, stage: int) -> None:
    contest.specify(during="replace")
    begun(contest, stage)
    contest.challenge("three")
    contest.aws.advance(5 * MINUTE)
    assert contest.experiment
    assert (contest.experiment.challenger.version, contest.weights) == (3, {"a": 90, "b": 10})
    contest.wish("abort")
    assert alone(contest, "one")


@pytest.mark.story
def test_another_version_is_ignored_where_during_says_ignore(contest: Contest) -> None:
    contest.specify(during="ignore")
    begun(contest)
    contest.challenge("three")
    assert "version 3 was approved while version 2 is in an experiment" in contest.journal("ApprovalIgnored")[0].why
    contest.wish("abort")
    assert alone(contest, "one")


def test_a_challenger_that_does_not_load_ends_its_experiment_and_the_champion_stays(contest: Contest) -> None:
    contest.challenge("broken")
    assert alone(contest, "one")
    assert "does not load" in contest.journal("ChallengerFailed")[0].why
    assert contest.calls("UpdateEndpoint") == 1


@pytest.mark.story
def test_weights_changed_by_hand_are_set_back_and_the_time_between_belongs_to_no_epoch(contest: Contest) -> None:
    begun(contest)
    before = contest.assignment
    weights = [{"VariantName": "a", "DesiredWeight": 1.0}, {"VariantName": "b", "DesiredWeight": 3.0}]
    changed = contest.aws.now()
    contest.sagemaker.update_endpoint_weights_and_capacities(EndpointName=NAME, DesiredWeightsAndCapacities=weights)
    contest.aws.advance(5 * MINUTE)

    assert contest.weights == {"a": 90, "b": 10}
    epochs = records.assignments(table(contest.aws), "churn")
    assert epochs[-1].epoch == before.epoch + 1
    assert epochs[-2].end
    assert epochs[-2].end <= changed + timedelta(seconds=1)


@pytest.mark.story
def test_a_variant_removed_by_hand_is_brought_back(contest: Contest) -> None:
    begun(contest)
    first = records.slots(table(contest.aws), "churn")[0]
    solo = next(
        one["EndpointConfigName"]
        for one in contest.sagemaker.list_endpoint_configs()["EndpointConfigs"]
        if len(
            contest.sagemaker.describe_endpoint_config(EndpointConfigName=one["EndpointConfigName"])[
                "ProductionVariants"
            ]
        )
        == 1
    )
    contest.sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName=solo)
    contest.aws.advance(5 * MINUTE)
    assert contest.weights == {"a": 90, "b": 10}
    assert contest.assignment.end is None
    assert records.slots(table(contest.aws), "churn")[0].begin == first.begin


@pytest.mark.story
def test_an_endpoint_deleted_on_the_way_comes_back_with_the_champion_first(contest: Contest) -> None:
    begun(contest, 1)
    contest.sagemaker.delete_endpoint(EndpointName=NAME)
    contest.aws.advance(10 * MINUTE)
    assert contest.weights == {"a": 50, "b": 50}
    assert not contest.journal("ChampionReplaced")


@pytest.mark.story
def test_maintenance_ends_an_epoch_and_another_begins_after_it(contest: Contest) -> None:
    begun(contest)
    before = contest.assignment
    contest.aws.faults.hosting.maintain(NAME, seconds=600)
    contest.aws.advance(20 * MINUTE)
    epochs = records.assignments(table(contest.aws), "churn")
    assert [one.epoch for one in epochs[-2:]] == [before.epoch, before.epoch + 1]
    assert epochs[-2].end
    assert epochs[-1].begin - epochs[-2].end >= timedelta(seconds=600)
    assert contest.calls("UpdateEndpoint") == 1


@pytest.mark.story
def test_an_update_of_over_half_an_hour_that_rolls_back_by_itself_is_told_and_made_once(tmp_path: Path) -> None:
    lifecycle = Lifecycle(model_latency=0.02, endpoint_update=40 * 60)
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=lifecycle, start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        contest = Contest(aws=aws)
        contest.begin()
        aws.faults.hosting.exhaust(NAME, variant="b")
        contest.challenge()
        aws.advance(35 * MINUTE)
        assert contest.endpoint()["EndpointStatus"] == "Updating"
        assert "for over 30 minutes" in contest.journal("RolloutHeld")[-1].why
        assert "version 1 keeps serving" in contest.journal("RolloutHeld")[-1].why
        contest.wake()
        aws.advance(HOUR)
        assert contest.journal("ChallengerFailed")
        assert (contest.experiment, contest.weights, contest.answer()) == (None, {"a": 1}, "one")
        assert contest.calls("UpdateEndpoint") == 1
        assert aws.denied == []


@pytest.mark.story
def test_a_challenger_compared_with_another_champion_begins_no_experiment(contest: Contest) -> None:
    contest.challenge("two", champion="zero")
    assert contest.experiment is None
    assert "not compared with version 1" in contest.journal("RolloutHeld")[-1].why
    assert contest.weights == {"a": 1}


@pytest.mark.story
def test_nothing_begins_and_nobody_gets_more_while_the_kill_switch_is_on(contest: Contest) -> None:
    begun(contest)
    contest.aws.client("ssm").put_parameter(Name="/leeway/kill-switch", Value="on", Overwrite=True)
    contest.traffic(30)
    assert contest.weights == {"a": 90, "b": 10}
    assert "but the kill switch is on" in contest.journal("RolloutHeld")[-1].why
    contest.aws.faults.hosting.fail(NAME, share=0.2, variant="b")
    contest.until("ChallengerRolledBack", a_minute=600, minutes=60)
    contest.aws.advance(2 * MINUTE)
    assert contest.weights["b" if len(contest.weights) == 2 else "a"] == (0 if len(contest.weights) == 2 else 1)
    assert contest.answer() == "one"


@pytest.mark.story
def test_metrics_that_cannot_be_read_hold_with_the_reason(contest: Contest) -> None:
    begun(contest)
    contest.aws.faults.add(action=Mode.THROTTLE, caller="leeway-rollout", operation="GetMetricData")
    contest.traffic(30)
    assert contest.weights == {"a": 90, "b": 10}
    assert "metrics of leeway-churn cannot be read" in contest.journal("RolloutHeld")[-1].why


def test_a_quiet_look_makes_at_most_six_calls(contest: Contest) -> None:
    contest.specify(bake=timedelta(hours=2))
    begun(contest)
    contest.traffic(20)
    before, looks = dict(contest.aws.calls.counts), contest.calls("GetMetricData")
    contest.traffic(10, a_minute=1)
    made = sum(
        count - before.get(key, 0) for key, count in contest.aws.calls.counts.items() if key[0] == "leeway-rollout"
    )
    looked = contest.calls("GetMetricData") - looks
    assert looked
    assert made <= 6 * looked
    assert keys.unstamp(contest.item["looked"]) > contest.aws.now() - timedelta(minutes=6)


@pytest.mark.story
@pytest.mark.parametrize("mode", [Mode.TIMEOUT_AFTER, Mode.SERVER_ERROR_AFTER, Mode.THROTTLE])
def test_a_change_of_weights_whose_answer_is_lost_ends_in_the_same_weights(contest: Contest, mode: Mode) -> None:
    begun(contest)
    operation = "UpdateEndpointWeightsAndCapacities"
    fault = contest.aws.faults.add(action=mode, caller="leeway-rollout", operation=operation, times=4)
    contest.until("StageReached")
    contest.aws.advance(10 * MINUTE)
    assert fault.hits
    assert contest.weights == {"a": 50, "b": 50}
    assert (contest.assignment.share, contest.assignment.end) == (50, None)
    epochs = records.assignments(table(contest.aws), "churn")
    assert [one.epoch for one in epochs] == list(range(1, len(epochs) + 1))
    assert all(one.end and one.end <= other.begin for one, other in pairwise(epochs))
