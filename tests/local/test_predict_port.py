"""Predictions over a real port: deadlines that run out, `leeway predict`, and a client that only signs."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from leeway.bootstrap import App
from leeway.predict import known
from leeway.predict.act import predict
from leeway.settings import Settings
from leeway_cli.exits import Exit
from localaws import Lifecycle, LocalAWS
from localaws.server import Server
from tests.local.predicted import NAME, Predicted, unit_at
from tests.local.real_clients import BIN, ROOT

pytestmark = pytest.mark.local
OF_CHALLENGER, OF_CHAMPION = unit_at(50, inside=True), unit_at(50, inside=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predicted]:
    """Served in real time, with a champion and a challenger."""
    server = Server("127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with LocalAWS(
        state_dir=tmp_path_factory.mktemp("aws"),
        image_python=ROOT / ".venv-image/bin/python",
        address=f"http://127.0.0.1:{server.server_port}",
        lifecycle=Lifecycle(endpoint_create=0.1),
    ) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        found = Predicted(aws=aws)
        found.serve(share=50)
        server.application = aws.front
        aws.pump.start()
        yield found
        server.shutdown()
        server.server_close()


@pytest.fixture
def env(model: Predicted, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What points a process at it, this one too."""
    found = {
        "AWS_ENDPOINT_URL": model.aws.world.address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it would keep these credentials
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return dict(os.environ) | found | {"NO_COLOR": "1"}


def asked(model: Predicted, unit: str, deadline: int) -> tuple[float, int, dict[str, Any]]:
    """Seconds, status and answer of a request, by clients with sockets."""
    app = App(Settings.from_env(model.aws.lambda_.find("leeway-predict").environment))
    document = {"model": "churn", "unit_id": unit, "rows": [["month", 3]], "deadline_ms": deadline}
    event = {"rawPath": "/", "requestContext": {"http": {"method": "POST"}}, "body": json.dumps(document)}
    known.forget()
    predict(app, event, model.aws.now(), "warm", time.monotonic)  # clients are made, specification and endpoint read
    begun = time.perf_counter()
    answer = predict(app, event, model.aws.now(), "one", time.monotonic)
    return time.perf_counter() - begun, answer["statusCode"], json.loads(answer["body"])


def test_a_challenger_that_is_slow_leaves_the_champion_its_time(model: Predicted, env: dict[str, str]) -> None:
    model.aws.faults.hosting.slow(NAME, milliseconds=4000, variant="b")
    try:
        seconds, status, said = asked(model, OF_CHALLENGER, 2000)
    finally:
        model.aws.faults.hosting.clear()
    assert (status, said["version"], said["fell_back"]) == (200, 1, True)
    assert 0.8 < seconds < 2.5


def test_a_champion_that_is_slow_is_told_before_the_deadline(model: Predicted, env: dict[str, str]) -> None:
    model.aws.faults.hosting.slow(NAME, milliseconds=4000, variant="a")
    try:
        seconds, status, said = asked(model, OF_CHAMPION, 2000)
    finally:
        model.aws.faults.hosting.clear()
    assert (status, said["code"]) == (504, "timeout")
    assert 1.5 < seconds < 2.5  # and not four; a busy machine may be late


def test_a_plain_signed_request_is_answered_and_an_unsigned_one_is_not(model: Predicted, env: dict[str, str]) -> None:
    body = json.dumps({"unit_id": OF_CHALLENGER, "rows": [["month", 3]]})
    request = AWSRequest("POST", f"{model.url()}churn", {"Content-Type": "application/json"}, body)
    assert URLLib3Session().send(request.prepare()).status_code == 403
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    assert (answer.status_code, json.loads(answer.content)["scores"]) == (200, [2.003])


def leeway(env: dict[str, str], *words: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "leeway"), "predict", *map(str, words)]
    return subprocess.run(command, env=env, input=text, capture_output=True, text=True, check=False, timeout=60)


def test_leeway_predict_scores_a_file_as_an_application_does(
    model: Predicted, env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(f"id,plan,tenure,churned\n{OF_CHALLENGER},month,3,0\n{OF_CHAMPION},year,4,1\n")
    done = leeway(env, "churn", file, "--unit", OF_CHAMPION)
    assert (done.returncode, done.stdout) == (Exit.OK, "1.003\n1.004\n"), done.stderr
    assert done.stderr == "answered by version 1\n"

    done = leeway(env, "churn", file, "--unit-column", "id", "--json")
    answers = json.loads(done.stdout)
    assert [(answer["version"], answer["scores"]) for answer in answers] == [(2, [2.003]), (1, [1.004])]

    done = leeway(env, "churn", "-", "--unit", OF_CHALLENGER, text='[["month", 5], {"plan": "year", "tenure": 6}]')
    assert (done.returncode, done.stdout) == (Exit.OK, "2.005\n2.006\n")


def test_leeway_predict_says_what_is_wrong(model: Predicted, env: dict[str, str], tmp_path: Path) -> None:
    wrong = '[{"plan": "decade", "tenure": 1}]'
    cases = [
        (("churn", "-"), wrong, Exit.REFUSED, 'row 1: plan is "decade"; allowed: one of month, year'),
        (("nobody", "-"), '[["month", 3]]', Exit.REFUSED, "there is no model nobody"),
        (("churn", "-"), "{", Exit.USAGE, "this is not JSON"),
    ]
    for words, text, code, reason in cases:
        done = leeway(env, *words, text=text)
        assert (done.returncode, done.stdout) == (code, "")
        assert reason in done.stderr
        assert "Traceback" not in done.stderr
    model.aws.faults.hosting.fail(NAME, share=1, status=500)
    try:
        done = leeway(env, "churn", "-", text='[["month", 3]]')
    finally:
        model.aws.faults.hosting.clear()
    assert done.returncode == Exit.UNAVAILABLE
    assert "no prediction (500): fault injected" in done.stderr
