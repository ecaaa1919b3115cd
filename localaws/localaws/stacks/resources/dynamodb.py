"""Tables."""

from typing import Any

from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY

_KEYS = [{"AttributeName": ANY, "KeyType": ANY}]
_PROJECTION = {"ProjectionType": ANY, "NonKeyAttributes": ANY}
_TABLE = {
    "TableName": ANY,
    "AttributeDefinitions": [{"AttributeName": ANY, "AttributeType": ANY}],
    "KeySchema": _KEYS,
    "BillingMode": ANY,
    "GlobalSecondaryIndexes": [{"IndexName": ANY, "KeySchema": _KEYS, "Projection": _PROJECTION}],
    "TimeToLiveSpecification": {"AttributeName": ANY, "Enabled": ANY},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": ANY, "RecoveryPeriodInDays": ANY},
    "SSESpecification": {"SSEEnabled": ANY, "SSEType": ANY, "KMSMasterKeyId": ANY},
    "DeletionProtectionEnabled": ANY,
    "Tags": ANY,
}
# What cannot change without a new table.
_FIXED = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes", "Tags")


def _table(request: Request) -> Made:
    client, wanted = request.client("dynamodb"), request.properties
    name = request.name("TableName")
    if request.before is None:
        arguments = {key: wanted[key] for key in _FIXED if key in wanted}
        if "SSESpecification" in wanted:
            sse = wanted["SSESpecification"]
            arguments["SSESpecification"] = {_SSE.get(key, key): value for key, value in sse.items()}
        protection = {"DeletionProtectionEnabled": _boolean(wanted.get("DeletionProtectionEnabled", False))}
        client.create_table(TableName=name, **arguments, **protection)
        if "TimeToLiveSpecification" in wanted:
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in wanted:
        recovery = wanted["PointInTimeRecoverySpecification"]
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    return Made(id=name, attributes={"Arn": request.arn("dynamodb", f"table/{name}")})


_SSE = {"SSEEnabled": "Enabled"}


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"


KINDS = {
    "AWS::DynamoDB::Table": Kind(
        schema=_TABLE,
        make=_table,
        fixed=("TableName", "KeySchema", "GlobalSecondaryIndexes", "TimeToLiveSpecification"),
    )
}
