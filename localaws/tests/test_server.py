"""The embedded AWS as a process of its own: a real socket, a real boto3 client and the real `aws` command."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

pytestmark = [pytest.mark.contract, pytest.mark.story]

TEMPLATE = Path(__file__).parent / "data" / "template.yaml"
BUCKET = "keep-inbox-123456789012-us-east-1"
AWS = Path(sys.executable).parent / "aws"


@dataclass(frozen=True, kw_only=True)
class Running:
    """A server process."""

    process: subprocess.Popen[str]
    url: str
    state: Path

    def admin(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Asks an administrative path."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_localaws/{path}", data=data)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def client(self, name: str) -> Any:
        """A boto3 client over the socket."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        session: Any = boto3.Session(**keys)  # type: ignore[arg-type]
        return session.client(name, endpoint_url=self.url, config=Config(proxies={}))

    def aws(self, *arguments: str) -> str:
        """Runs the real command."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.state),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        done = subprocess.run(
            [AWS, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for this module."""
    state = tmp_path_factory.mktemp("state")
    command = [sys.executable, "-m", "localaws", "serve", "--port", "0", "--state", str(state)]
    command += ["--template", str(TEMPLATE), "--stack", "keep"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    line = process.stdout.readline()
    assert "localaws ready on http://127.0.0.1:" in line
    about = json.loads((state / "localaws.json").read_text())
    yield Running(process=process, url=about["url"], state=state)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    process.stdout.close()
    assert not (state / "localaws.json").exists()


def _wait(server: Running, key: str) -> bool:
    item = {"pk": {"S": "object"}, "sk": {"S": key}}
    for _ in range(100):
        if "Item" in server.client("dynamodb").get_item(TableName="keep", Key=item):
            return True
        time.sleep(0.1)
    return False


def test_boto3_over_the_socket_and_the_thread_pumps(server: Running) -> None:
    server.client("s3").put_object(Bucket=BUCKET, Key="inbox/a b+c%.csv", Body=b"x")
    assert _wait(server, "inbox/a b+c%.csv")


def test_an_upload_waits_for_nothing(server: Running) -> None:
    s3 = server.client("s3")
    s3.put_object(Bucket=BUCKET, Key="warm", Body=b"x")
    began = time.perf_counter()
    s3.put_object(Bucket=BUCKET, Key="warm", Body=b"x" * 1_000_000)
    assert time.perf_counter() - began < 0.9


def test_the_aws_command_copies_small_and_multipart_files(server: Running, tmp_path: Path) -> None:
    small, big, back = tmp_path / "small.csv", tmp_path / "big.bin", tmp_path / "back.bin"
    small.write_text("a,b\n1,2\n")
    big.write_bytes(os.urandom(9 * 1024 * 1024))
    server.aws("s3", "cp", "--quiet", str(small), f"s3://{BUCKET}/inbox/sm all.csv")
    server.aws("s3", "cp", "--quiet", str(big), f"s3://{BUCKET}/inbox/big.bin")
    server.aws("s3", "cp", "--quiet", f"s3://{BUCKET}/inbox/big.bin", str(back))
    assert back.read_bytes() == big.read_bytes()
    assert _wait(server, "inbox/sm all.csv")
    assert _wait(server, "inbox/big.bin")
    told = [event["detail"] for event in server.admin("events") if event["source"] == "aws.s3"]
    reasons = {detail["object"]["key"]: detail["reason"] for detail in told}
    assert reasons["inbox/sm all.csv"] == "PutObject"
    assert reasons["inbox/big.bin"] == "CompleteMultipartUpload"


def test_the_aws_command_reads_the_stack_and_invokes(server: Running, tmp_path: Path) -> None:
    query = "Stacks[0].Outputs[?OutputKey=='InboxBucket'].OutputValue"
    shown = server.aws("cloudformation", "describe-stacks", "--stack-name", "keep", "--query", query)
    assert json.loads(shown) == [BUCKET]
    out = tmp_path / "out.json"
    server.aws("lambda", "invoke", "--function-name", "keep-direct", "--payload", '{"x": 1}', str(out))
    assert json.loads(out.read_text())["got"] == {"x": 1}


def test_a_long_poll_holds_up_nobody_else(server: Running) -> None:
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="polled")["QueueUrl"]
    with subprocess.Popen(
        [
            AWS,
            "sqs",
            "receive-message",
            *("--endpoint-url", server.url, "--region", "us-east-1", "--queue-url", url, "--wait-time-seconds", "15"),
        ],
        env={"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
        stdout=subprocess.PIPE,
        text=True,
    ) as waiting:
        time.sleep(1.5)
        began = time.perf_counter()
        sqs.send_message(QueueUrl=url, MessageBody="found")
        assert time.perf_counter() - began < 1
        out, _ = waiting.communicate(timeout=10)
    assert json.loads(out)["Messages"][0]["Body"] == "found"


def test_the_administration(server: Running) -> None:
    status = server.admin("status")
    assert status["stacks"] == ["keep"]
    assert status["errors"] == []
    before = server.admin("clock")["offset_seconds"]
    after = server.admin("advance", {"seconds": 3600})["offset_seconds"]
    assert 3500 < after - before < 3700
    assert json.loads((server.state / "clock.json").read_text())["offset_seconds"] == pytest.approx(after, abs=1)
    server.admin("settle", {})
    assert "START" in server.admin("logs?function=keep-tick")["log"]
    server.client("s3").create_bucket(Bucket="administered")
    assert any(call["operation"] == "CreateBucket" for call in server.admin("calls"))


def test_traffic_over_the_port_is_answered_in_the_order_of_its_times(server: Running) -> None:
    """As `aws.traffic`, which `sagemaker/test_traffic.py` holds to single calls."""
    now = datetime.fromisoformat(server.admin("clock")["now"])
    calls = [{"at": (now + timedelta(minutes=n)).isoformat(), "body": "1\n"} for n in (7, 2)]
    found = server.admin("traffic", {"endpoint": "nowhere", "calls": calls})
    assert [(one["status"], one["code"]) for one in found["answers"]] == [(400, "ValidationError")] * 2
    assert "nowhere" in found["answers"][0]["body"]
    assert datetime.fromisoformat(found["now"]) >= now + timedelta(minutes=7)
    for wrong in ({"body": "1"}, {"at": calls[0]["at"], "body": "1", "variant": "a"}):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            server.admin("traffic", {"endpoint": "nowhere", "calls": [wrong]})


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "localaws", "serve", "--port", port, "--state", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
