"""GetMetricData and GetMetricStatistics: periods by any statistic, and expressions over them.

Source: CloudWatch API Reference. Times are cut to the minute, which is how values are kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from localaws.alarms.definition import with_expressions
from localaws.alarms.expressions import Series
from localaws.alarms.rules import invalid
from localaws.errors import AwsError, NotEmulated
from localaws.metrics import MINUTE, Key, key_of
from localaws.world import World

LARGEST = 1440  # data points of GetMetricStatistics


class Reading:
    """Answers by what is kept."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_metric_statistics(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetMetricStatistics: periods that hold anything, in no order that is promised."""
        names = [*request.get("Statistics", []), *request.get("ExtendedStatistics", [])]
        if not names:
            raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
        starts = self._starts(request, int(request["Period"]))
        if len(starts) > LARGEST:
            raise AwsError("InvalidParameterCombination", f"You have requested more than {LARGEST} datapoints.")
        key, extended = _key(request), request.get("ExtendedStatistics", [])
        points = []
        for start in starts:
            found = {name: self._value(key, start, int(request["Period"]), name) for name in names}
            plain = {name: value for name, value in found.items() if value is not None and name not in extended}
            more = {name: value for name, value in found.items() if value is not None and name in extended}
            if plain or more:
                point = {"Timestamp": datetime.fromtimestamp(start, UTC), "Unit": "None", **plain}
                points.append(point | ({"ExtendedStatistics": more} if more else {}))
        return {"Label": request["MetricName"], "Datapoints": points}

    def get_metric_data(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetMetricData: metrics and expressions, each period once, the newest first unless asked otherwise."""
        queries = request["MetricDataQueries"]
        stats = {one["Id"]: one["MetricStat"] for one in queries if "MetricStat" in one}
        texts = {one["Id"]: one["Expression"] for one in queries if "Expression" in one}
        if bad := [one["Id"] for one in queries if ("MetricStat" in one) == ("Expression" in one)]:
            raise invalid(f"Give either MetricStat or Expression: {', '.join(bad)}.")
        periods = {int(stat["Period"]) for stat in stats.values()}
        if texts and len(periods) != 1:
            raise NotEmulated("expressions over metrics of several periods, or of none,")
        starts = {period: self._starts(request, period) for period in periods}
        series: dict[str, Series] = {
            name: self._series(stat, starts[int(stat["Period"])]) for name, stat in stats.items()
        }
        of = {name: int(stat["Period"]) for name, stat in stats.items()} | dict.fromkeys(
            texts, max(periods, default=60)
        )
        if texts:
            series = with_expressions(series, texts)
        newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        shown = [one for one in queries if one.get("ReturnData", True)]
        results = [_result(one, starts[of[one["Id"]]], series[one["Id"]], newest_first=newest_first) for one in shown]
        return {"MetricDataResults": results, "Messages": []}

    def _series(self, stat: dict[str, Any], starts: Sequence[int]) -> Series:
        key, period = _key(stat["Metric"]), int(stat["Period"])
        return [self._value(key, start, period, stat["Stat"]) for start in starts]

    def _value(self, key: Key, start: int, period: int, name: str) -> float | None:
        return self._world.metrics.period(key, start, period).statistic(name)

    def _starts(self, request: dict[str, Any], period: int) -> list[int]:
        """Where the periods begin, from the one that the start lies in to the last before the end, or before now."""
        if period < MINUTE or period % MINUTE:
            raise NotEmulated(f"a period of {period} seconds")
        first, last = (_epoch(request[member]) for member in ("StartTime", "EndTime"))
        if first >= last:
            raise invalid("The parameter StartTime must be less than the parameter EndTime.")
        last = min(-(-last // MINUTE) * MINUTE, self._world.clock.timestamp())
        return list(range(int(first // period * period), int(-(-last // 1)), period))


def _key(given: dict[str, Any]) -> Key:
    dimensions = {one["Name"]: one["Value"] for one in given.get("Dimensions") or []}
    return key_of(given["Namespace"], given["MetricName"], dimensions)


def _epoch(value: Any) -> float:
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)


def _result(query: dict[str, Any], starts: Sequence[int], series: Series, *, newest_first: bool) -> dict[str, Any]:
    found = [(start, value) for start, value in zip(starts, series, strict=True) if value is not None]
    found = found[::-1] if newest_first else found
    name = query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]
    return {
        "Id": query["Id"],
        "Label": query.get("Label", name),
        "Timestamps": [datetime.fromtimestamp(start, UTC) for start, _ in found],
        "Values": [value for _, value in found],
        "StatusCode": "Complete",
    }
