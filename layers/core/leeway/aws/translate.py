"""Turns botocore's errors into Leeway's, by code and never by text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from leeway.errors import Conflict, LeewayError, Missing, Rejected, Throttled, Unavailable

MISSING = {
    "NoSuchKey",
    "NoSuchVersion",
    "NoSuchBucket",
    "404",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "ObjectNotFoundException",
}
CONFLICT = {"ConditionalCheckFailedException", "TransactionConflictException", "PreconditionFailed", "412"}
REJECTED = {"ValidationException", "ValidationError", "InvalidParameterValue", "InvalidRequest", "InvalidRange", "416"}

# botocore.retries.standard.ThrottledRetryableChecker, without those that are refusals
THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottlingError",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "SlowDown",
}


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise Missing, Conflict, Rejected, Throttled or Unavailable for what fails inside; `doing` names the call.

    An unknown code is Unavailable, and so retried: a permission that is granted later, a limit that is raised.
    """
    try:
        yield
    except ClientError as error:
        raise _translated(doing, error) from error
    except ParamValidationError as error:
        raise Rejected(f"{doing}: {error}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{doing}: {error}") from error


def _translated(doing: str, error: ClientError) -> LeewayError:
    code = error.response["Error"].get("Code", "")
    kind, said = _kind(code, error), f"{doing}: {code}: {error.response['Error'].get('Message', '')}"
    if kind is not Conflict:
        return kind(said)
    return Conflict(said, tuple(n for n, reason in enumerate(_reasons(error)) if reason == "ConditionalCheckFailed"))


def _reasons(error: ClientError) -> list[str]:
    """Why each write of a cancelled transaction was not made, "None" for those that could have been."""
    return [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]


def _kind(code: str, error: ClientError) -> type[LeewayError]:
    if code == "TransactionCanceledException":
        reasons = set(_reasons(error)) - {"None"}
        if "ConditionalCheckFailed" in reasons:
            return Conflict
        return Throttled if reasons and reasons <= THROTTLED else Unavailable
    kinds = ((Missing, MISSING), (Conflict, CONFLICT), (Rejected, REJECTED), (Throttled, THROTTLED))
    return next((kind for kind, codes in kinds if code in codes), Unavailable)
