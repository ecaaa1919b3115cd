"""Needs of SSM's parameters; a name in an ARN has no slash before it."""

from localaws.iam.asked import Asked, Need, Needs, anything


def _parameter(asked: Asked, name: str) -> str:
    return asked.arn("ssm", name if name.startswith("arn:") else f"parameter/{name.lstrip('/')}")


def _one(operation: str, member: str = "Name") -> Needs:
    return lambda asked: [
        Need(action=f"ssm:{operation}", resource=_parameter(asked, str(asked.request.get(member, ""))))
    ]


NEEDS: dict[str, Needs] = {
    "GetParameter": _one("GetParameter"),
    "PutParameter": _one("PutParameter"),
    "DeleteParameter": _one("DeleteParameter"),
    "GetParametersByPath": _one("GetParametersByPath", "Path"),
    "GetParameters": lambda asked: [
        Need(action="ssm:GetParameters", resource=_parameter(asked, str(name)))
        for name in asked.request.get("Names", [])
    ],
    "DescribeParameters": anything("ssm:DescribeParameters"),
}
