"""Composes the gateways, once a process and on first use: importing this builds no client and reads no environment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

from leeway import keys
from leeway.aws.alarms import Alarms
from leeway.aws.autoscaling import Autoscaling
from leeway.aws.bus import Bus
from leeway.aws.clients import client, hasty
from leeway.aws.metrics import Metrics
from leeway.aws.monitoring import Monitoring
from leeway.aws.objects import Objects
from leeway.aws.parameters import KillSwitch
from leeway.aws.processing import Processing
from leeway.aws.queues import Queues
from leeway.aws.runtime import Runtime
from leeway.aws.sagemaker import SageMaker
from leeway.aws.table import Table
from leeway.aws.topics import Topic
from leeway.settings import Settings
from leeway.wake import Waker

HASTE = 1.0  # seconds


@dataclass(frozen=True)
class Hasty:
    """Gateways for what is done while somebody waits: they give up soon."""

    settings: Settings

    @cached_property
    def table(self) -> Table:
        """The DynamoDB table."""
        return Table(hasty("dynamodb", HASTE, attempts=2), self.settings.table_name)

    @cached_property
    def objects(self) -> Objects:
        """S3."""
        return Objects(hasty("s3", HASTE, attempts=2))

    @cached_property
    def sagemaker(self) -> SageMaker:
        """SageMaker's control plane."""
        return SageMaker(hasty("sagemaker", HASTE))

    @cached_property
    def runtime(self) -> Runtime:
        """SageMaker's runtime, and the captures of those of its endpoints that capture nothing."""
        return Runtime(hasty)


@dataclass(frozen=True)
class App:
    """Everything a use case is handed: the settings, and gateways that are made when they are first asked for."""

    settings: Settings

    @cached_property
    def table(self) -> Table:
        """The DynamoDB table."""
        return Table(client("dynamodb"), self.settings.table_name)

    @cached_property
    def objects(self) -> Objects:
        """S3."""
        return Objects(client("s3"))

    @cached_property
    def hasty(self) -> Hasty:
        """Gateways for predictions."""
        return Hasty(self.settings)

    @cached_property
    def waker(self) -> Waker:
        """The reconcilers' FIFO queues and the flags that go with them."""
        urls = {
            keys.RETRAINER: self.settings.retrainer_queue_url,
            keys.ROLLOUT: self.settings.rollout_queue_url,
            keys.APPROVER: self.settings.approver_queue_url,
            keys.MONITOR: self.settings.monitor_queue_url,
        }
        return Waker(table=self.table, queues=Queues(client("sqs"), urls))

    @cached_property
    def bus(self) -> Bus:
        """Leeway's own event bus."""
        return Bus(client("events"), self.settings.bus_name)

    @cached_property
    def sagemaker(self) -> SageMaker:
        """SageMaker's control plane."""
        return SageMaker(client("sagemaker"))

    @cached_property
    def sagemaker_once(self) -> SageMaker:
        """The same for what must not be done again before somebody has looked: it tries each call once."""
        return SageMaker(client("sagemaker", attempts=1))

    @cached_property
    def monitoring(self) -> Monitoring:
        """SageMaker Model Monitor."""
        return Monitoring(client("sagemaker"))

    @cached_property
    def processing(self) -> Processing:
        """SageMaker's Processing jobs."""
        return Processing(client("sagemaker"))

    @cached_property
    def autoscaling(self) -> Autoscaling:
        """Application Auto Scaling."""
        return Autoscaling(client("application-autoscaling"))

    @cached_property
    def metrics(self) -> Metrics:
        """CloudWatch's metrics."""
        return Metrics(client("cloudwatch"))

    @cached_property
    def alarms(self) -> Alarms:
        """CloudWatch's alarms."""
        return Alarms(client("cloudwatch"))

    @cached_property
    def topic(self) -> Topic:
        """The topic of the alarms."""
        return Topic(client("sns"), self.settings.alarm_topic_arn)

    @cached_property
    def kill_switch(self) -> KillSwitch:
        """The kill switch."""
        return KillSwitch(client("ssm"), self.settings.kill_switch)


@cache
def _app(settings: Settings) -> App:
    return App(settings)


def app() -> App:
    """The application of this process's environment; the same one for the same settings."""
    return _app(Settings.from_env())
