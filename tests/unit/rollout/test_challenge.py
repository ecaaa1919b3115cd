"""The one next step of an experiment: by what is seen, never two changes at once, and no promotion on unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leeway import keys
from leeway.experiment.assignment import Arm, Assignment
from leeway.experiment.rule import Finding
from leeway.rollout.challenge.experiment import (
    PROMOTED,
    REVERTED,
    RUNNING,
    Assign,
    Experiment,
    Judge,
    Turn,
    Weigh,
    Wish,
)
from leeway.rollout.challenge.plan import after, baked_at
from leeway.rollout.decisions import Ask, Decision, Hold, Look, MakeConfig, MakeModel, Reevaluate, Settle, Wait
from leeway.rollout.observed import Asked, Endpoint, Observed, Serving
from leeway.rollout.order import REJECTED, Seen
from leeway.rollout.plan import IN_PROGRESS, LONG, plan
from leeway.rollout.target import Contender, Target
from leeway.spec import Rollout
from tests.unit.rollout.values import BEFORE, ENDPOINT, LATER, NOW, STOCK, arn, assigned, blueprint, known, observed

pytestmark = pytest.mark.unit
AB = Rollout(strategy="ab", bake=timedelta(hours=1))
ONE, TWO, THREE = known(1, 10, served=True), known(2, 20), known(3, 30)
A, B = Contender(version=1, package=arn(1), slot="a"), Contender(version=2, package=arn(2), slot="b")
BEGAN = keys.unstamp(BEFORE)
TRIAL = Experiment(id="churn-2-1-x", champion=A, challenger=B, stages=(10, 25, 50), started=BEGAN, staged=BEGAN)
HALTED = replace(STOCK, halted="the kill switch is on")


def duel(share: int = 10) -> Target:
    return blueprint().duel(A, B, first=10, share=share)


def solo(one: Contender) -> Target:
    return blueprint().solo(one)


def there(target: Target, weights: dict[str, float] | None = None, status: str = "InService") -> Endpoint:
    found = tuple((weights or dict(target.shares)).items())
    return Endpoint(name=ENDPOINT, status=status, config=target.config_name, changed=BEFORE, weights=found)


def serving(one: Contender, target: Target) -> Serving:
    return Serving(version=one.version, package=one.package, slot=one.slot, config=target.config_name)


def epoch(share: int, number: int = 2, **rest: Any) -> Assignment:
    """The epoch of a share, in force."""
    champion, challenger = (Arm(version=one.version, endpoint=ENDPOINT, slot=one.slot) for one in (A, B))
    values: dict[str, Any] = {"experiment": TRIAL.id, "epoch": number, "champion": champion, "challenger": challenger}
    return Assignment(**{**values, "share": share, "begin": BEGAN, **rest})


RUNS: dict[str, Any] = {
    "rules": AB, "experiment": TRIAL, "endpoint": there(duel()), "serving": serving(A, duel()), "assignment": epoch(10),
}  # fmt: skip


def decide(*packages: Seen, **found: Any) -> Decision:
    return plan(observed(*packages, **{**RUNS, **found}))


def test_an_approved_version_begins_an_experiment_in_the_other_slot() -> None:
    champion: dict[str, Any] = {"endpoint": there(solo(A)), "serving": serving(A, solo(A)), "assignment": assigned(1)}
    assert decide(ONE, TWO, experiment=None, **champion) == Look()
    decision = decide(ONE, TWO, experiment=None, **champion, stock=STOCK)
    assert isinstance(decision, Turn)
    assert decision.after is not None
    assert (decision.after.champion, decision.after.challenger, decision.after.share) == (A, B, 10)
    assert (decision.what, decision.brings, decision.lost) == ("ExperimentBegun", True, None)
    halted = decide(ONE, TWO, experiment=None, **champion, stock=HALTED)
    assert halted == Hold(code="halted", why="version 2 is approved, but the kill switch is on")
    other = replace(STOCK, champion="s3://a/x", serving_champion="s3://a/y")
    assert isinstance(decide(ONE, TWO, experiment=None, **champion, stock=other), Reevaluate)


@pytest.mark.parametrize(
    "packages",
    [
        pytest.param([ONE], id="nothing-new"),
        pytest.param([ONE, known(2)], id="not-approved"),
        pytest.param([ONE, replace(TWO, lost_at=20)], id="its-approval-is-used-up"),
        pytest.param([replace(ONE, approved_at=40), TWO], id="the-champion-was-approved-later"),
    ],
)
def test_no_experiment_begins_without_a_later_approval(packages: list[Seen]) -> None:
    champion: dict[str, Any] = {"endpoint": there(solo(A)), "serving": serving(A, solo(A)), "assignment": assigned(1)}
    assert decide(*packages, experiment=None, **champion) == Wait(code="serving", why="version 1 serves")


def test_where_what_serves_is_rejected_the_next_one_takes_over_at_once() -> None:
    gone = replace(ONE, status=REJECTED)
    found: dict[str, Any] = {"endpoint": there(solo(A)), "serving": serving(A, solo(A)), "assignment": None}
    decision = decide(gone, TWO, experiment=None, **found, stock=STOCK)
    assert isinstance(decision, Ask)
    assert decision.target == solo(replace(B, slot="a"))


def test_each_step_of_bringing_it_up() -> None:
    begun = replace(TRIAL, started=None, staged=None)
    found: dict[str, Any] = {"experiment": begun, "endpoint": there(solo(A)), "serving": serving(A, solo(A))}
    missing = replace(STOCK, missing=frozenset({duel().model_names[1]}), config_exists=False)
    in_force = assigned(1)
    assert decide(ONE, TWO, **found, stock=missing) == MakeModel(target=duel(), request=duel().models[1])
    assert decide(ONE, TWO, **found, stock=replace(missing, missing=frozenset())) == MakeConfig(target=duel())
    closed = decide(ONE, TWO, **found, stock=STOCK, assignment=in_force)
    assert closed == Assign(assignment=replace(in_force, end=NOW))
    asked = decide(ONE, TWO, **found, stock=STOCK, assignment=replace(in_force, end=NOW))
    assert isinstance(asked, Ask)
    assert (asked.target, asked.asked.version, asked.asked.leader, asked.asked.slot) == (duel(), 2, 1, "a")
    up = decide(ONE, TWO, experiment=begun, serving=serving(A, solo(A)), asked=asked.asked)
    assert up == Settle(
        serving=serving(A, duel()), what="ChallengerInService", why="version 2 is up beside version 1", beside=B
    )
    before = replace(in_force, end=NOW)
    assert decide(ONE, TWO, experiment=begun, assignment=before) == Assign(assignment=epoch(10, begin=NOW))
    assert decide(ONE, TWO) == Judge(experiment=TRIAL)


@pytest.mark.parametrize(
    ("experiment", "share"),
    [
        pytest.param(replace(TRIAL, stage=1), 25, id="stage"),
        pytest.param(replace(TRIAL, state=PROMOTED), 100, id="promoted"),
        pytest.param(replace(TRIAL, state=PROMOTED, kept=5), 95, id="holdback"),
    ],
)
def test_more_for_the_challenger_is_asked_for_in_absolute_weights(experiment: Experiment, share: int) -> None:
    assert decide(ONE, TWO, experiment=experiment) == Look()
    assert isinstance(decide(ONE, TWO, experiment=experiment, stock=HALTED), Hold)
    closed = decide(ONE, TWO, experiment=experiment, stock=STOCK)
    assert closed == Assign(assignment=epoch(10, end=NOW))
    weighed = decide(ONE, TWO, experiment=experiment, stock=STOCK, assignment=epoch(10, end=NOW))
    assert isinstance(weighed, Weigh)
    assert weighed.weights == {"a": 100 - share, "b": share}


def test_less_for_the_challenger_needs_nobodys_leave() -> None:
    lost = replace(TWO, lost_at=20)
    reverted = replace(TRIAL, state=REVERTED)
    weighed = decide(ONE, lost, experiment=reverted, assignment=epoch(10, end=NOW))
    assert isinstance(weighed, Weigh)
    assert weighed.weights == {"a": 100, "b": 0}
    over = decide(ONE, lost, experiment=reverted, endpoint=there(duel(0)), assignment=epoch(10, end=NOW))
    assert isinstance(over, Turn)
    assert (over.after, over.what) == (None, "ExperimentEnded")


def test_the_challenger_serves_once_it_has_the_weights() -> None:
    promoted = replace(TRIAL, state=PROMOTED, staged=None)
    settled = decide(ONE, TWO, experiment=promoted, endpoint=there(duel(100)), assignment=epoch(50, end=NOW))
    assert settled == Settle(
        serving=serving(B, duel(100)), what="ChampionReplaced", why="version 2 serves in place of version 1"
    )
    found: dict[str, Any] = {"endpoint": there(duel(100)), "serving": serving(B, duel())}
    served = replace(TWO, served=True)
    assigned_to = decide(ONE, served, experiment=promoted, **found, assignment=epoch(50, end=NOW))
    arm = Arm(version=2, endpoint=ENDPOINT, slot="b")
    wanted = assigned(2, champion=arm, epoch=3, begin=NOW)
    assert assigned_to == Assign(assignment=wanted)
    staged = replace(promoted, staged=NOW - timedelta(minutes=10))
    waits = decide(ONE, served, experiment=staged, **found, assignment=wanted)
    assert isinstance(waits, Wait)
    assert waits.until == NOW + timedelta(minutes=50)
    over = decide(ONE, served, experiment=replace(promoted, staged=NOW - timedelta(hours=1)), **found)
    assert isinstance(over, Turn)
    assert (over.after, over.lost) == (None, None)


@pytest.mark.parametrize(
    ("packages", "found", "what", "lost"),
    [
        pytest.param([ONE, known(2, status=REJECTED)], {}, "ChallengerRejected", 2, id="challenger-rejected"),
        pytest.param([ONE, TWO], {"wish": Wish(what="abort", experiment=TRIAL.id, by="ada")}, "ExperimentAborted", 2,
                     id="aborted"),
        pytest.param([replace(ONE, approved_at=40), TWO], {}, "ChampionKept", 2, id="champion-approved-again"),
        pytest.param([ONE, TWO, THREE], {"rules": replace(AB, during="replace")}, "ChallengerReplaced", 2,
                     id="replaced"),
    ],
)  # fmt: skip
def test_the_champion_gets_everything_back(packages: list[Seen], found: dict[str, Any], what: str, lost: int) -> None:
    for state in (RUNNING, PROMOTED) if what != "ChallengerReplaced" else (RUNNING,):
        decision = decide(*packages, experiment=replace(TRIAL, state=state), **found)
        assert isinstance(decision, Turn)
        assert decision.after is not None
        assert (decision.what, decision.after.state, decision.after.staged) == (what, REVERTED, None)
        assert decision.lost is not None
        assert (decision.lost.version, decision.brings) == (lost, False)


def test_a_rejected_champion_ends_the_experiment() -> None:
    decision = decide(replace(ONE, status=REJECTED), TWO)
    assert isinstance(decision, Turn)
    assert (decision.after, decision.what, decision.lost) == (None, "ExperimentEnded", None)


def test_a_version_that_is_approved_meanwhile_waits_or_is_ignored() -> None:
    assert decide(ONE, TWO, THREE) == Judge(experiment=TRIAL)
    ignored = decide(ONE, TWO, THREE, rules=replace(AB, during="ignore"))
    assert isinstance(ignored, Turn)
    assert (ignored.after, ignored.what, ignored.lost) == (TRIAL, "ApprovalIgnored", THREE)
    unsure = [replace(one, inferred=True) for one in (THREE, known(4, 40))]
    assert decide(ONE, TWO, *unsure, rules=replace(AB, during="replace")) == Judge(experiment=TRIAL)


def test_a_wish_is_for_one_experiment_that_has_begun() -> None:
    wish = Wish(what="promote", experiment=TRIAL.id, by="ada")
    promoted = decide(ONE, TWO, wish=wish)
    assert isinstance(promoted, Turn)
    assert promoted.after == replace(TRIAL, state=PROMOTED, staged=None)
    assert decide(ONE, TWO, wish=replace(wish, experiment="another")) == Judge(experiment=TRIAL)
    fresh = replace(TRIAL, started=None, staged=None)
    assert not isinstance(decide(ONE, TWO, experiment=fresh, wish=wish), Turn)


def test_what_sagemaker_took_back_ends_the_experiment() -> None:
    asked = Asked(config=duel().config_name, version=2, approved_at=20, before=BEFORE, leader=1)
    back = replace(there(solo(A)), changed=LATER, reason="it does not load")
    decision = decide(ONE, TWO, endpoint=back, serving=serving(A, solo(A)), asked=asked)
    assert isinstance(decision, Turn)
    assert (decision.what, decision.lost) == ("ChallengerFailed", TWO)
    assert "it does not load; version 1 keeps serving" in decision.why


def test_a_strategy_that_is_another_now_ends_the_experiment() -> None:
    decision = decide(ONE, TWO, rules=Rollout())
    assert isinstance(decision, Turn)
    assert (decision.after, decision.lost) == (None, None)


def test_a_deleted_endpoint_comes_back_with_the_champion_alone() -> None:
    decision = decide(ONE, TWO, endpoint=None, stock=STOCK, assignment=None)
    assert isinstance(decision, Ask)
    assert (decision.target, decision.create) == (solo(A), True)


def test_weights_that_somebody_changed_end_the_epoch_at_the_last_look() -> None:
    looked = NOW - timedelta(minutes=4)
    found: dict[str, Any] = {"endpoint": there(duel(), {"a": 1.0, "b": 3.0}), "looked": looked}
    assert decide(ONE, TWO, **found) == Assign(assignment=epoch(10, end=looked))
    weighed = decide(ONE, TWO, **found | {"assignment": epoch(10, end=looked)})
    assert isinstance(weighed, Weigh)
    assert weighed.weights == {"a": 90, "b": 10}


@pytest.mark.parametrize("status", sorted(IN_PROGRESS))
def test_an_epoch_ends_where_a_change_began(status: str) -> None:
    changing = replace(there(duel(), status=status), changed=LATER)
    assert decide(ONE, TWO, endpoint=changing) == Assign(assignment=epoch(10, end=keys.unstamp(LATER)))
    closed = epoch(10, end=keys.unstamp(LATER))
    assert isinstance(decide(ONE, TWO, endpoint=changing, assignment=closed), Wait)


def test_a_change_that_takes_too_long_is_said() -> None:
    held = decide(ONE, TWO, endpoint=there(duel(), status="Updating"), assignment=None, now=keys.unstamp(BEFORE) + LONG)
    assert isinstance(held, Hold)
    assert held.soon
    assert "for over 30 minutes" in held.why
    assert "version 1 keeps serving" in held.why


@pytest.mark.parametrize(
    ("verdict", "state", "after_state"),
    [
        ("roll-back", RUNNING, REVERTED), ("keep", RUNNING, REVERTED), ("promote", RUNNING, PROMOTED),
        ("step", RUNNING, RUNNING), ("hold", RUNNING, None), ("go-on", RUNNING, None),
        ("roll-back", PROMOTED, REVERTED), ("promote", PROMOTED, None), ("keep", PROMOTED, None),
        ("step", PROMOTED, None),
    ],
)  # fmt: skip
def test_what_follows_from_a_finding(verdict: Any, state: str, after_state: str | None) -> None:
    trial = replace(TRIAL, state=state, kept=5)
    seen = observed(ONE, TWO, **RUNS | {"experiment": trial})
    turned = after(seen, trial, Finding(verdict=verdict, code="x", why="so it is"))
    assert (turned.after.state if turned and turned.after else None) == after_state
    if turned is not None:
        assert "so it is" in turned.why
        assert turned.brings == (verdict in {"promote", "step"})
        assert (turned.lost is None) == turned.brings
        assert turned.after
        assert turned.after.stage == trial.stage + (verdict == "step")


@pytest.mark.parametrize(("kept", "hours"), [(0, 1), (5, 30)])
def test_a_holdback_stays_until_the_horizon(kept: int, hours: int) -> None:
    rules = replace(AB, horizon=timedelta(hours=30))
    trial = replace(TRIAL, state=PROMOTED, kept=kept)
    assert baked_at(observed(ONE, TWO, **RUNS | {"rules": rules}), trial) == BEGAN + timedelta(hours=hours)


def test_an_experiment_is_kept_and_read_again() -> None:
    for one in (TRIAL, replace(TRIAL, started=None, staged=None)):
        assert Experiment.from_item(one.to_item()) == one


CONFIGS = [solo(A), solo(B), duel(), solo(Contender(version=3, package=arn(3), slot="a"))]
STATES = st.fixed_dictionaries(
    {
        "endpoint": st.none()
        | st.builds(
            there,
            st.sampled_from(CONFIGS),
            st.sampled_from([None, {"a": 1.0}, {"a": 1.0, "b": 3.0}, {"a": 90.0, "b": 10.0}, {"a": 0.0, "b": 9.0}]),
            st.sampled_from(["InService", "Failed", *sorted(IN_PROGRESS)]),
        ),
        "serving": st.builds(serving, st.sampled_from([A, B]), st.sampled_from(CONFIGS)),
        "experiment": st.none()
        | st.builds(
            replace, st.just(TRIAL), state=st.sampled_from([RUNNING, PROMOTED, REVERTED]), stage=st.integers(0, 2),
            kept=st.sampled_from([0, 5]), staged=st.sampled_from([None, BEGAN]),
        ),
        "assignment": st.none() | st.sampled_from([epoch(10), epoch(25), epoch(10, end=BEGAN), assigned(1)]),
        "wish": st.none() | st.builds(Wish, what=st.just("abort"), experiment=st.just(TRIAL.id), by=st.just("ada")),
        "rules": st.sampled_from([AB, replace(AB, during="replace"), replace(AB, during="ignore"), Rollout()]),
        "stock": st.sampled_from([None, STOCK, HALTED]),
        "asked": st.none()
        | st.builds(
            Asked, config=st.sampled_from([one.config_name for one in CONFIGS]), version=st.sampled_from([1, 2]),
            approved_at=st.just(20), before=st.sampled_from([BEFORE, LATER]), attempts=st.integers(0, 3),
        ),
    }
)  # fmt: skip
PACKAGES = st.tuples(
    *(
        st.builds(known, st.just(version), st.sampled_from([0, 10, 20, 30]), served=st.booleans(),
                  lost_at=st.sampled_from([0, 20]), status=st.sampled_from(["Approved", "Rejected"]))
        for version in (1, 2, 3)
    )
)  # fmt: skip
SEEN = st.builds(lambda packages, found: observed(*packages, **found), PACKAGES, STATES)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine
@given(SEEN)
def test_no_change_is_asked_for_while_another_is_in_flight(seen: Observed) -> None:
    if seen.endpoint is not None and seen.endpoint.status in IN_PROGRESS:
        assert isinstance(plan(seen), Assign | Wait | Hold)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine
@given(SEEN)
def test_no_change_is_asked_for_within_an_epoch(seen: Observed) -> None:
    if isinstance(plan(seen), Ask | Weigh):
        assert seen.assignment is None or seen.assignment.end is not None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine
@given(SEEN)
def test_a_running_challenger_never_comes_to_serve_by_what_is_seen(seen: Observed) -> None:
    """A promotion is a finding's or a person's; else only the champion's rejection brings what comes after it."""
    decision, experiment = plan(seen), seen.experiment
    if isinstance(decision, Turn):
        assert decision.after is None or decision.after.state != PROMOTED or seen.experiment == decision.after
    if isinstance(decision, Weigh) and experiment is not None and experiment.state == RUNNING:
        assert decision.weights == {"a": 100 - experiment.share, "b": experiment.share}
    if isinstance(decision, Weigh) and experiment is not None and experiment.state == REVERTED:
        assert decision.weights == {"a": 100, "b": 0}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine
