"""Queues and their policies."""

import json
from typing import Any

from localaws.iam.documents import resource_policy
from localaws.stacks.documents import checked
from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY

_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


def _queue(request: Request) -> Made:
    sqs, wanted = request.client("sqs"), request.properties
    fifo = str(wanted.get("FifoQueue", False)).lower() == "true"
    name = request.name("QueueName", ".fifo" if fifo else "")
    attributes = {key: _text(wanted[key]) for key in _ATTRIBUTES if key in wanted}
    url = f"https://sqs.{request.region}.amazonaws.com/{request.account}/{name}"
    if request.before is not None:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    else:
        tags = {tag["Key"]: tag["Value"] for tag in wanted.get("Tags", [])}
        sqs.create_queue(QueueName=name, Attributes=attributes | ({"FifoQueue": "true"} if fifo else {}), tags=tags)
    return Made(id=url, attributes={"Arn": request.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _queue_policy(request: Request) -> Made:
    policy = checked(request, request.properties["PolicyDocument"], resource_policy)
    for url in request.properties["Queues"]:
        request.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Made(id=request.name("Id"))


KINDS = {
    "AWS::SQS::Queue": Kind(
        schema={"QueueName": ANY, "FifoQueue": ANY, "Tags": ANY} | dict.fromkeys(_ATTRIBUTES, ANY),
        make=_queue,
        fixed=("QueueName", "FifoQueue"),
    ),
    "AWS::SQS::QueuePolicy": Kind(schema={"Queues": ANY, "PolicyDocument": ANY}, make=_queue_policy),
}
