"""Functions, layers, event-source mappings, asynchronous configuration and permissions."""

import uuid
from typing import Any

from localaws.errors import AwsError, DeployRefused
from localaws.functions.model import AsyncConfig, Function
from localaws.functions.service import sent_by
from localaws.pollers import Mapping
from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY

_FUNCTION = {
    "FunctionName": ANY,
    "Description": ANY,
    "Code": ANY,
    "Handler": ANY,
    "Role": ANY,
    "Runtime": ANY,
    "Architectures": ANY,
    "Timeout": ANY,
    "MemorySize": ANY,
    "Environment": {"Variables": ANY},
    "Layers": ANY,
    "DeadLetterConfig": {"TargetArn": ANY},
    "LoggingConfig": {"LogGroup": ANY, "LogFormat": ANY, "ApplicationLogLevel": ANY, "SystemLogLevel": ANY},
    "ReservedConcurrentExecutions": ANY,
    "EphemeralStorage": {"Size": ANY},
    "TracingConfig": {"Mode": ANY},
    "RecursiveLoop": ANY,
    "Tags": ANY,
}
_MAPPING = {
    "FunctionName": ANY,
    "EventSourceArn": ANY,
    "BatchSize": ANY,
    "MaximumBatchingWindowInSeconds": ANY,
    "FunctionResponseTypes": ANY,
    "ScalingConfig": {"MaximumConcurrency": ANY},
    "Enabled": ANY,
    "Tags": ANY,
}
_INVOKE_CONFIG = {
    "FunctionName": ANY,
    "Qualifier": ANY,
    "MaximumRetryAttempts": ANY,
    "MaximumEventAgeInSeconds": ANY,
    "DestinationConfig": {"OnFailure": {"Destination": ANY}, "OnSuccess": {"Destination": ANY}},
}


def _function(request: Request) -> Made:
    wanted, lambda_ = request.properties, request.services.lambda_
    name = request.name("FunctionName")
    arn = request.arn("lambda", f"function:{name}")
    function = Function(
        name=name,
        arn=arn,
        logical_id=request.logical_id,
        handler=wanted["Handler"],
        role=wanted["Role"],
        runtime=wanted["Runtime"],
        architecture=wanted.get("Architectures", ["x86_64"])[0],
        timeout=int(wanted.get("Timeout", 3)),
        memory=int(wanted.get("MemorySize", 128)),
        description=wanted.get("Description", ""),
        environment={key: _text(value) for key, value in wanted.get("Environment", {}).get("Variables", {}).items()},
        layers=wanted.get("Layers", []),
        dead_letters=wanted.get("DeadLetterConfig", {}).get("TargetArn"),
        log_group=wanted.get("LoggingConfig", {}).get("LogGroup", ""),
        modified=request.services.world.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
    )
    _check_environment(request, function, list(lambda_.functions.values()))
    _check_role(request, function)
    if name in lambda_.functions:
        function.asynchronous = lambda_.functions[name].asynchronous
        function.permissions, function.url = lambda_.functions[name].permissions, lambda_.functions[name].url
    lambda_.functions[name] = function
    return Made(id=name, attributes={"Arn": arn})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_environment(request: Request, function: Function, others: list[Function]) -> None:
    """Functions share this process, and what one caches another finds: one set of variables for all."""
    for other in others:
        if other.name != function.name and other.environment != function.environment and request.before is None:
            names = {key for key, _ in set(function.environment.items()) ^ set(other.environment.items())}
            differing = ", ".join(sorted(names))
            raise DeployRefused(
                [f"{function.logical_id} and {other.logical_id} differ in {differing}: put the variables in Globals"]
            )


def _check_role(request: Request, function: Function) -> None:
    if not request.services.guard.assumable(function.role, "lambda.amazonaws.com"):
        told = "The role defined for the function cannot be assumed by Lambda."
        raise DeployRefused([f"{function.logical_id}: {told} ({function.role})"])
    if function.dead_letters:
        _check_sending(request, function, function.dead_letters)


def _check_sending(request: Request, function: Function, target: str) -> None:
    """As when the real one is made: later a lost message would be the only sign."""
    try:
        request.services.guard.permit(sent_by(function), target)
    except AwsError as exc:
        raise DeployRefused([f"{request.logical_id}: {exc.message}"]) from exc


def _layer(request: Request) -> Made:
    arn = request.arn("lambda", f"layer:{request.name('LayerName')}:1")
    return Made(id=arn, attributes={"LayerVersionArn": arn})


