"""Champion and challenger on an endpoint whose instances are scaled, through the real template on the embedded AWS."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leeway.spec import Serving
from localaws import LocalAWS, Mode
from localaws.lifecycle import Lifecycle
from tests.cases import of_the_proof, of_the_stories
from tests.clock import BEGINS
from tests.local.contest import HOUR, Contest
from tests.local.registered import MINUTE, NAME

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]
CANARY: dict[str, Any] = {
    "strategy": "canary", "canary": 20, "canary_wait": 10 * MINUTE, "bake": 20 * MINUTE, "max_errors": 5.0,
}  # fmt: skip
SCALED = Serving(min_instances=2, max_instances=8, target_invocations=300)


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """Version 1 serves on six instances, to which scaling has come."""
    lifecycle = Lifecycle(model_latency=0.02)
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=lifecycle, start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        begun = Contest(aws=aws, serving=SCALED)
        begun.begin(bake=2 * HOUR)
        aws.advance(5 * MINUTE)
        scale(begun, a=6)
        yield begun
        assert aws.denied == []
        assert begun.dead() == 0


def scale(contest: Contest, **counts: int) -> None:
    """As a policy does that finds more, or less, to do."""
    for slot, count in counts.items():
        change = {"VariantName": slot, "DesiredInstanceCount": count}
        contest.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=NAME, DesiredWeightsAndCapacities=[change]
        )
        contest.aws.advance(2 * MINUTE)


def targets(contest: Contest) -> dict[str, tuple[int, int, float]]:
    """(least, most, tracked value) by slot."""
    scaling = contest.aws.client("application-autoscaling")
    found = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    tracked = {one["ResourceId"]: one["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for one in policies}
    return {
        one["ResourceId"].rpartition("/")[2]: (one["MinCapacity"], one["MaxCapacity"], tracked[one["ResourceId"]])
        for one in found
    }


def counts(contest: Contest) -> dict[str, int]:
    return {one["VariantName"]: one["CurrentInstanceCount"] for one in contest.endpoint()["ProductionVariants"]}


BOUNDS = (2, 8, 300.0)


@pytest.mark.story
def test_a_challenger_is_scaled_beside_its_champion_and_takes_over_with_instances_for_all(contest: Contest) -> None:
    contest.challenge()
    assert contest.weights == {"a": 90, "b": 10}
    assert counts(contest) == {"a": 6, "b": 2}
    assert targets(contest) == {"a": BOUNDS, "b": BOUNDS}
    assert contest.assignment.share == 10

    contest.wish("promote")
    assert contest.weights == {"a": 0, "b": 100}
    assert counts(contest) == {"a": 6, "b": 8}
    assert targets(contest) == {"b": BOUNDS}, "what the old champion has stays for the way back"
    contest.aws.advance(3 * HOUR)
    assert contest.weights == {"b": 1}
    assert (counts(contest), targets(contest)) == ({"b": 8}, {"b": BOUNDS})
    assert contest.answer() == "two"
    assert not contest.journal("RolloutHeld")


def test_a_rejected_challenger_goes_with_its_target_and_the_champion_keeps_what_it_has(contest: Contest) -> None:
    arn = contest.challenge()
    contest.decide(arn, "Rejected")
    contest.aws.advance(5 * MINUTE)
    assert contest.weights == {"a": 1}
    assert (counts(contest), targets(contest)) == ({"a": 8}, {"a": BOUNDS})
    assert contest.answer() == "one"


@pytest.mark.story
def test_going_back_does_not_wait_for_instances_that_there_are_none_of(contest: Contest) -> None:
    contest.specify(bake=20 * MINUTE, stages=(50,))
    arn = contest.challenge()
    scale(contest, a=3, b=4)
    contest.aws.faults.hosting.exhaust(NAME, variant="a")
    contest.decide(arn, "Rejected")
    contest.aws.advance(10 * MINUTE)
    assert contest.weights == {"a": 100, "b": 0}
    [said] = contest.journal("InstancesLacking")
    assert "7 instances of variant a did not come with it (the endpoint was rolled back): scaling adds them" in said.why
    assert contest.answer() == "one"


@pytest.mark.story
def test_a_target_that_somebody_took_away_or_changed_is_there_again_within_the_hour(contest: Contest) -> None:
    contest.specify(bake=6 * HOUR, horizon=12 * HOUR)
    contest.challenge()
    scaling = contest.aws.client("application-autoscaling")
    where: dict[str, Any] = {
        "ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }  # fmt: skip
    scaling.deregister_scalable_target(ResourceId=f"endpoint/{NAME}/variant/b", **where)
    scaling.register_scalable_target(ResourceId=f"endpoint/{NAME}/variant/a", MaxCapacity=30, **where)
    contest.aws.advance(HOUR + 10 * MINUTE)
    assert targets(contest) == {"a": BOUNDS, "b": BOUNDS}
    assert contest.weights == {"a": 90, "b": 10}


@pytest.mark.story
def test_a_quiet_look_asks_no_more_than_without_scaling(contest: Contest) -> None:
    contest.specify(bake=6 * HOUR, horizon=12 * HOUR)
    contest.challenge()
    contest.traffic(20)
    contest.aws.advance_to(contest.aws.now().replace(minute=2, second=0, microsecond=0) + HOUR)
    before, looks = dict(contest.aws.calls.counts), contest.calls("GetMetricData")
    contest.traffic(40, a_minute=1)
    made = sum(
        count - before.get(key, 0) for key, count in contest.aws.calls.counts.items() if key[0] == "leeway-rollout"
    )
    looked = contest.calls("GetMetricData") - looks
    assert looked >= 6
    assert made <= 6 * looked


OPERATIONS = ("RegisterScalableTarget", "UpdateEndpointWeightsAndCapacities", "DeregisterScalableTarget")
MODES = (Mode.CRASH_AFTER, Mode.TIMEOUT_AFTER, Mode.SERVER_ERROR_BEFORE)
# Each operation and each mode among the stories, and every pair of them in the proof.
FAILS = list(zip(OPERATIONS, MODES, strict=True))
OTHERS = [pair for pair in itertools.product(OPERATIONS, MODES) if pair not in FAILS]


@pytest.mark.parametrize(
    "fails", [*of_the_stories(*FAILS), *of_the_proof(*OTHERS)], ids=lambda pair: f"{pair[0]}-{pair[1]}"
)
def test_a_call_that_fails_is_made_again_and_nothing_is_left_over(contest: Contest, fails: tuple[str, Mode]) -> None:
    operation, mode = fails
    fault = contest.aws.faults.add(action=mode, caller="leeway-rollout", operation=operation, times=2)
    arn = contest.challenge()
    contest.aws.advance(HOUR)
    assert targets(contest) == {"a": BOUNDS, "b": BOUNDS}
    contest.decide(arn, "Rejected")
    contest.aws.advance(2 * HOUR)
    assert fault.hits >= 1
    assert (contest.weights, targets(contest)) == ({"a": 1}, {"a": BOUNDS})
    assert contest.answer() == "one"


@pytest.mark.story
def test_the_endpoint_deleted_on_the_way_comes_back_scaled(contest: Contest) -> None:
    contest.challenge()
    contest.sagemaker.delete_endpoint(EndpointName=NAME)
    contest.aws.advance(10 * MINUTE)
    assert contest.weights == {"a": 90, "b": 10}
    assert targets(contest) == {"a": BOUNDS, "b": BOUNDS}


@pytest.mark.story
def test_a_canary_keeps_the_number_that_scaling_has_come_to(contest: Contest) -> None:
    contest.specify(**CANARY)
    contest.challenge()
    contest.aws.advance(HOUR)
    assert contest.answer() == "two"
    assert (counts(contest), targets(contest)) == ({"a": 6}, {"a": BOUNDS})


@pytest.mark.story
def test_scaling_that_ends_in_an_experiment_ends_for_both(contest: Contest) -> None:
    contest.challenge()
    plain = replace(contest, serving=Serving(instances=2))
    plain.specify(bake=2 * HOUR)
    plain.wake()
    plain.aws.advance(10 * MINUTE)
    assert targets(plain) == {}
    assert (counts(plain), plain.weights) == ({"a": 2, "b": 2}, {"a": 90, "b": 10})
