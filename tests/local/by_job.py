"""A model whose hours are counted by Processing jobs, with what `leeway apply` leaves for them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from leeway import keys
from leeway.journal import Entry
from leeway.spec import Monitoring
from pipeline.code import build_code
from pipeline.wheels import build_wheels
from tests.local.onboarding import ARTIFACTS, onboard, spec, table
from tests.local.registered import IMAGE
from tests.local.watched import Watched

CONTAINER = {"image": IMAGE, "code": "code/y/training.pyz", "wheels": "code/wheels/y/wheels.zip"}
STATE = "monitoring/churn/v1/state.json"
COUNTED = {"CountingStarted", "CountingFailed", "CountingGivenUp"}


@dataclass(frozen=True, kw_only=True)
class ByJob(Watched):
    """Hours of any size, where `counts_by` says so."""

    def bring(self, wheels: bytes | None = None) -> None:
        """The code and the wheels, or others of these where the jobs' Python is not the image's."""
        self._put(CONTAINER["code"], build_code()["files"]["training.pyz"])
        self._put(CONTAINER["wheels"], build_wheels(here=True)["body"] if wheels is None else wheels)

    def counts_by(self, instances: int, **rules: Any) -> None:
        """From now on jobs of so many instances count, or the function, where that is 0."""
        given = {"job_above": 0, "job_instances": instances} if instances else {}
        onboard(self.aws, replace(spec(), monitoring=Monitoring(**given | rules)), container=CONTAINER)

    def look(self) -> None:
        """The monitor looks now, whenever it is due."""
        event = json.dumps({"Records": [{"body": '{"model": "churn"}'}]})
        answer = self.aws.client("lambda").invoke(FunctionName="leeway-monitor", Payload=event.encode())
        assert "FunctionError" not in answer, answer["Payload"].read()

    def raw(self) -> dict[str, bytes]:
        """The reports as they lie there."""
        s3 = self.aws.client("s3")
        return {key: s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read() for key in self.reports()}

    def forget(self) -> None:
        """The state and all reports, as if the monitor had never looked."""
        for key in [STATE, *self.reports()]:
            self.aws.client("s3").delete_object(Bucket=ARTIFACTS, Key=key)

    def entries(self) -> list[Entry]:
        """What the journal tells of jobs."""
        found = map(Entry.from_item, table(self.aws).query(keys.model_pk("churn"), keys.JOURNAL))
        return [entry for entry in found if entry.what in COUNTED]

    def jobs(self) -> list[dict[str, Any]]:
        """All Processing jobs, the earliest first."""
        answer = self.sagemaker.list_processing_jobs(SortBy="CreationTime", SortOrder="Ascending")
        names = [one["ProcessingJobName"] for one in answer["ProcessingJobSummaries"]]
        return [self.sagemaker.describe_processing_job(ProcessingJobName=name) for name in names]
