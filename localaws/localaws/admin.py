"""What the embedded AWS says of itself, and lets be done to its clock: /_localaws/… on the same port."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from localaws.embedded import LocalAWS
from localaws.errors import LocalAwsError
from localaws.sagemaker.serving import Asked
from localaws.wire import Answer, Environ, read_body

PREFIX = "/_localaws/"
ENDPOINT_FAULTS = ("slow", "fail", "limit", "exhaust", "break_rollback", "maintain", "clear")


class Admin:
    """Answers its own paths, and hands everything else on."""

    def __init__(self, aws: LocalAWS, port: int) -> None:
        self._aws = aws
        self._port = port
        self._routes: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "status"): lambda _: self._status(),
            ("GET", "clock"): lambda _: self._clock(),
            ("POST", "advance"): self._advance,
            ("POST", "settle"): self._settle,
            ("POST", "interrupt"): self._interrupt,
            ("POST", "fail"): self._fail,
            ("POST", "monitor"): self._monitor,
            ("POST", "endpoint"): self._endpoint,
            ("POST", "traffic"): self._traffic,
            ("GET", "calls"): lambda request: aws.calls.report(int(request.get("limit", 1000))),
            ("GET", "counts"): lambda _: aws.calls.by_caller(),
            ("GET", "events"): lambda request: aws.events[-int(request.get("limit", 1000)) :],
            ("GET", "logs"): lambda request: {"log": aws.logs(str(request.get("function", "")))},
        }

    def __call__(self, environ: Environ) -> Answer:
        """One request."""
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(PREFIX):
            return self._aws.front(environ)
        route = self._routes.get((environ["REQUEST_METHOD"], path.removeprefix(PREFIX)))
        body = read_body(environ)
        if route is None:
            known = ", ".join(f"{method} {PREFIX}{name}" for method, name in self._routes)
            return _json(404, {"error": f"no such path; known: {known}"})
        try:
            query = dict(parse_qsl(str(environ.get("QUERY_STRING", ""))))
            return _json(200, route(query | json.loads(body or b"{}")))
        except (LocalAwsError, ValueError, KeyError) as exc:
            return _json(400, {"error": f"{type(exc).__name__}: {exc}"})

    def _clock(self) -> dict[str, Any]:
        return {"now": self._aws.now().isoformat(), "offset_seconds": self._aws.world.clock.offset}

    def _advance(self, request: dict[str, Any]) -> dict[str, Any]:
        self._aws.advance(timedelta(seconds=float(request["seconds"])), float(request.get("timeout", 600)))
        return self._clock()

    def _settle(self, request: dict[str, Any]) -> dict[str, Any]:
        self._aws.settle(float(request.get("timeout", 600)))
        return self._clock()

    def _interrupt(self, request: dict[str, Any]) -> dict[str, Any]:
        seconds, files = float(request.get("seconds", 0)), int(request.get("files", 0))
        return asdict(self._aws.faults.jobs.interrupt(request["job"], seconds=seconds, files=files))

    def _fail(self, request: dict[str, Any]) -> dict[str, Any]:
        times = int(request.get("times", 1))
        return asdict(self._aws.faults.jobs.fail(request["job"], request["exception"], times=times))

    def _endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """A fault of an endpoint by its name, with the names of its arguments; or none of them any more."""
        name = request.pop("fault")
        if name not in ENDPOINT_FAULTS:
            raise ValueError(f"{name} is none of {', '.join(ENDPOINT_FAULTS)}")
        try:
            planned = getattr(self._aws.faults.hosting, name)(**request)
        except TypeError as error:  # an argument that it does not have
            raise ValueError(str(error)) from error
        return {"fault": name} if planned is None else asdict(planned)

    def _traffic(self, request: dict[str, Any]) -> dict[str, Any]:
        """Calls of an endpoint at moments of virtual time, bodies as text; an answer for each, in their order."""
        try:
            calls = [
                Asked(**{**one, "at": datetime.fromisoformat(one["at"]), "body": one["body"].encode()})
                for one in request["calls"]
            ]
        except TypeError as error:  # an argument that a call does not have
            raise ValueError(str(error)) from error
        answers = self._aws.traffic(request["endpoint"], calls)
        return self._clock() | {
            "answers": [{**asdict(one), "body": one.body.decode("utf-8", "replace")} for one in answers]
        }

    def _monitor(self, request: dict[str, Any]) -> dict[str, Any]:
        self._aws.monitor_finds(**request)
        return {"schedule": request["schedule"]}

    def _status(self) -> dict[str, Any]:
        aws = self._aws
        return self._clock() | {
            "ready": True,
            "pid": os.getpid(),
            "port": self._port,
            "account": aws.account,
            "region": aws.region,
            "stacks": sorted(aws.deployer.stacks),
            "functions": sorted(aws.lambda_.functions),
            "jobs": aws.world.jobs.running,
            "planned": aws.world.agenda.labels()[:50],
            "events": len(aws.events),
            "denied": aws.denied[-20:],
            "errors": aws.pump.errors[-20:],
        }


def _json(status: int, payload: Any) -> Answer:
    body = json.dumps(payload).encode()
    return Answer(status=status, headers=[("Content-Type", "application/json")], body=body)
