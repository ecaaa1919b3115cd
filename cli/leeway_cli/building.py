"""What `training/` makes of a specification: the pipeline's definition and the code that its jobs and endpoints run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from leeway.settings import Settings
from leeway.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Built:
    """`code` are keys of the artifacts bucket with their content, named by content."""

    definition: str
    code: Mapping[str, bytes]

    @property
    def definition_sha256(self) -> str:
        """Part of the key of each run, so that another definition is another run."""
        return hashlib.sha256(self.definition.encode()).hexdigest()


def build(settings: Settings, region: str, spec: ModelSpec) -> Built:
    """Render and pack."""
    raise NotImplementedError
