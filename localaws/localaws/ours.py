"""Which services' calls are answered by ours; they answer None for what is moto's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.alarms import CloudWatchApi
from localaws.autoscaling import Autoscaling
from localaws.dynamodb import TablesApi
from localaws.front import Handler
from localaws.functions.api import LambdaApi
from localaws.functions.urls import FunctionUrls
from localaws.iam.guard import Guard
from localaws.iam.identity import CallerIdentity
from localaws.iam.kept import AwsPolicies
from localaws.iam.simulation import Simulation
from localaws.logs.api import LogsApi
from localaws.logs.streams import Streams
from localaws.motoapps import Moto
from localaws.s3.service import S3
from localaws.sagemaker_front import SageMakerFront
from localaws.sqs import QueuesApi
from localaws.stacks.api import StacksApi

if TYPE_CHECKING:
    from localaws.embedded import LocalAWS


def ours(aws: LocalAWS, moto: Moto, s3: S3, guard: Guard) -> dict[str, Handler]:
    """By the services' names in signatures."""
    world = aws.world
    return {
        "events": aws.bus.handle,
        "monitoring": CloudWatchApi(world, moto, aws.alarms).handle,
        "iam": Simulation(guard, AwsPolicies(moto)).handle,
        "sts": CallerIdentity(guard, world.account).handle,
        "s3": s3.handle,
        "ssm": aws.parameters.handle,
        "dynamodb": TablesApi(world, aws.tables).handle,
        "sqs": QueuesApi(world, aws.queues).handle,
        "lambda": LambdaApi(aws.lambda_, aws.pollers, FunctionUrls(world, aws.lambda_, guard)).handle,
        "scheduler": aws.scheduler.handle,
        "application-autoscaling": Autoscaling(world, aws.sagemaker.endpoints).handle,
        "cloudformation": StacksApi(aws.deployer).handle,
        "sagemaker": SageMakerFront(world, aws.sagemaker, guard).handle,
        "logs": LogsApi(Streams(world, aws.sagemaker, aws.lambda_)).handle,
    }
