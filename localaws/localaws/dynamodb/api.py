"""DynamoDB's operations, by its JSON protocol."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from localaws.dynamodb import definitions, reading, writing
from localaws.dynamodb.expressions import LEGACY, Expressions
from localaws.dynamodb.tables import Settings, Table, Tables
from localaws.dynamodb.values import checked, invalid
from localaws.errors import AwsError, NotEmulated
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

Request = Mapping[str, Any]
_WRITES = {"PutItem": writing.put, "UpdateItem": writing.update, "DeleteItem": writing.delete}
_TELLS = {"ReturnConsumedCapacity": "NONE", "ReturnItemCollectionMetrics": "NONE"}
_CREATES = {
    "TableName",
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "Tags",
}
_UPDATES = {
    "TableName",
    "AttributeDefinitions",
    "GlobalSecondaryIndexUpdates",
    "BillingMode",
    "DeletionProtectionEnabled",
}


class TablesApi:
    """One operation a method; each runs under the lock."""

    def __init__(self, world: World, tables: Tables) -> None:
        self._world, self._tables = world, tables
        self._transactions = writing.Transactions(world, tables)
        self._operations: dict[str, Callable[[Request], Any]] = {
            "CreateTable": self._create,
            "DescribeTable": lambda request: {"Table": definitions.described(self._known(request))},
            "DeleteTable": self._delete,
            "ListTables": self._list,
            "UpdateTable": self._update,
            "DescribeTimeToLive": lambda request: {"TimeToLiveDescription": self._find(request).settings.lives},
            "UpdateTimeToLive": self._set_lives,
            "DescribeContinuousBackups": lambda request: self._backups(self._find(request)),
            "UpdateContinuousBackups": self._set_backups,
            "GetItem": self._get,
            "Query": lambda request: reading.query(self._find(request), request),
            "Scan": self._scan,
            "BatchWriteItem": lambda request: writing.batch(tables, request),
            "TransactWriteItems": self._transactions.write,
        }

    def handle(self, call: Call) -> Answer:
        """One call."""
        request = call.json()
        for name, value in request.items():
            if name in LEGACY or _TELLS.get(name, value) != value:
                raise NotEmulated(f"{name} of dynamodb:{call.operation}")
        with self._world.lock:
            if call.operation in _WRITES:
                return self._write(call.operation, request)
            if call.operation not in self._operations:
                raise NotEmulated(f"dynamodb:{call.operation}")
            answer = self._operations[call.operation](request)
        return answer if isinstance(answer, Answer) else json_answer(answer)

    def _find(self, request: Request) -> Table:
        return self._tables.find(request.get("TableName", ""))

    def _known(self, request: Request) -> Table:
        name = str(request.get("TableName", "")).rsplit("/", 1)[-1]
        if name not in self._tables.tables:
            raise AwsError("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
        return self._tables.tables[name]

    def _write(self, operation: str, request: Request) -> Answer:
        wanted = request.get("ReturnValues", "NONE")
        if operation != "UpdateItem" and wanted not in {"NONE", "ALL_OLD"}:
            raise invalid("Return values set to invalid value")
        try:
            change = _WRITES[operation](self._find(request), request)
        except writing.ConditionFailed as failed:
            return writing.answered(failed, request)
        change.happen()
        return json_answer(writing.returned(change, wanted))

    def _get(self, request: Request) -> Any:
        table, expressions = self._find(request), Expressions(request)
        found = table.items.get(table.key({name: checked(value) for name, value in request["Key"].items()}))
        return {} if found is None else {"Item": expressions.projected(found)}

    def _scan(self, request: Request) -> Any:
        if "Segment" in request or "TotalSegments" in request:
            raise NotEmulated("a scan in segments")
        return reading.scan(self._find(request), request)

    def _create(self, request: Request) -> Any:
        _only(request, _CREATES, "CreateTable")
        name = definitions.checked_name(request["TableName"])
        if name in self._tables.tables:
            raise AwsError("ResourceInUseException", f"Table already exists: {name}")
        about = definitions.defined(request) | {
            "TableArn": self._arn(name),
            "TableId": str(uuid.uuid4()),
            "CreationDateTime": self._world.now().timestamp(),
        }
        self._tables.restore(name, Settings(about=about, tags=request.get("Tags") or []))
        return {"TableDescription": definitions.described(self._tables.tables[name])}

    def _arn(self, name: str) -> str:
        return f"arn:aws:dynamodb:{self._world.region}:{self._world.account}:table/{name}"

    def _delete(self, request: Request) -> Any:
        table = self._known(request)
        if table.settings.about["DeletionProtectionEnabled"]:
            raise invalid(
                "Resource cannot be deleted as it is currently protected against deletion. "
                "Disable deletion protection first."
            )
        self._tables.delete(table)
        return {"TableDescription": definitions.described(table) | {"TableStatus": "DELETING"}}

    def _list(self, request: Request) -> Any:
        first, limit = request.get("ExclusiveStartTableName", ""), request.get("Limit", 100)
        names = sorted(name for name in self._tables.tables if name > first)
        more = {"LastEvaluatedTableName": names[limit - 1]} if len(names) > limit else {}
        return {"TableNames": names[:limit]} | more

    def _update(self, request: Request) -> Any:
        _only(request, _UPDATES, "UpdateTable")
        table = self._known(request)
        table.settings.about |= definitions.changed(table.settings.about, request)
        table.indexed()
        self._tables.tables.touch(table.name)
        return {"TableDescription": definitions.described(table)}

    def _set_lives(self, request: Request) -> Any:
        table, wanted = self._find(request), request["TimeToLiveSpecification"]
        enabled = table.settings.lives["TimeToLiveStatus"] == "ENABLED"
        if enabled == wanted["Enabled"]:
            raise invalid(f"TimeToLive is already {'enabled' if enabled else 'disabled'}")
        lives = {"TimeToLiveStatus": "ENABLED", "AttributeName": wanted["AttributeName"]}
        table.settings.lives = lives if wanted["Enabled"] else {"TimeToLiveStatus": "DISABLED"}
        self._tables.tables.touch(table.name)
        return {"TimeToLiveSpecification": wanted}

    def _set_backups(self, request: Request) -> Any:
        table = self._find(request)
        table.settings.recovery = dict(request["PointInTimeRecoverySpecification"])
        self._tables.tables.touch(table.name)
        return self._backups(table)

    def _backups(self, table: Table) -> Any:
        recovery = table.settings.recovery
        on = str(recovery["PointInTimeRecoveryEnabled"]).lower() == "true"
        about: dict[str, Any] = {"PointInTimeRecoveryStatus": "ENABLED" if on else "DISABLED"}
        if on:
            moments = ("EarliestRestorableDateTime", "LatestRestorableDateTime")
            about |= dict.fromkeys(moments, self._world.now().timestamp())
            about["RecoveryPeriodInDays"] = int(recovery.get("RecoveryPeriodInDays", 35))
        described = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": about}
        return {"ContinuousBackupsDescription": described}


def _only(request: Request, known: set[str], operation: str) -> None:
    if unknown := request.keys() - known:
        raise NotEmulated(f"{', '.join(sorted(unknown))} of dynamodb:{operation}")
