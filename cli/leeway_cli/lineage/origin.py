"""What was recorded of a version: by the registry, by the run that made it, and by the manifest of its data."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected
from leeway.retraining import records
from leeway.retraining.run import Run
from leeway_cli import people, registry
from leeway_cli.runs.report import Metrics, Recipe, document, numbers, of_lineage
from leeway_cli.target import Target

AT_ONCE = 16  # questions to S3 at a time


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A version with the documents of its run; `folder` and `manifest_key` are keys of the artifacts bucket."""

    model: str
    version: int
    arn: str
    status: str
    created: datetime
    model_data: str
    champion_data: str
    execution: str
    folder: str
    manifest_key: str
    run: Run | None
    lineage: Mapping[str, Any]
    manifest: Mapping[str, Any]
    trained_by: str = ""
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    gate: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recipe(self) -> Recipe:
        """Image, code, specification and hyperparameters with the seed."""
        return of_lineage(self.lineage)

    @property
    def challenger(self) -> Metrics:
        """Its metrics on the holdout."""
        return numbers(self.lineage.get("metrics"))

    @property
    def champion(self) -> Metrics:
        """The metrics of the model that served then, on the same holdout."""
        found = self.evaluation.get("champion")
        return numbers(found.get("metrics")) if isinstance(found, Mapping) else {}

    @property
    def training_job(self) -> str:
        """The folder of an artefact is named for the job that wrote it: `…/<job>/output/model.tar.gz`.

        What the built-in algorithm left was packed anew, so the registry has the name beside it.
        """
        if self.trained_by:
            return self.trained_by
        parts = self.model_data.split("/")
        return parts[-3] if parts[-2:] == ["output", "model.tar.gz"] and len(parts) > 5 else ""


def origin(target: Target, model: str, version: int) -> Origin:
    """Read what was recorded; raises Missing where no run of Leeway registered it, or its files are gone."""
    people.remembered(target, model)
    arn = registry.numbered(target, model, version).arn
    with translated(f"SageMaker DescribeModelPackage {version}"):
        package = target.client("sagemaker").describe_model_package(ModelPackageName=arn)
    told = package.get("CustomerMetadataProperties", {})
    if not (told.get("run") and told.get("manifest")):
        raise Missing(f"version {version} of {model} was not registered by a run of Leeway: nothing says what it is of")
    folder, manifest = key_of(told["run"]), key_of(told["manifest"])
    lineage = document(target, f"{folder}/evaluate/lineage.json")
    if not lineage:
        raise Missing(f"the lineage of version {version} of {model} is gone: {folder}/evaluate/lineage.json")
    return Origin(
        model=model,
        version=version,
        arn=arn,
        status=package.get("ModelApprovalStatus", ""),
        created=package["CreationTime"],
        model_data=package["InferenceSpecification"]["Containers"][0].get("ModelDataUrl", ""),
        champion_data=told.get("champion", ""),
        trained_by=told.get("training_job", ""),
        execution=package.get("MetadataProperties", {}).get("GeneratedBy", ""),
        folder=folder,
        manifest_key=manifest,
        run=next((run for run in records.history(target.app.table, model) if run.folder == folder), None),
        lineage=lineage,
        manifest=document(target, f"{manifest}/manifest.json"),
        evaluation=document(target, f"{folder}/evaluate/evaluation.json"),
        gate=document(target, f"{folder}/evaluate/gate.json"),
    )


def key_of(uri: str) -> str:
    """The key of an S3 URI."""
    return uri.removeprefix("s3://").partition("/")[2].rstrip("/")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that it was trained on; `version` and `sha256` are S3's own of the kept copy, "" where that is gone.

    `id` is the sha256 of bucket, key and version of what was dropped.
    """

    id: str
    name: str
    key: str
    rows: int
    size: int
    accepted_at: str
    version: str
    sha256: str


def sources(target: Target, found: Origin) -> Sequence[Source]:
    """The files of its manifest, in their order."""
    names = {
        item["sk"].removeprefix(keys.ARRIVAL): str(item.get("source_key", ""))
        for item in target.app.table.query(keys.model_pk(found.model), keys.ARRIVAL)
    }
    client = target.client("s3")

    def look(entry: Mapping[str, Any]) -> Source:
        version, sha256 = _kept(client, target.settings.artifacts_bucket, entry["key"])
        return Source(
            id=entry["id"],
            name=names.get(entry["id"], entry["key"]),
            key=entry["key"],
            rows=entry["rows"],
            size=entry["bytes"],
            accepted_at=entry["accepted_at"],
            version=version,
            sha256=sha256,
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(look, found.manifest.get("train", [])))


def _kept(client: Any, bucket: str, key: str) -> tuple[str, str]:
    """Version and SHA-256 by S3; of a multipart copy a checksum of checksums, with the number of parts."""
    try:
        with translated(f"S3 HeadObject {key}"):
            head = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except (Missing, Rejected):
        return "", ""
    given, dash, parts = str(head.get("ChecksumSHA256", "")).partition("-")
    return head.get("VersionId", ""), base64.b64decode(given).hex() + dash + parts


def beaten(target: Target, found: Origin) -> int | None:
    """Number of the version that was the champion, None where there was none, or it is gone from the registry."""
    if found.champion_data in {"", target.settings.no_champion}:
        return None
    for one in reversed(registry.versions(target, found.model)):
        if one.number != found.version and target.app.sagemaker.package(one.arn).model_data == found.champion_data:
            return one.number
    return None
