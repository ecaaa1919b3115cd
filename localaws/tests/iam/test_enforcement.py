"""Calls with a function's credentials: what its role does not allow fails, in the words of each service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS, Mode

pytestmark = pytest.mark.contract

FUNCTION, ROLE = "worker", "worker"
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    "Version": "2012-10-17",
}
TEMPLATE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: worker
      AssumeRolePolicyDocument: TRUST
  Function:
    Type: AWS::Lambda::Function
    Properties:
      {FunctionName: worker, Runtime: python3.13, Handler: app.do, Role: !GetAtt Role.Arn, Code: {ZipFile: ""}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: box}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: line}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: rows
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: author, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: author
          KeySchema: [{AttributeName: author, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
"""


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A function that nobody allows anything; its clients act by its role."""

    aws: LocalAWS

    def allow(self, *actions: str, resource: str | list[str] = "*", effect: str = "Allow", name: str = "own") -> None:
        statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.aws.client("iam").put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=document)

    def client(self, service: str) -> Any:
        return self.aws.client(service, function=FUNCTION)

    @property
    def url(self) -> str:
        return str(self.aws.client("sqs").get_queue_url(QueueName="line")["QueueUrl"])


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAWS]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "template.yaml").write_text(TEMPLATE.replace("TRUST", json.dumps(TRUST)))
    with LocalAWS(state_dir=folder / "state") as aws:
        aws.deploy(folder / "template.yaml", stack="guarded")
        yield aws


@pytest.fixture
def worker(guarded: LocalAWS) -> Worker:
    """Its role and the bucket as they were at first."""
    iam, s3 = guarded.client("iam"), guarded.client("s3")
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        iam.delete_role_policy(RoleName=ROLE, PolicyName=name)
    for policy in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=policy["PolicyArn"])
    s3.delete_bucket_policy(Bucket="box")
    s3.put_object(Bucket="box", Key="in/a", Body=b"a")
    return Worker(aws=guarded)


def refused(call: Any, /, **request: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


ITEM = {"pk": {"S": "a"}}
SESSION = "arn:aws:sts::123456789012:assumed-role/worker/worker"


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code", "status", "told"),
    [
        pytest.param(
            "s3",
            "get_object",
            {"Bucket": "box", "Key": "in/a"},
            "AccessDenied",
            403,
            'perform: s3:GetObject on resource: "arn:aws:s3:::box/in/a" because no identity-based policy allows the '
            "s3:GetObject action",
            id="s3",
        ),
        pytest.param(
            "dynamodb",
            "get_item",
            {"TableName": "rows", "Key": ITEM},
            "AccessDeniedException",
            400,
            "perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/rows because no "
            "identity-based policy allows the dynamodb:GetItem action",
            id="dynamodb",
        ),
        pytest.param(
            "sqs",
            "send_message",
            {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/line", "MessageBody": "a"},
            "AccessDenied",
            403,
            "perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:123456789012:line because no identity-based "
            "policy allows the sqs:sendmessage action",
            id="sqs",
        ),
        pytest.param(
            "sns",
            "publish",
            {"TopicArn": "arn:aws:sns:us-east-1:123456789012:news", "Message": "a"},
            "AuthorizationError",
            403,
            "perform: SNS:Publish on resource: arn:aws:sns:us-east-1:123456789012:news because no identity-based "
            "policy allows the SNS:Publish action",
            id="sns",
        ),
        pytest.param(
            "events",
            "put_events",
            {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]},
            "AccessDeniedException",
            400,
            "perform: events:PutEvents on resource: arn:aws:events:us-east-1:123456789012:event-bus/default because",
            id="events",
        ),
        pytest.param(
            "ssm",
            "get_parameter",
            {"Name": "/a/b"},
            "AccessDeniedException",
            400,
            "perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/a/b because",
            id="ssm",
        ),
        pytest.param(
            "sagemaker",
            "list_endpoints",
            {},
            "AccessDeniedException",
            400,
            "perform: sagemaker:ListEndpoints on resource: * because",
            id="sagemaker",
        ),
        pytest.param(
            "sagemaker-runtime",
            "invoke_endpoint",
            {"EndpointName": "Mine", "Body": b"1"},
            "AccessDeniedException",
            403,
            "perform: sagemaker:InvokeEndpoint on resource: arn:aws:sagemaker:us-east-1:123456789012:endpoint/mine",
            id="runtime",
        ),
        pytest.param(
            "lambda",
            "invoke",
            {"FunctionName": "worker"},
            "AccessDeniedException",
            403,
            "perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:worker",
            id="lambda",
        ),
        pytest.param(
            "cloudwatch",
            "put_metric_data",
            {"Namespace": "a", "MetricData": [{"MetricName": "b", "Value": 1}]},
            "AccessDenied",
            403,
            "perform: cloudwatch:PutMetricData on resource: * because",
            id="cloudwatch",
        ),
    ],
)
def test_each_service_refuses_in_its_own_words(
    worker: Worker, service: str, operation: str, request_: dict[str, Any], code: str, status: int, told: str
) -> None:
    found = refused(getattr(worker.client(service), operation), **request_)
    assert found[:2] == (code, status)
    assert f"User: {SESSION} is not authorized to {told}" in found[2]


def test_a_grant_counts_at_once_and_so_does_its_end(worker: Worker) -> None:
    read = worker.client("s3").get_object
    worker.allow("s3:GetObject", resource="arn:aws:s3:::box/in/*")
    assert read(Bucket="box", Key="in/a")["Body"].read() == b"a"
    worker.allow("s3:GetObject", resource="arn:aws:s3:::box/out/*")
    assert refused(read, Bucket="box", Key="in/a")[0] == "AccessDenied"


def test_an_attached_policy_counts_as_an_inline_one(worker: Worker) -> None:
    iam, read = worker.aws.client("iam"), worker.client("s3").get_object
    worker.allow("s3:GetObject")
    statement = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::box/in/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    arn = iam.create_policy(PolicyName="never", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=arn)
    assert "with an explicit deny in an identity-based policy" in refused(read, Bucket="box", Key="in/a")[2]
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)
    assert read(Bucket="box", Key="in/a")["Body"].read() == b"a"


def test_a_policy_of_aws_itself_can_be_attached(worker: Worker) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    worker.aws.client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=arn)
    assert worker.client("s3").get_object(Bucket="box", Key="in/a")["Body"].read() == b"a"
    assert refused(worker.client("s3").put_object, Bucket="box", Key="in/a")[0] == "AccessDenied"


def test_the_policy_of_a_resource_allows_and_denies(worker: Worker) -> None:
    s3, read = worker.aws.client("s3"), worker.client("s3").get_object
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::box/*"}
    s3.put_bucket_policy(Bucket="box", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert read(Bucket="box", Key="in/a")["Body"].read() == b"a"
    worker.allow("s3:GetObject")
    denial = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Effect": "Deny"}]})
    s3.put_bucket_policy(Bucket="box", Policy=denial)
    assert "with an explicit deny in a resource-based policy" in refused(read, Bucket="box", Key="in/a")[2]
    assert s3.get_object(Bucket="box", Key="in/a")["Body"].read() == b"a"


def test_only_who_may_list_the_bucket_learns_that_an_object_is_not_there(worker: Worker) -> None:
    s3 = worker.client("s3")
    worker.allow("s3:GetObject", "s3:PutObject")
    code, status, message = refused(s3.get_object, Bucket="box", Key="gone")
    assert (code, status) == ("AccessDenied", 403)
    assert 's3:ListBucket on resource: "arn:aws:s3:::box" because' in message
    assert refused(s3.head_object, Bucket="box", Key="gone")[:2] == ("403", 403)
    copy = {"Bucket": "box", "Key": "b", "CopySource": "box/gone"}
    assert refused(s3.copy_object, **copy)[0] == "AccessDenied"
    worker.allow("s3:ListBucket", resource="arn:aws:s3:::box", name="list")
    assert refused(s3.get_object, Bucket="box", Key="gone")[:2] == ("NoSuchKey", 404)
    assert refused(s3.head_object, Bucket="box", Key="gone")[:2] == ("404", 404)
    assert refused(s3.copy_object, **copy)[0] == "NoSuchKey"


def test_a_copy_takes_tags_along_only_with_leave(worker: Worker) -> None:
    worker.allow("s3:GetObject", "s3:PutObject")
    copy = {"Bucket": "box", "Key": "b", "CopySource": "box/in/a"}
    worker.client("s3").copy_object(**copy)
    worker.aws.client("s3").put_object_tagging(
        Bucket="box", Key="in/a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]}
    )
    assert "s3:GetObjectTagging" in refused(worker.client("s3").copy_object, **copy)[2]
    worker.client("s3").copy_object(**copy, TaggingDirective="REPLACE")
    worker.allow("s3:GetObjectTagging", "s3:PutObjectTagging", name="tags")
    worker.client("s3").copy_object(**copy)


def test_a_transaction_needs_the_action_of_each_item(worker: Worker) -> None:
    table, write = "arn:aws:dynamodb:us-east-1:123456789012:table/rows", worker.client("dynamodb").transact_write_items
    put, delete = (
        {"Put": {"TableName": "rows", "Item": ITEM}},
        {"Delete": {"TableName": "rows", "Key": {"pk": {"S": "b"}}}},
    )
    worker.allow("dynamodb:PutItem", resource=table)
    write(TransactItems=[put])
    assert "dynamodb:DeleteItem" in refused(write, TransactItems=[put, delete])[2]
    worker.allow("dynamodb:PutItem", "dynamodb:DeleteItem", resource=table)
    write(TransactItems=[put, delete])


def test_a_query_of_an_index_needs_the_index(worker: Worker) -> None:
    table, query = "arn:aws:dynamodb:us-east-1:123456789012:table/rows", worker.client("dynamodb").query
    asked: dict[str, Any] = {
        "TableName": "rows",
        "IndexName": "author",
        "KeyConditionExpression": "#by = :by",
        "ExpressionAttributeNames": {"#by": "author"},
        "ExpressionAttributeValues": {":by": {"S": "a"}},
    }
    worker.allow("dynamodb:Query", resource=table)
    assert f"{table}/index/author" in refused(query, **asked)[2]
    worker.allow("dynamodb:Query", resource=f"{table}/index/author")
    assert query(**asked)["Items"] == []


def test_a_role_is_given_only_by_who_may_pass_it(worker: Worker) -> None:
    role = "arn:aws:iam::123456789012:role/other"
    model = {"ModelName": "Mine", "ExecutionRoleArn": role, "PrimaryContainer": {"Image": "i"}}
    create = worker.client("sagemaker").create_model
    worker.allow("sagemaker:CreateModel", resource="arn:aws:sagemaker:us-east-1:123456789012:model/mine")
    assert f"iam:PassRole on resource: {role} because" in refused(create, **model)[2]


def test_the_alarms_of_a_deployment_are_asked_for_in_the_callers_name(worker: Worker) -> None:
    """SageMaker guide, "Auto-Rollback Configuration and Monitoring": cloudwatch:DescribeAlarms on each of them."""
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    request = {"EndpointName": "scores", "EndpointConfigName": "second", "DeploymentConfig": alarms}
    update = worker.client("sagemaker").update_endpoint
    worker.allow("sagemaker:UpdateEndpoint")
    alarm = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
    assert f"cloudwatch:DescribeAlarms on resource: {alarm} because" in refused(update, **request)[2]
    worker.allow("cloudwatch:DescribeAlarms", resource=alarm, name="alarms")
    assert "Could not find endpoint" in refused(update, **request)[2]


def test_who_asks_who_it_is_needs_no_leave(worker: Worker) -> None:
    assert worker.client("sts").get_caller_identity()["Account"] == worker.aws.account


def test_what_the_table_does_not_know_is_denied_by_name(worker: Worker) -> None:
    worker.allow("*")
    code, _, message = refused(worker.client("sqs").create_queue, QueueName="another")
    assert code == "AccessDenied"
    assert message == f"User: {SESSION} may not call sqs:CreateQueue: localaws/iam/needs does not say what it needs"


def test_what_the_evaluator_does_not_know_is_refused_by_name(worker: Worker) -> None:
    worker.allow("s3:GetObject", resource="arn:aws:s3:::box/${aws:username}")
    code, status, message = refused(worker.client("s3").get_object, Bucket="box", Key="in/a")
    assert (code, status) == ("NotImplemented", 501)
    assert "a policy variable (${…}) in a policy is not emulated" in message


def test_a_permissions_boundary_is_refused_by_name(worker: Worker) -> None:
    iam, boundary = worker.aws.client("iam"), {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/b"}
    assert "is not emulated" in refused(iam.put_role_permissions_boundary, RoleName=ROLE, **boundary)[2]
    bound = iam.create_role(RoleName="bound", AssumeRolePolicyDocument=json.dumps(TRUST), **boundary)["Role"]["Arn"]
    simulated = refused(
        iam.simulate_principal_policy, PolicySourceArn=bound, ActionNames=["s3:GetObject"], ResourceArns=["*"]
    )
    assert "a permissions boundary" in simulated[2]


def test_a_denied_call_is_counted_and_logged_and_changes_nothing(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    before = worker.aws.calls.count(caller=FUNCTION, operation="SendMessage")
    refused(worker.client("sqs").send_message, QueueUrl=worker.url, MessageBody="a")
    assert worker.aws.calls.count(caller=FUNCTION, operation="SendMessage") == before + 1
    assert worker.aws.calls.report()[-1]["status"] == 403
    assert [record.getMessage() for record in caplog.records if "sqs:sendmessage" in record.getMessage()]
    assert "Messages" not in worker.aws.client("sqs").receive_message(QueueUrl=worker.url)


def test_a_fault_strikes_before_anybody_is_asked(worker: Worker) -> None:
    fault = worker.aws.faults.add(service="sqs", operation="SendMessage", action=Mode.THROTTLE)
    told = refused(worker.client("sqs").send_message, QueueUrl=worker.url, MessageBody="a")[2]
    worker.aws.faults.planned.remove(fault)
    assert fault.hits
    assert "not authorized" not in told


def test_who_has_no_function_is_above_all_policies(worker: Worker) -> None:
    worker.aws.client("s3", function="somebody").put_object(Bucket="box", Key="b", Body=b"b")
