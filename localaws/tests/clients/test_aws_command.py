"""What a user types at `aws`, service by service: the command line reference is the source of each."""

from __future__ import annotations

import io
import json
import os
import tarfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.contract, pytest.mark.story]
INBOX = "keep-inbox-123456789012-us-east-1"
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALLOW = {"Effect": "Allow", "Action": ["s3:*", "ecr:*", "logs:*"], "Resource": "*"}
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
SERVING = b"""
class Response:
    def __init__(self, status, response, mimetype):
        self.status, self.response, self.mimetype = status, response, mimetype

def model_fn(folder):
    return open(folder + "/name").read()

def transform_fn(model, body, content_type, accept):
    return Response(200, model + " " + body.decode(), "text/csv")
"""


def archive(name: str, body: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()


def test_s3(port: Any, tmp_path: Path) -> None:
    folder, back = tmp_path / "folder", tmp_path / "back"
    (folder / "deep").mkdir(parents=True)
    (folder / "a b+c%.csv").write_text("1")
    (folder / "deep" / "ü.csv").write_text("22")
    for path in folder.rglob("*"):  # S3 tells whole seconds, and what was written in the same one is newer than that
        os.utime(path, (0, 0))
    port.aws("s3", "mb", "s3://typed", text=True)
    port.aws("s3", "sync", str(folder), "s3://typed/up", text=True)
    listed = port.aws("s3", "ls", "--recursive", "s3://typed/up", text=True).splitlines()
    assert [line.split(None, 3)[2:] for line in listed] == [["1", "up/a b+c%.csv"], ["2", "up/deep/ü.csv"]]
    assert port.aws("s3", "sync", str(folder), "s3://typed/up", text=True) == ""
    (folder / "a b+c%.csv").unlink()
    assert "delete: s3://typed/up/a b+c%.csv" in port.aws(
        "s3", "sync", "--delete", str(folder), "s3://typed/up", text=True
    )
    port.aws("s3", "mv", "s3://typed/up/deep/ü.csv", "s3://typed/moved.csv", text=True)
    port.aws("s3", "cp", "--recursive", "s3://typed/", str(back), text=True)
    assert [path.name for path in back.iterdir()] == ["moved.csv"]
    url = port.aws("s3", "presign", "s3://typed/moved.csv", text=True)
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.read() == b"22"
    assert port.aws("s3api", "head-object", "--bucket", "typed", "--key", "moved.csv")["ContentLength"] == 2
    assert len(port.aws("s3api", "list-object-versions", "--bucket", "typed")["Versions"]) == 1
    port.aws("s3", "rb", "--force", "s3://typed", text=True)
    assert "typed" not in port.aws("s3", "ls", text=True)


def test_the_registry(port: Any, tmp_path: Path) -> None:
    request = tmp_path / "package.json"
    specification = {
        "Containers": [{"Image": XGBOOST, "ModelDataUrl": "s3://any/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    request.write_text(json.dumps({"ModelPackageGroupName": "typed", "InferenceSpecification": specification}))
    port.aws("sagemaker", "create-model-package-group", "--model-package-group-name", "typed")
    arns = [
        port.aws("sagemaker", "create-model-package", "--cli-input-json", request.as_uri())["ModelPackageArn"]
        for _ in range(3)
    ]
    approve = ["--model-approval-status", "Approved", "--approval-description", "typed"]
    port.aws("sagemaker", "update-model-package", "--model-package-arn", arns[1], *approve)
    pages = ["--model-package-group-name", "typed", "--page-size", "1", "--sort-order", "Ascending"]
    query = ["--query", "ModelPackageSummaryList[].[ModelPackageVersion,ModelApprovalStatus]"]
    pending = "PendingManualApproval"
    assert port.aws("sagemaker", "list-model-packages", *pages, *query) == [[1, pending], [2, "Approved"], [3, pending]]
    shown = port.aws("sagemaker", "describe-model-package", "--model-package-name", arns[1])
    assert (shown["ModelApprovalStatus"], shown["ApprovalDescription"]) == ("Approved", "typed")


def test_an_endpoint(port: Any, tmp_path: Path) -> None:
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (TRUST, ALLOW)]
    port.aws("iam", "create-role", "--role-name", "sagemaker", "--assume-role-policy-document", documents[0])
    policy = ["--policy-name", "work", "--policy-document", documents[1]]
    port.aws("iam", "put-role-policy", "--role-name", "sagemaker", *policy)
    port.aws("s3", "mb", "s3://served", text=True)
    for key, body in (("model.tar.gz", archive("name", b"one")), ("code.tar.gz", archive("inference.py", SERVING))):
        (tmp_path / key).write_bytes(body)
        port.aws("s3", "cp", "--quiet", str(tmp_path / key), f"s3://served/{key}", text=True)
    env = "SAGEMAKER_PROGRAM=inference.py,SAGEMAKER_SUBMIT_DIRECTORY=s3://served/code.tar.gz"
    container = f"Image={XGBOOST},ModelDataUrl=s3://served/model.tar.gz,Environment={{{env}}}"
    sagemaker = ("sagemaker",)
    port.aws(
        *sagemaker,
        "create-model",
        "--model-name",
        "typed",
        "--execution-role-arn",
        ROLE,
        "--primary-container",
        container,
    )
    variant = "VariantName=a,ModelName=typed,InstanceType=ml.m5.large,InitialInstanceCount=1"
    port.aws(*sagemaker, "create-endpoint-config", "--endpoint-config-name", "typed", "--production-variants", variant)
    port.aws(*sagemaker, "create-endpoint", "--endpoint-name", "typed", "--endpoint-config-name", "typed")
    named = ["--endpoint-name", "typed"]
    while port.aws(*sagemaker, "describe-endpoint", *named)["EndpointStatus"] == "Creating":
        time.sleep(0.5)
    port.aws(*sagemaker, "wait", "endpoint-in-service", *named)
    (tmp_path / "row.csv").write_bytes(b"1,2")
    out = tmp_path / "out.csv"
    call = ["--body", f"fileb://{tmp_path / 'row.csv'}", "--content-type", "text/csv", str(out)]
    answer = port.aws("sagemaker-runtime", "invoke-endpoint", *named, *call)
    assert (out.read_text(), answer["InvokedProductionVariant"]) == ("one 1,2", "a")
    assert [one["EndpointName"] for one in port.aws(*sagemaker, "list-endpoints")["Endpoints"]] == ["typed"]
    port.aws(*sagemaker, "delete-endpoint", *named)
    port.aws(*sagemaker, "wait", "endpoint-deleted", *named)


def test_queues_and_events(port: Any) -> None:
    """The `aws sqs` of version 1 takes its address from --endpoint-url alone."""
    sqs = ("sqs", "--endpoint-url", port.url)
    url = port.aws(*sqs, "get-queue-url", "--queue-name", "keep-topic")["QueueUrl"]
    entry = [{"Source": "keeper", "DetailType": "typed", "Detail": '{"a": 1}', "EventBusName": "keep"}]
    assert port.aws("events", "put-events", "--entries", json.dumps(entry))["FailedEntryCount"] == 0
    message = port.aws(*sqs, "receive-message", "--queue-url", url, "--wait-time-seconds", "5")["Messages"][0]
    assert json.loads(message["Body"])["detail"] == {"a": 1}
    port.aws(*sqs, "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    port.aws(*sqs, "send-message", "--queue-url", url, "--message-body", "typed")
    depth = port.aws(*sqs, "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    assert depth["ApproximateNumberOfMessages"] == "1"
    port.aws(*sqs, "purge-queue", "--queue-url", url)
    rules = port.aws("events", "list-rules", "--event-bus-name", "keep")["Rules"]
    targets = port.aws("events", "list-targets-by-rule", "--rule", rules[0]["Name"], "--event-bus-name", "keep")[
        "Targets"
    ]
    assert {target["Id"] for target in targets} == {"topic", "function"}
    topics = port.aws("sns", "list-topics")["Topics"]
    assert [topic["TopicArn"].rsplit(":", 1)[-1] for topic in topics] == ["keep-topic"]


def test_functions_and_their_logs(port: Any, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    call = ["--function-name", "keep-direct", "--payload", '{"typed": true}', "--log-type", "Tail", str(out)]
    assert port.aws("lambda", "invoke", *call)["StatusCode"] == 200
    assert json.loads(out.read_text())["got"] == {"typed": True}
    names = [function["FunctionName"] for function in port.aws("lambda", "list-functions")["Functions"]]
    assert sorted(names) == ["keep-direct", "keep-from-fifo", "keep-from-queue", "keep-tick"]
    mappings = port.aws("lambda", "list-event-source-mappings")["EventSourceMappings"]
    assert len(mappings) == 2
    group = "/aws/lambda/keep-direct"
    streams = port.aws("logs", "describe-log-streams", "--log-group-name", group)["logStreams"]
    assert len(streams) == 1
    told = port.aws("logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", "REPORT")["events"]
    assert {event["message"].split()[0] for event in told} == {"REPORT"}


def test_alarms(port: Any) -> None:
    (alarm,) = port.aws("cloudwatch", "describe-alarms")["MetricAlarms"]
    name = alarm["AlarmName"]
    port.aws(
        "cloudwatch",
        "set-alarm-state",
        "--alarm-name",
        name,
        "--state-value",
        "ALARM",
        "--state-reason",
        "typed",
        text=True,
    )
    shown = port.aws("cloudwatch", "describe-alarms", "--alarm-names", name, "--state-value", "ALARM")["MetricAlarms"]
    assert [one["StateReason"] for one in shown] == ["typed"]
    datum = "MetricName=n,Value=3,Unit=Count"
    port.aws("cloudwatch", "put-metric-data", "--namespace", "Own", "--metric-data", datum, text=True)
    listed = port.aws("cloudwatch", "list-metrics", "--namespace", "Own")["Metrics"]
    assert [metric["MetricName"] for metric in listed] == ["n"]


def test_the_stack_the_table_the_schedule_and_who_one_is(port: Any) -> None:
    stack = port.aws("cloudformation", "describe-stacks", "--stack-name", "keep")["Stacks"][0]
    assert {"OutputKey": "InboxBucket", "OutputValue": INBOX, "Description": "Drop here"} in stack["Outputs"]
    resources = port.aws("cloudformation", "list-stack-resources", "--stack-name", "keep")["StackResourceSummaries"]
    assert {"AWS::S3::Bucket", "AWS::Lambda::Function"} <= {one["ResourceType"] for one in resources}
    for number in range(3):
        item = {"pk": {"S": "typed"}, "sk": {"S": str(number)}}
        port.aws("dynamodb", "put-item", "--table-name", "keep", "--item", json.dumps(item))
    values = json.dumps({":pk": {"S": "typed"}, ":sk": {"S": "0"}})
    condition = ["--key-condition-expression", "pk = :pk AND sk > :sk", "--expression-attribute-values", values]
    assert port.aws("dynamodb", "query", "--table-name", "keep", *condition, "--page-size", "1")["Count"] == 2
    schedules = port.aws("scheduler", "list-schedules")["Schedules"]
    shown = port.aws("scheduler", "get-schedule", "--name", schedules[0]["Name"])
    assert (shown["ScheduleExpression"], shown["State"]) == ("rate(1 minute)", "ENABLED")
    assert port.aws("ssm", "get-parameter", "--name", "/keep/switch")["Parameter"]["Value"] == "off"
    assert port.aws("sts", "get-caller-identity")["Account"] == "123456789012"
    assert port.aws("iam", "list-roles")["Roles"]


def test_what_is_not_emulated_says_so(port: Any) -> None:
    """COVERAGE, first line: an error and a sentence, for the command line too."""
    with pytest.raises(AssertionError, match=r"NotImplemented.*sagemaker:ListDomains is not emulated by localaws"):
        port.aws("sagemaker", "list-domains")
