"""AWS's own metrics for GetMetricData, GetMetricStatistics and ListMetrics, which moto answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatumBase
from moto.core.common_models import CloudWatchMetricProvider

from localaws.metrics import MINUTE, Key, Point
from localaws.world import World

SAMPLES_SHOWN = 24 * 60  # minutes back; of what was sampled only changes are kept


class Published(CloudWatchMetricProvider):
    """moto asks each class of this kind; `source` is the one embedded AWS of this process."""

    source: ClassVar[World | None] = None

    @staticmethod
    def get_cloudwatch_metrics(account_id: str, region: str) -> list[MetricDatumBase]:
        """Every minute of every metric."""
        world = Published.source
        if world is None or (account_id, region) != (world.account, world.region):
            return []
        return [_datum(key, minute, point) for key, minute, point in _points(world)]


class Datum(MetricAggregatedDatum):
    """moto's GetMetricStatistics takes metrics with more dimensions than it was asked for; CloudWatch does not."""

    def filter(
        self,
        namespace: str | None,
        name: str | None,
        dimensions: list[dict[str, str]],
        already_present_metrics: list[MetricDatumBase] | None = None,
    ) -> bool:
        """Of ListMetrics, which says what it has already, or of statistics, which are of all dimensions."""
        exact = already_present_metrics is not None or len(dimensions) == len(self.dimensions)
        return exact and bool(super().filter(namespace, name, dimensions, already_present_metrics))


def _points(world: World) -> Iterator[tuple[Key, int, Point]]:
    metrics = world.metrics
    for key, by_minute in metrics.counted.items():
        if key[0].startswith("AWS/") or key in metrics.embedded:  # others came by PutMetricData, and are moto's
            yield from ((key, minute, point) for minute, point in by_minute.items())
    last = int(world.clock.timestamp() // MINUTE * MINUTE)
    for key, taken in metrics.sampled.items():
        for minute in range(max(taken[0][0], last - SAMPLES_SHOWN * MINUTE), last, MINUTE):
            yield key, minute, metrics.period(key, minute, MINUTE)


def _datum(key: Key, minute: int, point: Point) -> Any:
    return Datum(
        namespace=key[0],
        name=key[1],
        min_stat=point.low,
        max_stat=point.high,
        sample_count=point.count,
        sum_stat=point.total,
        dimensions=[{"Name": name, "Value": value} for name, value in sorted(key[2])],
        timestamp=datetime.fromtimestamp(minute, UTC).replace(tzinfo=None),  # as moto keeps those of clients
    )
