"""Needs of Lambda."""

from localaws import rest
from localaws.iam.asked import Asked, Need, Needs, anything

_ON_FUNCTION = {
    "Invoke": "lambda:InvokeFunction",
    "GetFunction": "lambda:GetFunction",
    "GetFunctionConfiguration": "lambda:GetFunctionConfiguration",
}


def _on_function(operation: str) -> Needs:
    def needs(asked: Asked) -> list[Need]:
        name = rest.labels("lambda", operation, asked.call.path)["FunctionName"].removesuffix(":$LATEST")
        resource = asked.arn("lambda", f"function:{name.rsplit(':', 1)[-1]}")
        return [Need(action=_ON_FUNCTION[operation], resource=resource)]

    return needs


NEEDS: dict[str, Needs] = {
    **{operation: _on_function(operation) for operation in _ON_FUNCTION},
    "ListFunctions": anything("lambda:ListFunctions"),
    "ListEventSourceMappings": anything("lambda:ListEventSourceMappings"),
}
