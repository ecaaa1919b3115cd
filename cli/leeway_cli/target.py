"""What a command acts on: one deployed stack, found by CloudFormation, in an account or on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, NoCredentialsError, NoRegionError

from leeway.aws.clients import client
from leeway.aws.translate import translated
from leeway.bootstrap import App
from leeway.errors import Missing, Rejected, Unavailable
from leeway.settings import Settings
from leeway_cli import console, typed

OUTPUTS = {
    "inbox_bucket": "InboxBucket",
    "artifacts_bucket": "ArtifactsBucket",
    "table_name": "TableName",
    "retrainer_queue_url": "RetrainerQueueUrl",
    "rollout_queue_url": "RolloutQueueUrl",
    "approver_queue_url": "ApproverQueueUrl",
    "monitor_queue_url": "MonitorQueueUrl",
    "alarm_topic_arn": "AlarmTopicArn",
    "bus_name": "BusName",
    "kill_switch": "KillSwitch",
    "serving_role_arn": "ServingRoleArn",
    "pipeline_role_arn": "PipelineRoleArn",
    "monitoring_role_arn": "MonitoringRoleArn",
}
HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal"}  # noqa: S104  compared with, not bound


@dataclass(frozen=True, kw_only=True)
class Target:
    """One stack. `answered` is when AWS answered, by its own clock, and `ticks` our monotonic clock then.

    `outputs` are all that the stack has, those of the settings among them.
    """

    app: App
    region: str
    endpoint: str
    answered: datetime
    ticks: float = field(default_factory=time.monotonic)
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """The stack's names."""
        return self.app.settings

    @property
    def local(self) -> bool:
        """Whether it is the embedded AWS on this machine."""
        return (urlsplit(self.endpoint).hostname or "") in HERE

    def now(self) -> datetime:
        """The time of AWS, which may be virtual, and not that of this machine."""
        return self.answered + timedelta(seconds=time.monotonic() - self.ticks)

    def __str__(self) -> str:
        where = f"local ({self.endpoint})" if self.local else f"account {self.settings.account_id}, {self.region}"
        return f"{where}, stack {self.settings.stack}"

    def before_change(self, what: str, *, yes: bool) -> None:
        """Say where a change is about to be made; in a real account, ask. Raises Rejected where the answer is no."""
        console.note(f"{self}: {what}")
        if not self.local and not console.confirm(f"{what} in {self}?", yes=yes):
            raise Rejected("not confirmed; nothing was changed")

    def client(self, service: str) -> Any:
        """A client for what the gateways do not cover."""
        return make(service)


def make(service: str) -> Any:
    """A client; raises Unavailable with what to set where region or credentials are missing."""
    try:
        return client(service)
    except NoRegionError as error:
        raise Unavailable(f"no AWS region is set; {typed.how()}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{error}; {typed.how()}") from error


def connect(stack: str) -> Target:
    """Find a stack and its names; raises Missing where there is none, Unavailable where nothing answers."""
    answer = _describe(stack)
    found = answer["Stacks"][0]
    _, _, _, region, account, *_ = found["StackId"].split(":")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    if absent := sorted(set(OUTPUTS.values()) - set(outputs)):
        raise Missing(
            f"the stack {stack} has no output {', '.join(absent)}: deploy it again with this version's template"
        )
    names = {name: outputs[output] for name, output in OUTPUTS.items()}
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return Target(
        app=App(Settings(stack=stack, account_id=account, **names)),
        region=region,
        endpoint=os.environ.get("AWS_ENDPOINT_URL", ""),
        answered=parsedate_to_datetime(date) if date else datetime.now(UTC),
        outputs=outputs,
    )


def _describe(stack: str) -> Any:
    cloudformation = make("cloudformation")
    try:
        with translated("CloudFormation DescribeStacks"):
            return cloudformation.describe_stacks(StackName=stack)
    except Rejected as error:
        raise Missing(f"there is no stack {stack} at {_place()}; deploy it, or name another by --stack") from error
    except Unavailable as error:
        if isinstance(error.__cause__, NoCredentialsError):
            raise Unavailable(f"no AWS credentials are set; {typed.how()}") from error
        raise Unavailable(f"{_place()} does not answer ({error}); {typed.how()}") from error


def _place() -> str:
    region = os.environ.get("AWS_DEFAULT_REGION") or "the configured region"
    return os.environ.get("AWS_ENDPOINT_URL") or f"AWS in {region}"
