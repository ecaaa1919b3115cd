"""The step cache: a step that asks for what a successful one asked for before takes its result (reference 6.3)."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timedelta
from typing import Any

from localaws.sagemaker.executions import Execution, StepRun
from localaws.sagemaker.stepjobs import KINDS

DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class StepCache:
    """Of all pipelines; the last success of each request."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[datetime, Execution, str]] = {}

    def key(self, execution: Execution, kind: str, request: dict[str, Any]) -> str:
        """What a step is compared by."""
        text = json.dumps(
            [execution.pipeline.name, kind, {n: request.get(n) for n in KINDS[kind].cached_by}], sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def keep(self, key: str, now: datetime, execution: Execution, run: StepRun) -> None:
        """A step has succeeded."""
        self.kept[key] = (now, execution, run.step["Name"])

    def found(self, key: str, now: datetime, step: dict[str, Any]) -> tuple[Execution, StepRun] | None:
        """The execution and the step that a step may take its result from."""
        config = step.get("CacheConfig") or {}
        if not config.get("Enabled") or key not in self.kept:
            return None
        at, source, name = self.kept[key]
        expires = config.get("ExpireAfter")
        return None if expires and now > at + _duration(expires) else (source, source.runs[name])


def _duration(value: str) -> timedelta:
    found = DURATION.fullmatch(value)
    if found is None:
        raise ValueError(f"ExpireAfter {value} is no ISO 8601 duration")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
