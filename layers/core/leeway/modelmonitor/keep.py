"""Where Model Monitor's files lie: beside the reports of each hour, and once for the baseline of a version.

The folders are those of Model Monitor's own output, with the model for the endpoint and the version for the schedule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway.aws.objects import Objects
from leeway.drift.reference import Reference
from leeway.drift.windows import Window
from leeway.modelmonitor import constraints, violations
from leeway.modelmonitor.checks import violated
from leeway.modelmonitor.constraints import Constraints, suggested
from leeway.modelmonitor.statistics import of_baseline, statistics
from leeway.modelmonitor.violations import Violation

STATISTICS, CONSTRAINTS = "statistics.json", "constraints.json"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The constraints in force; `refused` says what is wrong with those that a person has put there."""

    constraints: Constraints
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class Files:
    """The files of one version: written to the bucket `artifacts`, a person's constraints read from `inbox`."""

    objects: Objects
    inbox: str
    artifacts: str
    model: str
    version: int

    def limits(self, reference: Reference) -> Limits:
        """A person's constraints where there are any, else what the baseline suggests."""
        key = edited_key(self.model)
        try:
            document = self.objects.get_json(self.inbox, key)
            if document is None:
                return Limits(constraints=suggested(reference))
            return Limits(constraints=constraints.read(document))
        except ValueError as error:  # what is no JSON too
            return Limits(constraints=suggested(reference), refused=f"s3://{self.inbox}/{key} is refused: {error}")

    def baseline(self, reference: Reference, document: Mapping[str, Any]) -> None:
        """The baseline's files, as a monitoring schedule could be given them."""
        folder = f"monitoring/{self.model}/v{self.version}/baseline"
        self._put(f"{folder}/{STATISTICS}", statistics(reference, of_baseline(reference, document)))
        self._put(f"{folder}/{CONSTRAINTS}", suggested(reference).to_json())

    def hour(self, hour: datetime, reference: Reference, window: Window, limits: Limits) -> list[Violation]:
        """The files of an hour; answers what was violated, which is nothing where the constraints are refused."""
        folder = f"monitoring/{self.model}/v{self.version}/{hour:%Y/%m/%d/%H}"
        found = [] if limits.refused else violated(reference, window, limits.constraints)
        self._put(f"{folder}/{STATISTICS}", statistics(reference, window))
        if not limits.refused:
            self._put(f"{folder}/{CONSTRAINTS}", limits.constraints.to_json())
            self._put(f"{folder}/{violations.NAMES[0]}", violations.document(found))
        return found

    def _put(self, key: str, document: Mapping[str, Any]) -> None:
        self.objects.put(self.artifacts, key, json.dumps(document).encode())


def edited_key(model: str) -> str:
    """Where a person puts constraints of their own, in the bucket that people write to."""
    return f"constraints/{model}/{CONSTRAINTS}"
