"""Needs of SNS."""

from localaws.iam.asked import Asked, Need, Needs


def _publish(asked: Asked) -> list[Need]:
    given = asked.form
    return [Need(action="sns:Publish", resource=given.get("TopicArn") or given.get("TargetArn") or "*")]


NEEDS: dict[str, Needs] = {"Publish": _publish}
