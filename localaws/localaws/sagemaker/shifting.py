"""A deployment on its way: a new fleet beside the old one, traffic by stages, and back where an alarm says so.

States of reference 5.1, stages of `guardrails.py`. Whatever is planned for a moment of a deployment is void once the
deployment has moved on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from localaws.errors import AwsError
from localaws.sagemaker import events
from localaws.sagemaker.deployed import Endpoint, Fleet, shown_endpoint
from localaws.sagemaker.deployments import ACTIVATING, Pending
from localaws.sagemaker.fleets import Fleets
from localaws.sagemaker.models import Models
from localaws.world import World

ALARM = "ALARM"
# AWS's own sentence for this is documented nowhere.
TRIPPED = "The deployment was rolled back because the CloudWatch alarm {} is in ALARM state."
LATE = (
    "The deployment was rolled back because it took longer than its MaximumExecutionTimeoutInSeconds of {:g} seconds."
)


class Shifting:
    """Carries deployments out, each to the fleet that was asked for or back to the one in force."""

    def __init__(self, world: World, models: Models, fleets: Fleets, endpoints: Mapping[str, Endpoint]) -> None:
        self._world, self._models, self._fleets, self._endpoints = world, models, fleets, endpoints
        world.on_alarm.append(self._alarmed)

    def begin(self, endpoint: Endpoint, seconds: float) -> None:
        """Start the new fleet of what is pending after a while; its limit of time counts from now."""
        pending = endpoint.pending
        assert pending is not None  # it was just planned
        self._tell_deployment(endpoint)
        self._later(seconds, endpoint, pending, partial(self._start, endpoint, pending))
        if pending.plan.timeout:
            late = LATE.format(pending.plan.timeout)
            self._world.later(
                pending.plan.timeout, partial(self._trouble, endpoint, pending, late), "deployment's limit"
            )

    def set(self, endpoint: Endpoint, status: str, reason: str = "") -> None:
        """Come to another state, and tell it."""
        endpoint.status, endpoint.reason, endpoint.modified = status, reason[:1024], self._world.now()
        events.endpoint(self._world, shown_endpoint(endpoint))

    def _start(self, endpoint: Endpoint, pending: Pending) -> None:
        """In the background; both configurations must be there to its end (reference 5.3)."""
        try:
            for config in (endpoint.config, pending.config):
                self._models.config(config)
        except AwsError as error:
            self._back(endpoint, pending, error.message)
            return
        self._world.background(
            lambda: self._fleets.started(endpoint.name, pending.config, pending.request, pending.kept),
            lambda result: self._started(endpoint, pending, result),
            lambda error: self._back(endpoint, pending, f"InternalServerError: localaws: {error!r}"),
            f"deploy {pending.config}",
            lost=partial(self._start, endpoint, pending),
        )

    def _started(self, endpoint: Endpoint, pending: Pending, result: Fleet | str) -> None:
        if isinstance(result, str):
            self._back(endpoint, pending, result)
            return
        if endpoint.green:  # what an earlier rollback left behind
            endpoint.green.stop()
        endpoint.green, endpoint.share = result, 0.0
        rung = (TRIPPED.format(name) for name in sorted(pending.plan.alarms) if self._world.alarm_state(name) == ALARM)
        if trouble := pending.trouble or next(rung, ""):
            self._back(endpoint, pending, trouble)
        else:
            self._stage(endpoint, pending, 0)

    def _stage(self, endpoint: Endpoint, pending: Pending, number: int) -> None:
        """Turn traffic on; bake where the stage has a time for it."""
        stage = pending.plan.stages[number]
        pending.stage, endpoint.share = stage, stage.share
        pending.move("ActivatingTraffic", ACTIVATING, self._world.now())
        self._tell_deployment(endpoint)
        if stage.wait:
            pending.move("Baking", stage.message, self._world.now())
            self._tell_deployment(endpoint)
        self._later(stage.wait, endpoint, pending, partial(self._baked, endpoint, pending, number))

    def _baked(self, endpoint: Endpoint, pending: Pending, number: int) -> None:
        """A rolling deployment cleans up as many old instances as new ones serve."""
        if pending.plan.rolling:
            for variant in endpoint.variants:
                gone = pending.plan.stages[number].active.get(variant.name, 0)
                variant.count = max(variant.desired_count - gone, 0)
        if number + 1 < len(pending.plan.stages):
            self._stage(endpoint, pending, number + 1)
        else:
            self._exchange(endpoint)

    def _exchange(self, endpoint: Endpoint) -> None:
        assert endpoint.green is not None  # the last stage has one
        old, endpoint.fleet = endpoint.fleet, endpoint.green
        self._over(endpoint)
        old.stop()
        self.set(endpoint, "InService")

    def _alarmed(self, name: str, state: str) -> None:
        """An alarm is watched from the request to the end of the last baking (reference 5.3)."""
        for endpoint in self._endpoints.values() if state == ALARM else ():
            if endpoint.pending and name in endpoint.pending.plan.alarms:
                self._trouble(endpoint, endpoint.pending, TRIPPED.format(name))
                self._world.journal.note("sagemaker", "")

    def _trouble(self, endpoint: Endpoint, pending: Pending, reason: str) -> None:
        """Back at once, or as soon as the containers that are being started are there."""
        if endpoint.pending is not pending or pending.trouble:
            return
        pending.trouble = reason
        if pending.stage:
            self._back(endpoint, pending, reason)

    def _back(self, endpoint: Endpoint, pending: Pending, reason: str) -> None:
        """To the old fleet, batch by batch where the plan says so; a new endpoint has none and is Failed."""
        pending.trouble, pending.turn = reason, pending.turn + 1
        if not endpoint.variants:
            self._drop(endpoint)
            self.set(endpoint, "Failed", reason)
            return
        self.set(endpoint, "RollingBack", reason)
        if self._world.hosting_faults.breaks_rollback(endpoint.name):
            self._later(self._world.lifecycle.endpoint_rollback, endpoint, pending, partial(self._stuck, endpoint))
        else:
            self._step_back(endpoint, pending, iter(pending.plan.back))

    def _stuck(self, endpoint: Endpoint) -> None:
        """Both fleets serve on, the traffic between them as it was (guide, "Use rolling deployments")."""
        endpoint.pending = None
        self.set(endpoint, "UpdateRollbackFailed", endpoint.reason)

    def _step_back(self, endpoint: Endpoint, pending: Pending, shares: Iterable[float]) -> None:
        endpoint.share = next((share for share in shares if share < endpoint.share), 0.0)
        on, over = partial(self._step_back, endpoint, pending, shares), partial(self._gone, endpoint)
        ended: Callable[[], None] = on if endpoint.share else over
        self._later(self._world.lifecycle.endpoint_rollback, endpoint, pending, ended)

    def _gone(self, endpoint: Endpoint) -> None:
        reason = endpoint.reason
        for variant in endpoint.variants:
            variant.count = variant.desired_count
        self._drop(endpoint)
        self.set(endpoint, "InService", reason)

    def _drop(self, endpoint: Endpoint) -> None:
        if endpoint.green:
            endpoint.green.stop()
        self._over(endpoint)

    def _over(self, endpoint: Endpoint) -> None:
        endpoint.green, endpoint.share, endpoint.pending = None, 0.0, None

    def _tell_deployment(self, endpoint: Endpoint) -> None:
        """Not of what guardrails exclude: other variants than before (reference 1.8, 5.3)."""
        pending = endpoint.pending
        if pending and {v.name for v in endpoint.variants} == {
            one["VariantName"] for one in pending.request["ProductionVariants"]
        }:
            events.deployment(self._world, shown_endpoint(endpoint))

    def _later(self, seconds: float, endpoint: Endpoint, pending: Pending, action: Callable[[], None]) -> None:
        still = partial(self._still, endpoint, pending, pending.turn, action)
        self._world.later(seconds, still, f"endpoint {endpoint.name}")

    def _still(self, endpoint: Endpoint, pending: Pending, turn: int, action: Callable[[], None]) -> None:
        if endpoint.pending is pending and pending.turn == turn:
            action()
