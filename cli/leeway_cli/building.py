"""What `training/` makes of a specification: the pipeline's definition and the code that its jobs and endpoints run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from leeway.models import Container
from leeway.settings import Settings
from leeway.spec import ModelSpec
from pipeline.code import build_code
from pipeline.render import Place, image, render
from pipeline.wheels import NAME as WHEELS
from pipeline.wheels import build_wheels


@dataclass(frozen=True, kw_only=True)
class Built:
    """`code` are keys of the artifacts bucket with their content, named by content; `container` runs it elsewhere."""

    definition: str
    code: Mapping[str, bytes]
    container: Container

    @property
    def definition_sha256(self) -> str:
        """Part of the key of each run, so that another definition is another run."""
        return hashlib.sha256(self.definition.encode()).hexdigest()


def build(settings: Settings, region: str, spec: ModelSpec, own: Mapping[str, bytes], *, here: bool) -> Built:
    """Render and pack, for SageMaker or (`here`) for the embedded AWS; raises Rejected where something is lacking."""
    code, wheels = build_code(own=own), build_wheels(here=here)
    folder = f"code/{code['sha256']}"
    place = Place(
        region=region,
        artifacts=settings.artifacts_bucket,
        role=settings.pipeline_role_arn,
        group=settings.resource(spec.model.name),
        spec=spec_key(spec),
        code=folder,
        code_sha256=code["sha256"],
        wheels=f"code/wheels/{wheels['sha256']}",
    )
    files = {f"{folder}/{name}": body for name, body in code["files"].items()}
    files[f"{place.wheels}/{WHEELS}"] = wheels["body"]
    container = Container(
        image=image(spec.training.image, region),
        code=f"{folder}/training.pyz",
        wheels=f"{place.wheels}/{WHEELS}",
    )
    return Built(definition=render(spec, place), code=files, container=container)


def spec_key(spec: ModelSpec) -> str:
    """Key of the specification in the artifacts bucket."""
    return f"specs/{spec.model.name}/{spec.sha256}.json"
