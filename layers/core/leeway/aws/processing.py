"""SageMaker's Processing jobs, as far as Leeway runs them itself: created once, and looked at by their name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Rejected


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A job as it is: `status` as the API spells it, `reason` where it has failed or was stopped."""

    status: str
    reason: str = ""


class Processing:
    """Thin calls."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def find(self, name: str) -> Seen | None:
        """A job, None where there is none, for which SageMaker has a ValidationException."""
        try:
            with translated(f"SageMaker DescribeProcessingJob {name}"):
                found = self._client.describe_processing_job(ProcessingJobName=name)
        except Rejected:
            return None
        reasons = (found.get("FailureReason", ""), found.get("ExitMessage", ""))
        return Seen(status=found["ProcessingJobStatus"], reason="; ".join(one for one in reasons if one))

    def create(self, request: Mapping[str, Any]) -> None:
        """CreateProcessingJob; an existing name is refused by SageMaker."""
        with translated(f"SageMaker CreateProcessingJob {request['ProcessingJobName']}"):
            self._client.create_processing_job(**request)
