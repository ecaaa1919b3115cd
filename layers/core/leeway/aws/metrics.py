"""Metrics in CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leeway.aws.translate import translated

AT_ONCE = 1000  # metrics that PutMetricData takes
LARGEST = 2.0**360  # CloudWatch takes no larger number
MINUTE = 60  # seconds
# What a variant's invocations are measured by, each by one statistic; latencies are in microseconds (reference 4).
OF_A_VARIANT = {
    "requests": ("Invocations", "Sum"),
    "errors": ("Invocation5XXErrors", "Sum"),
    "latency": ("ModelLatency", "Average"),
    "latency_p99": ("ModelLatency", "p99"),
}

Place = tuple[str, str]  # endpoint and variant


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

    def put_by(
        self, namespace: str, dimensions: Mapping[str, str], metric: str, by: str, values: Mapping[str, float],
        at: datetime,
    ) -> None:  # fmt: skip
        """One metric at a moment, with a value for each value of one dimension more."""
        data = [
            {
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": text} for name, text in {**dimensions, by: one}.items()],
                "Value": min(value, LARGEST),
                "Timestamp": at,
            }
            for one, value in values.items()
        ]
        for start in range(0, len(data), AT_ONCE):
            with translated("CloudWatch PutMetricData"):
                self._client.put_metric_data(Namespace=namespace, MetricData=data[start : start + AT_ONCE])

    def of_variants(
        self, endpoint: str, variants: Sequence[str], begin: datetime, end: datetime
    ) -> dict[str, dict[datetime, dict[str, float]]]:
        """For each variant the minutes in which it had traffic, and of each what OF_A_VARIANT names."""
        pairs = [(variant, name) for variant in variants for name in OF_A_VARIANT]
        queries = [_query(f"q{number}", endpoint, *pair) for number, pair in enumerate(pairs)]
        request: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": begin, "EndTime": end}
        found: dict[str, dict[datetime, dict[str, float]]] = {variant: {} for variant in variants}
        while True:
            with translated(f"CloudWatch GetMetricData {endpoint}"):
                answer = self._client.get_metric_data(**request)
            for result in answer["MetricDataResults"]:
                variant, name = pairs[int(result["Id"][1:])]
                for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                    found[variant].setdefault(at, {})[name] = value
            if "NextToken" not in answer:
                return found
            request["NextToken"] = answer["NextToken"]

    def of_both(
        self, champion: Place, challenger: Place, begin: datetime, end: datetime
    ) -> tuple[dict[datetime, dict[str, float]], dict[datetime, dict[str, float]]]:
        """The minutes of two variants, of one endpoint, for which one call does, or of two."""
        if champion[0] == challenger[0]:
            found = self.of_variants(champion[0], (champion[1], challenger[1]), begin, end)
            return found[champion[1]], found[challenger[1]]
        ours, theirs = (self.of_variants(one, (variant,), begin, end) for one, variant in (champion, challenger))
        return ours[champion[1]], theirs[challenger[1]]


def _query(identifier: str, endpoint: str, variant: str, name: str) -> dict[str, Any]:
    metric, statistic = OF_A_VARIANT[name]
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    named = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": identifier, "MetricStat": {"Metric": named, "Period": MINUTE, "Stat": statistic}}
