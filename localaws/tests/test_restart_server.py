"""The server killed by SIGKILL in the middle of traffic and of a pipeline, and started again on the same folder."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

pytestmark = [pytest.mark.contract, pytest.mark.story]

TEMPLATE = Path(__file__).parent / "data" / "template.yaml"
BUCKET = "keep-inbox-123456789012-us-east-1"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/keep-failures"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"


class Served:
    """A server process on a folder, which can be killed and started again."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.start()

    def start(self) -> None:
        """Start it, on another port each time."""
        command = [sys.executable, "-m", "localaws", "serve", "--port", "0", "--state", str(self.state)]
        command += ["--template", str(TEMPLATE), "--stack", "keep", "--image-python", sys.executable]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        assert "localaws ready" in self.process.stdout.readline()
        self.url = json.loads((self.state / "localaws.json").read_text())["url"]

    def kill(self) -> None:
        """Kill it as a power cut of its process would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)
        assert self.process.stdout
        self.process.stdout.close()

    def advance(self, seconds: float) -> None:
        """Move its clock on."""
        body = json.dumps({"seconds": seconds}).encode()
        with urllib.request.urlopen(f"{self.url}/_localaws/advance", data=body, timeout=120):
            pass

    def client(self, name: str) -> Any:
        """A client that does not try again."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        session: Any = boto3.Session(**keys)  # type: ignore[arg-type]
        config = Config(proxies={}, retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)
        return session.client(name, endpoint_url=self.url, config=config)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """One with the stack `keep`."""
    made = Served(tmp_path / "state")
    yield made
    made.process.terminate()
    assert made.process.wait(30) == 0
    assert made.process.stdout
    made.process.stdout.close()


def _acknowledged(call: Callable[[int], Any], stop: threading.Event, done: list[int], first: int) -> threading.Thread:
    """Call with growing numbers until it fails; `done` are those that were answered."""

    def work() -> None:
        number = first
        while not stop.is_set():
            try:
                call(number)
            except (BotoCoreError, ClientError):
                return
            done.append(number)
            number += 1

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_nothing_acknowledged_is_lost(served: Served) -> None:
    """Messages, items and objects; and each object's event reaches its function at least once."""
    sent: dict[str, list[int]] = {"sqs": [], "dynamodb": [], "s3": []}
    for turn in range(3):
        sqs, dynamodb, s3 = (served.client(name) for name in ("sqs", "dynamodb", "s3"))
        calls: dict[str, Callable[[int], Any]] = {
            "sqs": lambda number, sqs=sqs: sqs.send_message(QueueUrl=QUEUE, MessageBody=str(number)),
            "dynamodb": lambda number, dynamodb=dynamodb: dynamodb.put_item(
                TableName="keep", Item={"pk": {"S": "sent"}, "sk": {"S": str(number)}}
            ),
            "s3": lambda number, s3=s3: s3.put_object(Bucket=BUCKET, Key=f"inbox/{number}", Body=b"x"),
        }
        stop = threading.Event()
        threads = [_acknowledged(call, stop, sent[name], 1000 * turn) for name, call in calls.items()]
        time.sleep(1.5)
        served.kill()
        stop.set()
        for thread in threads:
            thread.join()
        served.start()
    assert all(len(numbers) > 20 for numbers in sent.values())
    dynamodb, s3 = served.client("dynamodb"), served.client("s3")
    assert _bodies(served.client("sqs")) >= set(map(str, sent["sqs"]))
    assert _keys(dynamodb, "sent") >= set(map(str, sent["dynamodb"]))
    keys = {f"inbox/{number}" for number in sent["s3"]}
    assert {
        one["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET) for one in page["Contents"]
    } >= keys
    served.advance(130)  # past the visibility of what a function had in its hands
    assert keys - _keys(dynamodb, "object") == set()


def _bodies(sqs: Any) -> set[str]:
    found = set()
    while messages := sqs.receive_message(QueueUrl=QUEUE, MaxNumberOfMessages=10, VisibilityTimeout=3600).get(
        "Messages"
    ):
        found |= {message["Body"] for message in messages}
    return found


def _keys(dynamodb: Any, pk: str) -> set[str]:
    pages = dynamodb.get_paginator("query").paginate(
        TableName="keep", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}
    )
    return {item["sk"]["S"] for page in pages for item in page["Items"]}


def test_a_pipeline_that_was_under_way_comes_to_its_end(served: Served, tmp_path: Path) -> None:
    """Its job is lost with its host and tried again by the step's policy; the container that was left is ended."""
    mark, trust = tmp_path / "mark", {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    iam, everything = served.client("iam"), {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust | {"Action": "sts:AssumeRole"}]})
    role = iam.create_role(RoleName="any", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_role_policy(RoleName="any", PolicyName="all", PolicyDocument=policy)
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
    arguments = {
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["sh", "-c", f"test -e {mark} || (echo $$ > {mark}; sleep 100)"],
        },
        "ProcessingResources": {"ClusterConfig": cluster},
        "RoleArn": role,
    }
    retries = [{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 1}]
    step = {"Name": "Work", "Type": "Processing", "Arguments": arguments, "RetryPolicies": retries}
    text = json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": [step]})
    sagemaker = served.client("sagemaker")
    sagemaker.create_pipeline(PipelineName="train", PipelineDefinition=text, RoleArn=role)
    arn = sagemaker.start_pipeline_execution(PipelineName="train")["PipelineExecutionArn"]
    _until(mark.exists)
    served.kill()
    (left,) = [int(file.read_text().split()[0]) for file in served.state.glob("jobs/*/algo-*.pid")]
    os.killpg(left, 0)
    served.start()
    sagemaker = served.client("sagemaker")
    _until(
        lambda: (
            sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] != "Executing"
        )
    )
    assert sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Succeeded"
    (step,) = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert step["AttemptCount"] == 2
    assert not Path(f"/proc/{left}").exists() or ") Z" in Path(f"/proc/{left}/stat").read_text()


def _until(holds: Callable[[], Any]) -> None:
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to it")


def test_a_second_server_on_the_folder_is_refused(served: Served) -> None:
    command = [sys.executable, "-m", "localaws", "serve", "--port", "0", "--state", str(served.state)]
    other = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (other.returncode, other.stdout) == (1, "")
    assert "another localaws runs on" in other.stderr
