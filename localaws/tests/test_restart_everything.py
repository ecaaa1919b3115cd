"""Random calls to all services, killed and started again in between: every description and list answers as before."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract

ROLE = "arn:aws:iam::123456789012:role/any"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
Step = Callable[["Person"], Any]


class Person:
    """Who makes the calls; names are few, so that calls meet what earlier ones left."""

    def __init__(self, aws: LocalAWS, seed: int) -> None:
        self.random = random.Random(seed)
        self.aws = aws
        self._clients: dict[str, Any] = {}

    def client(self, name: str) -> Any:
        """One for each service; they outlive an AWS."""
        if name not in self._clients:
            self._clients[name] = self.aws.client(name)
        return self._clients[name]

    def name(self, kind: str) -> str:
        """One of three."""
        return f"{kind}{self.random.randrange(3)}"

    def do(self) -> None:
        """One call; a refusal is an answer as any other."""
        with suppress(ClientError):
            self.random.choice(STEPS)(self)

    def queue(self) -> str:
        fifo = self.random.random() < 0.5
        return f"https://sqs.us-east-1.amazonaws.com/123456789012/{self.name('q')}{'.fifo' if fifo else ''}"


def _queue(one: Person) -> None:
    name = one.queue().rsplit("/", 1)[-1]
    one.client("sqs").create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if "." in name else {})


def _send(one: Person) -> None:
    url, body = one.queue(), str(one.random.randrange(20))
    more = {"MessageGroupId": one.name("g"), "MessageDeduplicationId": body} if ".fifo" in url else {}
    one.client("sqs").send_message(QueueUrl=url, MessageBody=body, **more)


def _receive(one: Person) -> None:
    url = one.queue()
    for message in one.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=3).get("Messages", []):
        if one.random.random() < 0.5:
            one.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _table(one: Person) -> None:
    one.client("dynamodb").create_table(
        TableName=one.name("table"),
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def _key(one: Person) -> dict[str, Any]:
    return {"pk": {"S": one.name("p")}, "sk": {"N": str(one.random.randrange(3))}}


def _transact(one: Person) -> None:
    table = one.name("table")
    one.client("dynamodb").transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": _key(one) | {"x": {"L": [{"S": "a"}]}}}},
            {"Delete": {"TableName": table, "Key": _key(one)}},
        ]
    )


def _update(one: Person) -> None:
    one.client("dynamodb").update_item(
        TableName=one.name("table"),
        Key=_key(one),
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def _package(one: Person) -> None:
    containers = [{"Image": IMAGE, "ModelDataUrl": "s3://b/model.tar.gz"}]
    one.client("sagemaker").create_model_package(
        ModelPackageGroupName=one.name("group"),
        InferenceSpecification={
            "Containers": containers,
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )


def _approve(one: Person) -> None:
    packages = list(one.aws.sagemaker.registry.packages)
    if packages:
        one.client("sagemaker").update_model_package(
            ModelPackageArn=one.random.choice(packages), ModelApprovalStatus="Approved"
        )


def _pipeline(one: Person) -> None:
    steps = [{"Name": "Fail", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]
    text = json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps})
    one.client("sagemaker").create_pipeline(PipelineName=one.name("pipe"), PipelineDefinition=text, RoleArn=ROLE)


def _job(one: Person) -> None:
    one.client("sagemaker").create_processing_job(
        ProcessingJobName=f"job{one.random.randrange(100)}",
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["true"]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        RoleArn=ROLE,
    )


def _alarm(one: Person) -> None:
    one.client("cloudwatch").put_metric_alarm(
        AlarmName=one.name("alarm"),
        Namespace="own",
        MetricName=one.name("m"),
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=3.0,
        ComparisonOperator="GreaterThanThreshold",
    )


def _measure(one: Person) -> None:
    data = [{"MetricName": one.name("m"), "Value": float(one.random.randrange(6))}]
    one.client("cloudwatch").put_metric_data(Namespace="own", MetricData=data)


def _subscribe(one: Person) -> None:
    topic = one.client("sns").create_topic(Name=one.name("topic"))["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:123456789012:{one.name('q')}"
    one.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)


def _rule(one: Person) -> None:
    pattern = json.dumps({"source": [one.name("s")]})
    one.client("events").put_rule(Name=one.name("rule"), EventPattern=pattern)


def _role(one: Person) -> None:
    one.client("iam").create_role(RoleName=one.name("role"), AssumeRolePolicyDocument=TRUST)


STEPS: list[Step] = [
    _queue,
    _send,
    _send,
    _receive,
    _receive,
    lambda one: one.client("sqs").purge_queue(QueueUrl=one.queue()),
    lambda one: one.client("sqs").delete_queue(QueueUrl=one.queue()) if one.random.random() < 0.2 else None,
    lambda one: one.client("sqs").tag_queue(QueueUrl=one.queue(), Tags={one.name("k"): one.name("v")}),
    _table,
    _update,
    _update,
    _transact,
    lambda one: one.client("dynamodb").delete_item(TableName=one.name("table"), Key=_key(one)),
    lambda one: one.client("dynamodb").delete_table(TableName=one.name("table")) if one.random.random() < 0.2 else None,
    lambda one: one.client("sagemaker").create_model_package_group(ModelPackageGroupName=one.name("group")),
    lambda one: one.client("sagemaker").delete_model_package_group(ModelPackageGroupName=one.name("group")),
    _package,
    _package,
    _approve,
    _pipeline,
    lambda one: one.client("sagemaker").start_pipeline_execution(PipelineName=one.name("pipe")),
    lambda one: one.client("sagemaker").delete_pipeline(PipelineName=one.name("pipe")),
    _job,
    _alarm,
    _measure,
    _measure,
    lambda one: one.client("cloudwatch").delete_alarms(AlarmNames=[one.name("alarm")]),
    lambda one: one.client("ssm").put_parameter(Name=one.name("p"), Value="x", Type="String", Overwrite=True),
    lambda one: one.client("ssm").delete_parameter(Name=one.name("p")),
    _subscribe,
    lambda one: one.client("sns").delete_topic(TopicArn=f"arn:aws:sns:us-east-1:123456789012:{one.name('topic')}"),
    _rule,
    lambda one: one.client("events").delete_rule(Name=one.name("rule")),
    _role,
    lambda one: one.client("iam").delete_role(RoleName=one.name("role")),
    lambda one: one.client("logs").create_log_group(logGroupName=one.name("log")),
    lambda one: one.client("events").put_events(Entries=[{"Source": one.name("s"), "DetailType": "t", "Detail": "{}"}]),
    lambda one: one.aws.settle(),
    lambda one: one.aws.advance(timedelta(seconds=one.random.randrange(90))),
]


def told(one: Person) -> dict[str, Any]:
    """All that can be listed and described, and what is planned."""
    sqs, dynamodb, sagemaker = one.client("sqs"), one.client("dynamodb"), one.client("sagemaker")
    cloudwatch, sns = one.client("cloudwatch"), one.client("sns")
    found: dict[str, Any] = {
        "queues": {
            url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            | sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
            for url in sqs.list_queues().get("QueueUrls", [])
        },
        "messages": {name: list(queue.messages.values()) for name, queue in one.aws.queues.queues.items()},
        "tables": {
            name: (
                dynamodb.describe_table(TableName=name)["Table"],
                sorted(map(str, dynamodb.scan(TableName=name)["Items"])),
            )
            for name in dynamodb.list_tables()["TableNames"]
        },
        "groups": sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"],
        "packages": [
            sagemaker.describe_model_package(ModelPackageName=arn) for arn in one.aws.sagemaker.registry.packages
        ],
        "pipelines": sagemaker.list_pipelines()["PipelineSummaries"],
        "executions": [
            (
                sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn),
                sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"],
            )
            for arn in one.aws.sagemaker.pipelines.executions
        ],
        "jobs": sagemaker.list_processing_jobs()["ProcessingJobSummaries"],
        "alarms": cloudwatch.describe_alarms()["MetricAlarms"],
        "metrics": cloudwatch.list_metrics()["Metrics"],
        "data": [str(vars(datum)) for datum in one.aws._moto.backend("monitoring").metric_data],
        "parameters": one.client("ssm").describe_parameters()["Parameters"],
        "topics": (sns.list_topics()["Topics"], sns.list_subscriptions()["Subscriptions"]),
        "rules": one.client("events").list_rules()["Rules"],
        "roles": one.client("iam").list_roles()["Roles"],
        "logs": one.client("logs").describe_log_groups()["logGroups"],
        "planned": sorted(label for item in one.aws.world.agenda.kept.values() for label in [item.label]),
    }
    return {name: json.loads(json.dumps(value, default=_plain)) for name, value in found.items()}


def _plain(value: Any) -> Any:
    return vars(value) if hasattr(value, "__dict__") else str(value)


def _without_answers(told_: Any) -> Any:
    """Without what every answer has of its own."""
    if isinstance(told_, dict):
        return {name: _without_answers(value) for name, value in told_.items() if name != "ResponseMetadata"}
    return [_without_answers(value) for value in told_] if isinstance(told_, list) else told_


@pytest.mark.parametrize("seed", range(6))
def test_all_that_was_acknowledged_is_there_again(killed: Any, seed: int) -> None:
    one = Person(killed.aws, seed)
    for _ in range(4):
        for _ in range(40):
            one.do()
        before = _without_answers(told(one))
        one.aws = killed.kill()
        after = _without_answers(told(one))
        for name, value in before.items():
            assert after[name] == value, name
    one.aws.settle()
