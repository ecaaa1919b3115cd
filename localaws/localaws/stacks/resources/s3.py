"""Buckets and their policies."""

from collections.abc import Callable
from typing import Any

from localaws.iam.documents import resource_policy
from localaws.stacks.documents import checked
from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY

_BUCKET = {
    "BucketName": ANY,
    "Tags": ANY,
    "VersioningConfiguration": {"Status": ANY},
    "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": ANY}},
    "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": ANY,
        "BlockPublicPolicy": ANY,
        "IgnorePublicAcls": ANY,
        "RestrictPublicBuckets": ANY,
    },
    "OwnershipControls": {"Rules": [{"ObjectOwnership": ANY}]},
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {
                "BucketKeyEnabled": ANY,
                "ServerSideEncryptionByDefault": {"SSEAlgorithm": ANY, "KMSMasterKeyID": ANY},
            }
        ]
    },
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": ANY,
                "Status": ANY,
                "Prefix": ANY,
                "ExpirationInDays": ANY,
                "ExpiredObjectDeleteMarker": ANY,
                "NoncurrentVersionExpiration": {"NoncurrentDays": ANY, "NewerNoncurrentVersions": ANY},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ANY},
            }
        ]
    },
}


def _bucket(request: Request) -> Made:
    s3, wanted = request.client("s3"), request.properties
    name = request.name("BucketName").lower()
    if request.before is None:
        s3.put_document("CreateBucket", name)
    for setting, (operation, root, content) in _DOCUMENTS.items():
        if setting in wanted:
            s3.put_document(operation, name, root, content(wanted[setting]))
    s3.put_document("PutBucketNotificationConfiguration", name, "NotificationConfiguration", _notification(wanted))
    return Made(
        id=name,
        attributes={
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{request.region}.amazonaws.com",
        },
    )


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"


def _notification(wanted: dict[str, Any]) -> dict[str, Any]:
    bridge = wanted.get("NotificationConfiguration", {}).get("EventBridgeConfiguration")
    on = bridge is not None and _boolean(bridge.get("EventBridgeEnabled", True))
    return {"EventBridgeConfiguration": {}} if on else {}


def _encryption(wanted: dict[str, Any]) -> dict[str, Any]:
    rules = []
    for rule in wanted["ServerSideEncryptionConfiguration"]:
        default = {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
        rules.append(default | {"BucketKeyEnabled": _boolean(rule.get("BucketKeyEnabled", False))})
    return {"Rule": rules}


def _lifecycle(wanted: dict[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = {"Status": wanted["Status"], "Filter": {"Prefix": wanted.get("Prefix", "")}}
    if "Id" in wanted:
        rule["ID"] = wanted["Id"]
    if "ExpirationInDays" in wanted:
        rule["Expiration"] = {"Days": int(wanted["ExpirationInDays"])}
    elif "ExpiredObjectDeleteMarker" in wanted:
        rule["Expiration"] = {"ExpiredObjectDeleteMarker": _boolean(wanted["ExpiredObjectDeleteMarker"])}
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in wanted:
            rule[name] = {key: int(value) for key, value in wanted[name].items()}
    return rule


_DOCUMENTS: dict[str, tuple[str, str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "VersioningConfiguration": ("PutBucketVersioning", "VersioningConfiguration", dict),
    "PublicAccessBlockConfiguration": (
        "PutPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        lambda wanted: {key: _boolean(value) for key, value in wanted.items()},
    ),
    "OwnershipControls": (
        "PutBucketOwnershipControls",
        "OwnershipControls",
        lambda wanted: {"Rule": wanted["Rules"]},
    ),
    "BucketEncryption": ("PutBucketEncryption", "ServerSideEncryptionConfiguration", _encryption),
    "LifecycleConfiguration": (
        "PutBucketLifecycleConfiguration",
        "LifecycleConfiguration",
        lambda wanted: {"Rule": [_lifecycle(rule) for rule in wanted["Rules"]]},
    ),
}


def _bucket_policy(request: Request) -> Made:
    bucket = request.properties["Bucket"]
    policy = checked(request, request.properties["PolicyDocument"], resource_policy)
    request.client("s3").put_policy(bucket, policy)
    return Made(id=bucket)


KINDS = {
    "AWS::S3::Bucket": Kind(schema=_BUCKET, make=_bucket, fixed=("BucketName",)),
    "AWS::S3::BucketPolicy": Kind(schema={"Bucket": ANY, "PolicyDocument": ANY}, make=_bucket_policy),
}
