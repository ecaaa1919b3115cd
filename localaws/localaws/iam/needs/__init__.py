"""What a call needs: from service and operation to actions, resources and condition keys.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS services", one page a service.
An operation that is not here may be called by nobody who has a role.
"""

from localaws.iam.asked import Needs
from localaws.iam.needs import (
    autoscaling,
    cloudwatch,
    dynamodb,
    events,
    functions,
    logs,
    s3,
    sagemaker,
    sns,
    sqs,
    ssm,
    sts,
)

TABLE: dict[str, dict[str, Needs]] = {
    "application-autoscaling": autoscaling.NEEDS,
    "dynamodb": dynamodb.NEEDS,
    "events": events.NEEDS,
    "lambda": functions.NEEDS,
    "logs": logs.NEEDS,
    "monitoring": cloudwatch.NEEDS,
    "s3": s3.NEEDS,
    "sagemaker": sagemaker.NEEDS,
    "sns": sns.NEEDS,
    "sqs": sqs.NEEDS,
    "ssm": ssm.NEEDS,
    "sts": sts.NEEDS,
}
