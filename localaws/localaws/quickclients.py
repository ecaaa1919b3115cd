"""What takes most of a client's making, once for all: reading a service's model, and making its endpoint rules.

botocore does the first for each session and the second for each client; neither ever changes. And what takes most of
the reading of an answer: of each value in DynamoDB's items botocore asks which of ten types it has, and of each time
in a listing of S3 in which of all the forms there are it is written.
"""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime
from typing import Any

import botocore.loaders
import botocore.regions
from botocore.endpoint_provider import EndpointProvider
from botocore.parsers import JSONParser
from botocore.utils import parse_timestamp

LOADER = botocore.loaders.create_loader()
_providers: dict[int, _Provider] = {}
_regions: Any = botocore.regions


class _Provider(EndpointProvider):
    """Keeps its rules, so that their identity stays theirs."""

    def __init__(self, ruleset_data: Any, partition_data: Any, excluded_params: Any = None) -> None:
        super().__init__(ruleset_data, partition_data, excluded_params)
        self.rules = ruleset_data


def _provider(ruleset_data: Any, partition_data: Any, excluded_params: Any = None) -> _Provider:
    key = id(ruleset_data)  # of one service, of which it all depends
    if key not in _providers:
        _providers[key] = _Provider(ruleset_data, partition_data, excluded_params)
    return _providers[key]


class _Parser(JSONParser):
    """As botocore's own, but a plain attribute value is taken as it is; what may hold bytes is not."""

    def _handle_structure(self, shape: Any, value: Any) -> Any:
        if shape.name == "AttributeValue" and value is not None and value.keys() <= _PLAIN:
            return value
        return super()._handle_structure(shape, value)  # type: ignore[misc, unused-ignore]


def timestamp(value: Any) -> datetime:
    """As botocore.utils.parse_timestamp: the two forms in which S3 writes times, and all others by botocore."""
    if isinstance(value, str) and _ISO.fullmatch(value):
        return datetime.fromisoformat(value[:-1]).replace(tzinfo=UTC)
    if isinstance(value, str) and _HTTP.fullmatch(value):
        return email.utils.parsedate_to_datetime(value).replace(tzinfo=UTC)
    return parse_timestamp(value)


_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?Z", re.ASCII)
_HTTP = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)
_PLAIN = {"S", "N", "BOOL", "NULL", "SS", "NS"}
PARSER = _Parser()
_regions.EndpointProvider = _provider
