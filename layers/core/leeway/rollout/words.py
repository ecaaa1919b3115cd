"""What a change of the endpoint is called, and its sentence. Pure."""

from __future__ import annotations

from leeway.rollout.canary.plan import canary
from leeway.rollout.observed import Observed, Serving
from leeway.rollout.target import Target


def settles(seen: Observed, now: Serving, *, back: bool) -> tuple[str, str]:
    """Of what is in force; `back` where it is a version that served before one that is not approved any more."""
    before, experiment = seen.serving, seen.experiment
    if before is None:
        return "EndpointInService", f"version {now.version} serves: its endpoint is InService"
    if before.version == now.version:
        duel = seen.target is not None and seen.target.is_duel and seen.target.config_name == now.config
        if experiment is not None and duel and before.config != now.config:
            return "ChallengerInService", f"version {experiment.challenger.version} is up beside version {now.version}"
        return "EndpointInService", f"version {now.version} serves, as it should"
    if back and experiment is not None:
        return "RolledBack", f"version {now.version} serves again, in place of version {before.version}"
    if back:
        return "RolledBack", f"version {now.version} serves again: version {before.version} is no longer approved"
    return "ChampionReplaced", f"version {now.version} serves in place of version {before.version}"


def asks(seen: Observed, target: Target, *, create: bool, back: bool) -> tuple[str, str]:
    """Of what is asked for."""
    if create:
        why = f"version {target.version} is approved and nothing serves: endpoint {target.endpoint} is being created"
        return "EndpointRequested", why
    if seen.experiment is not None and target.is_duel:
        return "UpdateRequested", f"version {target.version} is brought up beside version {_other(seen, target)}"
    if seen.serving is None or seen.serving.version == target.version:
        why = f"{target.endpoint} is not as version {target.version} wants it and is being updated"
        return "UpdateRequested", why
    if back:
        why = f"version {seen.serving.version} is no longer approved: version {target.version} takes over again"
        return "RollbackRequested", why
    how = "all at once"
    if canary(seen, target) is not None:
        minutes = seen.rules.canary_wait.total_seconds() / 60
        how = f"by a canary: {seen.rules.canary} % of the traffic for {minutes:g} minutes, then all of it"
    why = f"version {target.version} is approved and replaces version {seen.serving.version}, {how}"
    return "UpdateRequested", why


def _other(seen: Observed, target: Target) -> int:
    assert seen.experiment is not None  # of whose versions it is
    pair = (seen.experiment.champion.version, seen.experiment.challenger.version)
    return next(version for version in pair if version != target.version)
