"""A model that Model Monitor watches, on an embedded AWS whose account had it before it was closed to new customers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leeway import keys
from leeway.aws.table import Put
from leeway.spec import MODEL_MONITOR, ModelSpec, Monitoring, Retraining
from leeway_cli import alarms
from leeway_cli.target import connect
from localaws import Lifecycle, LocalAWS, inprocess
from tests.clock import BEGINS
from tests.local.onboarding import ARTIFACTS, INBOX, onboard, spec, table
from tests.local.person import ROOT
from tests.local.registered import GROUP, NAME, archive
from tests.local.trainings import TAKES, Trainings
from tests.local.watched import HOUR, SCORING_CODE, Watched

PLANS = {"month": 0.5, "year": 0.5}
EVEN = [49 * number / 30 for number in range(31)]
UNIFORM = {
    "format": 2,
    "rows": 1000,
    "features": {
        "plan": {"type": "category", "count": 1000, "missing": 0, "shares": PLANS},
        "tenure": {
            "type": "int", "count": 1000, "missing": 0, "min": 0, "max": 49, "mean": 24.5, "std": 14.43,
            "quantiles": EVEN, "cumulative": [(int(edge) + 1) / 50 for edge in EVEN],
        },
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ByModelMonitor(Watched):
    """One model whose engine is that."""

    @property
    def baseline(self) -> dict[str, Any]:
        return UNIFORM

    def begin(self, **retraining: Any) -> None:
        """A version serves; what it was trained on was even."""
        onboard(self.aws, self.specification(**retraining))
        table(self.aws).put(Put(item={"pk": keys.MODELS, "sk": "churn"}))
        self._put("code/x/sourcedir.tar.gz", archive(inference__py=SCORING_CODE))
        self.sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
        self.serve(self.version("one"))

    def specification(self, **retraining: Any) -> ModelSpec:
        return replace(
            spec(quiet_period=5 * 24 * HOUR, max_wait=5 * 24 * HOUR, min_rows=10),
            monitoring=Monitoring(engine=MODEL_MONITOR),
            retraining=Retraining(**{"daily_cap": 10, **retraining}),
        )

    def trains(self, steps: list[dict[str, Any]]) -> Trainings:
        """A pipeline of these steps, and a file to learn from."""
        training = Trainings(aws=self.aws)
        self.sagemaker.create_pipeline(**training._pipeline(steps))
        training.drop("first")
        return training

    def alarmed(self) -> None:
        """Its alarms, as `leeway apply` makes them."""
        with inprocess.as_function("person"):
            target = connect("leeway")
            for request in alarms.wanted(target, self.specification()).values():
                alarms.put(target, request)

    def stands(self, alarm: str) -> bool:
        [found] = self.aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return bool(found["StateValue"] == "ALARM")

    def schedule(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=NAME)
        return found

    def definitions(self) -> list[str]:
        found = self.sagemaker.list_data_quality_job_definitions(EndpointName=NAME)["JobDefinitionSummaries"]
        return [one["MonitoringJobDefinitionName"] for one in found]

    def executions(self) -> list[str]:
        """How they ended, the earliest first."""
        found = self.sagemaker.list_monitoring_executions(MonitoringScheduleName=NAME, SortOrder="Ascending")
        return [one["MonitoringExecutionStatus"] for one in found["MonitoringExecutionSummaries"]]

    def last(self) -> dict[str, Any]:
        """The newest hour's report."""
        return list(self.reports().values())[-1]

    def constrain(self, body: bytes) -> None:
        """A person's constraints."""
        self.aws.client("s3").put_object(Bucket=INBOX, Key="constraints/churn/constraints.json", Body=body)

    def text(self, uri: str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        assert bucket == ARTIFACTS
        return str(self.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode())


@contextmanager
def account(folder: Path, *, has_model_monitor: bool = True) -> Iterator[LocalAWS]:
    """An embedded AWS with the real template."""
    lifecycle = Lifecycle(model_monitor=has_model_monitor, step_start=TAKES)
    with LocalAWS(
        state_dir=folder, lifecycle=lifecycle, image_python=ROOT / ".venv-image/bin/python", start=BEGINS
    ) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        yield aws
        assert aws.denied == []
