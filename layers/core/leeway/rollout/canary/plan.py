"""A canary: when a version comes by one, what SageMaker is told, and what follows where it goes back. Pure.

SageMaker shifts the traffic and watches the alarms; they look at the new configuration alone, so that a champion that
is ill does not keep the version that would cure it from coming (guide, "Auto-Rollback Configuration and Monitoring").
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from leeway.rollout.canary.steps import Canary, GiveUp, Ring, Silence
from leeway.rollout.challenge.experiment import ABORT
from leeway.rollout.decisions import Decision, Hold, Look
from leeway.rollout.observed import Observed
from leeway.rollout.order import Seen
from leeway.rollout.target import Target
from leeway.spec import Rollout

CANARY = "canary"
ERRORS, LATENCY = "-canary-errors", "-canary-latency"  # end the names of its alarms; the grants know them too
ROOM = timedelta(hours=1)  # that a deployment may take beside what it waits
PERIOD, PERIODS, BREACHES = 60, 3, 2  # an alarm rings after two bad minutes of three


def due(seen: Observed) -> Seen | None:
    """The version that is to come by a canary, None where there is none, or where what serves has to go at once."""
    desired, serving = seen.choice.desired, seen.serving
    if seen.rules.strategy != CANARY or seen.experiment is not None or serving is None or seen.choice.unsure:
        return None
    champion = seen.known(serving.version)
    if desired is None or desired.version == serving.version or champion is None or not champion.stands:
        return None
    return desired


def goal(seen: Observed, challenger: Seen) -> Target:
    """The version that is due, in its champion's slot; but first the champion, where the endpoint is not as it was.

    Guardrails want the same variant names on both sides, and going back should lead to the champion.
    """
    assert seen.serving is not None  # it is the champion
    champion = seen.blueprint.solo(seen.serving.contender)
    if seen.config != champion.config_name:
        return champion
    return seen.blueprint.solo(seen.serving.contender.taken_by(challenger.version, challenger.arn))


def canary(seen: Observed, target: Target) -> Canary | None:
    """How an update to this target is to go, None for all at once."""
    challenger = due(seen)
    if challenger is None or challenger.version != target.version:
        return None
    alarms = _alarms(seen.rules, target)
    return Canary(deployment=_deployment(seen.rules, [alarm["AlarmName"] for alarm in alarms]), alarms=alarms)


def names(config: str) -> tuple[str, str]:
    """Of all alarms that a configuration may have."""
    return config + ERRORS, config + LATENCY


def patience(seen: Observed) -> timedelta:
    """How much longer than another a deployment may take."""
    return seen.rules.canary_wait + seen.rules.bake if _flies(seen) else timedelta()


def stop(seen: Observed) -> Decision | None:
    """While a canary is on its way: why it goes back, or is to; SageMaker takes no other word than an alarm's."""
    endpoint, asked = seen.endpoint, seen.asked
    if endpoint is None or asked is None or not _flies(seen) or seen.rung:
        return None
    if endpoint.status == "RollingBack" and seen.target is not None:
        if seen.stock is None:
            return Look()
        rings = _rings(seen)
        return Ring(alarm=None, version=asked.version, what="", why=rings) if rings else None
    found = _unwanted(seen) if endpoint.status == "Updating" else None
    if found is None:
        return None
    alarm = names(asked.config)[0]
    why = f"{found[1]}; the alarm {alarm} is made to ring, and SageMaker takes the version back"
    return Ring(alarm=_ringing(endpoint.name, asked.slot, asked.config), version=asked.version, what=found[0], why=why)


def after(seen: Observed, held: Hold) -> Decision | None:
    """What follows where a canary was taken back; None where this is none, or was not."""
    asked = seen.asked
    lost = seen.known(asked.version) if asked is not None and asked.canary else None
    if lost is None or held.code != "taken-back":
        return None
    if not seen.rung and seen.stock is None:
        return Look()
    reason = seen.rung or _rings(seen)
    said = seen.endpoint.reason if seen.endpoint else ""
    kept = f"version {seen.serving.version} keeps serving; " if seen.serving else ""
    again = f"{kept}approve version {lost.version} once more to try again"
    if not reason:
        why = f"SageMaker took version {lost.version} back: {said or 'no reason given'}; {again}"
        return GiveUp(lost=lost, what="ChallengerFailed", why=why)
    why = f"version {lost.version} is rolled back: {reason}; {again}"
    return GiveUp(lost=lost, what="ChallengerRolledBack", why=why)


