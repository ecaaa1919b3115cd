"""What clients in process do quicker than botocore comes to the same: botocore's own code is the source."""

from __future__ import annotations

import pytest
from botocore.utils import parse_timestamp

from localaws import LocalAWS
from localaws.quickclients import timestamp

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T03:21:47.000Z",
        "2026-03-02T03:21:47.123Z",
        "2026-03-02T03:21:47.123456Z",
        "2024-02-29T23:59:59Z",
        "Mon, 02 Mar 2026 03:21:47 GMT",
        "2026-03-02T03:21:47+02:00",
        "2026-03-02T03:21:47.1234567Z",
        "1772421707",
        1772421707.5,
        0,
    ],
)
def test_a_time_is_what_botocore_makes_of_it(written: object) -> None:
    """botocore.utils.parse_timestamp, that of every parser of answers."""
    ours, theirs = timestamp(written), parse_timestamp(written)
    assert (ours, ours.utcoffset()) == (theirs, theirs.utcoffset())


@pytest.mark.parametrize("written", ["2026-13-02T03:21:47Z", "Mon, 99 Mar 2026 03:21:47 GMT", "soon"])
def test_what_is_no_time_is_refused_as_botocore_refuses_it(written: str) -> None:
    for parse in (parse_timestamp, timestamp):
        with pytest.raises(ValueError, match=r"month|day|Invalid timestamp"):
            parse(written)


def test_the_clients_in_process_read_times_so(aws: LocalAWS) -> None:
    parser = aws.client("s3")._endpoint._response_parser_factory.create_parser("rest-xml")
    assert parser._timestamp_parser is timestamp
