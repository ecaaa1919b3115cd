"""A model whose pipeline has no jobs, so that its trainings can be timed, broken and refused at will."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from leeway import keys
from leeway.arrivals.records import ACCEPTED, Arrival, pending
from leeway.aws.queues import Queues
from leeway.aws.table import Put, Table, Update
from leeway.journal import Entry
from leeway.retraining import records
from leeway.retraining.run import Run
from leeway.spec import Retraining
from leeway.wake import Waker
from localaws import Lifecycle, LocalAWS
from tests.local import onboarding
from tests.local.onboarding import ARTIFACTS, HEADER, INBOX, rows

ROOT = Path(__file__).parents[2]
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MODEL, GROUP = "churn", "leeway-churn"
TAKES = 120  # virtual seconds of a training

BREAKS = [{"Name": "Train", "Type": "Fail", "Arguments": {"ErrorMessage": "out of memory"}}]
REGISTERS = [
    {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": GROUP,
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [
                    {
                        "Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5",
                        "ModelDataUrl": f"s3://{ARTIFACTS}/any/model.tar.gz",
                    }
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
    }
]


@dataclass(frozen=True, kw_only=True)
class Trainings:
    """One model on the embedded AWS."""

    aws: LocalAWS

    def onboard(self, steps: list[dict[str, Any]], retraining: Retraining | None = None, **data: Any) -> None:
        """Put specification and pipeline in place; the quiet period is a minute unless said otherwise."""
        settings = {"quiet_period": MINUTE, "max_wait": HOUR, "min_rows": 10, **data}
        rules = replace(onboarding.spec(**settings), retraining=retraining or Retraining(daily_cap=10))
        onboarding.onboard(self.aws, rules)
        self.sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
        self.sagemaker.create_pipeline(**self._pipeline(steps))

    def change(self, steps: list[dict[str, Any]]) -> None:
        """Another pipeline, under the same specification."""
        pipeline = self._pipeline(steps)
        self.sagemaker.update_pipeline(
            PipelineName=pipeline["PipelineName"], PipelineDefinition=pipeline["PipelineDefinition"]
        )

    def _pipeline(self, steps: list[dict[str, Any]]) -> dict[str, Any]:
        parameters = [{"Name": name, "Type": "String"} for name in ("Manifest", "RunPrefix", "Champion")]
        definition = {"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters, "Steps": steps}
        return {
            "PipelineName": GROUP,
            "PipelineDefinition": json.dumps(definition),
            "ClientRequestToken": uuid4().hex,
            "RoleArn": f"arn:aws:iam::{self.aws.account}:role/leeway-pipeline",
        }

    @property
    def sagemaker(self) -> Any:
        return self.aws.client("sagemaker")

    @property
    def table(self) -> Table:
        return onboarding.table(self.aws)

    def drop(self, name: str, count: int = 20) -> None:
        """Put a good file into the inbox; nothing has happened yet."""
        self.aws.client("s3").put_object(Bucket=INBOX, Key=f"inbox/{MODEL}/{name}.csv", Body=HEADER + rows(count))

    def record_arrival(self, identifier: str) -> None:
        """Accept a file and wake, as `data_arrival` does that began a second ago."""
        key = f"accepted/{MODEL}/{identifier}.csv"
        self.aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=HEADER + rows(20))
        arrival = Arrival(
            model=MODEL,
            id=identifier,
            status=ACCEPTED,
            name=f"{identifier}.csv",
            source_key=f"inbox/{MODEL}/{identifier}.csv",
            size=500,
            rows=20,
            accepted_at=self.aws.now() - SECOND,
        )
        self.table.transact([arrival.write(), arrival.marker()])
        self.wake()

    def wake(self, model: str = MODEL, machine: str = keys.RETRAINER) -> bool:
        sqs = self.aws.client("sqs")
        urls = {machine: sqs.get_queue_url(QueueName=f"leeway-{machine}.fifo")["QueueUrl"]}
        waker = Waker(table=self.table, queues=Queues(sqs, urls))
        return waker.wake(machine, model, self.aws.now(), uuid4().hex)

    def request(self, trigger: str = "manual") -> None:
        """Record a wish as the command line or the rollout does, and wake."""
        item = {"pk": keys.model_pk(MODEL), "sk": f"{keys.REQUEST}{trigger}#{uuid4().hex}"}
        wish = {"trigger": trigger, "at": keys.stamp(self.aws.now()), "by": "test", "reason": "asked for by a test"}
        self.table.put(Put(item=item | wish))
        self.wake()

    def pause(self, *, paused: bool) -> None:
        self.table.update(Update(pk=keys.model_pk(MODEL), sk=keys.SPEC, values={"paused": paused}))
        self.wake()

    def switch(self, value: str) -> None:
        self.aws.client("ssm").put_parameter(Name="/leeway/kill-switch", Value=value, Overwrite=True)

    def refuse(self) -> None:
        """Write for the run under way what its Evaluate step would."""
        self.report("evaluate/gate.json", {"passed": 0, "reason": "auc 0.61 < the bar 0.8"})

    def report(self, path: str, body: Any) -> None:
        key = f"{self.runs()[-1].folder}/{path}"
        self.aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=json.dumps(body).encode())

    def executions(self) -> list[dict[str, str]]:
        """Display name and parameters of every execution there is, the oldest first."""
        found = self.sagemaker.list_pipeline_executions(PipelineName=GROUP, SortOrder="Ascending")
        return [self._execution(summary) for summary in found["PipelineExecutionSummaries"]]

    def _execution(self, summary: dict[str, Any]) -> dict[str, str]:
        arn = summary["PipelineExecutionArn"]
        given = self.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
        return {"arn": arn, "name": summary["PipelineExecutionDisplayName"], **{p["Name"]: p["Value"] for p in given}}

    def runs(self) -> list[Run]:
        return records.history(self.table, MODEL)

    def outcomes(self) -> list[str]:
        return [run.status for run in self.runs()]

    def manifest(self, run: Run) -> dict[str, Any]:
        body = self.aws.client("s3").get_object(Bucket=ARTIFACTS, Key=f"{run.manifest}/manifest.json")["Body"].read()
        document: dict[str, Any] = json.loads(body)
        return document

    def pending(self) -> list[str]:
        return [marker.id for marker in pending(self.table, MODEL)]

    def journal(self, what: str = "") -> list[Entry]:
        """What the retrainer said, or those entries alone that say `what`."""
        entries = [Entry.from_item(item) for item in self.table.query(keys.model_pk(MODEL), keys.JOURNAL)]
        return [entry for entry in entries if entry.actor == "retrainer" and what in ("", entry.what)]

    def item(self) -> dict[str, Any]:
        return self.table.get(keys.model_pk(MODEL), keys.RETRAINER) or {}

    def dead(self) -> int:
        """Messages in dead-letter queues."""
        sqs = self.aws.client("sqs")
        urls = [url for url in sqs.list_queues()["QueueUrls"] if "dlq" in url]
        name = "ApproximateNumberOfMessages"
        assert urls
        return sum(
            int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]) for url in urls
        )

    def at(
        self, operation: str, act: Callable[[], None], *, caller: str = "leeway-retrainer", containing: str = ""
    ) -> None:
        """Do something once, just before a function makes a call."""
        done: list[bool] = []

        def strikes(call: Any) -> bool:
            if (
                not done
                and (call.caller, call.operation) == (caller, operation)
                and containing.encode() in _whole(call)
            ):
                done.append(True)
                act()
            return False

        self.aws.faults.add(strikes)


def _whole(call: Any) -> bytes:
    return str(call.path).encode() + bytes(call.body)


@contextmanager
def trainings(folder: Path) -> Iterator[Trainings]:
    """An embedded AWS with the real template, where each step of a pipeline takes two minutes of virtual time."""
    with LocalAWS(state_dir=folder, lifecycle=Lifecycle(step_start=TAKES)) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        yield Trainings(aws=aws)
        assert aws.denied == []
