"""One version in the registry, as DescribeModelPackage answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Package:
    """One version in the registry; `status` is its approval status, `note` what was said with it.

    `baseline` and `evaluation` are the S3 URIs of the statistics of its data and of its quality. `created_by` and
    `modified_by` are the ARNs of who did that, of a user's profile or an IAM identity; "" where SageMaker does not say.
    """

    arn: str
    version: int
    status: str
    modified: datetime
    note: str = ""
    model_data: str = ""
    metadata: Mapping[str, str] | None = None
    baseline: str = ""
    evaluation: str = ""
    created: datetime | None = None
    created_by: str = ""
    modified_by: str = ""

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Package:
        """The answer's."""
        containers: Sequence[Mapping[str, str]] = answer.get("InferenceSpecification", {}).get("Containers", [{}])
        return cls(
            arn=answer["ModelPackageArn"],
            version=answer["ModelPackageVersion"],
            status=answer.get("ModelApprovalStatus", "PendingManualApproval"),
            modified=answer.get("LastModifiedTime", answer["CreationTime"]),
            note=answer.get("ApprovalDescription", ""),
            model_data=containers[0].get("ModelDataUrl", ""),
            metadata=answer.get("CustomerMetadataProperties", {}),
            baseline=_statistics(answer, "ModelDataQuality"),
            evaluation=_statistics(answer, "ModelQuality"),
            created=answer["CreationTime"],
            created_by=_who(answer, "CreatedBy"),
            modified_by=_who(answer, "LastModifiedBy"),
        )


def _who(answer: Mapping[str, Any], name: str) -> str:
    """The ARN in a UserContext; in Studio the sessions of all people have one name, and their profiles differ."""
    context = answer.get(name, {})
    return str(context.get("UserProfileArn") or context.get("IamIdentity", {}).get("Arn", ""))


def _statistics(package: Mapping[str, Any], kind: str) -> str:
    return str(package.get("ModelMetrics", {}).get(kind, {}).get("Statistics", {}).get("S3Uri", ""))
