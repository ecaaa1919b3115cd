"""One module a service; each exports KINDS, from a resource type to how it is made."""

from localaws.stacks.made import Kind
from localaws.stacks.resources import dynamodb, events, functions, iam, monitoring, s3, sns, sqs, ssm, urls

KINDS: dict[str, Kind] = {
    **s3.KINDS,
    **sqs.KINDS,
    **sns.KINDS,
    **dynamodb.KINDS,
    **events.KINDS,
    **functions.KINDS,
    **urls.KINDS,
    **iam.KINDS,
    **ssm.KINDS,
    **monitoring.KINDS,
}
