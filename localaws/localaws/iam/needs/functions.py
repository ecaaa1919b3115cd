"""Needs of Lambda."""

from localaws import rest
from localaws.iam.asked import Asked, Need, Needs, anything
from localaws.iam.evaluator import Pairs

_ON_FUNCTION = {
    "Invoke": "lambda:InvokeFunction",
    "GetFunction": "lambda:GetFunction",
    "GetFunctionConfiguration": "lambda:GetFunctionConfiguration",
    "GetFunctionUrlConfig": "lambda:GetFunctionUrlConfig",
    "ListFunctionUrlConfigs": "lambda:ListFunctionUrlConfigs",
}


def _on_function(operation: str) -> Needs:
    def needs(asked: Asked) -> list[Need]:
        name = rest.labels("lambda", operation, asked.call.path)["FunctionName"].removesuffix(":$LATEST")
        resource = asked.arn("lambda", f"function:{name.rsplit(':', 1)[-1]}")
        return [Need(action=_ON_FUNCTION[operation], resource=resource)]

    return needs


def needs_of_url(function: str, auth: str) -> list[Need]:
    """Of whoever calls a function by its URL: since October 2025 the function too, by a key that a plain Invoke lacks.

    Source: Lambda Developer Guide, "Control access to Lambda function URLs".
    """
    by_url: Pairs = (("lambda:functionurlauthtype", (auth,)), ("lambda:invokedviafunctionurl", ("true",)))
    actions = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    return [Need(action=action, resource=function, keys=by_url) for action in actions]


NEEDS: dict[str, Needs] = {
    **{operation: _on_function(operation) for operation in _ON_FUNCTION},
    "ListFunctions": anything("lambda:ListFunctions"),
    "ListEventSourceMappings": anything("lambda:ListEventSourceMappings"),
}
