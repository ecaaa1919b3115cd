"""What Application Auto Scaling keeps: scalable targets and scaling policies of variants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws.journal import Journal, Noting

Key = tuple[str, str]  # resource id and dimension


@dataclass(kw_only=True)
class Target:
    """One scalable target."""

    resource: str
    dimension: str
    arn: str
    low: int
    high: int
    role: str
    created: datetime
    suspended: dict[str, bool] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)  # by name, as they are described


class Targets:
    """Scalable targets of endpoints, by resource and dimension."""

    def __init__(self, journal: Journal) -> None:
        self.kept = Noting[Key, Target](journal, "sagemaker.targets")

    def variants_of(self, endpoint: str) -> set[str]:
        """Names of an endpoint's variants that are scalable targets."""
        found = (split(resource) for resource, _ in self.kept)
        return {variant for name, variant in found if name == endpoint}

    def drop(self, endpoint: str) -> None:
        """An endpoint goes: its targets are deregistered."""
        for key in [key for key in self.kept if split(key[0])[0] == endpoint]:
            del self.kept[key]


def split(resource: str) -> tuple[str, str]:
    """Endpoint and variant of `endpoint/<name>/variant/<name>`; empty where it is no such text."""
    parts = resource.split("/")
    return (parts[1], parts[3]) if len(parts) == 4 and (parts[0], parts[2]) == ("endpoint", "variant") else ("", "")
