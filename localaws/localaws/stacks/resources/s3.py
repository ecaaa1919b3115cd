"""Buckets and their policies."""

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
        s3.create_bucket(Bucket=name)
    if "VersioningConfiguration" in wanted:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=wanted["VersioningConfiguration"])
    if "PublicAccessBlockConfiguration" in wanted:
        block = {key: _boolean(value) for key, value in wanted["PublicAccessBlockConfiguration"].items()}
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    if "OwnershipControls" in wanted:
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=wanted["OwnershipControls"])
    if "BucketEncryption" in wanted:
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=_encryption(wanted["BucketEncryption"]))
    if "LifecycleConfiguration" in wanted:
        rules = [_lifecycle(rule) for rule in wanted["LifecycleConfiguration"]["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=_notification(wanted))
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
    return {"Rules": rules}


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


def _bucket_policy(request: Request) -> Made:
    bucket = request.properties["Bucket"]
    policy = checked(request, request.properties["PolicyDocument"], resource_policy)
    request.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    return Made(id=bucket)


KINDS = {
    "AWS::S3::Bucket": Kind(schema=_BUCKET, make=_bucket, fixed=("BucketName",)),
    "AWS::S3::BucketPolicy": Kind(schema={"Bucket": ANY, "PolicyDocument": ANY}, make=_bucket_policy),
}
