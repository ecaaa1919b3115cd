"""Turns botocore's errors into Leeway's, by code and never by text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from leeway.errors import Conflict, Missing, Rejected, Unavailable

MISSING = {"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "404", "ResourceNotFound", "ResourceNotFoundException"}
CONFLICT = {"ConditionalCheckFailedException", "TransactionConflictException", "PreconditionFailed", "412"}
REJECTED = {"ValidationException", "ValidationError", "InvalidParameterValue", "InvalidRequest", "InvalidRange", "416"}


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise Missing, Conflict, Rejected or Unavailable for what fails inside; `doing` names the call in the message.

    An unknown code is Unavailable, and so retried: a permission that is granted later, a limit that is raised.
    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        raise _kind(code, error)(f"{doing}: {code}: {error.response['Error'].get('Message', '')}") from error
    except ParamValidationError as error:
        raise Rejected(f"{doing}: {error}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{doing}: {error}") from error


def _kind(code: str, error: ClientError) -> type[Missing | Conflict | Rejected | Unavailable]:
    if code == "TransactionCanceledException":
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        return Conflict if "ConditionalCheckFailed" in reasons else Unavailable
    for kind, codes in ((Missing, MISSING), (Conflict, CONFLICT), (Rejected, REJECTED)):
        if code in codes:
            return kind
    return Unavailable
