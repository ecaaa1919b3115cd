"""Lambda's API: what a client may ask of the functions here."""

import base64
import json
from collections.abc import Callable
from typing import Any

from localaws import rest
from localaws.errors import AwsError, NotEmulated
from localaws.functions.model import Function, Outcome
from localaws.functions.service import Lambda
from localaws.functions.urls import FunctionUrls
from localaws.pollers import Mapping, Pollers
from localaws.wire import Answer, Call, json_answer


class LambdaApi:
    """Invoke, and reading; functions are made by deploying a template alone."""

    def __init__(self, lambda_: Lambda, pollers: Pollers, urls: FunctionUrls) -> None:
        self._lambda = lambda_
        self._pollers = pollers
        self._urls = urls

    def handle(self, call: Call) -> Answer:
        """One call."""
        operations: dict[str, Callable[[Call], Answer]] = {
            "Invoke": self._invoke,
            "ListFunctions": self._list,
            "GetFunction": self._get,
            "GetFunctionConfiguration": lambda c: json_answer(_configuration(self._function(c))),
            "ListEventSourceMappings": self._mappings,
            "InvokeFunctionUrl": self._urls.handle,
            "GetFunctionUrlConfig": lambda c: json_answer(_url(self._function(c))),
            "ListFunctionUrlConfigs": lambda c: json_answer({"FunctionUrlConfigs": _urls(self._function(c))}),
        }
        if call.operation not in operations:
            raise NotEmulated(f"lambda:{call.operation}")
        return operations[call.operation](call)

    def _function(self, call: Call) -> Function:
        return self._lambda.find(rest.labels("lambda", call.operation, call.path)["FunctionName"])

    def _invoke(self, call: Call) -> Answer:
        function, payload = self._function(call), _payload(call.body)
        kind = call.header("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return Answer(status=204, headers=[], body=b"")
        if kind == "Event":
            self._lambda.invoke_async(function.name, payload)
            return Answer(status=202, headers=[], body=b"")
        outcome = self._lambda.invoke(function.name, payload)
        wants_logs = call.header("X-Amz-Log-Type") == "Tail"
        return Answer(status=200, headers=_headers(outcome, logs=wants_logs), body=json.dumps(outcome.payload).encode())

    def _list(self, _: Call) -> Answer:
        return json_answer({"Functions": [_configuration(function) for function in self._lambda.functions.values()]})

    def _get(self, call: Call) -> Answer:
        function = self._function(call)
        code = {"RepositoryType": "localaws", "Location": function.handler}
        return json_answer({"Configuration": _configuration(function), "Code": code, "Tags": {}})

    def _mappings(self, call: Call) -> Answer:
        wanted = rest.query(call.query)
        found = [
            _mapping(mapping, self._lambda.find(mapping.function).arn)
            for mapping in self._pollers.mappings.values()
            if wanted.get("EventSourceArn") in (None, mapping.queue_arn)
            and wanted.get("FunctionName", mapping.function).rsplit(":", 1)[-1] == mapping.function
        ]
        return json_answer({"EventSourceMappings": found})


def _payload(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError as exc:
        message = f"Could not parse request body into json: {exc}"
        raise AwsError("InvalidRequestContentException", message) from exc


def _headers(outcome: Outcome, *, logs: bool) -> list[tuple[str, str]]:
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", outcome.request_id)]
    headers.append(("X-Amz-Executed-Version", "$LATEST"))
    if outcome.error is not None:
        headers.append(("X-Amz-Function-Error", "Unhandled"))
    if logs:
        headers.append(("X-Amz-Log-Result", base64.b64encode(outcome.logs.encode()[-4096:]).decode()))
    return headers


def _configuration(function: Function) -> dict[str, Any]:
    return {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Runtime": function.runtime,
        "Role": function.role,
        "Handler": function.handler,
        "CodeSize": 0,
        "Description": function.description,
        "Timeout": function.timeout,
        "MemorySize": function.memory,
        "LastModified": function.modified,
        "Version": "$LATEST",
        "Environment": {"Variables": function.environment},
        "Layers": [{"Arn": arn} for arn in function.layers],
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": [function.architecture],
    }


def _url(function: Function) -> dict[str, Any]:
    if not function.url:
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    return {
        "FunctionUrl": function.url.url,
        "FunctionArn": function.arn,
        "AuthType": function.url.auth,
        "CreationTime": function.url.created,
        "LastModifiedTime": function.url.modified,
        "InvokeMode": "BUFFERED",
    }


def _urls(function: Function) -> list[dict[str, Any]]:
    return [_url(function)] if function.url else []


def _mapping(mapping: Mapping, function: str) -> dict[str, Any]:
    return {
        "UUID": mapping.id,
        "BatchSize": mapping.batch_size,
        "MaximumBatchingWindowInSeconds": int(mapping.window),
        "EventSourceArn": mapping.queue_arn,
        "FunctionArn": function,
        "State": "Enabled" if mapping.enabled else "Disabled",
        "FunctionResponseTypes": ["ReportBatchItemFailures"] if mapping.partial else [],
    }
