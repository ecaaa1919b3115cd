"""Topics, subscriptions and topic policies."""

import json

from localaws.errors import DeployRefused
from localaws.iam.documents import resource_policy
from localaws.stacks.documents import checked
from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY

_PROTOCOLS = ("sqs", "email", "email-json", "sms")


def _topic(request: Request) -> Made:
    sns, wanted = request.client("sns"), request.properties
    name = request.name("TopicName")
    names = {"DisplayName": "DisplayName", "KmsMasterKeyId": "KmsMasterKeyId", "SignatureVersion": "SignatureVersion"}
    attributes = {theirs: str(wanted[ours]) for ours, theirs in names.items() if ours in wanted}
    arn = sns.create_topic(Name=name, Attributes=attributes, Tags=wanted.get("Tags", []))["TopicArn"]
    return Made(id=arn, attributes={"TopicArn": arn, "TopicName": name})


def _subscription(request: Request) -> Made:
    wanted = request.properties
    if wanted["Protocol"] not in _PROTOCOLS:
        allowed = ", ".join(_PROTOCOLS)
        raise DeployRefused([f"{request.logical_id}: protocol {wanted['Protocol']} is not emulated, only {allowed}"])
    documents: tuple[str, ...] = ("FilterPolicy", "RedrivePolicy")
    attributes = {key: json.dumps(wanted[key]) for key in documents if key in wanted}
    if "RawMessageDelivery" in wanted:
        attributes["RawMessageDelivery"] = str(wanted["RawMessageDelivery"]).lower()
    answer = request.client("sns").subscribe(
        TopicArn=wanted["TopicArn"],
        Protocol=wanted["Protocol"],
        Endpoint=wanted["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    return Made(id=answer["SubscriptionArn"], attributes={"Arn": answer["SubscriptionArn"]})


def _topic_policy(request: Request) -> Made:
    policy = checked(request, request.properties["PolicyDocument"], resource_policy)
    for topic in request.properties["Topics"]:
        request.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    return Made(id=request.name("Id"))


_TOPIC = {"TopicName": ANY, "DisplayName": ANY, "KmsMasterKeyId": ANY, "SignatureVersion": ANY, "Tags": ANY}
_SUBSCRIPTION = {
    "TopicArn": ANY,
    "Protocol": ANY,
    "Endpoint": ANY,
    "FilterPolicy": ANY,
    "RawMessageDelivery": ANY,
    "RedrivePolicy": ANY,
}
KINDS = {
    "AWS::SNS::Topic": Kind(schema=_TOPIC, make=_topic, fixed=("TopicName",)),
    "AWS::SNS::Subscription": Kind(
        schema=_SUBSCRIPTION, make=_subscription, fixed=("TopicArn", "Protocol", "Endpoint")
    ),
    "AWS::SNS::TopicPolicy": Kind(schema={"Topics": ANY, "PolicyDocument": ANY}, make=_topic_policy),
}
