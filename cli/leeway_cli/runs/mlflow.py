"""Runs for MLflow, by its REST API (https://mlflow.org/docs/latest/rest-api.html): no client, and twice is as once."""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from leeway.errors import Missing, Rejected, Unavailable
from leeway.retraining.run import BROKEN, VERDICTS
from leeway_cli.exits import Usage
from leeway_cli.runs.report import Report

API = "/api/2.0/mlflow/"
TIMEOUT = 30.0
MARK = "leeway.run"  # the tag by which a run is found again
PARAM, TAG = 6000, 8000  # characters of a value


@dataclass(frozen=True, kw_only=True)
class Server:
    """A tracking server; credentials come from MLflow's variables MLFLOW_TRACKING_TOKEN, _USERNAME, _PASSWORD."""

    uri: str

    def get(self, path: str, **query: str) -> Any:
        """A call that reads; raises Missing for what the server does not know."""
        return self._answer(urllib.request.Request(f"{self._url(path)}?{urlencode(query)}"))  # noqa: S310  http(s) alone, see `server`

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """A call that writes, or searches."""
        request = urllib.request.Request(self._url(path), json.dumps(body).encode(), method="POST")  # noqa: S310  as above
        request.add_header("Content-Type", "application/json")
        return self._answer(request)

    def _url(self, path: str) -> str:
        return self.uri.rstrip("/") + API + path

    def _answer(self, request: urllib.request.Request) -> Any:
        if secret := _authorization():
            request.add_header("Authorization", secret)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310  as above
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            kind = Missing if error.code == 404 else Rejected if error.code < 500 else Unavailable
            raise kind(f"MLflow at {self.uri} answers {error.code}: {_said(error)}") from error
        except (OSError, ValueError) as error:
            raise Unavailable(f"MLflow at {self.uri} does not answer: {error}") from error


def server(uri: str) -> Server:
    """The server at an address; raises Usage for any other scheme than http and https."""
    if urlsplit(uri).scheme not in {"http", "https"} or not urlsplit(uri).hostname:
        raise Usage(f"--mlflow wants the address of a tracking server, as http://localhost:5000; this is {uri}")
    return Server(uri=uri)


def export(to: Server, experiment: str, reports: Sequence[Report]) -> int:
    """Send runs, the oldest first; the number of those that the server had not."""
    number, fresh = _experiment(to, experiment), 0
    for report in reversed(reports):
        found = _find(to, number, report)
        fresh += found is None
        _log(to, found or _create(to, number, report), report)
    return fresh


def _experiment(to: Server, name: str) -> str:
    try:
        return str(to.get("experiments/get-by-name", experiment_name=name)["experiment"]["experiment_id"])
    except Missing:
        return str(to.post("experiments/create", {"name": name})["experiment_id"])


def _find(to: Server, experiment: str, report: Report) -> str | None:
    wanted = {"experiment_ids": [experiment], "filter": f"tags.`{MARK}` = '{report.run.id}'", "max_results": 1}
    runs = to.post("runs/search", wanted).get("runs", [])
    return str(runs[0]["info"]["run_id"]) if runs else None


def _create(to: Server, experiment: str, report: Report) -> str:
    body = {
        "experiment_id": experiment,
        "run_name": report.run.id[:8],
        "start_time": _milliseconds(report.run.created),
        "tags": [{"key": MARK, "value": report.run.id}],
    }
    return str(to.post("runs/create", body)["run"]["info"]["run_id"])


def _log(to: Server, identifier: str, report: Report) -> None:
    to.post("runs/log-batch", {"run_id": identifier, **content(report)})
    ended = {"end_time": _milliseconds(report.run.ended)} if report.run.ended else {}
    to.post("runs/update", {"run_id": identifier, "status": status(report), **ended})


def status(report: Report) -> str:
    """A refused challenger is a training that ended well."""
    return {BROKEN: "FAILED"}.get(report.run.status, "FINISHED" if report.run.status in VERDICTS else "RUNNING")


def content(report: Report) -> dict[str, list[dict[str, Any]]]:
    """Parameters, metrics and tags; the champion's metrics are named for it; what does not exist is left out."""
    run, recipe = report.run, report.recipe
    champion = {f"champion_{name}": value for name, value in report.champion.items()}
    at = _milliseconds(run.ended or run.created)
    tags = {
        MARK: run.id,
        "leeway.model": run.model,
        "leeway.status": run.status,
        "leeway.trigger": run.trigger,
        "leeway.why": run.why,
        "leeway.manifest": run.manifest,
        "leeway.image": recipe.image,
        "leeway.code": recipe.code,
        "leeway.spec": recipe.spec,
        "leeway.version": str(report.version or ""),
    }
    return {
        "params": [{"key": key, "value": value[:PARAM]} for key, value in recipe.hyperparameters.items()],
        "metrics": [
            {"key": key, "value": value, "timestamp": at, "step": 0}
            for key, value in {**report.challenger, **champion}.items()
            if value is not None
        ],
        "tags": [{"key": key, "value": value[:TAG]} for key, value in tags.items() if value],
    }


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _authorization() -> str:
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return f"Bearer {token}"
    user, password = (os.environ.get(f"MLFLOW_TRACKING_{name}", "") for name in ("USERNAME", "PASSWORD"))
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""


def _said(error: urllib.error.HTTPError) -> str:
    text = error.read(2000).decode("utf-8", "replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:200] or error.reason
