"""What a plan makes of a canary: when a version comes by one, what goes with it, what follows where it goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leeway.rollout.canary.plan import names
from leeway.rollout.canary.steps import GiveUp, Ring, Silence
from leeway.rollout.challenge.experiment import Wish
from leeway.rollout.decisions import Ask, Decision, Hold, Look, Settle, Wait
from leeway.rollout.observed import Observed
from leeway.rollout.order import APPROVED, REJECTED, Seen
from leeway.rollout.plan import plan
from leeway.rollout.update import ATTEMPTS
from leeway.spec import Rollout
from tests.unit.rollout.values import LATER, STOCK, asked, assigned, endpoint, known, observed, serving, wanted

pytestmark = pytest.mark.unit
RULES = Rollout(
    strategy="canary", canary=20, canary_wait=timedelta(minutes=5), bake=timedelta(minutes=30), max_latency=80
)
ONE, TWO = known(1, 10, served=True), known(2, 20)
CONFIG = wanted(2).config_name
COMES = asked(2, canary=True, at=LATER)
SERVES: dict[str, Any] = {"endpoint": endpoint(1), "serving": serving(1), "rules": RULES}
FLIES: dict[str, Any] = {**SERVES, "endpoint": endpoint(1, "Updating", LATER), "asked": COMES, "watched": CONFIG}
BACK: dict[str, Any] = {**FLIES, "endpoint": endpoint(1, changed=LATER, reason="an alarm")}
RINGS = replace(STOCK, rings={names(CONFIG)[0]: "0.5 was greater than 0.01"})


def decide(*packages: Seen, **found: Any) -> Decision:
    return plan(observed(*packages, **found))


def test_a_version_comes_with_what_sagemaker_is_to_do_and_what_it_is_to_watch() -> None:
    found = decide(ONE, TWO, **SERVES, stock=STOCK)
    assert isinstance(found, Ask)
    assert found.asked.canary
    assert found.why.endswith("replaces version 1, by a canary: 20 % of the traffic for 5 minutes, then all of it")
    assert found.canary
    assert found.canary.deployment == {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 20},
                "WaitIntervalInSeconds": 300,
            },
            "TerminationWaitInSeconds": 1800,
            "MaximumExecutionTimeoutInSeconds": 5700,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in names(CONFIG)]},
    }
    errors, latency = found.canary.alarms
    assert (errors["MetricName"], errors["Threshold"]) == ("Invocation5XXErrors", 0.01)
    assert (latency["MetricName"], latency["Threshold"]) == ("ModelLatency", 80_000)
    for alarm in found.canary.alarms:
        assert {"Name": "EndpointConfigName", "Value": CONFIG} in alarm["Dimensions"]
        assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(
    ("packages", "found"),
    [
        pytest.param([ONE], {"serving": serving(1), "endpoint": None}, id="nothing-there"),
        pytest.param(
            [ONE, known(2, status=REJECTED)], {"serving": serving(2), "endpoint": endpoint(2)}, id="going-back"
        ),
        pytest.param([known(1, status=REJECTED), TWO], {}, id="what-serves-has-to-go"),
        pytest.param([ONE, TWO], {"rules": Rollout()}, id="another-strategy"),
        pytest.param([ONE], {"endpoint": endpoint(2)}, id="changed-by-hand"),
    ],
)
def test_everything_else_comes_all_at_once(packages: list[Seen], found: dict[str, Any]) -> None:
    ask = decide(*packages, **{**SERVES, **found}, stock=STOCK)
    assert isinstance(ask, Ask)
    assert ask.canary is None
    assert not ask.asked.canary


def test_the_champion_is_brought_back_before_a_canary_begins() -> None:
    """Guardrails want the same variants on both sides, and their way back leads to what was there."""
    found = decide(ONE, TWO, **{**SERVES, "endpoint": endpoint(3)}, stock=STOCK)
    assert isinstance(found, Ask)
    assert (found.target, found.canary) == (wanted(1), None)


def test_one_that_is_on_its_way_is_given_its_time() -> None:
    waits = decide(ONE, TWO, **{**FLIES, "now": observed().now + timedelta(minutes=50)})
    assert waits == Wait(code="in-progress", why="the endpoint is Updating", soon=True)
    held = decide(ONE, TWO, **{**FLIES, "now": observed().now + timedelta(minutes=63)})
    assert "for over 65 minutes" in held.why  # type: ignore[union-attr]  it is a hold


WISH = Wish(what="abort", experiment=CONFIG, by="ada")


@pytest.mark.parametrize(
    ("packages", "found", "what", "says"),
    [
        pytest.param(
            [ONE, known(2, status=REJECTED)], {}, "ChallengerRejected", "is no longer approved", id="rejected"
        ),
        pytest.param([ONE, TWO], {"wish": WISH}, "ExperimentAborted", "is aborted: ada asked for it", id="aborted"),
        pytest.param(
            [known(1, 30, served=True), TWO], {}, "ChampionKept", "was approved once more", id="champion-again"
        ),
    ],
)
def test_one_that_is_not_wanted_any_more_is_rung_back(
    packages: list[Seen], found: dict[str, Any], what: str, says: str
) -> None:
    ring = decide(*packages, **{**FLIES, **found})
    assert isinstance(ring, Ring)
    assert (ring.what, ring.version) == (what, 2)
    assert says in ring.why
    assert ring.alarm
    assert (ring.alarm["AlarmName"], ring.alarm["TreatMissingData"]) == (names(CONFIG)[0], "breaching")
    assert isinstance(decide(*packages, **{**FLIES, **found}, rung=ring.why), Wait)


def test_a_wish_of_another_experiment_and_another_approval_ring_nothing() -> None:
    other = replace(WISH, experiment="churn-2")
    assert isinstance(decide(ONE, TWO, known(3, 30), **FLIES, wish=other), Wait)


def test_what_rings_is_kept_while_it_rings() -> None:
    going: dict[str, Any] = {**FLIES, "endpoint": endpoint(1, "RollingBack", LATER)}
    assert decide(ONE, TWO, **going) == Look()
    kept = decide(ONE, TWO, **going, stock=RINGS)
    why = f"the alarm {names(CONFIG)[0]} rings: 0.5 was greater than 0.01"
    assert kept == Ring(alarm=None, version=2, what="", why=why)
    assert isinstance(decide(ONE, TWO, **going, stock=STOCK), Wait)


@pytest.mark.parametrize(
    ("found", "what", "says"),
    [
        pytest.param({"rung": "it rang"}, "ChallengerRolledBack", "version 2 is rolled back: it rang; ", id="rang"),
        pytest.param({"stock": RINGS}, "ChallengerRolledBack", "0.5 was greater than 0.01; ", id="still-rings"),
        pytest.param({"stock": STOCK}, "ChallengerFailed", "SageMaker took version 2 back: an alarm; ", id="no-alarm"),
    ],
)
def test_what_was_taken_back_is_not_tried_again(found: dict[str, Any], what: str, says: str) -> None:
    given_up = decide(ONE, TWO, **BACK, **found)
    assert isinstance(given_up, GiveUp)
    assert (given_up.lost, given_up.what) == (TWO, what)
    assert says in given_up.why
    assert given_up.why.endswith("version 1 keeps serving; approve version 2 once more to try again")


def test_one_that_sagemaker_never_began_is_held_and_no_canary_that_went_back() -> None:
    refused = asked(2, canary=True, attempts=ATTEMPTS, error="no capacity")
    held = decide(ONE, TWO, **{**SERVES, "asked": refused, "watched": CONFIG}, stock=STOCK)
    assert isinstance(held, Hold)
    assert held.code == "refused"


def test_alarms_go_when_their_deployment_is_over_and_not_before() -> None:
    lost = replace(TWO, lost_at=20)
    over: dict[str, Any] = {**BACK, "asked": None}
    assert decide(ONE, lost, **over, assignment=assigned(1)) == Silence(config=CONFIG)
    assert isinstance(decide(ONE, TWO, **{**FLIES, "endpoint": endpoint(1)}, stock=STOCK), Ask)
    up: dict[str, Any] = {**FLIES, "endpoint": endpoint(2, changed=LATER)}
    settled = decide(ONE, TWO, **up)
    assert isinstance(settled, Settle)
    assert settled.serving == serving(2)
    assert settled.left is not None
    assert decide(ONE, TWO, **{**up, "serving": serving(2), "asked": None}) == Silence(config=CONFIG)
    assert decide(ONE, TWO, **{**over, "endpoint": None}) == Silence(config=CONFIG)


def test_a_champion_that_is_used_up_itself_changes_nothing_of_this() -> None:
    """`Seen.stands` decides, not the status."""
    seen: Observed = observed(replace(ONE, lost_at=10), TWO, **SERVES, stock=STOCK)
    assert seen.known(1) is not None
    assert seen.packages[0].status == APPROVED
    ask = plan(seen)
    assert isinstance(ask, Ask)
    assert ask.canary is None
