"""SQS's errors: the shape in the body, and in a header the code of the older protocol, which clients show."""

from __future__ import annotations

from typing import Any

from localaws.errors import AwsError
from localaws.wire import Answer, json_answer

_SERVICE, _GENERAL = "com.amazonaws.sqs#", "com.amazon.coral.service#"
_OLD = "AWS.SimpleQueueService."
# By the older code: the shape and the HTTP status.
_SHAPES = {
    f"{_OLD}NonExistentQueue": ("QueueDoesNotExist", 400),
    "QueueAlreadyExists": ("QueueNameExists", 400),
    f"{_OLD}PurgeQueueInProgress": ("PurgeQueueInProgress", 403),
    f"{_OLD}QueueDeletedRecently": ("QueueDeletedRecently", 400),
    f"{_OLD}EmptyBatchRequest": ("EmptyBatchRequest", 400),
    f"{_OLD}TooManyEntriesInBatchRequest": ("TooManyEntriesInBatchRequest", 400),
    f"{_OLD}BatchEntryIdsNotDistinct": ("BatchEntryIdsNotDistinct", 400),
    f"{_OLD}InvalidBatchEntryId": ("InvalidBatchEntryId", 400),
    f"{_OLD}BatchRequestTooLong": ("BatchRequestTooLong", 400),
    f"{_OLD}MessageNotInflight": ("MessageNotInflight", 400),
    "ReceiptHandleIsInvalid": ("ReceiptHandleIsInvalid", 404),
    "InvalidAttributeName": ("InvalidAttributeName", 400),
    "InvalidAttributeValue": ("InvalidAttributeValue", 400),
    "InvalidMessageContents": ("InvalidMessageContents", 400),
    "OverLimit": ("OverLimit", 403),
}
_UNMODELLED = {
    "InvalidParameterValue": "InvalidParameterValueException",
    "MissingParameter": "MissingRequiredParameterException",
}


def refusal(code: str, message: str) -> AwsError:
    """An error by the code that clients show."""
    return AwsError(code, message, _SHAPES[code][1] if code in _SHAPES else 400)


def old(name: str, message: str) -> AwsError:
    """An error whose code has the older protocol's long name."""
    return refusal(f"{_OLD}{name}", message)


def no_queue() -> AwsError:
    """A queue that is not there."""
    return old("NonExistentQueue", "The specified queue does not exist.")


def invalid(value: Any, parameter: str, reason: str) -> AwsError:
    """A value that a parameter may not have."""
    return refusal("InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def missing(parameter: str) -> AwsError:
    """A parameter that was not given."""
    return refusal("MissingParameter", f"The request must contain the parameter {parameter}.")


def shown(error: AwsError) -> Answer | None:
    """The answer for an error of ours; None for one that is not."""
    if error.code in _SHAPES:
        kind = _SERVICE + _SHAPES[error.code][0]
    elif error.code in _UNMODELLED:
        kind = _GENERAL + _UNMODELLED[error.code]
    else:
        return None
    return json_answer(
        {"__type": kind, "message": error.message}, error.status, [("x-amzn-query-error", f"{error.code};Sender")]
    )
