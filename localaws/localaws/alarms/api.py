"""CloudWatch's operations that are ours: composite alarms, mute rules, reading metrics. All else is moto's."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from localaws.alarms.composites import KNOWN, SUPPRESSOR, Composite
from localaws.alarms.reading import Reading
from localaws.alarms.rules import invalid
from localaws.alarms.service import Alarms
from localaws.errors import NotEmulated
from localaws.motoapps import Moto
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
FILTERS = {"AlarmNames", "AlarmNamePrefix", "AlarmTypes", "StateValue", "MaxRecords"}
ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


class CloudWatchApi:
    """Requests in JSON, as botocore sends them; what changes both kinds of alarms goes on to moto."""

    def __init__(self, world: World, moto: Moto, alarms: Alarms) -> None:
        self._world, self._moto, self._alarms = world, moto, alarms
        reading, mutes = Reading(world), alarms.mutes
        self._own: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "PutCompositeAlarm": self._put,
            "PutAlarmMuteRule": mutes.put,
            "GetAlarmMuteRule": mutes.get,
            "ListAlarmMuteRules": mutes.list,
            "DeleteAlarmMuteRule": mutes.delete,
            "GetMetricData": reading.get_metric_data,
            "GetMetricStatistics": reading.get_metric_statistics,
        }
        self._both: dict[str, Callable[[Call, dict[str, Any]], Answer | None]] = {
            "DescribeAlarms": self._describe,
            "DeleteAlarms": self._delete,
            "SetAlarmState": self._set,
            "EnableAlarmActions": lambda _, request: self._enable(request, enabled=True),
            "DisableAlarmActions": lambda _, request: self._enable(request, enabled=False),
            "PutMetricAlarm": self._put_metric,
        }

    def handle(self, call: Call) -> Answer | None:
        """One call; None for what is moto's."""
        if call.operation not in self._own | self._both:
            return None
        if not call.header("X-Amz-Target"):
            if call.operation in ("PutMetricAlarm", *self._reads()):
                return None
            raise NotEmulated(f"cloudwatch:{call.operation} in another protocol than JSON")
        with self._world.lock:
            request = call.json()
            if call.operation in self._both:
                return self._both[call.operation](call, request)
            self._alarms.read()
            return json_answer(self._own[call.operation](request))

    def _reads(self) -> tuple[str, ...]:
        """What moto can answer other protocols as long as there are no composite alarms."""
        return () if self._alarms.composites.alarms else (*self._both, "GetMetricData", "GetMetricStatistics")

    def _put(self, request: dict[str, Any]) -> dict[str, Any]:
        if foreign := sorted(request.keys() - KNOWN):
            raise NotEmulated(f"{', '.join(foreign)} of cloudwatch:PutCompositeAlarm")
        name = request["AlarmName"]
        if name in self._moto.backend("monitoring").alarms:
            raise invalid(f"A metric alarm has the name {name} already.")
        return self._alarms.composites.put(request)

    def _put_metric(self, _: Call, request: dict[str, Any]) -> None:
        if request.get("AlarmName") in self._alarms.composites.alarms:
            raise invalid(f"A composite alarm has the name {request['AlarmName']} already.")

    def _delete(self, _: Call, request: dict[str, Any]) -> None:
        self._alarms.composites.delete(list(request["AlarmNames"]))

    def _set(self, _: Call, request: dict[str, Any]) -> Answer | None:
        if request["AlarmName"] not in self._alarms.composites.alarms:
            return None
        name, value, reason = (str(request[member]) for member in ("AlarmName", "StateValue", "StateReason"))
        self._alarms.composites.set(name, value, reason, request.get("StateReasonData"))
        return json_answer({})

    def _enable(self, request: dict[str, Any], *, enabled: bool) -> None:
        for name in request["AlarmNames"]:
            if name in self._alarms.composites.alarms:
                self._alarms.composites.alarms[name].enabled = enabled

    def _describe(self, call: Call, request: dict[str, Any]) -> Answer | None:
        composites = self._alarms.composites
        for member in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
            if member in request:
                return json_answer(self._family(member, request[member]))
        types = request.get("AlarmTypes") or [METRIC]
        if types == [METRIC]:
            return self._metric(call)
        if foreign := sorted(request.keys() - FILTERS):
            raise NotEmulated(f"{', '.join(foreign)} of cloudwatch:DescribeAlarms for composite alarms")
        found = [_shown(one) for one in composites.alarms.values() if _fits(one, request)] if COMPOSITE in types else []
        metric: dict[str, Any] = {}
        if METRIC in types:
            metric = json.loads(self._metric(call).body)
        return json_answer({"MetricAlarms": metric.get("MetricAlarms", []), "CompositeAlarms": found})

    def _metric(self, call: Call) -> Answer:
        """Metric alarms as moto describes them, and when each came into its state, which another definition leaves."""
        answer = self._moto.answer(call)
        if answer.status != HTTPStatus.OK:
            return answer
        found = json.loads(answer.body)
        for one in found["MetricAlarms"]:
            one["StateTransitionedTimestamp"] = self._alarms.transitioned(one["AlarmName"])
        return json_answer(found)

    def _family(self, member: str, name: str) -> dict[str, Any]:
        """Children by name, ARN and state; parents by name and ARN alone."""
        composites = self._alarms.composites
        children = member == "ChildrenOfAlarmName"
        own = composites.alarms.get(name)
        names = (own.rule.names if own else ()) if children else composites.parents(name)
        prefix = f"arn:aws:cloudwatch:{self._world.region}:{self._world.account}:alarm:"
        shown: dict[str, list[dict[str, Any]]] = {"MetricAlarms": [], "CompositeAlarms": []}
        for one in names:
            state = {"StateValue": self._alarms.state(one)} if children else {}
            kind = "CompositeAlarms" if one in composites.alarms else "MetricAlarms"
            shown[kind].append({"AlarmName": one, "AlarmArn": f"{prefix}{one}", **state})
        return shown


def _fits(one: Composite, request: dict[str, Any]) -> bool:
    names, prefix, state = (request.get(member) for member in ("AlarmNames", "AlarmNamePrefix", "StateValue"))
    return (
        (not names or one.name in names) and one.name.startswith(prefix or "") and state in (None, one.state["value"])
    )


def _shown(one: Composite) -> dict[str, Any]:
    state = one.state
    given = {member: one.request[member] for member in ("AlarmDescription", *SUPPRESSOR) if member in one.request}
    suppressed = {f"A{key[1:]}": value for key, value in state.items() if key.startswith("actionsSuppressed")}
    return {
        "AlarmName": one.name,
        "AlarmArn": one.arn,
        "AlarmRule": one.request["AlarmRule"],
        "ActionsEnabled": one.enabled,
        **{member: one.request.get(member, []) for member in ACTIONS},
        **given,
        "AlarmConfigurationUpdatedTimestamp": one.updated,
        "StateValue": state["value"],
        "StateReason": state["reason"],
        **({"StateReasonData": state["reasonData"]} if "reasonData" in state else {}),
        "StateTransitionedTimestamp": one.transitioned,
        "StateUpdatedTimestamp": one.transitioned,
        **suppressed,
    }
