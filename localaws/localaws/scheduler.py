"""EventBridge Scheduler: schedules of the template, fired in virtual time."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from localaws import rest
from localaws.cron import Cron, Rate
from localaws.errors import AwsError, NotEmulated
from localaws.functions.service import Lambda
from localaws.journal import Noting
from localaws.targets import DeliveryFailed, Sender, Targets
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

_DEFAULT_RETRIES = 185
_DEFAULT_AGE = 86400
_LONGEST_PAUSE = 600.0
PART = "schedules"


@dataclass(kw_only=True)
class Schedule:
    """One schedule; `idle_until` and `mark` are what its function said of its own idleness, and when."""

    name: str
    group: str
    arn: str
    expression: str
    when: Rate | Cron
    target: str
    role: str
    input: str | None = None
    timezone: str = "UTC"
    enabled: bool = True
    retries: int = _DEFAULT_RETRIES
    max_age: float = _DEFAULT_AGE
    dead_letters: str | None = None
    description: str = ""
    due: datetime | None = None  # its next firing
    idle_until: datetime | None = field(default=None)
    mark: int = -1


class Scheduler:
    """Fires schedules; a function that answers {"idle_until": time} is left alone while nothing else happens."""

    def __init__(self, world: World, targets: Targets, lambda_: Lambda) -> None:
        self._world = world
        self._targets = targets
        self._lambda = lambda_
        self.schedules = Noting[tuple[str, str], Schedule](world.journal, PART)
        self._resumed = datetime.min.replace(tzinfo=UTC)

    def resume(self) -> None:
        """After a restart: of the firings that were missed one is made up for."""
        self._resumed = self._world.now()
        for schedule in self.schedules.values():
            schedule.mark = -1
            if schedule.due is not None:
                self._put(schedule, schedule.due)

    def put(self, schedule: Schedule) -> None:
        """Creates a schedule, or replaces one."""
        self.schedules[schedule.group, schedule.name] = schedule
        self._plan(schedule, self._world.now())

    def remove(self, key: tuple[str, str]) -> None:
        """A schedule goes, by its group and name."""
        if key in self.schedules:
            del self.schedules[key]

    def handle(self, call: Call) -> Answer:
        """GetSchedule and ListSchedules; everything else answers that it is not emulated."""
        if call.operation == "ListSchedules":
            return json_answer({"Schedules": [self._summary(schedule) for schedule in self.schedules.values()]})
        if call.operation == "GetSchedule":
            name = rest.labels("scheduler", "GetSchedule", call.path)["Name"]
            group = rest.query(call.query).get("groupName", "default")
            if (group, name) not in self.schedules:
                raise AwsError("ResourceNotFoundException", f"Schedule {name} does not exist.", 404)
            return json_answer(self._description(self.schedules[group, name]))
        raise NotEmulated(f"scheduler:{call.operation}")

    def _plan(self, schedule: Schedule, after: datetime) -> None:
        schedule.due = schedule.when.after(after) if schedule.enabled else None
        self.schedules.touch((schedule.group, schedule.name))
        if schedule.due is not None:
            self._put(schedule, schedule.due)

    def _put(self, schedule: Schedule, due: datetime) -> None:
        self._world.agenda.put(
            due.timestamp(),
            partial(self._fire, schedule, due),
            f"schedule {schedule.name}",
            lambda _: self._passed_over(schedule, due),
            kept=False,
        )

    def _current(self, schedule: Schedule) -> bool:
        return self.schedules.get((schedule.group, schedule.name)) is schedule

    def _passed_over(self, schedule: Schedule, due: datetime) -> bool:
        idle = schedule.idle_until is not None and due < schedule.idle_until
        if not idle or schedule.mark != self._world.activity or not self._current(schedule):
            return False
        # An invocation that would have done nothing is one all the same: an alarm may wait for it.
        self._lambda.count(self._lambda.find(schedule.target), due.timestamp(), failed=False)
        self._plan(schedule, due)
        return True

    def _fire(self, schedule: Schedule, due: datetime) -> None:
        if self._current(schedule):
            self._plan(schedule, max(due, self._resumed))
            self._attempt(schedule, due, 0)

    def _attempt(self, schedule: Schedule, due: datetime, retries: int) -> None:
        payload = self._payload(schedule, due, retries)
        try:
            if ":lambda:" in schedule.target:
                self._run(schedule, payload)
            else:
                self._targets.send(schedule.target, payload, _sender(schedule))
        except (DeliveryFailed, AwsError) as exc:
            self._failed(schedule, due, retries, exc)

    def _run(self, schedule: Schedule, payload: Any) -> None:
        # The first attempt runs here and not by the asynchronous queue: its answer says whether it is idle.
        function = self._lambda.find(schedule.target)
        self._targets.permit(_sender(schedule), schedule.target)
        outcome = self._lambda.attempt(function, payload, self._world.clock.timestamp(), 1)
        schedule.idle_until = _idle_until(outcome.result)
        schedule.mark = self._world.activity

    def _failed(self, schedule: Schedule, due: datetime, retries: int, error: DeliveryFailed | AwsError) -> None:
        pause = min(2.0**retries, _LONGEST_PAUSE)
        late = (self._world.now() + timedelta(seconds=pause) - due).total_seconds()
        retryable = isinstance(error, DeliveryFailed) and error.retryable
        if retryable and retries < schedule.retries and late <= schedule.max_age:
            again = f"schedule {schedule.name} again"
            moment = self._world.clock.timestamp() + pause
            self._world.agenda.put(moment, partial(self._attempt, schedule, due, retries + 1), again)
        elif schedule.dead_letters:
            attributes = {
                "ERROR_CODE": error.code,
                "ERROR_MESSAGE": error.message,
                "SCHEDULE_ARN": schedule.arn,
                "TARGET_ARN": schedule.target,
                "RETRY_ATTEMPTS": str(retries),
            }
            payload = self._payload(schedule, due, retries)
            self._targets.send_or_log(schedule.dead_letters, payload, _sender(schedule), attributes)
        else:
            self._world.log.error("schedule %s dropped on the way to %s: %s", schedule.name, schedule.target, error)

    def _payload(self, schedule: Schedule, due: datetime, retries: int) -> Any:
        stamp = due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if not schedule.input:
            event = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "resources": [schedule.arn]}
            return self._world.envelope(event | {"time": stamp, "detail": "{}"})
        text = schedule.input
        values = {
            "<aws.scheduler.schedule-arn>": schedule.arn,
            "<aws.scheduler.scheduled-time>": stamp,
            "<aws.scheduler.execution-id>": str(uuid.uuid4()),
            "<aws.scheduler.attempt-number>": str(retries + 1),
        }
        for keyword, value in values.items():
            text = text.replace(keyword, value)
        return json.loads(text)

    def _summary(self, schedule: Schedule) -> dict[str, Any]:
        state = "ENABLED" if schedule.enabled else "DISABLED"
        target = {"Arn": schedule.target}
        return {
            "Arn": schedule.arn,
            "Name": schedule.name,
            "GroupName": schedule.group,
            "State": state,
            "Target": target,
        }

    def _description(self, schedule: Schedule) -> dict[str, Any]:
        target = {"Arn": schedule.target, "RoleArn": schedule.role, "Input": schedule.input}
        more = {
            "ScheduleExpression": schedule.expression,
            "ScheduleExpressionTimezone": schedule.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {name: value for name, value in target.items() if value},
        }
        return self._summary(schedule) | more


def _sender(schedule: Schedule) -> Sender:
    return Sender(service="scheduler.amazonaws.com", source=schedule.arn, role=schedule.role, session=schedule.name)


def _idle_until(result: Any) -> datetime | None:
    text = result.get("idle_until") if isinstance(result, dict) else None
    return datetime.fromisoformat(text) if text else None