@given(SEEN)
def test_an_epoch_begins_only_where_the_endpoint_has_its_weights(seen: Observed) -> None:
    decision = plan(seen)
    if isinstance(decision, Assign) and decision.assignment.end is None:
        assert seen.endpoint is not None
        assert seen.endpoint.status == "InService"
        given_by = seen.endpoint.shares
        challenger = decision.assignment.challenger
        assert given_by.get(decision.assignment.champion.slot, 0) == pytest.approx(100 - decision.assignment.share)
        if challenger is not None:
            assert given_by[challenger.slot] == pytest.approx(decision.assignment.share)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine
@given(SEEN)
def test_nothing_brings_more_while_halted(seen: Observed) -> None:
    if seen.stock == HALTED and seen.experiment is not None:
        decision = plan(seen)
        assert not (isinstance(decision, Turn) and decision.brings)
        if isinstance(decision, Weigh):
            assert seen.endpoint is not None
            slot = seen.experiment.challenger.slot
            assert decision.weights[slot] <= seen.endpoint.shares.get(slot, 0)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine
@given(SEEN)
def test_the_champion_keeps_its_slot(seen: Observed) -> None:
    decision, experiment = plan(seen), seen.experiment
    if isinstance(decision, Turn) and decision.after is not None and experiment is not None:
        assert decision.after.champion == experiment.champion
