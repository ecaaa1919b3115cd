"""DescribeLogStreams, GetLogEvents and FilterLogEvents of jobs and functions; every other call is moto's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from localaws.errors import AwsError, NotEmulated
from localaws.logs.pattern import matcher
from localaws.logs.streams import Event, Stream, Streams
from localaws.wire import Answer, Call, json_answer

Request = dict[str, Any]
MOST_STREAMS, MOST_EVENTS = 50, 10_000


class LogsApi:
    """Answers for the groups that are ours."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def handle(self, call: Call) -> Answer | None:
        """One call; None is left to moto, which knows the groups that a client made."""
        operations: dict[str, Callable[[Request, list[Stream]], Any]] = {
            "DescribeLogStreams": _describe,
            "GetLogEvents": _get,
            "FilterLogEvents": _filter,
        }
        if call.operation not in operations:
            return None
        request = call.json()
        if request.get("unmask"):
            raise NotEmulated(f"unmask of logs:{call.operation}")
        found = self._streams.of(_group(request))
        return None if found is None else json_answer(operations[call.operation](request, found))


def _group(request: Request) -> str:
    """By name, or by an ARN `…:log-group:<name>`, with or without `:*` after it."""
    given = str(request.get("logGroupName") or request.get("logGroupIdentifier") or "")
    return given.partition(":log-group:")[2].removesuffix(":*") if given.startswith("arn:") else given


def _describe(request: Request, streams: list[Stream]) -> Any:
    prefix, order = request.get("logStreamNamePrefix", ""), request.get("orderBy", "LogStreamName")
    if prefix and order == "LastEventTime":
        raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    found = [_described(stream) for stream in streams if stream.name.startswith(prefix)]
    if order == "LastEventTime":
        found.sort(key=lambda stream: stream.get("lastEventTimestamp", 0))
    if request.get("descending"):
        found.reverse()
    shown, more = _page(found, request, request.get("limit", MOST_STREAMS))
    return {"logStreams": shown, **more}


def _described(stream: Stream) -> dict[str, Any]:
    events = stream.events()
    body = {"logStreamName": stream.name, "creationTime": stream.created, "storedBytes": 0}
    if not events:
        return body
    last = events[-1].at
    return body | {"firstEventTimestamp": events[0].at, "lastEventTimestamp": last, "lastIngestionTime": last}


def _get(request: Request, streams: list[Stream]) -> Any:
    """Tokens are positions; one that comes back as it was given says that there is no more in that direction."""
    events = list(_within(_named(request["logStreamName"], streams).events(), request))
    limit, token = request.get("limit", MOST_EVENTS), str(request.get("nextToken") or "")
    if token[:2] not in {"", "f/", "b/"} or (token and not token[2:].isdecimal()):
        raise _invalid("The specified nextToken is invalid.")
    if token.startswith("f/") or (not token and request.get("startFromHead")):
        start = int(token[2:] or 0)
        end = min(start + limit, len(events))
    else:
        end = min(int(token[2:]), len(events)) if token else len(events)
        start = max(0, end - limit)
    return {
        "events": [_told(event) for event in events[start:end]],
        "nextForwardToken": f"f/{max(start, end):056d}",
        "nextBackwardToken": f"b/{start:056d}",
    }


def _filter(request: Request, streams: list[Stream]) -> Any:
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix", "")
    if names and prefix:
        raise _invalid("Cannot filter by both logStreamNames and logStreamNamePrefix.")
    chosen = (
        [_named(name, streams) for name in names]
        if names
        else [stream for stream in streams if stream.name.startswith(prefix)]
    )
    fits = matcher(request.get("filterPattern", ""))
    events = [event for stream in chosen for event in _within(stream.events(), request) if fits(event.message)]
    events.sort(key=lambda event: (event.at, event.stream, event.place), reverse=request.get("startFromHead") is False)
    shown, more = _page(events, request, request.get("limit", MOST_EVENTS))
    told = [_told(event) | {"logStreamName": event.stream, "eventId": _identity(event)} for event in shown]
    return {"events": told, "searchedLogStreams": [], **more}


def _named(name: str, streams: list[Stream]) -> Stream:
    for stream in streams:
        if stream.name == name:
            return stream
    raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")


def _within(events: Iterable[Event], request: Request) -> Iterable[Event]:
    start, end = request.get("startTime", 0), request.get("endTime")
    return (event for event in events if start <= event.at and (end is None or event.at < end))


def _page[T](found: list[T], request: Request, limit: int) -> tuple[list[T], dict[str, str]]:
    token = str(request.get("nextToken") or "0")
    if not token.isdecimal():
        raise _invalid("The specified nextToken is invalid.")
    end = int(token) + limit
    return found[int(token) : end], {"nextToken": str(end)} if end < len(found) else {}


def _told(event: Event) -> dict[str, Any]:
    return {"timestamp": event.at, "message": event.message, "ingestionTime": event.at}


def _identity(event: Event) -> str:
    return f"{event.at:014d}{sum(event.stream.encode()):012d}{event.place:030d}"


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
