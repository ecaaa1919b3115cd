"""SageMaker's errors by code and text; the sources are named in COVERAGE.md (reference, section 9)."""

from __future__ import annotations

from localaws.errors import AwsError


def invalid(message: str) -> AwsError:
    """ValidationException: most of what SageMaker refuses."""
    return AwsError("ValidationException", message)


def not_found(what: str, arn: str) -> AwsError:
    """Endpoints, configurations, models: ValidationException, not ResourceNotFound."""
    return invalid(f'Could not find {what} "{arn}".')


def exists(what: str, arn: str) -> AwsError:
    """A second create of the same name."""
    return invalid(f'Cannot create already existing {what} "{arn}".')


def in_progress(arn: str) -> AwsError:
    """Update, weights and delete while the endpoint changes."""
    return invalid(f'Cannot update in-progress endpoint "{arn}".')


def resource_not_found(message: str) -> AwsError:
    """Pipelines and their executions."""
    return AwsError("ResourceNotFound", message)


def conflict(message: str) -> AwsError:
    """ConflictException."""
    return AwsError("ConflictException", message)


def in_use(message: str) -> AwsError:
    """A job name that was used before."""
    return AwsError("ResourceInUse", message)
