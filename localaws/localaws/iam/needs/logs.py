"""Needs of CloudWatch Logs: a group's ARN ends with :*, a stream's names it."""

from localaws.iam.asked import Asked, Need, Needs, anything


def _stream(operation: str) -> Needs:
    def needs(asked: Asked) -> list[Need]:
        group, stream = asked.request.get("logGroupName", ""), asked.request.get("logStreamName", "")
        return [Need(action=f"logs:{operation}", resource=asked.arn("logs", f"log-group:{group}:log-stream:{stream}"))]

    return needs


def _group(operation: str) -> Needs:
    def needs(asked: Asked) -> list[Need]:
        group = asked.request.get("logGroupName", "")
        return [Need(action=f"logs:{operation}", resource=asked.arn("logs", f"log-group:{group}:*"))]

    return needs


NEEDS: dict[str, Needs] = {
    **{operation: _stream(operation) for operation in ("GetLogEvents",)},
    **{operation: _group(operation) for operation in ("CreateLogGroup", "DescribeLogStreams", "FilterLogEvents")},
    "DescribeLogGroups": anything("logs:DescribeLogGroups"),
}
