"""Faults of calls: each prevents the effect for real, or lets it happen for real."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from localaws import Crash, LocalAWS, Mode

pytestmark = pytest.mark.contract


def _once(aws: LocalAWS, service: str) -> Any:
    session: Any = aws.session("tester")
    return session.client(service, config=Config(retries={"total_max_attempts": 1}))


@pytest.mark.parametrize(
    ("mode", "error", "happened"),
    [
        pytest.param(Mode.THROTTLE, ClientError, False, id="throttle"),
        pytest.param(Mode.SERVER_ERROR_BEFORE, ClientError, False, id="5xx-before"),
        pytest.param(Mode.CONNECTION_BEFORE, EndpointConnectionError, False, id="connection-before"),
        pytest.param(Mode.CRASH_BEFORE, Crash, False, id="crash-before"),
        pytest.param(Mode.TIMEOUT_AFTER, ReadTimeoutError, True, id="timeout-after"),
        pytest.param(Mode.SERVER_ERROR_AFTER, ClientError, True, id="5xx-after"),
        pytest.param(Mode.CRASH_AFTER, Crash, True, id="crash-after"),
    ],
)
@pytest.mark.parametrize("service", ["s3", "ssm", "sns", "cloudwatch"])
def test_each_mode(bare: LocalAWS, service: str, mode: Mode, error: type[BaseException], *, happened: bool) -> None:
    change, read = {
        "s3": (lambda c: c.create_bucket(Bucket="mine"), lambda c: c.list_buckets()["Buckets"]),
        "ssm": (
            lambda c: c.put_parameter(Name="/a", Value="b", Type="String"),
            lambda c: c.describe_parameters()["Parameters"],
        ),
        "sns": (lambda c: c.create_topic(Name="mine"), lambda c: c.list_topics()["Topics"]),
        "cloudwatch": (
            lambda c: c.put_dashboard(DashboardName="mine", DashboardBody='{"widgets": []}'),
            lambda c: c.list_dashboards()["DashboardEntries"],
        ),
    }[service]
    fault = bare.faults.add(caller="tester", action=mode, times=1)
    with pytest.raises(error):
        change(_once(bare, service))
    assert fault.hits == 1
    assert bool(read(_once(bare, service))) is happened


def test_throttling_is_recognised_and_its_pauses_cost_no_real_time(bare: LocalAWS) -> None:
    fault = bare.faults.add(operation="PutParameter", times=2)
    before, began = bare.world.clock.offset, bare.now()
    bare.client("ssm").put_parameter(Name="/a", Value="b", Type="String")
    assert fault.hits == 2
    assert bare.world.clock.offset > before
    assert bare.now() > began


def test_a_window_of_virtual_time(bare: LocalAWS) -> None:
    end = bare.now() + timedelta(minutes=10)
    bare.faults.add(service="ssm", end=end)
    with pytest.raises(ClientError, match="ThrottlingException"):
        _once(bare, "ssm").describe_parameters()
    bare.advance(timedelta(minutes=11))
    assert _once(bare, "ssm").describe_parameters()["Parameters"] == []


def test_only_the_named_caller_is_struck(bare: LocalAWS) -> None:
    bare.faults.add(caller="somebody-else")
    assert _once(bare, "s3").list_buckets()["Buckets"] == []
    bare.faults.add(lambda call: call.path == "/struck")
    with pytest.raises(ClientError, match="SlowDown"):
        _once(bare, "s3").create_bucket(Bucket="struck")
    bare.faults.clear()
    _once(bare, "s3").create_bucket(Bucket="struck")