def over(seen: Observed) -> Silence | None:
    """The alarms have nothing to watch any more; they stay while their deployment is still to begin."""
    if not seen.watched:
        return None
    target, endpoint = seen.target, seen.endpoint
    coming = target is not None and target.config_name == seen.watched and canary(seen, target) is not None
    if coming and endpoint is not None and endpoint.config != seen.watched:
        return None
    return Silence(config=seen.watched)


def _flies(seen: Observed) -> bool:
    return seen.asked is not None and seen.asked.canary


def _unwanted(seen: Observed) -> tuple[str, str] | None:
    """Why the version on its way is not wanted any more, None where it is."""
    asked, serving, wish = seen.asked, seen.serving, seen.wish
    assert asked is not None  # it is on its way
    known, version = seen.known(asked.version), f"version {asked.version}"
    if known is None or not known.stands:
        return "ChallengerRejected", f"{version} is no longer approved"
    if wish is not None and wish.experiment == asked.config and wish.what == ABORT:
        return "ExperimentAborted", f"the canary of {version} is aborted: {wish.words}"
    desired = None if seen.choice.unsure else seen.choice.desired
    if serving is not None and desired is not None and desired.version == serving.version:
        return "ChampionKept", f"version {serving.version} was approved once more after {version}, and stays"
    return None


def _rings(seen: Observed) -> str:
    rings = seen.stock.rings if seen.stock else {}
    return "; ".join(f"the alarm {name} rings: {reason}" for name, reason in sorted(rings.items()))


def _deployment(rules: Rollout, alarms: list[str]) -> dict[str, Any]:
    wait, bake = (int(span.total_seconds()) for span in (rules.canary_wait, rules.bake))
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": rules.canary},
                "WaitIntervalInSeconds": wait,
            },
            "TerminationWaitInSeconds": bake,
            "MaximumExecutionTimeoutInSeconds": wait + bake + int(ROOM.total_seconds()),
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]},
    }


def _alarms(rules: Rollout, target: Target) -> tuple[Mapping[str, Any], ...]:
    """Without traffic there are no points, and that must not ring: the alarms are there before the new instances."""
    errors, latency = names(target.config_name)
    share = f"share of its requests that version {target.version} answers with 5xx"
    time = f"mean time that version {target.version} takes to answer, in microseconds"
    place = (target.endpoint, target.slot, target.config_name)
    found = [_alarm(errors, share, "Invocation5XXErrors", rules.max_errors / 100, place)]
    if rules.max_latency:
        found.append(_alarm(latency, time, "ModelLatency", rules.max_latency * 1000.0, place))
    return tuple(found)


def _alarm(name: str, what: str, metric: str, threshold: float, place: tuple[str, str, str]) -> dict[str, Any]:
    dimensions = zip(("EndpointName", "VariantName", "EndpointConfigName"), place, strict=True)
    return {
        "AlarmName": name,
        "AlarmDescription": f"{what}; where it is too much, its canary is rolled back",
        "Namespace": "AWS/SageMaker",
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
        "Statistic": "Average",
        "Period": PERIOD,
        "EvaluationPeriods": PERIODS,
        "DatapointsToAlarm": BREACHES,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }


def _ringing(endpoint: str, slot: str, config: str) -> dict[str, Any]:
    """The alarm on errors, so that it rings whatever comes, and stays so."""
    alarm = _alarm(names(config)[0], "made to ring", "Invocation5XXErrors", -1.0, (endpoint, slot, config))
    return alarm | {"EvaluationPeriods": 1, "DatapointsToAlarm": 1, "TreatMissingData": "breaching"}
