"""How a model is kept true: [retraining] and [monitoring] of its specification. Python 3.10, as all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

LEEWAY, MODEL_MONITOR = "leeway", "model-monitor"


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """[retraining]: `schedule` is an EventBridge cron(…) or rate(…) in UTC.

    With `on_drift` a training starts while the model's own alarm stands, or one of `alarms`, which are CloudWatch's by
    their names; it takes at least `min_labels` new rows. `cooldown` binds schedule and drift, `daily_cap` all.
    """

    schedule: str | None = None
    on_drift: bool = True
    alarms: tuple[str, ...] = ()
    min_labels: int = 0
    cooldown: timedelta = timedelta(hours=24)
    daily_cap: int = 2


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """[monitoring]: `engine` finds drift of inputs: leeway, or model-monitor where the account has SageMaker's.

    `delta` is by how much a share of rows may have moved before it counts as drift.
    `feature_metrics` tells the evidence of each feature apart, `dashboard` shows the model's metrics in CloudWatch.
    Hours of more than `job_above` MB of captures are counted by a Processing job, on `job_instances` of `job_instance`.
    """

    engine: str = LEEWAY
    delta: float = 0.05
    feature_metrics: bool = False
    dashboard: bool = True
    job_above: int = 3000
    job_instances: int = 1
    job_instance: str = "ml.m5.xlarge"
