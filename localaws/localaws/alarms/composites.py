"""Composite alarms: their state by those of others, and a suppressor that keeps them from acting.

Source: CloudWatch API Reference, PutCompositeAlarm; user guide, "Composite alarms" and "Suppressing composite alarm
actions".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from localaws.alarms import wording
from localaws.alarms.herald import Herald, Subject
from localaws.alarms.rules import Rule, States, invalid, name_of, parsed
from localaws.world import World

ALARM, OK, INSUFFICIENT_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"
SUPPRESSOR = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
KNOWN = {
    "AlarmName", "AlarmRule", "AlarmDescription", "ActionsEnabled", "AlarmActions", "OKActions",
    "InsufficientDataActions", "Tags", *SUPPRESSOR,
}  # fmt: skip


@dataclass(kw_only=True)
class Composite:
    """One composite alarm; `waits` and `extends` are until when its actions wait."""

    name: str
    arn: str
    request: dict[str, Any]
    state: wording.State
    updated: datetime
    transitioned: datetime
    enabled: bool
    waits: datetime | None = None
    extends: datetime | None = None
    evaluating: bool = False

    @property
    def rule(self) -> Rule:
        """What it says of other alarms."""
        return parsed(self.request["AlarmRule"])

    @property
    def suppressor(self) -> str:
        """The name of its suppressor, "" for none."""
        return name_of(self.request.get("ActionsSuppressor", ""))

    def subject(self) -> Subject:
        """As it is told of."""
        return Subject(
            name=self.name,
            arn=self.arn,
            description=self.request.get("AlarmDescription", ""),
            configuration=wording.composite_configuration(self.request),
            actions=wording.actions_of(self.request),
            enabled=self.enabled,
        )


class Composites:
    """All of them by name; each is looked at when an alarm that it names changes."""

    def __init__(self, world: World, herald: Herald) -> None:
        self._world, self._herald = world, herald
        self.alarms: dict[str, Composite] = {}
        self.states: States = lambda name: None  # of every alarm
        world.on_alarm.append(self._changed)

    def put(self, request: dict[str, Any]) -> dict[str, Any]:
        """PutCompositeAlarm: a new one is without data until it is looked at, a changed one keeps its state."""
        name, rule, now = request["AlarmName"], parsed(request["AlarmRule"]), self._world.now()
        self._check(request, rule)
        before = self.alarms.get(name)
        arn = f"arn:aws:cloudwatch:{self._world.region}:{self._world.account}:alarm:{name}"
        made = Composite(
            name=name,
            arn=arn,
            request=request,
            state=before.state if before else wording.state(INSUFFICIENT_DATA, wording.INITIAL, None, now),
            updated=now,
            transitioned=before.transitioned if before else now,
            enabled=request.get("ActionsEnabled", True),
        )
        self.alarms[name] = made
        shown = [wording.composite_change(one.request, one.enabled, one.updated) for one in (made, before) if one]
        self._herald.changed(made.subject(), "update" if before else "create", made.state, *shown)
        why = f"{arn} was {'updated' if before else 'created'} and its alarm rule evaluates to "
        self._world.later(0, partial(self._look, name, why), f"look at {name}")
        return {}

    def _look(self, name: str, why: str) -> None:
        if one := self.alarms.get(name):
            self._evaluate(one, why, list(one.rule.names))

    def _check(self, request: dict[str, Any], rule: Rule) -> None:
        if missing := [name for name in rule.names if self.states(name) is None and name != request["AlarmName"]]:
            raise invalid(f"AlarmRule names alarms that do not exist: {', '.join(missing)}.")
        given = [member for member in SUPPRESSOR if member in request]
        if given and len(given) < len(SUPPRESSOR):
            raise invalid(f"{', '.join(SUPPRESSOR)} are given together or not at all.")
        suppressor = name_of(request.get("ActionsSuppressor", ""))
        if suppressor and self.states(suppressor) is None:
            raise invalid(f"ActionsSuppressor names an alarm that does not exist: {suppressor}.")

    def parents(self, name: str) -> list[str]:
        """The composite alarms whose rules name an alarm."""
        return [one.name for one in self.alarms.values() if name in one.rule.names]

    def delete(self, names: list[str]) -> None:
        """Those of them that are composite, one at a time, and none that another one needs."""
        own = [name for name in names if name in self.alarms]
        if len(own) > 1:
            raise invalid("DeleteAlarms takes one composite alarm at a time.")
        for name in names:
            if parents := [parent for parent in self.parents(name) if parent != name or name not in own]:
                raise invalid(f"Alarm {name} cannot be deleted: the rules of {', '.join(parents)} name it.")
        for name in own:
            gone = self.alarms.pop(name)
            shown = wording.composite_change(gone.request, gone.enabled, gone.updated)
            self._herald.changed(gone.subject(), "delete", gone.state, shown)
            self._herald.forget(name)

    def set(self, name: str, value: str, reason: str, data: str | None) -> None:
        """SetAlarmState: until an alarm that it names changes."""
        one = self.alarms[name]
        self._become(one, value, reason, data)

    def _changed(self, name: str, value: str) -> None:
        for one in list(self.alarms.values()):
            if one.suppressor == name:
                self._suppressor_changed(one, value)
        for parent in self.parents(name):
            one = self.alarms[parent]
            when = self._world.now().strftime("%A %d %B, %Y %H:%M:%S UTC")
            why = f"arn:aws:cloudwatch:{self._world.region}:{self._world.account}:alarm:{name} transitioned to {value}"
            self._evaluate(one, f"{why} at {when}", [name])

    def _evaluate(self, one: Composite, why: str, names: list[str]) -> None:
        """By its rule; one that comes back to itself is not looked at again."""
        if one.evaluating or self.alarms.get(one.name) is not one:
            return
        value = ALARM if one.rule.holds(self.states) else OK
        if value == one.state["value"]:
            return
        one.evaluating = True
        try:
            reason = f"{why}{value}" if why.endswith("evaluates to ") else why
            self._become(one, value, reason, wording.triggered(self._world, names, self.states))
        finally:
            one.evaluating = False

    def _become(self, one: Composite, value: str, reason: str, data: str | None) -> None:
        now = self._world.now()
        if value != one.state["value"]:
            one.transitioned = now
            if one.suppressor and self.states(one.suppressor) != ALARM and not one.extends:
                one.waits = self._until(one, "ActionsSuppressorWaitPeriod")
        self._show(one, wording.state(value, reason, data, now))

    def _until(self, one: Composite, member: str) -> datetime:
        """The end of a period, at which the alarm is looked at again."""
        seconds = int(one.request[member])
        end = wording.after(self._world.now(), seconds)
        self._world.at(end, partial(self._resume, one.name), f"{member} of {one.name}")
        return end

    def _suppressor_changed(self, one: Composite, value: str) -> None:
        """One that leaves ALARM leaves the extension behind."""
        one.waits = None if value == ALARM else one.waits
        one.extends = None if value == ALARM else self._until(one, "ActionsSuppressorExtensionPeriod")
        self._resume(one.name)

    def _resume(self, name: str) -> None:
        """What suppresses the actions has changed: tell it where any wait."""
        one = self.alarms.get(name)
        if one is None or not one.suppressor:
            return
        now = self._world.now()
        one.waits = one.waits if one.waits and now < one.waits else None
        one.extends = one.extends if one.extends and now < one.extends else None
        if one.state.get("actionsSuppressedBy", "") == self._suppressed_by(one):
            return
        plain = {key: value for key, value in one.state.items() if not key.startswith("actionsSuppressed")}
        if self._herald.waits(one.name):
            self._show(one, plain | {"timestamp": wording.moment(now)})
        else:
            one.state = plain

    def _suppressed_by(self, one: Composite) -> str:
        if not one.suppressor:
            return ""
        if self.states(one.suppressor) == ALARM:
            return "Alarm"
        return "ExtensionPeriod" if one.extends else "WaitPeriod" if one.waits else ""

    def _show(self, one: Composite, state: wording.State) -> None:
        if by := self._suppressed_by(one):
            state |= {"actionsSuppressedBy": by, "actionsSuppressedReason": f"Actions suppressed by {by}"}
        before, one.state = one.state, state
        self._herald.tell(one.subject(), state, before)
