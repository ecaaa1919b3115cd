"""The one next step of a rollout, and the sentence that goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.rollout.decisions import Ask, Decision, Hold, Look, MakeConfig, MakeModel, Reevaluate, Settle, Wait
from leeway.rollout.observed import Observed
from leeway.rollout.order import REJECTED, Seen
from leeway.rollout.plan import IN_PROGRESS, plan
from leeway.rollout.update import ATTEMPTS
from tests.unit.rollout.values import LATER, STOCK, asked, assigned, endpoint, known, observed, serving, wanted

pytestmark = pytest.mark.unit
ONE, TWO = known(1, 10, served=True), known(2, 20)
FIRST = known(1, 10)  # approved, and never served yet
GONE = known(2, status=REJECTED, served=True)
FIRST_SERVES: dict[str, Any] = {"endpoint": endpoint(1), "serving": serving(1)}
SECOND_SERVES: dict[str, Any] = {"endpoint": endpoint(2), "serving": serving(2)}
HALTED = replace(STOCK, halted="the kill switch is on")
OTHERS = replace(STOCK, champion="s3://a/x", serving_champion="s3://a/y")


def decide(*packages: Seen, **found: Any) -> Decision:
    return plan(observed(*packages, **found))


@pytest.mark.parametrize("status", sorted(IN_PROGRESS))
def test_what_is_in_progress_is_waited_for(status: str) -> None:
    assert decide(ONE, TWO, endpoint=endpoint(1, status), serving=serving(1), stock=STOCK) == Wait(
        code="in-progress", why=f"the endpoint is {status}", soon=True
    )


@pytest.mark.parametrize(
    ("packages", "found", "code", "why"),
    [
        pytest.param([], {}, "nothing-approved", "no version is approved yet", id="nothing-yet"),
        pytest.param([ONE], FIRST_SERVES, "serving", "version 1 serves", id="serving"),
        pytest.param([ONE, known(2)], FIRST_SERVES, "serving", "version 1 serves", id="a-version-that-nobody-approved"),
    ],
)
def test_waits(packages: list[Seen], found: dict[str, Any], code: str, why: str) -> None:
    assert decide(*packages, **found, assignment=assigned(1)) == Wait(code=code, why=why)


@pytest.mark.parametrize(
    ("packages", "found", "code", "why"),
    [
        pytest.param(
            [ONE, known(2, 20, inferred=True), known(3, 30, inferred=True)],
            FIRST_SERVES,
            "unsure",
            "versions 2 and 3 were approved while nobody saw it, so which came last is unknown; "
            "approve the one that should serve once more",
            id="unsure",
        ),
        pytest.param(
            [replace(GONE, version=1)],
            FIRST_SERVES,
            "nothing-approved",
            "no version is approved, and version 1 keeps serving, for nothing could take its place; "
            "approve a version, or delete the endpoint leeway-churn",
            id="the-only-one-rejected",
        ),
        pytest.param(
            [known(1)],
            {"endpoint": endpoint(1)},
            "nothing-approved",
            "no version is approved, and what is deployed keeps serving, for nothing could take its place; "
            "approve a version, or delete the endpoint leeway-churn",
            id="made-by-hand",
        ),
        pytest.param(
            [FIRST],
            {"endpoint": endpoint(1, "Failed", reason="it does not load"), "asked": asked(1, before="")},
            "broken-endpoint",
            "the endpoint is Failed: it does not load; delete it, and it is created again",
            id="failed",
        ),
        pytest.param(
            [FIRST],
            {"endpoint": endpoint(1, "OutOfService")},
            "broken-endpoint",
            "the endpoint is OutOfService: no reason given; delete it, and it is created again",
            id="out-of-service",
        ),
        pytest.param(
            [ONE, TWO],
            {
                "endpoint": endpoint(1, reason="of an update long ago"),
                "serving": serving(1),
                "asked": asked(2, attempts=ATTEMPTS, error="no capacity"),
            },
            "refused",
            "SageMaker refused version 2 3 times: no capacity; approve version 2 once more to try again",
            id="update-refused",
        ),
        pytest.param(
            [FIRST],
            {"asked": asked(1, before="", attempts=ATTEMPTS, error="no quota")},
            "refused",
            "SageMaker refused version 1 3 times: no quota; approve version 1 once more to try again",
            id="creation-refused",
        ),
        pytest.param(
            [ONE, TWO],
            {"endpoint": endpoint(1, changed=LATER, reason="no ping"), "serving": serving(1), "asked": asked(2)},
            "taken-back",
            "SageMaker took version 2 back: no ping; version 1 keeps serving; approve version 2 once more to try again",
            id="taken-back",
        ),
        pytest.param(
            [TWO],
            {"endpoint": endpoint(1, changed=LATER), "asked": asked(2)},
            "taken-back",
            "SageMaker took version 2 back: no reason given; what was there keeps serving; "
            "approve version 2 once more to try again",
            id="taken-back-to-what-was-made-by-hand",
        ),
        pytest.param(
            [ONE, TWO],
            {
                "endpoint": endpoint(1, changed=LATER, reason="no ping"),
                "serving": serving(1),
                "asked": asked(2, approved_at=25),
            },
            "taken-back",
            "SageMaker took version 2 back: no ping; version 1 keeps serving; approve version 2 once more to try again",
            id="taken-back-with-an-approval-that-proves-to-be-earlier",
        ),
        pytest.param(
            [ONE, TWO],
            {**FIRST_SERVES, "stock": HALTED},
            "halted",
            "version 2 is approved, but the kill switch is on",
            id="halted",
        ),
        pytest.param(
            [FIRST],
            {"stock": HALTED},
            "halted",
            "version 1 is approved, but the kill switch is on",
            id="halted-before-the-first",
        ),
        pytest.param(
            [known(1, 10), GONE],
            {**SECOND_SERVES, "stock": HALTED},
            "halted",
            "version 1 is approved, but the kill switch is on",
            id="one-that-never-served-is-no-rollback",
        ),
        pytest.param(
            [ONE, TWO],
            {**FIRST_SERVES, "stock": OTHERS, "reevaluated": "2-1"},
            "other-champion",
            "version 2 was not compared with version 1, which serves; "
            "the training that was asked for makes a version that is",
            id="other-champion-asked-for",
        ),
    ],
)
def test_holds(packages: list[Seen], found: dict[str, Any], code: str, why: str) -> None:
    assert decide(*packages, **found) == Hold(code=code, why=why)


@pytest.mark.parametrize(
    ("packages", "found", "version", "what", "why"),
    [
        pytest.param(
            [FIRST],
            {"endpoint": endpoint(1), "asked": asked(1, before="")},
            1,
            "EndpointInService",
            "version 1 serves: its endpoint is InService",
            id="the-first",
        ),
        pytest.param(
            [ONE],
            {**FIRST_SERVES, "serving": replace(serving(1), config="another"), "asked": asked(1)},
            1,
            "EndpointInService",
            "version 1 serves, as it should",
            id="another-configuration-of-the-same",
        ),
        pytest.param(
            [ONE, replace(GONE, served=False)],
            {**FIRST_SERVES, "asked": asked(2)},
            1,
            "EndpointInService",
            "version 1 serves, as it should",
            id="what-was-asked-for-is-wanted-no-more",
        ),
        pytest.param(
            [ONE, TWO],
            {"endpoint": endpoint(2, changed=LATER), "serving": serving(1), "asked": asked(2)},
            2,
            "ChampionReplaced",
            "version 2 serves in place of version 1",
            id="replaced",
        ),
        pytest.param(
            [ONE, GONE],
            {"endpoint": endpoint(1, changed=LATER), "serving": serving(2), "asked": asked(1)},
            1,
            "RolledBack",
            "version 1 serves again: version 2 is no longer approved",
            id="rolled-back",
        ),
        pytest.param(
            [known(1, 10), GONE],
            {"endpoint": endpoint(1, changed=LATER), "serving": serving(2), "asked": asked(1)},
            1,
            "ChampionReplaced",
            "version 1 serves in place of version 2",
            id="rejected-and-one-that-never-served-takes-over",
        ),
        pytest.param(
            [ONE, TWO, known(3, 30)],
            {"endpoint": endpoint(2, changed=LATER), "serving": serving(1), "asked": asked(2)},
            2,
            "ChampionReplaced",
            "version 2 serves in place of version 1",
            id="another-was-approved-during-the-update",
        ),
        pytest.param(
            [ONE, replace(GONE, served=False)],
            {"endpoint": endpoint(2, changed=LATER), "serving": serving(1), "asked": asked(2)},
            2,
            "ChampionReplaced",
            "version 2 serves in place of version 1",
            id="it-was-rejected-during-the-update",
        ),
        pytest.param(
            [known(2)],
            {"endpoint": endpoint(2), "asked": asked(2, before="")},
            2,
            "EndpointInService",
            "version 2 serves: its endpoint is InService",
            id="the-only-one-was-rejected-during-the-creation",
        ),
    ],
)
def test_settles(packages: list[Seen], found: dict[str, Any], version: int, what: str, why: str) -> None:
    assert decide(*packages, **found) == Settle(serving=serving(version), what=what, why=why)


@pytest.mark.parametrize(
    ("packages", "found", "version", "what", "why"),
    [
        pytest.param(
            [FIRST],
            {},
            1,
            "EndpointRequested",
            "version 1 is approved and nothing serves: endpoint leeway-churn is being created",
            id="create",
        ),
        pytest.param(
            [ONE],
            {"serving": serving(1)},
            1,
            "EndpointRequested",
            "version 1 is approved and nothing serves: endpoint leeway-churn is being created",
            id="create-again-what-was-deleted",
        ),
        pytest.param(
            [ONE, TWO],
            {"serving": serving(1), "asked": asked(2)},
            2,
            "EndpointRequested",
            "version 2 is approved and nothing serves: endpoint leeway-churn is being created",
            id="create-what-was-deleted-during-its-update",
        ),
        pytest.param(
            [ONE],
            {"endpoint": endpoint(2), "serving": serving(1)},
            1,
            "UpdateRequested",
            "leeway-churn is not as version 1 wants it and is being updated",
            id="changed-by-hand",
        ),
        pytest.param(
            [ONE],
            {"endpoint": endpoint(2)},
            1,
            "UpdateRequested",
            "leeway-churn is not as version 1 wants it and is being updated",
            id="made-by-hand",
        ),
        pytest.param(
            [ONE, TWO],
            FIRST_SERVES,
            2,
            "UpdateRequested",
            "version 2 is approved and replaces version 1, all at once",
            id="replace",
        ),
        pytest.param(
            [known(1, 10), GONE],
            SECOND_SERVES,
            1,
            "UpdateRequested",
            "version 1 is approved and replaces version 2, all at once",
            id="replace-a-rejected-one-by-one-that-never-served",
        ),
        pytest.param(
            [known(1, 40, served=True), known(2, 20, served=True)],
            SECOND_SERVES,
            1,
            "UpdateRequested",
            "version 1 is approved and replaces version 2, all at once",
            id="approved-once-more-is-no-way-back",
        ),
        pytest.param(
            [ONE, GONE],
            SECOND_SERVES,
            1,
            "RollbackRequested",
            "version 2 is no longer approved: version 1 takes over again",
            id="roll-back",
        ),
        pytest.param(
            [ONE, known(2, 40)],
            {"endpoint": endpoint(1, changed=LATER), "serving": serving(1), "asked": asked(2)},
            2,
            "UpdateRequested",
            "version 2 is approved and replaces version 1, all at once",
            id="approved-once-more-after-it-was-taken-back",
        ),
        pytest.param(
            [ONE, known(2, 40)],
            {**FIRST_SERVES, "asked": asked(2, attempts=ATTEMPTS)},
            2,
            "UpdateRequested",
            "version 2 is approved and replaces version 1, all at once",
            id="approved-once-more-after-it-was-refused",
        ),
    ],
)
def test_asks(packages: list[Seen], found: dict[str, Any], version: int, what: str, why: str) -> None:
    seen = observed(*packages, **found, stock=STOCK)
    assert plan(replace(seen, stock=None)) == Look()
    desired = seen.choice.desired
    assert desired is not None
    assert plan(seen) == Ask(
        target=wanted(version),
        asked=asked(version, approved_at=desired.approved_at, before=seen.changed),
        create=seen.endpoint is None,
        what=what,
        why=why,
    )


@pytest.mark.parametrize("attempts", range(ATTEMPTS))
def test_what_was_asked_for_and_not_begun_is_asked_for_again_and_not_said_again(attempts: int) -> None:
    before = asked(2, attempts=attempts, error="busy")
    again = decide(ONE, TWO, **FIRST_SERVES, asked=before, stock=STOCK)
    assert again == Ask(target=wanted(2), asked=before, create=False, what=None)


def test_what_was_refused_while_the_endpoint_changed_for_another_reason_is_asked_for_anew() -> None:
    """An endpoint that is just being scaled refuses every update, and has another time of change afterwards."""
    changed: dict[str, Any] = {"endpoint": endpoint(1, changed=LATER), "serving": serving(1)}
    again = decide(ONE, TWO, **changed, asked=asked(2, attempts=1, error="in progress"), stock=STOCK)
    assert isinstance(again, Ask)
    assert again.asked == asked(2, before=LATER)
    taken_back = decide(ONE, TWO, **changed, asked=asked(2, attempts=1), stock=STOCK)
    assert isinstance(taken_back, Hold)


def test_model_and_configuration_come_before_the_endpoint() -> None:
    neither = replace(STOCK, missing=frozenset(wanted(1).model_names), config_exists=False)
    assert decide(FIRST, stock=neither) == MakeModel(target=wanted(1), request=wanted(1).models[0])
    assert decide(FIRST, stock=replace(STOCK, config_exists=False)) == MakeConfig(target=wanted(1))


def test_a_version_that_was_compared_with_another_champion_asks_for_a_training() -> None:
    why = "version 2 was not compared with version 1, which serves; it is held, and a new training is asked for"
    expected = Reevaluate(key="2-1", version=2, why=why)
    assert decide(ONE, TWO, **FIRST_SERVES, stock=OTHERS) == expected
    assert decide(ONE, TWO, **FIRST_SERVES, stock=OTHERS, reevaluated="1-0") == expected


def test_a_rejection_lets_no_version_through_that_was_compared_with_another_champion() -> None:
    decision = decide(known(1, 10), GONE, **SECOND_SERVES, stock=OTHERS)
    assert isinstance(decision, Reevaluate)
    assert decision.key == "1-2"


@pytest.mark.parametrize(
    ("packages", "found"),
    [
        pytest.param(
            [ONE, TWO], {**FIRST_SERVES, "stock": replace(OTHERS, champion="s3://a/y")}, id="the-one-that-serves"
        ),
        pytest.param([ONE, TWO], {**FIRST_SERVES, "stock": replace(OTHERS, champion="")}, id="not-recorded"),
        pytest.param([ONE, replace(TWO, served=True)], {**FIRST_SERVES, "stock": OTHERS}, id="has-served-before"),
        pytest.param([ONE, GONE], {**SECOND_SERVES, "stock": OTHERS}, id="rollback"),
        pytest.param([ONE, GONE], {**SECOND_SERVES, "stock": HALTED}, id="rollback-while-halted"),
        pytest.param([ONE], {"endpoint": endpoint(2), "serving": serving(1), "stock": OTHERS}, id="it-serves-itself"),
        pytest.param([TWO], {"endpoint": endpoint(1), "stock": OTHERS}, id="nothing-of-ours-serves"),
        pytest.param([ONE, TWO], {"serving": serving(1), "stock": OTHERS}, id="no-endpoint"),
    ],
)
def test_what_needs_no_comparison_goes_on(packages: list[Seen], found: dict[str, Any]) -> None:
    assert isinstance(decide(*packages, **found), Ask)


VERSIONS = st.integers(1, 3)
PACKAGES = st.lists(
    st.builds(known, VERSIONS, st.sampled_from([0, 10, 20, 30]), served=st.booleans(), inferred=st.booleans()),
    max_size=3,
    unique_by=lambda p: p.version,
)
STATES = st.fixed_dictionaries(
    {
        "endpoint": st.none()
        | st.builds(endpoint, VERSIONS, st.sampled_from(["InService", "Failed", *sorted(IN_PROGRESS)]), st.just(LATER)),
        "serving": st.none() | VERSIONS.map(serving),
        "asked": st.none()
        | st.builds(asked, VERSIONS, before=st.sampled_from(["", LATER, "before"]), attempts=st.integers(0, ATTEMPTS)),
        "reevaluated": st.sampled_from(["", "2-1"]),
        "stock": st.builds(
            replace,
            st.just(STOCK),
            halted=st.sampled_from(["", "the model is paused"]),
            missing=st.sampled_from([frozenset(), *(frozenset(wanted(n).model_names) for n in (1, 2, 3))]),
            champion=st.sampled_from(["", "s3://a/x"]),
            serving_champion=st.sampled_from(["s3://a/x", "s3://a/y"]),
        ),
    }
)
MODELS = st.builds(lambda packages, found: observed(*packages, **found), PACKAGES, STATES)
CHANGES = (MakeModel, MakeConfig, Ask, Reevaluate)


@given(MODELS)
def test_no_endpoint_is_touched_while_something_is_in_progress(seen: Observed) -> None:
    if seen.endpoint is not None and seen.endpoint.status in IN_PROGRESS:
        assert isinstance(plan(seen), Wait)


@given(MODELS)
def test_only_what_has_served_is_brought_while_halted(seen: Observed) -> None:
    if seen.stock is not None and seen.stock.halted and isinstance(plan(seen), CHANGES):
        assert seen.choice.desired is not None
        assert seen.choice.desired.served


@given(MODELS)
def test_nothing_changes_while_the_order_is_unknown(seen: Observed) -> None:
    assert not seen.choice.unsure or not isinstance(plan(seen), CHANGES)


@given(MODELS, st.randoms(use_true_random=False))
def test_no_decision_depends_on_the_order_of_the_input(seen: Observed, random: Any) -> None:
    shuffled = random.sample(list(seen.packages), len(seen.packages))
    assert plan(replace(seen, packages=tuple(shuffled))) == plan(seen)


@given(MODELS)
def test_the_stock_is_asked_for_only_where_it_decides(seen: Observed) -> None:
    before = plan(replace(seen, stock=None))
    assert before in (Look(), plan(seen))


@given(MODELS)
def test_what_is_settled_rests(seen: Observed) -> None:
    """A settled endpoint is not settled again: that would be a loop."""
    decision = plan(seen)
    if isinstance(decision, Settle):
        assert not isinstance(plan(replace(seen, serving=decision.serving, asked=None)), Settle)
