"""Tells of changes: the event always, the actions where they are on and nobody has muted or suppresses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localaws.alarms import wording
from localaws.alarms.mutes import Mutes
from localaws.targets import DeliveryFailed, Sender, Targets
from localaws.world import World

_SENDERS = {"sns": "cloudwatch.amazonaws.com", "lambda": "lambda.alarms.cloudwatch.amazonaws.com"}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An alarm as it is told of; `actions` by state."""

    name: str
    arn: str
    description: str
    configuration: Mapping[str, Any]
    actions: Mapping[str, Sequence[str]]
    enabled: bool


@dataclass(kw_only=True)
class Held:
    """What an alarm has not acted on yet, and the state that it acted on last."""

    subject: Subject
    now: wording.State
    before: wording.State
    acted: str


class Herald:
    """For metric alarms and composite ones."""

    def __init__(self, world: World, targets: Targets, mutes: Mutes) -> None:
        self._world, self._targets, self._mutes = world, targets, mutes
        self.held: dict[str, Held] = {}
        mutes.heard = self._heard

    def tell(self, subject: Subject, now: wording.State, before: wording.State) -> None:
        """A change of state, or of what suppresses the actions."""
        window = self._mutes.window(subject.name)
        self._world.journal.note("monitoring", "")
        self._world.emit(wording.event(subject, now, before, window))
        if now["value"] != before["value"]:
            for told in list(self._world.on_alarm):
                told(subject.name, now["value"])
        held = self.held.pop(subject.name, None)
        acted = held.acted if held else before["value"]
        if not subject.enabled:
            return
        if window or now.get("actionsSuppressedBy"):
            self.held[subject.name] = Held(subject=subject, now=now, before=before, acted=acted)
            if window:
                self._mutes.keep_until(subject.name, window)
        elif now["value"] != acted:
            self._act(subject, now, before)

    def waits(self, name: str) -> bool:
        """Whether an alarm has a state that it has not acted on."""
        return name in self.held and self.held[name].now["value"] != self.held[name].acted

    def forget(self, name: str) -> None:
        """An alarm is gone."""
        self.held.pop(name, None)

    def _heard(self, names: list[str]) -> None:
        """A window has ended: what still is as it was when it was muted is acted on."""
        for name in names:
            held = self.held.get(name)
            if held is None or held.now.get("actionsSuppressedBy"):
                continue
            if window := self._mutes.window(name):
                self._mutes.keep_until(name, window)
                continue
            del self.held[name]
            if held.now["value"] != held.acted:
                self._act(held.subject, held.now, held.before)

    def _act(self, subject: Subject, now: wording.State, before: wording.State) -> None:
        for arn in subject.actions.get(now["value"], ()):
            build = wording.for_function if ":lambda:" in arn else wording.for_topic
            payload = build(subject, now, before, self._world.account, self._world.region)
            try:
                self._targets.send(arn, payload, Sender(service=_SENDERS[arn.split(":")[2]], source=subject.arn))
            except DeliveryFailed as error:
                self._world.log.warning("action %s of alarm %s failed: %s", arn, subject.name, error)

    def changed(
        self, subject: Subject, operation: str, state: wording.State, *configurations: Mapping[str, Any]
    ) -> None:
        """That an alarm was created, updated or deleted: its configuration, and the one before."""
        self._world.emit(wording.change(subject, operation, state, *configurations))
