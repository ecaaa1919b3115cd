"""CloudFormation's API: reading what is deployed."""

from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from localaws.errors import AwsError, NotEmulated
from localaws.stacks.deployer import Deployer, Stack
from localaws.wire import Answer, Call

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


class StacksApi:
    """DescribeStacks, ListStacks, DescribeStackResources, DescribeStackResource, ListStackResources."""

    def __init__(self, deployer: Deployer) -> None:
        self._deployer = deployer

    def handle(self, call: Call) -> Answer:
        """One call."""
        form = call.form()
        if call.operation == "DescribeStacks":
            wanted = form.get("StackName")
            stacks = [self._stack(wanted)] if wanted else list(self._deployer.stacks.values())
            return _answer(call.operation, {"Stacks": [_stack(stack) for stack in stacks]})
        if call.operation == "ListStacks":
            summaries = [_summary(stack) for stack in self._deployer.stacks.values()]
            return _answer(call.operation, {"StackSummaries": summaries})
        if call.operation in ("DescribeStackResources", "ListStackResources", "DescribeStackResource"):
            return self._resources(call.operation, form)
        raise NotEmulated(f"cloudformation:{call.operation}")

    def _resources(self, operation: str, form: dict[str, str]) -> Answer:
        stack = self._stack(form.get("StackName", ""))
        wanted = form.get("LogicalResourceId")
        found = [
            _resource(stack, logical_id, summary=operation == "ListStackResources")
            for logical_id in stack.resources
            if wanted in (None, logical_id)
        ]
        if operation == "DescribeStackResource":
            if not found:
                raise AwsError("ValidationError", f"Resource {wanted} does not exist for stack {stack.name}")
            return _answer(operation, {"StackResourceDetail": found[0]})
        member = "StackResources" if operation == "DescribeStackResources" else "StackResourceSummaries"
        return _answer(operation, {member: found})

    def _stack(self, reference: str) -> Stack:
        for stack in self._deployer.stacks.values():
            if reference in (stack.name, stack.id):
                return stack
        raise AwsError("ValidationError", f"Stack with id {reference} does not exist")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _summary(stack: Stack) -> dict[str, Any]:
    status = "CREATE_COMPLETE" if stack.updated is None else "UPDATE_COMPLETE"
    summary = {"StackId": stack.id, "StackName": stack.name, "CreationTime": _time(stack.created)}
    changed = {} if stack.updated is None else {"LastUpdatedTime": _time(stack.updated)}
    return summary | changed | {"StackStatus": status}


def _stack(stack: Stack) -> dict[str, Any]:
    parameters = [
        {"ParameterKey": key, "ParameterValue": ",".join(value) if isinstance(value, list) else str(value)}
        for key, value in stack.parameters.items()
    ]
    more = {"Description": stack.description, "Parameters": parameters, "Outputs": stack.outputs}
    return _summary(stack) | more | {"Capabilities": ["CAPABILITY_IAM"]}


def _resource(stack: Stack, logical_id: str, *, summary: bool) -> dict[str, str]:
    resource = stack.resources[logical_id]
    entry = {
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": resource.made.id,
        "ResourceType": resource.kind,
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": _time(stack.updated or stack.created),
    }
    if summary:
        return entry
    return entry | {"Timestamp": entry["LastUpdatedTimestamp"], "StackName": stack.name, "StackId": stack.id}


def _answer(operation: str, result: dict[str, Any]) -> Answer:
    inner = _xml(result)
    text = f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{inner}</{operation}Result>'
    text += f"<ResponseMetadata><RequestId>localaws</RequestId></ResponseMetadata></{operation}Response>"
    return Answer(status=200, headers=[("Content-Type", "text/xml")], body=text.encode())


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(item)}</{key}>" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(item)}</member>" for item in value)
    return escape(str(value))
