"""What becomes of AWS's errors: by code, never by text."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from leeway.aws.translate import translated
from leeway.errors import Conflict, LeewayError, Missing, Rejected, Throttled, Unavailable

pytestmark = pytest.mark.unit


def client_error(code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "words that change"}, **more}, "Do")  # type: ignore[typeddict-item]


def cancelled(*reasons: str) -> ClientError:
    return client_error("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(client_error("NoSuchKey"), Missing, id="no-object"),
        pytest.param(client_error("ResourceNotFound"), Missing, id="no-pipeline"),
        pytest.param(client_error("ConditionalCheckFailedException"), Conflict, id="fence"),
        pytest.param(cancelled("None", "ConditionalCheckFailed"), Conflict, id="fence-in-a-transaction"),
        pytest.param(cancelled("ThrottlingError", "ConditionalCheckFailed"), Conflict, id="fence-and-throttled"),
        pytest.param(cancelled("None", "ThrottlingError"), Throttled, id="throttled-in-a-transaction"),
        pytest.param(cancelled("TransactionConflict", "None"), Unavailable, id="two-transactions"),
        pytest.param(cancelled(), Unavailable, id="cancelled-without-reasons"),
        pytest.param(client_error("ThrottlingException"), Throttled, id="throttled"),
        pytest.param(client_error("ProvisionedThroughputExceededException"), Throttled, id="throttled-table"),
        pytest.param(client_error("SlowDown"), Throttled, id="throttled-s3"),
        pytest.param(client_error("ValidationException"), Rejected, id="refused"),
        pytest.param(ParamValidationError(report="x"), Rejected, id="refused-by-the-sdk"),
        pytest.param(client_error("AccessDeniedException"), Unavailable, id="no-permission-yet"),
        pytest.param(client_error("ResourceLimitExceeded"), Unavailable, id="limit"),
        pytest.param(client_error("Brand-New"), Unavailable, id="unknown"),
        pytest.param(EndpointConnectionError(endpoint_url="https://x"), Unavailable, id="no-connection"),
    ],
)
def test_kinds(error: Exception, kind: type[LeewayError]) -> None:
    with pytest.raises(LeewayError) as raised, translated("Doing"):
        raise error
    assert type(raised.value) is kind
    assert str(raised.value).startswith("Doing: ")
    assert raised.value.__cause__ is error


def test_a_fence_in_a_transaction_says_which_of_its_writes_it_was() -> None:
    with pytest.raises(Conflict) as raised, translated("Doing"):
        raise cancelled("None", "ConditionalCheckFailed", "ThrottlingError", "ConditionalCheckFailed")
    assert raised.value.places == (1, 3)
