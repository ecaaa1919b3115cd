"""Alarms by name: looked at each minute while anything happens, and their changes told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from localaws.alarms import wording
from localaws.alarms.composites import Composites
from localaws.alarms.definition import Definition, Record, definition_of
from localaws.alarms.evaluation import ALARM, INSUFFICIENT_DATA, OK, state_of
from localaws.alarms.herald import Herald, Subject
from localaws.alarms.mutes import Mutes
from localaws.alarms.published import Published
from localaws.errors import AwsError
from localaws.keeping.parts import Tail
from localaws.metrics import MINUTE, Key, Metrics, key_of
from localaws.motoapps import Moto
from localaws.sqs import Queue, Queues
from localaws.sqs.message import READY
from localaws.targets import Targets
from localaws.wire import Answer, Call
from localaws.world import World

QUEUES = "AWS/SQS"
DEPTH, AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"


class Alarms:
    """moto keeps the alarms, here they are evaluated.

    Nobody looks at an alarm whose metrics have had nothing new for as long as it looks back, nor at any while that is
    so of all and no watched queue holds a message.
    """

    def __init__(self, world: World, moto: Moto, queues: Queues, targets: Targets) -> None:
        self._world, self._moto, self._all_queues = world, moto, queues
        self.mutes = Mutes(world)
        self._herald = Herald(world, targets, self.mutes)
        self.composites = Composites(world, self._herald)
        self.composites.states = self.state
        self.metrics: Metrics = world.metrics
        self._known: dict[str, tuple[Record, Definition, wording.State]] = {}
        self._queue_names: set[str] | None = None  # of those that alarms watch; None where these have changed
        self._read = 0
        self._planned = False
        self._since: dict[str, float] = {}
        self.data = Tail("monitoring.data", lambda: self._moto.backend("monitoring").metric_data)
        Published.source = world
        world.alarm_state, world.measured = self.state, self.plan

    def kept(self) -> Any:
        """moto's records with what is known of each, as they are kept over a restart: one, for they are the same."""
        backend = self._moto.backend("monitoring")
        apart = {
            name: value for name, value in vars(backend).items() if name not in ("metric_data", "paged_metric_data")
        }
        own = self.composites.alarms, self.mutes.rules, self._herald.held, self.metrics.embedded
        return apart, self._known, self._since, self._read, own

    def restore(self, kept: Any) -> None:
        """What was kept."""
        apart, self._known, self._since, self._read, own = kept
        vars(self._moto.backend("monitoring")).update(apart)
        self.composites.alarms, self.mutes.rules, self._herald.held, self.metrics.embedded = own

    def resume(self) -> None:
        """After a restart."""
        self.plan()

    def after(self, call: Call, _: Answer) -> None:
        """Whatever changes something may change a metric."""
        if call.service == "monitoring":
            self._take_over()
        self.plan()

    def plan(self) -> None:
        """Looks at the alarms when the minute ends: something has changed."""
        if self._planned or not self._known:
            return
        self._planned = True
        due = (self._world.clock.timestamp() // MINUTE + 1) * MINUTE
        # As something that may be passed over, so that looking at alarms is not taken for activity.
        self._world.agenda.put(due, self._look, "alarms", lambda _: False, kept=False)

    def _look(self) -> None:
        with self._world.lock:
            self._planned = False
            now = self._world.clock.timestamp()
            self._sample_queues(now)
            self.read()
            waiting = [name for name in self._known if not self._at_rest(name, now)]
            for name in waiting:
                self._evaluate(name, now)
            if waiting or any(queue.messages for queue in self._queues()):
                self.plan()

    def _at_rest(self, name: str, now: float) -> bool:
        """Whether all that the alarm looks back on has stayed as it is for longer than that."""
        definition = self._known[name][1]
        newest = max(self.metrics.newest.get(one.key, 0) for one in definition.watched)
        return now - max(newest, self._since.get(name, 0)) > definition.seconds + definition.period + MINUTE

    def _take_over(self) -> None:
        """New alarms begin without data, changed ones keep their state; what was set by hand is told as any change."""
        records = self._moto.backend("monitoring").alarms
        for name in self._known.keys() - records.keys():
            record, definition, state = self._known.pop(name)
            self._queue_names = None
            del self._since[name]
            self._herald.changed(_subject(record, definition), "delete", state, _configuration(record, definition))
            self._herald.forget(name)
        for name, record in records.items():
            if record.rule is not None or not self._changed(name, record):
                continue
            self._since[name] = self._world.clock.timestamp()
            if name not in self._known or self._known[name][0] is not record:
                self._put(name, record)
            else:
                self._tell(name)

    def _put(self, name: str, record: Record) -> None:
        definition, before = definition_of(record), self._known.get(name)
        shown = [_configuration(record, definition)]
        if before:
            self._set(record, before[0].state_value, before[0].state_reason, before[0].state_reason_data)
            shown.append(_configuration(before[0], before[1]))
        else:
            self._set(record, INSUFFICIENT_DATA, wording.INITIAL, None)
        state = before[2] if before else self._shown(record)
        self._known[name] = (record, definition, state)
        self._queue_names = None
        self._herald.changed(_subject(record, definition), "update" if before else "create", state, *shown)

    def _changed(self, name: str, record: Record) -> bool:
        known = self._known.get(name)
        return known is None or known[0] is not record or record.state_value != known[2]["value"]

    def _set(self, record: Record, value: str, reason: str, data: str | None) -> None:
        record.update_state(reason, data, value)

    def _shown(self, record: Record) -> wording.State:
        return wording.state(record.state_value, record.state_reason, record.state_reason_data, self._world.now())

    def _evaluate(self, name: str, now: float) -> None:
        record, definition, before = self._known[name]
        starts = definition.starts(now)
        try:
            points = definition.points(self.metrics, starts)
        except AwsError:
            self._world.log.exception("alarm %s cannot be evaluated", name)
            return
        state = state_of(definition.rule, points, record.state_value)
        if state != before["value"]:
            why = wording.reason(definition, state, starts, points)
            samples = definition.samples(self.metrics, starts)
            self._set(record, state, why, wording.reason_data(definition, self._world.now(), starts, points, samples))
            self._tell(name)

    def _tell(self, name: str) -> None:
        record, definition, before = self._known[name]
        now = self._shown(record)
        self._known[name] = (record, definition, now)
        self._herald.tell(_subject(record, definition), now, before)

    def state(self, name: str) -> str | None:
        """The state of an alarm of either kind by its name."""
        if name in self.composites.alarms:
            return str(self.composites.alarms[name].state["value"])
        record = self._moto.backend("monitoring").alarms.get(name)
        return None if record is None else str(record.state_value)

    def transitioned(self, name: str) -> float:
        """When a metric alarm came into its state, in epoch seconds."""
        return datetime.fromisoformat(self._known[name][2]["timestamp"]).timestamp()

    def _queues(self) -> list[Queue]:
        if self._queue_names is None:
            watched = (one.key for _, definition, _ in self._known.values() for one in definition.watched)
            self._queue_names = {dict(key[2]).get("QueueName", "") for key in watched if key[0] == QUEUES}
        return [self._all_queues.find(name) for name in self._queue_names if name in self._all_queues.queues]

    def _sample_queues(self, now: float) -> None:
        """Of the minute that has ended; the age is that of the oldest message that is not deleted, seen or not."""
        for queue in self._queues():
            age = int(now - (queue.oldest() or now))
            for metric, value in ((DEPTH, queue.counts[READY]), (AGE, age)):
                key = key_of(QUEUES, metric, {"QueueName": queue.name})
                self.metrics.sample(key, now - MINUTE, float(value))

    def read(self) -> None:
        """What PutMetricData has brought since."""
        data = self._moto.backend("monitoring").metric_data
        for one in data[self._read :]:
            key = key_of(one.namespace, one.name, {dimension.name: dimension.value for dimension in one.dimensions})
            at = _epoch(one.timestamp)
            if hasattr(one, "value"):
                self.metrics.add(key, at, one.value)
            else:
                self._add_set(key, at, one)
        self._read = len(data)

    def _add_set(self, key: Key, at: float, one: Any) -> None:
        """A statistic set; where all its values are equal, or there is one, they are known."""
        if one.min == one.max and float(one.sample_count).is_integer():
            self.metrics.add(key, at, one.min, one.sample_count)
        else:
            self.metrics.point(key, at).add_set(one.sample_count, one.sum, one.min, one.max)


def _subject(record: Record, definition: Definition) -> Subject:
    return Subject(
        name=definition.name,
        arn=definition.arn,
        description=definition.description,
        configuration=definition.configuration(),
        actions={
            ALARM: record.alarm_actions,
            OK: record.ok_actions,
            INSUFFICIENT_DATA: record.insufficient_data_actions,
        },
        enabled=bool(record.actions_enabled),
    )


def _configuration(record: Record, definition: Definition) -> dict[str, Any]:
    """As the events of a configuration have it."""
    told, rule = _subject(record, definition), definition.rule
    at = record.configuration_updated_timestamp
    rest = wording.changed_configuration(told.name, told.description, told.actions, at, enabled=told.enabled)
    more = {} if rule.to_alarm == rule.periods else {"datapointsToAlarm": rule.to_alarm}
    return (
        rest
        | more
        | {
            "evaluationPeriods": rule.periods,
            "threshold": rule.threshold,
            "comparisonOperator": rule.comparison,
            "treatMissingData": rule.missing,
            "metrics": definition.configuration()["metrics"],
        }
    )


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
