"""EventBridge: PutEvents, matching against the rules, delivery with retries and dead-letter queues."""

import json
from collections import deque
from functools import partial
from typing import Any

from moto.events.models import EventPattern

from localaws.errors import AwsError, NotEmulated
from localaws.faults import Delivery, EventHook
from localaws.motoapps import Moto
from localaws.targets import DeliveryFailed, Sender, Targets
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

KEPT = 100_000  # events, the last ones
_MAX_REQUEST = 1024 * 1024
_DEFAULT_RETRIES = 185
_DEFAULT_AGE = 86400
_LONGEST_PAUSE = 600.0
_TARGET_KEYS = {"Id", "Arn", "RoleArn", "DeadLetterConfig", "RetryPolicy", "SqsParameters", "Input"}
_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}

Event = dict[str, Any]


class EventBridge:
    """Rules, targets and patterns are moto's; everything that moves is ours."""

    def __init__(self, world: World, moto: Moto, targets: Targets) -> None:
        self._world = world
        self._moto = moto
        self._targets = targets
        self.events: deque[Event] = deque(maxlen=KEPT)
        self.hooks: list[EventHook] = []

    def handle(self, call: Call) -> Answer | None:
        """PutEvents and TestEventPattern are ours; the rest is moto's, but for what it would accept and ignore."""
        if call.operation == "PutEvents":
            return json_answer(self.put_events(call.json()))
        if call.operation == "TestEventPattern":
            return json_answer({"Result": _matches(call.json())})
        if call.operation == "PutTargets":
            for target in call.json().get("Targets", []):
                check_target(target)
        if call.operation == "PutRule" and call.json().get("ScheduleExpression"):
            raise NotEmulated("a rule with a schedule (use EventBridge Scheduler)")
        return None

    def put_events(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answers entry by entry, as the service does."""
        entries = request.get("Entries", [])
        if not 1 <= len(entries) <= 10:
            raise AwsError("ValidationException", "1 validation error detected: Entries must have 1 to 10 members")
        if sum(len(json.dumps(entry)) for entry in entries) > _MAX_REQUEST:
            raise AwsError("ValidationException", "Total size of the entries in the request is over the limit.")
        results = [self._entry(entry) for entry in entries]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def _entry(self, entry: dict[str, Any]) -> dict[str, str]:
        problem = _problem(entry)
        if problem:
            return {"ErrorCode": problem[0], "ErrorMessage": problem[1]}
        bus = str(entry.get("EventBusName", "default")).rsplit("/", 1)[-1]
        event = self._world.envelope(
            {
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "resources": entry.get("Resources", []),
                "detail": json.loads(entry["Detail"]),
            }
        )
        self.deliver(event, bus)
        return {"EventId": str(event["id"])}

    def deliver(self, event: Event, bus: str = "default") -> None:
        """Sends an event to a bus; the hooks of tests may drop, double or delay it."""
        fate = next((fate for hook in self.hooks if (fate := hook(event)) is not None), Delivery())
        for _ in range(fate.copies):
            self._world.later(fate.delay, partial(self._match, event, bus), f"event {event['detail-type']}")

    def _match(self, event: Event, bus: str) -> None:
        self.events.append(event)
        with self._world.lock:
            found = self._moto.backend("events").event_buses.get(bus)
            rules = list(found.rules.values()) if found else []
            hits = [r for r in rules if r.state == "ENABLED" and not r.scheduled_expression]
            hits = [rule for rule in hits if rule.event_pattern.matches_event(event)]
        for rule in hits:
            for target in rule.targets:
                self._attempt(event, rule.arn, target, self._world.clock.timestamp(), 0)

    def _attempt(self, event: Event, rule: str, target: dict[str, Any], first: float, retries: int) -> None:
        group = target.get("SqsParameters", {}).get("MessageGroupId")
        payload = json.loads(target["Input"]) if "Input" in target else event
        try:
            sender = _sender(rule, target.get("RoleArn", ""))
            self._targets.send(target["Arn"], payload, sender, group=group)
        except DeliveryFailed as exc:
            self._failed(event, rule, target, first, retries, exc)

    def _failed(
        self, event: Event, rule: str, target: dict[str, Any], first: float, retries: int, error: DeliveryFailed
    ) -> None:
        policy = target.get("RetryPolicy", {})
        pause = min(2.0**retries, _LONGEST_PAUSE)
        age = self._world.clock.timestamp() + pause - first
        if not error.retryable:
            condition = ""
        elif retries >= policy.get("MaximumRetryAttempts", _DEFAULT_RETRIES):
            condition = "MaximumRetryAttempts"
        elif age > policy.get("MaximumEventAgeInSeconds", _DEFAULT_AGE):
            condition = "MaximumEventAgeInSeconds"
        else:
            again = f"event again to {target['Arn']}"
            self._world.later(pause, partial(self._attempt, event, rule, target, first, retries + 1), again)
            return
        self._bury(event, rule, target, retries, error, condition)

    def _bury(
        self, event: Event, rule: str, target: dict[str, Any], retries: int, error: DeliveryFailed, condition: str
    ) -> None:
        queue = target.get("DeadLetterConfig", {}).get("Arn")
        if queue is None:
            self._world.log.error("event %s dropped on the way to %s: %s", event["id"], target["Arn"], error)
            return
        attributes = {
            "RULE_ARN": rule,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": "NO_PERMISSIONS" if error.code in _DENIED else error.code,
            "ERROR_MESSAGE": error.message,
            "RETRY_ATTEMPTS": str(retries),
            "EXHAUSTED_RETRY_CONDITION": condition,
        }
        self._targets.send_or_log(queue, event, _sender(rule), attributes)


def _sender(rule: str, role: str = "") -> Sender:
    return Sender(service="events.amazonaws.com", source=rule, role=role, session=rule.rsplit("/", 1)[-1])


def check_target(target: dict[str, Any]) -> None:
    """Refuses what a delivery here would ignore."""
    unknown = sorted(set(target) - _TARGET_KEYS)
    if unknown:
        raise NotEmulated(f"{', '.join(unknown)} of an EventBridge target")


def _matches(request: dict[str, Any]) -> bool:
    try:
        event = json.loads(request["Event"])
        return bool(EventPattern.load(request["EventPattern"]).matches_event(event))
    except (ValueError, KeyError) as exc:
        raise AwsError("InvalidEventPatternException", f"Event pattern or event is not valid. Reason: {exc}") from exc


def _problem(entry: dict[str, Any]) -> tuple[str, str] | None:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    if str(entry["Source"]).startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")
