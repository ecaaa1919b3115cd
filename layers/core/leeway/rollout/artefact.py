"""Whether a version's artefact is still what was judged and registered; what was swapped since never serves."""

from __future__ import annotations

import re
from typing import Any

from leeway.aws.packages import Package
from leeway.bootstrap import App
from leeway.errors import Missing, Rejected

LINEAGE = "lineage.json"  # beside the evaluation, written by the step that judged the artefact
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check(app: App, arn: str) -> None:
    """Raise Rejected where the artefact was written after its version was registered, or is not what was judged.

    Both times are AWS's own: S3's of the object, and the registry's of the version. An artefact that is not there, or
    that lies outside of runs/, which the serving role cannot read, is refused by SageMaker with its own words.
    """
    package = app.sagemaker.package(arn)
    if not package.model_data.startswith(app.settings.artifact("runs/")):
        return
    bucket, key = app.settings.artifacts_bucket, package.model_data.removeprefix(app.settings.artifact(""))
    try:
        written = app.objects.head(bucket, key, limit=1).modified
        judged = _judged(app, package)
        lies_there = app.objects.sha256(bucket, key) if judged else ""
    except Missing:
        return
    why = f"version {package.version} is not deployed: its artefact {package.model_data}"
    if package.created is not None and written > package.created:
        raise Rejected(
            f"{why} was written at {written:%Y-%m-%d %H:%M:%S}, after the version was registered at "
            f"{package.created:%Y-%m-%d %H:%M:%S} (UTC); find out who did, and register what was judged anew"
        )
    if lies_there != judged:
        raise Rejected(f"{why} has sha256 {lies_there[:12]}…, and {judged[:12]}… was judged; train it again")


def _judged(app: App, package: Package) -> str:
    """sha256 of the artefact that was judged, "" where the version has no lineage, as one registered by hand."""
    if not package.evaluation.startswith(app.settings.artifact("runs/")):
        return ""
    key = package.evaluation.removeprefix(app.settings.artifact("")).rpartition("/")[0]
    try:
        found: Any = app.objects.get_json(app.settings.artifacts_bucket, f"{key}/{LINEAGE}")
    except (ValueError, RecursionError):
        raise Rejected(f"version {package.version} is not deployed: its {LINEAGE} cannot be read") from None
    sha256 = str(found.get("artifact_sha256", "")) if isinstance(found, dict) else ""
    return sha256 if _SHA256.fullmatch(sha256) else ""
