"""Metrics in CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leeway.aws.translate import translated

LARGEST = 2.0**360  # CloudWatch takes no larger number


class Metrics:
    """Writes values; knows no namespace by itself."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def put(self, namespace: str, dimensions: Mapping[str, str], values: Mapping[str, float], at: datetime) -> None:
        """One value of each metric at a moment."""
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        data = [
            {"MetricName": name, "Dimensions": named, "Value": min(value, LARGEST), "Timestamp": at}
            for name, value in values.items()
        ]
        with translated("CloudWatch PutMetricData"):
            self._client.put_metric_data(Namespace=namespace, MetricData=data)
