"""What a table is made of: keys, indexes, capacity, as it is asked for and as it is described.

Source: DynamoDB API reference, CreateTable, UpdateTable, DescribeTable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localaws.dynamodb.tables import Table
from localaws.dynamodb.values import invalid, weight
from localaws.errors import NotEmulated

Request = Mapping[str, Any]
_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}|[a-zA-Z0-9_.-]{1,2}")
_INVALID = "One or more parameter values were invalid: "
_NOTHING = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0, "NumberOfDecreasesToday": 0}


def checked_name(name: str) -> str:
    """A table's name, if it may be one."""
    if not _NAME.fullmatch(name):
        raise invalid(f"Invalid table/index name: {name}. Table/index names must be between 3 and 255 characters long")
    return name


def defined(request: Request) -> dict[str, Any]:
    """What is kept of a definition; ValidationException where it does not hold together."""
    on_demand = request.get("BillingMode") == "PAY_PER_REQUEST"
    if on_demand == ("ProvisionedThroughput" in request):
        raise invalid(
            f"{_INVALID}"
            + (
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
                if on_demand
                else "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
            )
        )
    indexes = [_index(one) for one in request.get("GlobalSecondaryIndexes") or []]
    types = request.get("AttributeDefinitions") or []
    _check_keys(types, [request["KeySchema"], *(one["KeySchema"] for one in indexes)])
    about: dict[str, Any] = {
        "TableName": request["TableName"],
        "TableStatus": "ACTIVE",
        "AttributeDefinitions": types,
        "KeySchema": request["KeySchema"],
        "ProvisionedThroughput": _NOTHING | (request.get("ProvisionedThroughput") or {}),
        "DeletionProtectionEnabled": bool(request.get("DeletionProtectionEnabled")),
    }
    if on_demand:
        about["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
    if indexes:
        about["GlobalSecondaryIndexes"] = indexes
    sse = request.get("SSESpecification") or {}
    if str(sse.get("Enabled", "")).lower() == "true":
        described = {"Status": "ENABLED", "SSEType": "KMS"} | _key_of(sse)
        about["SSEDescription"] = described
    return about


def _key_of(sse: Request) -> dict[str, str]:
    return {"KMSMasterKeyArn": sse["KMSMasterKeyId"]} if "KMSMasterKeyId" in sse else {}


def _index(wanted: Request) -> dict[str, Any]:
    if unknown := wanted.keys() - {"IndexName", "KeySchema", "Projection", "ProvisionedThroughput"}:
        raise NotEmulated(f"{', '.join(sorted(unknown))} of an index")
    return {
        "IndexName": wanted["IndexName"],
        "KeySchema": wanted["KeySchema"],
        "Projection": wanted["Projection"],
        "IndexStatus": "ACTIVE",
        "ProvisionedThroughput": _NOTHING | (wanted.get("ProvisionedThroughput") or {}),
    }


def _check_keys(types: list[dict[str, str]], schemas: list[list[dict[str, str]]]) -> None:
    for schema in schemas:
        if [one["KeyType"] for one in schema] not in (["HASH"], ["HASH", "RANGE"]):
            raise invalid(f"{_INVALID}the first key of a schema is HASH, and the second RANGE")
    used = {one["AttributeName"] for schema in schemas for one in schema}
    given = {one["AttributeName"] for one in types}
    if used != given:
        what = (
            "Some index key attributes are not defined in"
            if used - given
            else "Some AttributeDefinitions are not used."
        )
        raise invalid(f"{_INVALID}{what} AttributeDefinitions: {sorted(given)}, keys used: {sorted(used)}")


def changed(about: Request, request: Request) -> dict[str, Any]:
    """What an update changes of what is kept."""
    indexes = list(about.get("GlobalSecondaryIndexes", []))
    types = {one["AttributeName"]: one for one in about["AttributeDefinitions"]}
    types |= {one["AttributeName"]: one for one in request.get("AttributeDefinitions") or []}
    for one in request.get("GlobalSecondaryIndexUpdates") or []:
        ((kind, body),) = one.items()
        if kind == "Update":
            raise NotEmulated("capacity of an index")
        if kind == "Create":
            indexes.append(_index(body))
        else:
            indexes = [index for index in indexes if index["IndexName"] != body["IndexName"]]
    schemas = [about["KeySchema"], *(one["KeySchema"] for one in indexes)]
    used = {one["AttributeName"] for schema in schemas for one in schema}
    kept = [one for name, one in types.items() if name in used]
    _check_keys(kept, schemas)
    found: dict[str, Any] = {"AttributeDefinitions": kept, "GlobalSecondaryIndexes": indexes}
    if "DeletionProtectionEnabled" in request:
        found["DeletionProtectionEnabled"] = bool(request["DeletionProtectionEnabled"])
    if "BillingMode" in request:
        found["BillingModeSummary"] = {"BillingMode": request["BillingMode"]}
    return found


def described(table: Table) -> dict[str, Any]:
    """The description of a table, with its size."""
    about = {name: value for name, value in table.settings.about.items() if value != []}
    items = list(table.all())
    counts = {"ItemCount": len(items), "TableSizeBytes": sum(map(weight, items))}
    if "GlobalSecondaryIndexes" in about:
        arn = about["TableArn"]
        about["GlobalSecondaryIndexes"] = [
            one | {"IndexArn": f"{arn}/index/{one['IndexName']}"} for one in about["GlobalSecondaryIndexes"]
        ]
    return about | counts
