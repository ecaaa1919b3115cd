"""Two versions on one endpoint whose instances are scaled: a target for each slot that has traffic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leeway import keys
from leeway.rollout.challenge.experiment import PROMOTED, REVERTED, Assign, Experiment, Judge, Weigh
from leeway.rollout.decisions import Ask, Decision, Look, Scale, Unscale
from leeway.rollout.observed import Endpoint, Grown, Serving
from leeway.rollout.plan import plan
from leeway.rollout.scaling import plan as scaling
from leeway.rollout.target import Contender, Scaling, Target
from leeway.spec import Rollout
from leeway.spec import Serving as Kind
from tests.unit.rollout.test_challenge import HALTED, TRIAL, A, B, epoch
from tests.unit.rollout.values import BEFORE, ENDPOINT, LATER, NOW, STOCK, blueprint, known, observed

pytestmark = pytest.mark.unit
SCALED = blueprint(serving=Kind(min_instances=2, max_instances=9, target_invocations=300))
BOUNDS = Scaling(instance="ml.m5.large", least=2, most=9, invocations=300)
ONE, TWO = known(1, 10, served=True), known(2, 20)
RULES = Rollout(strategy="ab", bake=timedelta(hours=1))
BOTH = {"a": BOUNDS, "b": BOUNDS}
STAGED = replace(TRIAL, stage=1)  # 25 %
TAKEN = replace(TRIAL, state=PROMOTED, staged=None)
BACK = replace(TRIAL, state=REVERTED, staged=None)


def duel(share: int = 10) -> Target:
    return SCALED.duel(A, B, first=10, share=share)


def there(share: int, *, a: int = 4, b: int = 2, changed: str = BEFORE) -> Endpoint:
    return Endpoint(
        name=ENDPOINT, status="InService", config=duel().config_name, changed=changed,
        weights=(("a", 100.0 - share), ("b", float(share))), counts=(("a", a), ("b", b)),
    )  # fmt: skip


def serves(one: Contender) -> Serving:
    return Serving(version=one.version, package=one.package, slot=one.slot, config=duel().config_name)


def decide(**found: Any) -> Decision:
    """Of an experiment at 10 %, with nothing assigned, so that each change is decided at once."""
    begun: dict[str, Any] = {
        "blueprint": SCALED, "rules": RULES, "experiment": TRIAL, "endpoint": there(10), "serving": serves(A),
        "assignment": None, "stock": STOCK, "scaled": BOTH,
    }  # fmt: skip
    lost = found.pop("lost", False)
    return plan(observed(ONE, replace(TWO, lost_at=20) if lost else TWO, **{**begun, **found}))


def test_a_challenger_comes_up_without_traffic_and_its_first_share_with_the_instances_for_it() -> None:
    first = {one["VariantName"]: one["InitialVariantWeight"] for one in duel().config["ProductionVariants"]}
    assert first == {"a": 100.0, "b": 0.0}
    assert duel(10).config_name == duel(50).config_name
    weighed = decide(experiment=replace(TRIAL, stages=(50,)), endpoint=there(0, a=8), scaled={"a": BOUNDS})
    assert isinstance(weighed, Weigh)
    assert (weighed.weights, weighed.counts) == ({"a": 50, "b": 50}, {"b": 5})  # half of the ten that there are


def test_the_challenger_is_registered_once_it_has_traffic() -> None:
    decided = decide(scaled={"a": BOUNDS})
    assert isinstance(decided, Scale)
    assert (decided.slot, decided.scaling) == ("b", BOUNDS)
    assert decided.why.startswith(f"variant b of {ENDPOINT} is scaled: 2 to 9 instances")
    assert isinstance(decide(), Assign)
    assert decide(assignment=epoch(10)) == Judge(experiment=TRIAL)


@pytest.mark.parametrize(
    ("experiment", "now", "weights", "counts"),
    [
        pytest.param(STAGED, there(10), {"a": 75, "b": 25}, {}, id="enough"),
        pytest.param(STAGED, there(10, a=9, b=2), {"a": 75, "b": 25}, {"b": 3}, id="step"),
        pytest.param(TAKEN, there(50, a=3, b=3), {"a": 0, "b": 100}, {"b": 6}, id="promotion"),
        pytest.param(TAKEN, there(50, a=6, b=6), {"a": 0, "b": 100}, {"b": 9}, id="no-more-than-most"),
        pytest.param(replace(TAKEN, kept=5), there(50, a=4, b=4), {"a": 5, "b": 95}, {"b": 8}, id="holdback"),
        pytest.param(BACK, there(50, a=3, b=3), {"a": 100, "b": 0}, {"a": 6}, id="back"),
        pytest.param(STAGED, there(60, a=4, b=4), {"a": 75, "b": 25}, {"a": 6}, id="set-back-by-hand"),
    ],
)
def test_who_gets_more_gets_the_instances_of_its_share_in_the_same_call(
    experiment: Experiment, now: Endpoint, weights: dict[str, int], counts: dict[str, int]
) -> None:
    weighed = decide(experiment=experiment, endpoint=now, lost=experiment == BACK)
    assert isinstance(weighed, Weigh)
    assert (weighed.weights, weighed.counts, weighed.before) == (weights, counts, BEFORE)


def asked(**rest: Any) -> Grown:
    at = keys.stamp(NOW - timedelta(minutes=5))
    return Grown(**{"weights": {"a": 100, "b": 0}, "counts": {"a": 6}, "before": BEFORE, "at": at, **rest})


@pytest.mark.parametrize(
    ("grown", "counts", "undone"),
    [
        pytest.param(asked(), {"a": 6}, False, id="lost-on-the-way"),
        pytest.param(asked(before=LATER), {}, True, id="taken-back"),
        pytest.param(asked(before=LATER, error="so"), {}, False, id="taken-back-and-said"),
        pytest.param(asked(error="no quota"), {}, False, id="refused"),
        pytest.param(asked(error="x", at=keys.stamp(NOW - timedelta(hours=1))), {"a": 6}, False, id="long-ago"),
        pytest.param(asked(before=LATER, counts={"a": 5}), {"a": 6}, False, id="others"),
    ],
)
def test_instances_that_do_not_come_hold_no_weights_back(grown: Grown, counts: dict[str, int], undone: bool) -> None:
    weighed = decide(experiment=BACK, endpoint=there(50, a=3, b=3), grown=grown, lost=True)
    assert isinstance(weighed, Weigh)
    assert (weighed.weights, weighed.counts, weighed.undone) == ({"a": 100, "b": 0}, counts, undone)


def test_who_has_no_traffic_any_more_keeps_its_instances_and_is_scaled_no_more() -> None:
    found: dict[str, Any] = {"experiment": TAKEN, "endpoint": there(100, a=5, b=9), "serving": serves(B)}
    decided = decide(**found)
    assert isinstance(decided, Unscale)
    assert (decided.slot, decided.why) == ("a", f"variant a of {ENDPOINT} is scaled no more: it has no traffic")
    assert isinstance(decide(**found, scaled={"b": BOUNDS}), Assign)


def test_scaling_stops_before_a_variant_is_removed_and_goes_on_for_the_other() -> None:
    solo = SCALED.solo(A)
    found: dict[str, Any] = {"experiment": None, "target": solo, "endpoint": there(0), "serving": serves(A)}
    decided = decide(**found, scaled={"b": BOUNDS})
    assert isinstance(decided, Unscale)
    assert (decided.slot, "SageMaker removes no variant that is scaled" in decided.why) == ("b", True)
    asks = decide(**found, scaled={"a": BOUNDS})
    assert isinstance(asks, Ask)
    assert asks.target.scaling == BOUNDS  # which is why the counts are retained


def test_what_somebody_changed_by_hand_is_brought_back() -> None:
    decided = decide(scaled={"a": BOUNDS, "b": replace(BOUNDS, most=3)}, assignment=epoch(10))
    assert isinstance(decided, Scale)
    assert (decided.slot, decided.scaling) == ("b", BOUNDS)
    gone = decide(scaled={"b": BOUNDS}, assignment=epoch(10))
    assert isinstance(gone, Scale)
    assert gone.slot == "a"


def test_without_max_instances_both_are_scaled_no_more() -> None:
    plain = blueprint()
    now = replace(there(10), config=plain.duel(A, B, first=10, share=10).config_name)
    found: dict[str, Any] = {
        "blueprint": plain,
        "endpoint": now,
        "serving": replace(serves(A), config=now.config),
        "assignment": epoch(10),
    }
    first = decide(**found)
    assert isinstance(first, Unscale)
    assert (first.slot, first.why.partition(": ")[2]) == ("a", "model.toml has no max_instances")
    assert decide(**found, scaled={}) == Judge(experiment=TRIAL)


def test_scaling_waits_for_leave_and_an_experiment_does_not_wait_for_scaling() -> None:
    assert decide(scaled={}, stock=None) == Look()
    assert decide(scaled={}, stock=HALTED, assignment=epoch(10)) == Judge(experiment=TRIAL)


def test_without_scaling_weights_bring_no_instances() -> None:
    plain = blueprint()
    target = plain.duel(A, B, first=10, share=25)
    seen = observed(ONE, TWO, blueprint=plain, experiment=STAGED, endpoint=there(10), target=target)
    assert scaling.growth(seen, target) == {}
    assert scaling.growth(replace(seen, endpoint=None), duel(25)) == {}


def test_who_gets_no_more_of_the_traffic_gets_no_instances() -> None:
    """Auto scaling has taken the champion's away, and the shares are as they should be."""
    same = observed(ONE, TWO, blueprint=SCALED, experiment=TRIAL, endpoint=there(50, a=2, b=6), target=duel(50))
    assert scaling.growth(same, duel(50)) == {}


def test_the_shadow_of_a_scaled_champion_is_not_scaled() -> None:
    target = SCALED.shadowed(A, B)
    assert (target.shares, target.scaling) == ({"a": 100}, BOUNDS)
