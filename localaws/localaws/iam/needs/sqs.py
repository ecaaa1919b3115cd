"""Needs of SQS: a batch needs what its single operation does."""

from localaws.iam.asked import Asked, Need, Needs, anything

_ACTIONS = {
    "SendMessage": "SendMessage",
    "SendMessageBatch": "SendMessage",
    "ReceiveMessage": "ReceiveMessage",
    "DeleteMessage": "DeleteMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibility": "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "GetQueueAttributes": "GetQueueAttributes",
    "PurgeQueue": "PurgeQueue",
}


def _on_queue(action: str) -> Needs:
    def needs(asked: Asked) -> list[Need]:
        name = str(asked.request.get("QueueUrl", "")).rsplit("/", 1)[-1]
        return [Need(action=f"sqs:{action}", resource=asked.arn("sqs", name))]

    return needs


NEEDS: dict[str, Needs] = {
    **{operation: _on_queue(action) for operation, action in _ACTIONS.items()},
    "GetQueueUrl": lambda asked: [
        Need(action="sqs:GetQueueUrl", resource=asked.arn("sqs", str(asked.request.get("QueueName", ""))))
    ],
    "ListQueues": anything("sqs:ListQueues"),
}
