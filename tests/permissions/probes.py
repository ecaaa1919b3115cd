"""What nobody may do, or only those named: each is asked of every role, and both evaluators have to deny it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.permissions.recording import Asked, Keys
from tests.template.stack import ACCOUNT, REGION

INBOX, ARTIFACTS = (f"arn:aws:s3:::leeway-{name}-{ACCOUNT}-{REGION}" for name in ("inbox", "artifacts"))
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One deed; `may` names the roles that are to be allowed it."""

    name: str
    action: str
    resource: str
    keys: Keys = ()
    may: frozenset[str] = NOBODY

    def of(self, roles: list[str]) -> Iterator[Asked]:
        """The deed, asked of each role that may not do it."""
        for role in roles:
            if role not in self.may:
                yield self.by(role)

    def by(self, role: str) -> Asked:
        """The deed of one role."""
        return Asked(role=role, action=self.action, resource=self.resource, keys=self.keys)


def _arn(service: str, rest: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{REGION}:{account}:{rest}"


def _status(status: str) -> Keys:
    return (("sagemaker:modelapprovalstatus", (status,)),)


def _probe(name: str, action: str, resource: str, keys: Keys = (), *may: str) -> Probe:
    return Probe(name=name, action=action, resource=resource, keys=keys, may=frozenset(f"leeway-{one}" for one in may))


PACKAGE = _arn("sagemaker", "model-package/leeway-churn/1")
PROBES = [
    # A model is brought to serve by several, and by none of them alone.
    _probe("approve", "sagemaker:UpdateModelPackage", PACKAGE, _status("Approved"), "approver"),
    _probe("reject", "sagemaker:UpdateModelPackage", PACKAGE, _status("Rejected")),
    _probe("set back", "sagemaker:UpdateModelPackage", PACKAGE, _status("PendingManualApproval")),
    _probe("register as approved", "sagemaker:CreateModelPackage", PACKAGE[:-2], _status("Approved")),
    _probe("register without a status", "sagemaker:CreateModelPackage", PACKAGE[:-2]),
    _probe("rewrite what was judged", "s3:PutObject", f"{ARTIFACTS}/runs/churn/1/model.tar.gz", (), "pipeline"),
    _probe("delete what was judged", "s3:DeleteObject", f"{ARTIFACTS}/runs/churn/1/model.tar.gz"),
    _probe("rewrite the serving code", "s3:PutObject", f"{ARTIFACTS}/code/serve/sourcedir.tar.gz"),
    _probe("rewrite a specification", "s3:PutObject", f"{ARTIFACTS}/specs/churn/1.json"),
    _probe("rewrite a champion", "s3:PutObject", f"{ARTIFACTS}/champions/none"),
    _probe("change a pipeline", "sagemaker:UpdatePipeline", _arn("sagemaker", "pipeline/leeway-churn")),
    _probe("start a pipeline", "sagemaker:StartPipelineExecution", _arn("sagemaker", "pipeline/leeway-churn"), (),
           "retrainer"),
    _probe("update an endpoint", "sagemaker:UpdateEndpoint", _arn("sagemaker", "endpoint/leeway-churn"), (), "rollout"),
    _probe("delete an endpoint", "sagemaker:DeleteEndpoint", _arn("sagemaker", "endpoint/leeway-churn")),
    _probe("delete a version", "sagemaker:DeleteModelPackage", PACKAGE),
    # What belongs to another stack or account.
    _probe("another's endpoint", "sagemaker:UpdateEndpoint", _arn("sagemaker", "endpoint/other")),
    _probe("another's version", "sagemaker:DescribeModelPackage", _arn("sagemaker", "model-package/other/1")),
    _probe("another's pipeline", "sagemaker:StartPipelineExecution", _arn("sagemaker", "pipeline/other")),
    _probe("another's table", "dynamodb:GetItem", _arn("dynamodb", "table/other")),
    _probe("another's bucket", "s3:GetObject", "arn:aws:s3:::other/key"),
    _probe("another's queue", "sqs:SendMessage", _arn("sqs", "other")),
    _probe("another account's bus", "events:PutEvents", _arn("events", "event-bus/leeway", "999999999999")),
    _probe("another's log", "logs:PutLogEvents", _arn("logs", "log-group:/aws/lambda/other:log-stream:a")),
    # What people wrote, and what was collected of them.
    _probe("write into the inbox", "s3:PutObject", f"{INBOX}/inbox/churn/x.csv"),
    _probe("delete from the inbox", "s3:DeleteObject", f"{INBOX}/inbox/churn/x.csv"),
    _probe("forge labels", "s3:PutObject", f"{INBOX}/labels/churn/2026/03/02/09/x.csv"),
    _probe("forge captures", "s3:PutObject", f"{ARTIFACTS}/capture/leeway-churn/a/x.jsonl", (), "predict", "serving"),
    _probe("read captures", "s3:GetObject", f"{ARTIFACTS}/capture/leeway-churn/a/x.jsonl", (), "monitor", "rollout",
           "monitoring"),
    _probe("list the inbox", "s3:ListBucket", INBOX, (("s3:prefix", ("inbox/",)),), "data-arrival", "monitor"),
    _probe("delete the table", "dynamodb:DeleteTable", _arn("dynamodb", "table/leeway")),
    _probe("scan the table", "dynamodb:Scan", _arn("dynamodb", "table/leeway")),
    _probe("empty a queue", "sqs:PurgeQueue", _arn("sqs", "leeway-retrainer.fifo")),
    _probe("turn off the kill switch", "ssm:PutParameter", _arn("ssm", "parameter/leeway/kill-switch")),
    # More power than was given.
    _probe("hand on another role", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/leeway-approver",
           (("iam:passedtoservice", ("sagemaker.amazonaws.com",)),)),
    _probe("hand on the serving role to another service", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/leeway-serving",
           (("iam:passedtoservice", ("lambda.amazonaws.com",)),)),
    _probe("hand on the pipeline's role to another service", "iam:PassRole",
           f"arn:aws:iam::{ACCOUNT}:role/leeway-pipeline", (("iam:passedtoservice", ("lambda.amazonaws.com",)),)),
    _probe("hand on the monitoring role to another service", "iam:PassRole",
           f"arn:aws:iam::{ACCOUNT}:role/leeway-monitoring", (("iam:passedtoservice", ("lambda.amazonaws.com",)),)),
    _probe("take on the approver's role", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/leeway-approver"),
    _probe("change one's own policy", "iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/leeway-tick"),
    _probe("detach the denial", "iam:DetachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/leeway-rollout"),
    _probe("a role for another service", "iam:CreateServiceLinkedRole",
           f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
           "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
           (("iam:awsservicename", ("ecs.application-autoscaling.amazonaws.com",)),)),
    _probe("change a function's code", "lambda:UpdateFunctionCode", _arn("lambda", "function:leeway-approver")),
    _probe("call a function", "lambda:InvokeFunction", _arn("lambda", "function:leeway-approver")),
    _probe("open a bucket", "s3:PutBucketPolicy", ARTIFACTS),
    _probe("stop versioning", "s3:PutBucketVersioning", ARTIFACTS),
    _probe("silence an alarm", "cloudwatch:DeleteAlarms", _arn("cloudwatch", "alarm:leeway-churn-drift")),
    _probe("forge another's metric", "cloudwatch:PutMetricData", "*", (("cloudwatch:namespace", ("AWS/Lambda",)),)),
    _probe("forge a drift", "cloudwatch:PutMetricData", "*", (("cloudwatch:namespace", ("Leeway",)),), "monitor"),
]  # fmt: skip
