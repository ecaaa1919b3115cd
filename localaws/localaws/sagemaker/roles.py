"""Roles that SageMaker is given, and what it says where one does not let it do what it has to.

Texts: awslabs/predictive-maintenance-using-machine-learning#3 (jobs), philschmid/llm-sagemaker-sample#2 and
aws-ia/ecs-blueprints#223 (models), aws/sagemaker-python-sdk#57 (images).
"""

from __future__ import annotations

from localaws.errors import AwsError
from localaws.sagemaker.data import split
from localaws.sagemaker.refusals import invalid
from localaws.world import World

UNPULLED = (
    "ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect."
)


def check_role(world: World, role: str, source: str) -> None:
    """ValidationException where SageMaker may not assume a role for a resource."""
    if not world.authority.assumes(role, source):
        raise invalid(
            f"Could not assume role {role}. Please ensure that the role exists and allows principal"
            " 'sagemaker.amazonaws.com' to assume the role."
        )


def check_model_data(world: World, role: str, source: str, url: str) -> None:
    """ValidationException where a model's archive is not there, or its role may not read it."""
    if not world.authority.assumes(role, source):
        raise _no_access(world, role, url)
    try:
        there = world.authority.store(role).exists(*split(url))
    except AwsError as error:
        raise _no_access(world, role, url) from error
    if not there:
        raise invalid(f"Could not find model data at {url}.")


def _no_access(world: World, role: str, url: str) -> AwsError:
    return invalid(
        f'Could not access model data at {url}. Please ensure that the role "{role}" exists and that its trust'
        ' relationship policy allows the action "sts:AssumeRole" for the service principal'
        ' "sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object'
        f" is located in {world.region}. If your Model uses multiple models or uncompressed models, please ensure"
        ' that the role has "s3:ListBucket" permission.'
    )
