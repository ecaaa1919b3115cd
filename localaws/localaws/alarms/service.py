"""Alarms by name: looked at each minute while anything happens, and their changes told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from localaws.alarms import wording
from localaws.alarms.definition import Definition, Record, definition_of
from localaws.alarms.evaluation import INSUFFICIENT_DATA, OK, state_of
from localaws.alarms.published import Published
from localaws.errors import AwsError
from localaws.keeping.parts import Tail
from localaws.metrics import MINUTE, Metrics, key_of
from localaws.motoapps import Moto
from localaws.sqs import Queue, Queues
from localaws.sqs.message import READY
from localaws.targets import DeliveryFailed, Sender, Targets
from localaws.wire import Answer, Call
from localaws.world import World

_SENDERS = {"sns": "cloudwatch.amazonaws.com", "lambda": "lambda.alarms.cloudwatch.amazonaws.com"}
QUEUES = "AWS/SQS"
DEPTH, AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"


class Alarms:
    """moto keeps the alarms, here they are evaluated.

    Nobody looks at an alarm whose metrics have had nothing new for as long as it looks back, nor at any while that is
    so of all and no watched queue holds a message.
    """

    def __init__(self, world: World, moto: Moto, queues: Queues, targets: Targets) -> None:
        self._world, self._moto, self._all_queues, self._targets = world, moto, queues, targets
        self.metrics: Metrics = world.metrics
        self._known: dict[str, tuple[Record, Definition, wording.State]] = {}
        self._read = 0
        self._planned = False
        self._since: dict[str, float] = {}
        self.data = Tail("monitoring.data", lambda: self._moto.backend("monitoring").metric_data)
        Published.source = world
        world.alarm_state = self._state

    def kept(self) -> Any:
        """moto's records with what is known of each, as they are kept over a restart: one, for they are the same."""
        backend = self._moto.backend("monitoring")
        apart = {
            name: value for name, value in vars(backend).items() if name not in ("metric_data", "paged_metric_data")
        }
        return apart, self._known, self._since, self._read

    def restore(self, kept: Any) -> None:
        """What was kept."""
        own, self._known, self._since, self._read = kept
        vars(self._moto.backend("monitoring")).update(own)

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
            self._read_moto()
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
            del self._known[name], self._since[name]
        for name, record in records.items():
            if record.rule is not None or not self._changed(name, record):
                continue
            self._since[name] = self._world.clock.timestamp()
            if name not in self._known:
                self._set(record, INSUFFICIENT_DATA, wording.INITIAL, None)
                self._known[name] = (record, definition_of(record), self._shown(record))
            elif self._known[name][0] is not record:
                before = self._known[name]
                self._set(record, before[0].state_value, before[0].state_reason, before[0].state_reason_data)
                self._known[name] = (record, definition_of(record), before[2])
            else:
                self._tell(name)

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
        """The event always, the actions where they are on."""
        record, definition, before = self._known[name]
        now = self._shown(record)
        self._known[name] = (record, definition, now)
        self._world.emit(wording.event(definition, now, before))
        for told in self._world.on_alarm:
            told(name, now["value"])
        if not record.actions_enabled:
            return
        kinds = {"ALARM": record.alarm_actions, OK: record.ok_actions}
        for arn in kinds.get(now["value"], record.insufficient_data_actions):
            self._act(arn, definition, now, before)

    def _act(self, arn: str, definition: Definition, now: wording.State, before: wording.State) -> None:
        build = wording.for_function if ":lambda:" in arn else wording.for_topic
        payload = build(definition, now, before, self._world.account, self._world.region)
        try:
            self._targets.send(arn, payload, Sender(service=_SENDERS[arn.split(":")[2]], source=definition.arn))
        except DeliveryFailed as error:
            self._world.log.warning("action %s of alarm %s failed: %s", arn, definition.name, error)

    def _state(self, name: str) -> str | None:
        """The state of an alarm by its name."""
        record = self._moto.backend("monitoring").alarms.get(name)
        return None if record is None else str(record.state_value)

    def _queues(self) -> list[Queue]:
        names = {
            dict(watched.key[2]).get("QueueName", "")
            for _, definition, _ in self._known.values()
            for watched in definition.watched
            if watched.key[0] == QUEUES
        }
        return [self._all_queues.find(name) for name in names if name in self._all_queues.queues]

    def _sample_queues(self, now: float) -> None:
        """Of the minute that has ended; the age is that of the oldest message that is not deleted, seen or not."""
        for queue in self._queues():
            age = int(now - (queue.oldest() or now))
            for metric, value in ((DEPTH, queue.counts[READY]), (AGE, age)):
                key = key_of(QUEUES, metric, {"QueueName": queue.name})
                self.metrics.sample(key, now - MINUTE, float(value))

    def _read_moto(self) -> None:
        """What PutMetricData has brought since."""
        data = self._moto.backend("monitoring").metric_data
        for one in data[self._read :]:
            key = key_of(one.namespace, one.name, {dimension.name: dimension.value for dimension in one.dimensions})
            at = _epoch(one.timestamp)
            if hasattr(one, "value"):
                self.metrics.add(key, at, one.value)
            else:
                self.metrics.point(key, at).add_set(one.sample_count, one.sum, one.min, one.max)
        self._read = len(data)


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
