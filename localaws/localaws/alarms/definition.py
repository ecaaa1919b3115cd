"""What an alarm watches, read from moto's record of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localaws.alarms.evaluation import EXTRA, Rule
from localaws.alarms.expressions import Series, computed, names_in
from localaws.errors import NotEmulated
from localaws.metrics import Key, Metrics, key_of

Record = Any  # moto's Alarm


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One metric by a statistic."""

    id: str
    key: Key
    statistic: str
    returned: bool


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Metric math over the metrics by their ids."""

    id: str
    text: str
    label: str
    returned: bool


@dataclass(frozen=True, kw_only=True)
class Definition:
    """An alarm: which points it looks at, and what it makes of them."""

    name: str
    arn: str
    description: str
    rule: Rule
    period: int
    watched: Sequence[Watched]
    expressions: Sequence[Expression]

    @property
    def seconds(self) -> int:
        """How far it looks back."""
        return self.period * (self.rule.periods + EXTRA)

    def starts(self, now: float) -> list[int]:
        """Where the periods begin that are over by now, the oldest first."""
        last = int(now // self.period * self.period)
        count = self.rule.periods + EXTRA
        return [last - self.period * number for number in range(count, 0, -1)]

    def points(self, metrics: Metrics, starts: Sequence[int]) -> Series:
        """The values of those periods."""
        series: dict[str, Series] = {
            one.id: [metrics.period(one.key, start, self.period).statistic(one.statistic) for start in starts]
            for one in self.watched
        }
        series = with_expressions(series, {one.id: one.text for one in self.expressions})
        ids = [one.id for one in self.watched if one.returned] + [one.id for one in self.expressions if one.returned]
        return series[ids[0]]

    def samples(self, metrics: Metrics, starts: Sequence[int]) -> Series:
        """How many samples each of those periods of the first metric holds."""
        return [metrics.period(self.watched[0].key, start, self.period).statistic("SampleCount") for start in starts]

    def configuration(self) -> dict[str, Any]:
        """As events spell it: dimensions are a map there."""
        metrics = [_expression(one) for one in self.expressions] + [_metric(one, self.period) for one in self.watched]
        return {"description": self.description, "metrics": metrics}


def with_expressions(series: Mapping[str, Series], texts: Mapping[str, str]) -> dict[str, Series]:
    """The series with those of expressions by their ids, each after all that it names."""
    found, waiting = dict(series), dict(texts)
    while waiting:
        ready = [one for one, text in waiting.items() if not (names_in(text) & waiting.keys()) - {one}]
        if not ready or any(one in names_in(waiting[one]) for one in ready):
            raise NotEmulated(f"expressions that name each other: {', '.join(waiting)}")
        for one in ready:
            found[one] = computed(waiting.pop(one), found)
    return found


def definition_of(record: Record) -> Definition:
    """Of a metric alarm."""
    watched, expressions = _queries(record) if record.metric_data_queries else ([_single(record)], [])
    periods = int(record.evaluation_periods)
    return Definition(
        name=record.name,
        arn=record.alarm_arn,
        description=record.description or "",
        rule=Rule(
            periods=periods,
            to_alarm=int(record.datapoints_to_alarm or periods),
            comparison=record.comparison_operator,
            threshold=float(record.threshold),
            missing=record.treat_missing_data or "missing",
        ),
        period=int(record.period or _period(record)),
        watched=watched,
        expressions=expressions,
    )


def _single(record: Record) -> Watched:
    dimensions = {one.name: one.value for one in record.dimensions}
    return Watched(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, record.alarm_arn)),
        key=key_of(record.namespace, record.metric_name, dimensions),
        statistic=record.extended_statistic or record.statistic,
        returned=True,
    )


def _queries(record: Record) -> tuple[list[Watched], list[Expression]]:
    """Metrics, and expressions over them and over each other."""
    watched, expressions = [], []
    for query in record.metric_data_queries:
        returned = query.return_data is None or str(query.return_data).lower() == "true"
        if query.metric_stat is None:
            text, label = query.expression, query.label or query.id
            expressions.append(Expression(id=query.id, text=text, label=label, returned=returned))
            continue
        metric = query.metric_stat.metric
        dimensions = {one.name: one.value for one in metric.dimensions}
        key = key_of(metric.namespace, metric.metric_name, dimensions)
        watched.append(Watched(id=query.id, key=key, statistic=query.metric_stat.stat, returned=returned))
    return watched, expressions


def _period(record: Record) -> int:
    return max(int(query.metric_stat.period) for query in record.metric_data_queries if query.metric_stat)


def _expression(one: Expression) -> dict[str, Any]:
    return {"id": one.id, "expression": one.text, "label": one.label, "returnData": one.returned}


def _metric(one: Watched, period: int) -> dict[str, Any]:
    namespace, name, dimensions = one.key
    metric = {"dimensions": dict(sorted(dimensions)), "name": name, "namespace": namespace}
    stat = {"metric": metric, "period": period, "stat": one.statistic}
    return {"id": one.id, "metricStat": stat, "returnData": one.returned}
