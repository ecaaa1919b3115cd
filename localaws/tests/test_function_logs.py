"""CloudWatch Logs of functions: what they print, at the time at which they ran; other groups are moto's."""

import logging
import sys
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS
from localaws.functions.output import captured

pytestmark = pytest.mark.contract


def group_of(aws: LocalAWS, name: str) -> str:
    return aws.lambda_.functions[name].log_group or f"/aws/lambda/{name}"


def invoked(aws: LocalAWS, name: str, payload: bytes = b"{}") -> None:
    aws.client("lambda").invoke(FunctionName=name, Payload=payload)


def test_what_a_function_prints_is_told_at_the_time_of_its_run(aws: LocalAWS) -> None:
    name = next(iter(aws.lambda_.functions))
    logs, request = aws.client("logs"), {"logGroupName": group_of(aws, name), "logStreamName": "localaws"}
    invoked(aws, name)
    first = aws.now()
    aws.advance(timedelta(hours=1))
    before = len(logs.get_log_events(**request)["events"])
    invoked(aws, name)

    events: list[dict[str, Any]] = logs.get_log_events(**request, startFromHead=True)["events"]
    assert events[0]["message"].startswith("START RequestId")
    assert abs(events[0]["timestamp"] / 1000 - first.timestamp()) < 60
    assert events[-1]["message"].startswith("REPORT RequestId")
    assert abs(events[-1]["timestamp"] / 1000 - aws.now().timestamp()) < 60
    since = int((aws.now() - timedelta(minutes=5)).timestamp() * 1000)
    new = logs.filter_log_events(logGroupName=request["logGroupName"], startTime=since)["events"]
    assert [event["message"] for event in new] == [event["message"] for event in events[before:]]


def test_a_function_that_never_ran_has_no_stream(aws: LocalAWS) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("logs").describe_log_streams(logGroupName="/aws/lambda/nobody")


def test_groups_that_a_client_makes_hold_no_streams(bare: LocalAWS) -> None:
    logs = bare.client("logs")
    logs.create_log_group(logGroupName="/own")
    assert logs.describe_log_streams(logGroupName="/own")["logStreams"] == []
    with pytest.raises(ClientError, match="logs:CreateLogStream is not emulated"):
        logs.create_log_stream(logGroupName="/own", logStreamName="s")


def test_a_logger_that_was_made_outside_of_a_run_writes_to_the_log_of_the_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = logging.getLogger("made outside")
    logger.addHandler(handler := logging.StreamHandler(sys.stdout))
    try:
        with captured() as output:
            logger.error("inside")
        logger.error("outside")
    finally:
        logger.removeHandler(handler)
    assert output.getvalue() == "inside\n"
    assert capsys.readouterr().out == "outside\n"
