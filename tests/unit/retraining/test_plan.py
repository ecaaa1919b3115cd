"""When a training starts, what holds it back, and when a run is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.retraining.decisions import CloseRun, Decision, Look, Observed, SendStart, Skip, Start, Stock, Wait
from leeway.retraining.plan import plan
from leeway.retraining.run import BROKEN, EXECUTING, RECORDED, REFUSED, SUCCEEDED
from leeway.retraining.verdict import Progress, Report
from tests.unit.retraining.values import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    manifest,
    observed,
    pending,
    request,
    run,
    spec,
    stock,
)

pytestmark = pytest.mark.unit
READY = stock("a", "b")
EVERY_HOUR = "cron(0 * * * ? *)"


def decide(**found: Any) -> Decision:
    rules = found.pop("spec", spec())
    return plan(rules, observed(**found), NOW)


@pytest.mark.parametrize(
    ("found", "code", "until"),
    [
        pytest.param({}, "idle", None, id="nothing"),
        pytest.param({"paused": True}, "paused", None, id="paused"),
        pytest.param({"paused": True, "pending": [pending("a", HOUR)]}, "paused", None, id="paused-with-data"),
        pytest.param(
            {"paused": True, "requests": [request("reevaluate")]}, "paused", None, id="paused-stops-the-rollout-too"
        ),
        pytest.param({"pending": [pending("a", MINUTE)]}, "quiet-period", NOW + 4 * MINUTE, id="quiet-period"),
        pytest.param(
            {"pending": [pending("a", 58 * MINUTE), pending("b", MINUTE)]},
            "quiet-period",
            NOW + 2 * MINUTE,
            id="longest-wait-ends-before-the-quiet-period",
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "recent": [run(2 * HOUR), run(23 * HOUR)]},
            "daily-cap",
            NOW + HOUR,
            id="daily-cap",
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "recent": [run(2 * HOUR)], "spec": spec(daily_cap=0)},
            "daily-cap",
            None,
            id="a-cap-of-none",
        ),
        pytest.param(
            {"requests": [request("reevaluate")], "recent": [run(2 * HOUR), run(23 * HOUR)]},
            "daily-cap",
            NOW + HOUR,
            id="the-cap-binds-a-reevaluation",
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "recent": [run(90 * timedelta(seconds=1), BROKEN)]},
            "retry",
            NOW - 90 * timedelta(seconds=1) + MINUTE + MINUTE,
            id="a-minute-after-the-first-broken-run",
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "recent": [run(5 * MINUTE, BROKEN), run(HOUR, BROKEN)]},
            "retry",
            NOW + MINUTE,
            id="five-minutes-after-the-second",
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "recent": [run(n * DAY, BROKEN) for n in (1, 2, 3)]},
            "three-broken",
            None,
            id="three-broken-hold",
        ),
        pytest.param(
            {
                "requests": [request("manual", 4 * DAY)],
                "recent": [run(n * DAY, BROKEN) for n in (1, 2, 3)],
            },
            "three-broken",
            None,
            id="three-broken-hold-the-manual-start-they-came-from",
        ),
        pytest.param(
            {
                "pending": [pending("a", HOUR)],
                "recent": [run(n * DAY, BROKEN) for n in (1, 2, 3)],
                "spec": spec(schedule="cron(30 12 * * ? *)"),
                "skipped_at": NOW - MINUTE,
            },
            "three-broken",
            NOW + 30 * MINUTE,
            id="the-hold-is-said-until-the-next-time-of-the-schedule",
        ),
        pytest.param(
            {"spec": spec(schedule="cron(30 * * * ? *)", cooldown=0 * HOUR), "recent": [run(10 * MINUTE)]},
            "scheduled",
            NOW + 30 * MINUTE,
            id="a-training-since-the-last-time-of-the-schedule-was-its",
        ),
        pytest.param({"spec": spec(schedule=EVERY_HOUR), "skipped_at": NOW}, "scheduled", NOW + HOUR, id="scheduled"),
        pytest.param(
            {"spec": spec(schedule=EVERY_HOUR), "recent": [run(5 * HOUR)], "pending": [pending("a", MINUTE)]},
            "cooldown",
            NOW + 4 * MINUTE,
            id="cooldown-is-said-and-the-quiet-period-ends-first",
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "stock": stock(kill_switch=True)},
            "kill-switch",
            NOW + 5 * MINUTE,
            id="kill-switch",
        ),
        pytest.param(
            {"requests": [request("manual")], "stock": stock(kill_switch=True)},
            "kill-switch",
            NOW + 5 * MINUTE,
            id="the-kill-switch-stops-people-too",
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "stock": stock("a", rows=499)}, "too-few-rows", None, id="too-few-rows"
        ),
        pytest.param(
            {"run": run(MINUTE, RECORDED), "stock": Stock(kill_switch=True)},
            "kill-switch",
            NOW + 5 * MINUTE,
            id="the-kill-switch-stops-a-start-that-is-only-recorded",
        ),
        pytest.param(
            {"run": run(MINUTE, EXECUTING, execution="arn"), "progress": Progress(status="Executing")},
            "training",
            NOW + 5 * MINUTE,
            id="training",
        ),
        pytest.param(
            {
                "run": run(MINUTE, EXECUTING, execution="arn"),
                "progress": Progress(status="Stopping"),
                "requests": [request("manual")],
            },
            "training",
            NOW + 5 * MINUTE,
            id="a-manual-start-waits-for-the-run-under-way",
        ),
    ],
)
def test_waits(found: dict[str, Any], code: str, until: Any) -> None:
    decision = decide(**found)
    assert isinstance(decision, Wait)
    assert (decision.code, decision.until) == (code, until)
    assert decision.why


@pytest.mark.parametrize(
    ("found", "trigger"),
    [
        pytest.param({"pending": [pending("a", 5 * MINUTE)]}, "data", id="quiet-for-long-enough"),
        pytest.param({"pending": [pending("a", HOUR), pending("b", MINUTE)]}, "data", id="longest-wait"),
        pytest.param(
            {"pending": [pending("a", HOUR)], "recent": [run(25 * HOUR), run(HOUR)]}, "data", id="under-the-cap"
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "recent": [run(2 * HOUR, trigger="manual"), run(3 * HOUR)]},
            "data",
            id="manual-starts-do-not-count-for-the-cap",
        ),
        pytest.param(
            {"pending": [pending("a", HOUR)], "recent": [run(2 * HOUR, BROKEN), run(3 * HOUR, BROKEN), run(4 * HOUR)]},
            "data",
            id="nor-do-broken-runs",
        ),
        pytest.param({"pending": [pending("a", HOUR)], "recent": [run(HOUR)]}, "data", id="no-cooldown-for-data"),
        pytest.param({"requests": [request("manual")]}, "manual", id="by-hand-with-nothing-new"),
        pytest.param({"requests": [request("manual")], "paused": True}, "manual", id="by-hand-while-paused"),
        pytest.param(
            {"requests": [request("manual")], "recent": [run(n * HOUR) for n in (1, 2, 3)]},
            "manual",
            id="by-hand-over-the-cap",
        ),
        pytest.param(
            {"requests": [request("manual")], "stock": stock("a", rows=1)}, "manual", id="by-hand-with-few-rows"
        ),
        pytest.param(
            {"requests": [request("manual", MINUTE)], "recent": [run(n * HOUR, BROKEN) for n in (1, 2, 3)]},
            "manual",
            id="by-hand-after-three-broken",
        ),
        pytest.param(
            {
                "pending": [pending("a", DAY)],
                "recent": [run(n * HOUR, BROKEN) for n in (1, 2, 3)],
                "applied_at": NOW - MINUTE,
            },
            "data",
            id="after-three-broken-with-a-new-specification",
        ),
        pytest.param(
            {"pending": [pending("a", DAY)], "recent": [run(HOUR), *(run(n * HOUR, BROKEN) for n in (2, 3, 4))]},
            "data",
            id="broken-before-a-good-one-is-forgotten",
        ),
        pytest.param({"requests": [request("reevaluate")]}, "reevaluate", id="the-champion-changed"),
        pytest.param({"requests": [request("reevaluate"), request("manual")]}, "manual", id="people-first"),
        pytest.param({"spec": spec(schedule=EVERY_HOUR), "pending": [pending("a", MINUTE)]}, "schedule", id="schedule"),
        pytest.param({"spec": spec(min_rows=2000), "pending": [pending("a", HOUR)]}, "data", id="just-enough-rows"),
        pytest.param({"spec": spec(schedule=EVERY_HOUR)}, "schedule", id="schedule-before-any-training"),
        pytest.param(
            {"spec": spec(schedule=EVERY_HOUR), "recent": [run(25 * HOUR, definition="another")]},
            "schedule",
            id="schedule-with-a-new-definition-and-no-new-data",
        ),
    ],
)
def test_starts(found: dict[str, Any], trigger: str) -> None:
    decision = decide(**{"stock": READY, **found})
    assert isinstance(decision, Start)
    assert decision.trigger == trigger
    assert f"(trigger: {trigger})" in decision.why
    assert isinstance(decide(**{**found, "stock": None}), Look)


def test_a_start_says_figures_and_what_set_it_off() -> None:
    decision = decide(pending=[pending("a", 6 * MINUTE), pending("b", 8 * MINUTE)], stock=READY)
    assert isinstance(decision, Start)
    assert decision.why == "2 files, 2,000 rows, quiet for 6 min: training starts (trigger: data)"


def test_a_start_fulfils_every_request_there_is() -> None:
    wishes = [request("reevaluate"), request("manual"), request("manual", HOUR)]
    decision = decide(requests=wishes, stock=READY)
    assert isinstance(decision, Start)
    assert decision.requests == tuple(sorted(wish.sort_key for wish in wishes))


@pytest.mark.parametrize(
    ("found", "code"),
    [
        pytest.param({"requests": [request("manual")], "stock": stock()}, "no-data", id="by-hand-without-any-data"),
        pytest.param(
            {"spec": spec(schedule=EVERY_HOUR), "recent": [run(25 * HOUR)]}, "nothing-new", id="schedule-nothing-new"
        ),
        pytest.param(
            {"spec": spec(schedule=EVERY_HOUR), "recent": [run(25 * HOUR, REFUSED)]},
            "nothing-new",
            id="schedule-nothing-new-since-a-refusal",
        ),
        pytest.param(
            {"spec": spec(schedule=EVERY_HOUR), "pending": [pending("a", MINUTE)], "stock": stock("a", rows=1)},
            "too-few-rows",
            id="schedule-too-few-rows",
        ),
    ],
)
def test_skips_and_says_so_once(found: dict[str, Any], code: str) -> None:
    decision = decide(**found)
    assert isinstance(decision, Skip)
    assert decision.code == code
    assert decision.requests == tuple(wish.sort_key for wish in found.get("requests", ()))
    again = decide(**{**found, "requests": [], "skipped_at": NOW})
    assert isinstance(again, Wait)


def test_a_recorded_run_is_sent_once_the_switch_was_read() -> None:
    recorded = run(MINUTE, RECORDED)
    assert decide(run=recorded) == Look()
    assert decide(run=recorded, stock=Stock(kill_switch=False)) == SendStart(run=recorded)


@pytest.mark.parametrize(
    ("progress", "outcome", "why"),
    [
        pytest.param(
            Progress(
                status="Succeeded",
                package="arn:x:model-package/leeway-churn/2",
                gate=Report(passed=True, reason="auc 0.9"),
            ),
            SUCCEEDED,
            "version 2 registered; auc 0.9",
            id="succeeded",
        ),
        pytest.param(Progress(status="Succeeded"), SUCCEEDED, "no version was found", id="succeeded-with-nothing"),
        pytest.param(
            Progress(status="Failed", failed_step="Refused: gate", gate=Report(passed=False, reason="auc 0.5 < 0.8")),
            REFUSED,
            "refused by the gate: auc 0.5 < 0.8",
            id="gate",
        ),
        pytest.param(
            Progress(status="Failed", failed_step="NotReady: x", ready=Report(passed=False, reason="one class only")),
            REFUSED,
            "the data is not ready: one class only",
            id="not-ready",
        ),
        pytest.param(
            Progress(status="CompletedWithFailures", gate=Report(passed=False, reason="auc 0.5")),
            REFUSED,
            "refused by the gate",
            id="completed-with-failures",
        ),
        pytest.param(
            Progress(status="Failed", failed_step="Train: AlgorithmError", gate=Report()),
            BROKEN,
            "step Train: AlgorithmError",
            id="broken",
        ),
        pytest.param(
            Progress(
                status="Failed", failed_step="Register: denied", gate=Report(passed=True), ready=Report(passed=True)
            ),
            BROKEN,
            "step Register: denied",
            id="broken-after-the-gate",
        ),
        pytest.param(
            Progress(status="Stopped", gate=Report(passed=False)), BROKEN, "the execution is Stopped", id="stopped"
        ),
        pytest.param(Progress(status="Gone", reason="no such thing"), BROKEN, "Gone: no such thing", id="gone"),
    ],
)
def test_an_ended_execution_closes_the_run(progress: Progress, outcome: str, why: str) -> None:
    active = run(MINUTE, EXECUTING, execution="arn")
    decision = decide(run=active, progress=progress)
    assert isinstance(decision, CloseRun)
    assert decision.run == active
    assert decision.verdict.outcome == outcome
    assert why in decision.verdict.why


AGES = st.integers(0, 3 * 24 * 60).map(lambda minutes: minutes * MINUTE)
PENDING = st.lists(st.builds(pending, st.sampled_from("abcdef"), AGES), max_size=6, unique_by=lambda p: p.id)
REQUESTS = st.lists(
    st.builds(request, st.sampled_from(["manual", "reevaluate"]), AGES), max_size=4, unique_by=lambda r: r.sort_key
)
RUNS = st.lists(
    st.builds(
        run, AGES, st.sampled_from([SUCCEEDED, REFUSED, BROKEN]), st.sampled_from(["data", "manual", "schedule"])
    ),
    max_size=6,
    unique_by=lambda r: r.created,
)
ACTIVE = st.builds(run, AGES, st.sampled_from([RECORDED, EXECUTING]), execution=st.sampled_from(["", "arn"]))
SPECS = st.builds(spec, schedule=st.sampled_from([None, EVERY_HOUR, "rate(2 days)"]), daily_cap=st.integers(0, 3))
MODELS = st.builds(
    observed,
    pending=PENDING,
    requests=REQUESTS,
    recent=RUNS,
    paused=st.booleans(),
    skipped_at=st.none() | AGES.map(NOW.__sub__),
)


def looked(seen: Observed, *, kill_switch: bool = False) -> Observed:
    names = [p.id for p in seen.pending]
    full = None if kill_switch else manifest("old", *names, pending=tuple(names))
    return replace(seen, stock=Stock(kill_switch=kill_switch, manifest=full))


@given(rules=SPECS, seen=MODELS, active=ACTIVE, status=st.sampled_from(["Executing", "Succeeded", "Failed", "Stopped"]))
def test_nothing_starts_beside_an_active_run(rules: Any, seen: Observed, active: Any, status: str) -> None:
    progress = Progress(status=status) if active.execution else None
    assert not isinstance(plan(rules, looked(replace(seen, run=active, progress=progress)), NOW), Start | Skip)


@given(rules=SPECS, seen=MODELS)
def test_a_start_considers_exactly_what_is_pending(rules: Any, seen: Observed) -> None:
    decision = plan(rules, looked(seen), NOW)
    if isinstance(decision, Start):
        assert set(decision.manifest.considered) == {p.id for p in seen.pending}


@given(rules=SPECS, seen=MODELS)
def test_nothing_starts_while_the_kill_switch_is_on(rules: Any, seen: Observed) -> None:
    assert not isinstance(plan(rules, looked(seen, kill_switch=True), NOW), Start | SendStart)


@given(rules=SPECS, seen=MODELS, random=st.randoms(use_true_random=False))
def test_no_decision_depends_on_the_order_of_the_input(rules: Any, seen: Observed, random: Any) -> None:
    def shuffled(values: Any) -> list[Any]:
        return random.sample(list(values), len(values))

    other = replace(
        seen, pending=shuffled(seen.pending), requests=shuffled(seen.requests), recent=shuffled(seen.recent)
    )
    assert plan(rules, seen, NOW) == plan(rules, other, NOW)
    assert plan(rules, looked(seen), NOW) == plan(rules, looked(other), NOW)


@given(rules=SPECS, seen=MODELS)
def test_what_waits_waits_for_something_to_come(rules: Any, seen: Observed) -> None:
    """A wait that ends now or before would be a loop without a pause."""
    decision = plan(rules, looked(seen), NOW)
    assert not isinstance(decision, Wait) or decision.until is None or decision.until > NOW


@given(rules=SPECS, seen=MODELS)
def test_the_stock_is_asked_for_only_where_it_decides(rules: Any, seen: Observed) -> None:
    if plan(rules, seen, NOW) != Look():
        assert plan(rules, seen, NOW) == plan(rules, looked(seen), NOW)
