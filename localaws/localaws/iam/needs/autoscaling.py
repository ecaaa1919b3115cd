"""Needs of Application Auto Scaling, which asks SageMaker and CloudWatch in the caller's name.

Source also: its User Guide, "Identity-based policy examples", permissions for each service that scales.
A target's ARN ends with an identifier that the request does not have.
"""

from collections.abc import Iterator

from localaws.iam.asked import Asked, Need, Needs, anything

_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
_ROLE = f"role/aws-service-role/{_SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"


def _target(operation: str, asked: Asked) -> Need:
    resource = asked.arn("application-autoscaling", "scalable-target/*")
    return Need(action=f"application-autoscaling:{operation}", resource=resource)


def _endpoint(asked: Asked) -> str:
    return str(asked.request.get("ResourceId", "")).removeprefix("endpoint/").split("/", 1)[0]


def _register(asked: Asked) -> Iterator[Need]:
    """The first target of an account makes the role by which it is scaled."""
    name = _endpoint(asked)
    endpoint, configuration = asked.arn("sagemaker", f"endpoint/{name.lower()}"), asked.state.configuration(name)
    yield _target("RegisterScalableTarget", asked)
    yield Need(action="sagemaker:DescribeEndpoint", resource=endpoint)
    yield Need(action="sagemaker:UpdateEndpointWeightsAndCapacities", resource=endpoint)
    if configuration:
        resource = asked.arn("sagemaker", f"endpoint-config/{configuration.lower()}")
        yield Need(action="sagemaker:DescribeEndpointConfig", resource=resource)
    if not asked.state.scales():
        resource, keys = f"arn:aws:iam::{asked.account}:{_ROLE}", (("iam:awsservicename", (_SERVICE,)),)
        yield Need(action="iam:CreateServiceLinkedRole", resource=resource, keys=keys)


def _policy(asked: Asked) -> Iterator[Need]:
    yield _target("PutScalingPolicy", asked)
    yield from _alarms(asked, "DescribeAlarms", "PutMetricAlarm")


def _delete(operation: str) -> Needs:
    def needs(asked: Asked) -> Iterator[Need]:
        yield _target(operation, asked)
        yield from _alarms(asked, "DescribeAlarms", "DeleteAlarms")

    return needs


def _alarms(asked: Asked, *operations: str) -> Iterator[Need]:
    resource = asked.arn("cloudwatch", f"alarm:TargetTracking-{asked.request.get('ResourceId', '')}-AlarmHigh")
    for operation in operations:
        yield Need(action=f"cloudwatch:{operation}", resource=resource)


NEEDS: dict[str, Needs] = {
    "RegisterScalableTarget": _register,
    "DeregisterScalableTarget": _delete("DeregisterScalableTarget"),
    "PutScalingPolicy": _policy,
    "DeleteScalingPolicy": _delete("DeleteScalingPolicy"),
    "DescribeScalableTargets": anything("application-autoscaling:DescribeScalableTargets"),
    "DescribeScalingPolicies": anything("application-autoscaling:DescribeScalingPolicies"),
}
