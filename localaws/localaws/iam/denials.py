"""How each service spells that something is denied.

Source: IAM User Guide, "Troubleshoot access denied error messages"; S3 User Guide, "Troubleshoot access denied errors";
SQS and SNS as quoted in aws/serverless-application-model#3633 and microsoft/aspire#3333.
"""

from localaws.errors import AwsError
from localaws.iam.asked import Need
from localaws.iam.evaluator import Decision
from localaws.iam.principals import Principal

_CODES = {
    "s3": ("AccessDenied", 403),
    "sqs": ("AccessDenied", 403),
    "sns": ("AuthorizationError", 403),
    "monitoring": ("AccessDenied", 403),
    "iam": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
    "lambda": ("AccessDeniedException", 403),
}


def denied(service: str, principal: Principal, need: Need, decision: Decision, operation: str = "") -> AwsError:
    """The error that the service answers; `operation` where its spelling depends on that."""
    action, reason = spelled(need, decision)
    resource = f'"{need.resource}"' if service == "s3" else need.resource
    text = f"{principal.name} is not authorized to perform: {action} on resource: {resource} {reason}"
    code, status = _CODES.get(service, ("AccessDeniedException", 400))
    return AwsError(code, text, 403 if operation == "InvokeEndpoint" else status)


def spelled(need: Need, decision: Decision) -> tuple[str, str]:
    """SQS writes its actions in small letters, SNS its own name in capitals."""
    action = need.action
    if action.startswith("sqs:"):
        action = action.lower()
    elif action.startswith("sns:"):
        action = f"SNS:{action.removeprefix('sns:')}"
    return action, decision.reason.replace(need.action, action)


def not_in_the_table(service: str, operation: str, principal: Principal) -> AwsError:
    """For what no rule covers: never allowed in silence."""
    text = f"{principal.name} may not call {service}:{operation}: localaws/iam/needs does not say what it needs"
    code, status = _CODES.get(service, ("AccessDeniedException", 400))
    return AwsError(code, text, status)
