"""`leeway runs` on real trainings: the list, one in full, two compared, and for MLflow."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from tests.local.person import CHURN, Person

pytestmark = [pytest.mark.local, pytest.mark.story]


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


class Tracking(BaseHTTPRequestHandler):
    """A tracking server as MLflow's REST reference has it, as far as an export goes; it keeps all in `runs`."""

    experiments: dict[str, str]
    runs: list[dict[str, Any]]

    def do_GET(self) -> None:
        name = self.path.partition("experiment_name=")[2]
        if name in self.experiments:
            self._answer(200, {"experiment": {"experiment_id": self.experiments[name]}})
        else:
            self._answer(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"no experiment {name}"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = getattr(self, self.path.removeprefix("/api/2.0/mlflow/").replace("/", "_").replace("-", "_"))(body)
        self._answer(200, answer)

    def experiments_create(self, body: dict[str, Any]) -> dict[str, Any]:
        self.experiments[body["name"]] = "7"
        return {"experiment_id": "7"}

    def runs_search(self, body: dict[str, Any]) -> dict[str, Any]:
        found = [run for run in self.runs if f"'{run['tags'][0]['value']}'" in body["filter"]]
        return {"runs": [{"info": {"run_id": str(self.runs.index(run))}} for run in found]} if found else {}

    def runs_create(self, body: dict[str, Any]) -> dict[str, Any]:
        self.runs.append(body)
        return {"run": {"info": {"run_id": str(len(self.runs) - 1)}}}

    def runs_log_batch(self, body: dict[str, Any]) -> dict[str, Any]:
        self.runs[int(body["run_id"])]["batch"] = body
        return {}

    def runs_update(self, body: dict[str, Any]) -> dict[str, Any]:
        self.runs[int(body["run_id"])]["update"] = body
        return {}

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def tracking() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    runs: list[dict[str, Any]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Tracking,), {"experiments": {}, "runs": runs}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", runs
    server.shutdown()
    server.server_close()
    thread.join()


def test_trainings_are_listed_shown_compared_and_exported(
    person: Person, tracking: tuple[str, list[dict[str, Any]]]
) -> None:
    person.apply(CHURN)
    assert "no training of churn has begun yet" in person.says("runs", "churn")
    person.customers("one.csv", 1)
    person.customers("two.csv", 2)
    person.trained()
    person.approve("churn", 1)
    person.apply(CHURN.replace("max_depth = 4", "max_depth = 3"))
    person.customers("three.csv", 3)
    person.trained()
    before = person.mutating()

    second, first = person.json("runs", "churn")["runs"]
    assert (first["status"], first["version"], first["trigger"], first["attempt"]) == ("Succeeded", 1, "data", 1)
    assert (first["files"], first["rows"], second["files"], second["rows"]) == (2, 800, 3, 1200)
    assert first["hyperparameters"]["max_depth"] == "4"
    assert first["hyperparameters"]["seed"] == "42"
    assert first["metrics"]["champion"] == {}
    assert 0.5 < second["metrics"]["champion"]["auc"] < 1
    assert second["metrics"]["challenger"].keys() == second["metrics"]["champion"].keys()

    told = person.says("runs", "churn", "--last", "1")
    assert told.startswith(second["id"][:8])
    assert "by data, 3 files, 1,200 rows" in told
    assert f"(champion {second['metrics']['champion']['auc']:.4f})" in told
    assert second["folder"] in person.says("runs", "churn", second["id"][:6])

    found = person.json("runs", "churn", "v1", second["id"])["differences"]
    assert found["parameters"] == ['max_depth: "4" → "3"']
    assert [file["name"] for file in found["data"]["added"]] == ["inbox/churn/three.csv"]
    assert found["metrics"]["auc"] == {
        name: run["metrics"]["challenger"]["auc"]
        for name, run in zip(("before", "after"), (first, second), strict=True)
    }
    assert (found["data"]["removed"], found["data"]["same"], found["code"], found["image"]) == ([], 2, [], [])
    assert "added 1, 400 rows: inbox/churn/three.csv" in person.says("runs", "churn", "v1", second["id"])

    uri, kept = tracking
    for _ in range(2):
        person.says("runs", "churn", "--mlflow", uri)
    assert [run["tags"][0]["value"] for run in kept] == [first["id"], second["id"]]
    assert {"key": "max_depth", "value": "3"} in kept[1]["batch"]["params"]
    assert "champion_auc" in [metric["key"] for metric in kept[1]["batch"]["metrics"]]
    assert kept[1]["update"]["status"] == "FINISHED"
    assert person.mutating() == before


def test_what_is_not_there_is_said_with_what_is(person: Person) -> None:
    person.apply(CHURN)
    assert "there is: churn" in person.type("runs", "chrun", code=3).stderr
    assert "churn has no run abc; the newest are: none yet" in person.type("runs", "churn", "abc", code=3).stderr
    assert "does not answer" in person.type("runs", "churn", "--mlflow", "http://127.0.0.1:9", code=4).stderr
    assert "wants the address" in person.type("runs", "churn", "--mlflow", "ftp://host/x", code=2).stderr
