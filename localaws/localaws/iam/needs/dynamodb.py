"""Needs of DynamoDB: a query of an index needs the index, a transaction the action of each of its items.

Source also: DynamoDB Developer Guide, "How Amazon DynamoDB Transactions work", IAM.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localaws.iam.asked import Asked, Need, Needs

_ON_TABLE = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "DescribeTable", "DescribeTimeToLive")
_WRITES = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}


def _table(asked: Asked, name: Any) -> str:
    text = str(name)
    return asked.arn("dynamodb", text if text.startswith("arn:") else f"table/{text}")


def _on_table(operation: str) -> Needs:
    action = f"dynamodb:{operation}"
    return lambda asked: [Need(action=action, resource=_table(asked, asked.request.get("TableName", "")))]


def _on_index(operation: str) -> Needs:
    def needs(asked: Asked) -> list[Need]:
        table, index = _table(asked, asked.request.get("TableName", "")), asked.request.get("IndexName")
        return [Need(action=f"dynamodb:{operation}", resource=f"{table}/index/{index}" if index else table)]

    return needs


def _batch(operation: str) -> Needs:
    action = f"dynamodb:{operation}"
    return lambda asked: [
        Need(action=action, resource=_table(asked, name)) for name in asked.request.get("RequestItems", {})
    ]


def _transaction(asked: Asked) -> Iterator[Need]:
    for item in asked.request.get("TransactItems", []):
        for kind, body in item.items():
            yield Need(action=_WRITES[kind], resource=_table(asked, body.get("TableName", "")))


NEEDS: dict[str, Needs] = {
    **{operation: _on_table(operation) for operation in _ON_TABLE},
    "Query": _on_index("Query"),
    "Scan": _on_index("Scan"),
    "BatchWriteItem": _batch("BatchWriteItem"),
    "TransactWriteItems": _transaction,
}
