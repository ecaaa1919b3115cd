"""The dashboard of a model in CloudWatch, as `leeway apply` makes it: what its endpoint sees, and how it answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from leeway import keys
from leeway.alarms.plan import METRIC, NAMESPACE
from leeway.aws.translate import translated
from leeway.drift.timeline import BAR
from leeway.errors import Missing
from leeway.spec import ModelSpec
from leeway_cli.target import Target

WIDTH, HEIGHT = 12, 6  # of one graph; a row has 24 columns
MINUTES, HOUR = 300, 3600  # seconds of a point
VARIANTS = ("a", "b")
QUEUES = ("arrivals", "approvals", "changes", "alarms", *(f"{machine}.fifo" for machine in keys.MACHINES))
Line = Sequence[Any]


def body(target: Target, spec: ModelSpec) -> dict[str, Any]:
    """The dashboard's content; equal specifications give equal content."""
    settings, region, model = target.settings, target.region, spec.model.name
    ours = ["Stack", settings.stack, "Model", model]
    graphs = [
        _graph(region, "Evidence for drift", [[NAMESPACE, METRIC, *ours]], "Maximum", HOUR, bar=BAR),
        _graph(region, "Rows that were monitored, and records without use",
               [[NAMESPACE, name, *ours] for name in ("MonitoredRows", "UnusedRecords")], "Maximum", HOUR),
        _graph(region, "Invocations", _endpoint(settings.resource(model), ["Invocations"]), "Sum", MINUTES),
        _graph(region, "Errors of the endpoint (5xx), and of the model",
               _endpoint(settings.resource(model), ["Invocation5XXErrors", "InvocationModelErrors"]), "Sum", MINUTES),
        _graph(region, "Latency of the model, microseconds, p99",
               _endpoint(settings.resource(model), ["ModelLatency"]), "p99", MINUTES),
        _graph(region, "How long the oldest message of a queue has waited, seconds",
               [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", f"{settings.stack}-{queue}"]
                for queue in QUEUES], "Maximum", MINUTES),
    ]  # fmt: skip
    if spec.monitoring.feature_metrics:
        found = f'{{{NAMESPACE},Feature,Model,Stack}} MetricName="FeatureEvidence" Model="{model}" '
        search = f"SEARCH('{found}Stack=\"{settings.stack}\"', 'Maximum', {HOUR})"
        graphs.insert(1, _graph(region, "Evidence by feature", [[{"expression": search}]], "Maximum", HOUR))
    placed = [{"x": WIDTH * (n % 2), "y": HEIGHT * (n // 2), **graph} for n, graph in enumerate(graphs)]
    return {"widgets": placed}


def _endpoint(name: str, metrics: Sequence[str]) -> list[Line]:
    return [
        ["AWS/SageMaker", metric, "EndpointName", name, "VariantName", variant]
        for metric in metrics
        for variant in VARIANTS
    ]


def _graph(region: str, title: str, lines: Sequence[Line], stat: str, period: int, bar: float = 0.0) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "title": title, "view": "timeSeries", "region": region, "stat": stat, "period": period, "metrics": list(lines),
    }  # fmt: skip
    if bar:
        shown["annotations"] = {"horizontal": [{"label": "alarm", "value": bar}]}
    return {"type": "metric", "width": WIDTH, "height": HEIGHT, "properties": shown}


def found(target: Target, name: str) -> dict[str, Any] | None:
    """The content of a dashboard, None where there is none of that name."""
    try:
        with translated(f"CloudWatch GetDashboard {name}"):
            answer = target.client("cloudwatch").get_dashboard(DashboardName=name)
    except Missing:
        return None
    content: dict[str, Any] = json.loads(answer["DashboardBody"])
    return content


def put(target: Target, name: str, content: dict[str, Any]) -> None:
    """Make or replace it."""
    with translated(f"CloudWatch PutDashboard {name}"):
        target.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=json.dumps(content))


def delete(target: Target, name: str) -> None:
    """Take it away."""
    with translated(f"CloudWatch DeleteDashboards {name}"):
        target.client("cloudwatch").delete_dashboards(DashboardNames=[name])
