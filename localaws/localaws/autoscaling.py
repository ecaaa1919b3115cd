"""Application Auto Scaling, as far as variants of endpoints have to do with it: nothing scales by itself.

Targets and policies are kept and shown, hold updates back, and bring a count into its bounds when they are registered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localaws.errors import AwsError, NotEmulated
from localaws.sagemaker.endpoints import Endpoints
from localaws.sagemaker.names import Names, page
from localaws.sagemaker.refusals import invalid, not_found
from localaws.sagemaker.scalable import Target, split
from localaws.sagemaker.shapes import answered, checked
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

SERVICE = "application-autoscaling"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
TRACKING, CONFIG = "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration"
METRIC = "SageMakerVariantInvocationsPerInstance"
ROLE = "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/{}".format(
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
UNKNOWN = {
    "RegisterScalableTarget": {"Tags"},
    "PutScalingPolicy": {"StepScalingPolicyConfiguration", "PredictiveScalingPolicyConfiguration"},
}
Request = dict[str, Any]


class Autoscaling:
    """Six operations; the targets themselves are the endpoints' own, which ask them before an update."""

    def __init__(self, world: World, endpoints: Endpoints) -> None:
        self._world, self._endpoints, self._targets = world, endpoints, endpoints.targets
        self._names = Names(account=world.account, region=world.region)
        self._operations: dict[str, Callable[[Request], Request]] = {
            "RegisterScalableTarget": self._register,
            "DescribeScalableTargets": self._describe_targets,
            "DeregisterScalableTarget": self._deregister,
            "PutScalingPolicy": self._put_policy,
            "DescribeScalingPolicies": self._describe_policies,
            "DeleteScalingPolicy": self._delete_policy,
        }

    def handle(self, call: Call) -> Answer:
        """One call."""
        operation, request = call.operation, call.json()
        if operation not in self._operations:
            raise NotEmulated(f"{SERVICE}:{operation}")
        checked(operation, request, SERVICE)
        if foreign := sorted(UNKNOWN.get(operation, set()) & request.keys()):
            raise NotEmulated(f"{', '.join(foreign)} of {SERVICE}:{operation}")
        if request["ServiceNamespace"] != "sagemaker" or request.get("ScalableDimension", DIMENSION) != DIMENSION:
            raise NotEmulated(f"{SERVICE} of anything but sagemaker and {DIMENSION}")
        with self._world.lock:
            return json_answer(answered(operation, self._operations[operation](request), SERVICE))

    def _register(self, request: Request) -> Request:
        """A new target needs both bounds, an old one keeps what is not given."""
        key = (request["ResourceId"], request["ScalableDimension"])
        self._check_variant(request["ResourceId"])
        old = self._targets.kept.get(key)
        low = request.get("MinCapacity", old.low if old else None)
        high = request.get("MaxCapacity", old.high if old else None)
        if low is None or high is None or not 1 <= low <= high:
            raise invalid("MinCapacity and MaxCapacity are required: at least 1 instance, and no less at most.")
        target = old or Target(
            resource=key[0],
            dimension=key[1],
            arn=f"arn:aws:{SERVICE}:{self._names.region}:{self._names.account}:scalable-target/{self._names.fresh(34)}",
            low=low,
            high=high,
            role=request.get("RoleARN", f"arn:aws:iam::{self._names.account}:role/{ROLE}"),
            created=self._world.now(),
        )
        target.low, target.high = low, high
        target.suspended |= request.get("SuspendedState", {})
        self._targets.kept[key] = target
        self._bring_into_bounds(target)
        return {"ScalableTargetARN": target.arn}

    def _check_variant(self, resource: str) -> None:
        name, wanted = split(resource)
        endpoint = self._endpoints.endpoints.get(name)
        if endpoint is None:
            raise not_found("endpoint", self._names.arn("endpoint", name.lower()))
        variant = next((variant for variant in endpoint.variants if variant.name == wanted), None)
        if variant is None:
            raise invalid(f"Could not find variant {wanted} of endpoint {endpoint.arn}.")
        if variant.serverless:
            raise invalid(f"Variant {wanted} is serverless: it scales by itself and has no DesiredInstanceCount.")

    def _bring_into_bounds(self, target: Target) -> None:
        """API: the current capacity is changed where the resource is active, and else left."""
        name, wanted = split(target.resource)
        endpoint = self._endpoints.endpoints[name]
        count = next(variant.desired_count for variant in endpoint.variants if variant.name == wanted)
        bounded = min(max(count, target.low), target.high)
        if bounded != count and endpoint.status == "InService":
            change = {"VariantName": wanted, "DesiredInstanceCount": bounded}
            self._endpoints.update_endpoint_weights_and_capacities(
                {"EndpointName": name, "DesiredWeightsAndCapacities": [change]}
            )

    def _deregister(self, request: Request) -> Request:
        """Its policies go with it."""
        self._target(request)
        del self._targets.kept[request["ResourceId"], request["ScalableDimension"]]
        return {}

    def _describe_targets(self, request: Request) -> Request:
        wanted = request.get("ResourceIds")
        found = [target for target in self._targets.kept.values() if wanted is None or target.resource in wanted]
        return page(found, request, _shown, "ScalableTargets")

    def _put_policy(self, request: Request) -> Request:
        """Target tracking of the predefined metric, kept; no alarm is made of it."""
        if request.get("PolicyType") != TRACKING or CONFIG not in request:
            raise NotEmulated(f"{SERVICE}:PutScalingPolicy but for PolicyType {TRACKING} with its configuration")
        metric = request[CONFIG].get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
        if metric != METRIC or "CustomizedMetricSpecification" in request[CONFIG]:
            raise NotEmulated(f"a scaling policy but by the predefined metric {METRIC}")
        policies, name = self._target(request).policies, request["PolicyName"]
        scope = f"{self._names.region}:{self._names.account}:scalingPolicy"
        old = policies.get(name) or {
            "PolicyARN": f"arn:aws:autoscaling:{scope}:{self._names.fresh(32)}:resource/sagemaker/"
            f"{request['ResourceId']}:policyName/{name}",
            "CreationTime": self._world.now(),
            "Alarms": [],
        }
        policies[name] = old | request
        self._targets.kept.touch((request["ResourceId"], request["ScalableDimension"]))
        return {"PolicyARN": old["PolicyARN"], "Alarms": []}

    def _describe_policies(self, request: Request) -> Request:
        wanted, resource = request.get("PolicyNames"), request.get("ResourceId")
        found = [policy for target in self._targets.kept.values() for policy in target.policies.values()]
        kept = [
            policy
            for policy in found
            if (wanted is None or policy["PolicyName"] in wanted) and resource in (None, policy["ResourceId"])
        ]
        return page(kept, request, dict, "ScalingPolicies")

    def _delete_policy(self, request: Request) -> Request:
        policies, name = self._target(request).policies, request["PolicyName"]
        if name not in policies:
            raise _missing("No scaling policy found", request, f", policy name: {name}")
        del policies[name]
        self._targets.kept.touch((request["ResourceId"], request["ScalableDimension"]))
        return {}

    def _target(self, request: Request) -> Target:
        found = self._targets.kept.get((request["ResourceId"], request["ScalableDimension"]))
        if found is None:
            raise _missing("No scalable target registered", request)
        return found


def _missing(what: str, request: Request, more: str = "") -> AwsError:
    where = f"resource ID: {request['ResourceId']}, scalable dimension: {request['ScalableDimension']}"
    return AwsError("ObjectNotFoundException", f"{what} for service namespace: sagemaker, {where}{more}")


def _shown(target: Target) -> Request:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": target.resource,
        "ScalableDimension": target.dimension,
        "MinCapacity": target.low,
        "MaxCapacity": target.high,
        "RoleARN": target.role,
        "CreationTime": target.created,
        "SuspendedState": target.suspended or None,
        "ScalableTargetARN": target.arn,
    }
