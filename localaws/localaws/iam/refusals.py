"""What is refused by name, since to ignore it would allow what AWS denies, or deny what AWS allows."""

from localaws.errors import AwsError, NotEmulated


def unknown(what: str) -> NotEmulated:
    """Something in a policy that the evaluator does not know."""
    return NotEmulated(f"{what} in a policy")


def malformed(message: str) -> AwsError:
    """A policy document as no service takes it."""
    return AwsError("MalformedPolicyDocument", message)