def _mapping(request: Request) -> Made:
    wanted, pollers = request.properties, request.services.pollers
    if ":sqs:" not in wanted["EventSourceArn"]:
        raise DeployRefused([f"{request.logical_id}: only queues are emulated as event sources"])
    role = request.services.lambda_.find(wanted["FunctionName"]).role
    if lacking := request.services.guard.not_receiving(role, wanted["EventSourceArn"]):
        told = "The provided execution role does not have permissions to call"
        raise DeployRefused([f"{request.logical_id}: {told} {', '.join(lacking)} on {wanted['EventSourceArn']}"])
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{request.stack}/{request.logical_id}"))
    pollers.mappings[identity] = Mapping(
        id=identity,
        queue=wanted["EventSourceArn"].rsplit(":", 1)[-1],
        queue_arn=wanted["EventSourceArn"],
        function=wanted["FunctionName"],
        batch_size=int(wanted.get("BatchSize", 10)),
        window=float(wanted.get("MaximumBatchingWindowInSeconds", 0)),
        partial="ReportBatchItemFailures" in wanted.get("FunctionResponseTypes", []),
        enabled=str(wanted.get("Enabled", True)).lower() == "true",
    )
    pollers.wake()
    arn = request.arn("lambda", f"event-source-mapping:{identity}")
    return Made(id=identity, attributes={"Id": identity, "EventSourceMappingArn": arn})


def _invoke_config(request: Request) -> Made:
    wanted = request.properties
    destinations = wanted.get("DestinationConfig", {})
    function = request.services.lambda_.find(wanted["FunctionName"])
    for destination in destinations.values():
        _check_sending(request, function, destination["Destination"])
    function.asynchronous = AsyncConfig(
        retries=int(wanted.get("MaximumRetryAttempts", 2)),
        max_age=float(wanted.get("MaximumEventAgeInSeconds", 21600)),
        on_failure=destinations.get("OnFailure", {}).get("Destination"),
        on_success=destinations.get("OnSuccess", {}).get("Destination"),
    )
    return Made(id=request.name("Id"))


def _permission(request: Request) -> Made:
    """One statement of the function's policy, as Lambda writes it; Service or AWS, by how the principal looks."""
    wanted = request.properties
    function = request.services.lambda_.find(wanted["FunctionName"])
    conditions: dict[str, dict[str, str]] = {"ArnLike": {}, "StringEquals": {}, "Bool": {}}
    for name, operator, key in _CONDITIONS:
        if name in wanted:
            conditions[operator][key] = _text(wanted[name])
    principal = wanted["Principal"]
    function.permissions[request.logical_id] = {
        "Sid": request.logical_id,
        "Effect": "Allow",
        "Principal": {"Service" if principal.endswith(".amazonaws.com") else "AWS": principal},
        "Action": wanted["Action"],
        "Resource": function.arn,
        "Condition": {operator: keys for operator, keys in conditions.items() if keys},
    }
    return Made(id=request.name("Id"), attributes={"Id": request.name("Id")})


def _nothing(_: Request) -> None:
    """What stands for itself alone needs no taking away."""


def _remove_function(request: Request) -> None:
    request.services.lambda_.functions.pop(request.name("FunctionName"), None)


def _remove_permission(request: Request) -> None:
    function = request.services.lambda_.functions.get(request.properties["FunctionName"].rsplit(":", 1)[-1])
    if function:
        function.permissions.pop(request.logical_id, None)


def _remove_mapping(request: Request) -> None:
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{request.stack}/{request.logical_id}"))
    request.services.pollers.mappings.pop(identity, None)


_LAYER = {
    "Content": ANY,
    "LayerName": ANY,
    "Description": ANY,
    "CompatibleRuntimes": ANY,
    "CompatibleArchitectures": ANY,
    "LicenseInfo": ANY,
}
_PERMISSION = {
    "Action": ANY,
    "FunctionName": ANY,
    "Principal": ANY,
    "SourceArn": ANY,
    "SourceAccount": ANY,
    "FunctionUrlAuthType": ANY,
    "InvokedViaFunctionUrl": ANY,
}
_CONDITIONS = (
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
)
KINDS = {
    "AWS::Lambda::Function": Kind(schema=_FUNCTION, make=_function, remove=_remove_function, fixed=("FunctionName",)),
    "AWS::Lambda::LayerVersion": Kind(schema=_LAYER, make=_layer, remove=_nothing),
    "AWS::Lambda::EventSourceMapping": Kind(schema=_MAPPING, make=_mapping, remove=_remove_mapping),
    "AWS::Lambda::EventInvokeConfig": Kind(schema=_INVOKE_CONFIG, make=_invoke_config, remove=_nothing),
    "AWS::Lambda::Permission": Kind(schema=_PERMISSION, make=_permission, remove=_remove_permission),
}
