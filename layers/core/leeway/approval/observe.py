"""What `approver` reads before it plans: the latest training's version, what serves, and what the run wrote."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leeway import keys, models
from leeway.approval.decisions import Approving, Candidate, Evidence, Observed, Verdict
from leeway.approval.plan import AUTO
from leeway.aws.table import Item
from leeway.bootstrap import App
from leeway.errors import Missing
from leeway.models import Model
from leeway.retraining import records as runs
from leeway.retraining.observe import champion
from leeway.retraining.run import SUCCEEDED
from leeway.retraining.words import plain
from leeway.rollout import records
from leeway.rollout.order import choose
from leeway.spec import Gate, ModelSpec

SHA256 = re.compile(r"[0-9a-f]{64}")


def observe(app: App, pointer: Model, spec: ModelSpec, item: Item) -> Observed:
    """The model as it is now, without what only an approval needs; of one whose versions people approve, just that."""
    model, begun = pointer.name, item.get("approving")
    if spec.approval.mode != AUTO and begun is None:
        return Observed(mode=spec.approval.mode, gate=spec.gate)
    serving = records.serving(app.table.get(keys.model_pk(model), keys.ROLLOUT) or {})
    version = serving.version if serving else None
    desired = choose(records.packages(app.table, model), version).desired
    return Observed(
        mode=spec.approval.mode,
        gate=spec.gate,
        candidate=_candidate(app, model),
        champion=champion(app, model),
        serving=version,
        coming=desired.version if desired is not None and desired.version != version else None,
        halted="the kill switch is on" if app.kill_switch.is_on() else "the model is paused" if pointer.paused else "",
        approved=int(item.get("approved", 0)),
        approving=Approving(**begun) if begun else None,
    )


def _candidate(app: App, model: str) -> Candidate | None:
    """What the latest training registered, by its own record: whoever else registers a version is not believed."""
    registered = (run for run in runs.recent(app.table, model) if run.status == SUCCEEDED and run.package)
    run = next(registered, None)
    if run is None:
        return None
    try:
        truth = app.sagemaker.package(run.package)
    except Missing:
        return None
    known = records.package(app.table, model, truth.version)
    return Candidate(
        run=run,
        version=truth.version,
        arn=truth.arn,
        status=truth.status,
        note=truth.note,
        model_data=truth.model_data,
        rejected=known is not None and known.rejected,
    )


def evidence(app: App, pointer: Model, seen: Observed) -> Observed:
    """Add what the run wrote, and the hash of what its version's address holds now."""
    found = seen.candidate
    assert found is not None  # it is looked at because there is one
    folder = f"{found.run.folder}/evaluate"
    lineage = _document(app, f"{folder}/lineage.json")
    judged_by = _sha256(lineage.get("spec_sha256"))
    return replace(
        seen,
        evidence=Evidence(
            verdict=verdict(_document(app, f"{folder}/gate.json")),
            model=str(lineage.get("model", "")),
            judged=_sha256(lineage.get("artifact_sha256")),
            lies_there=_hash(app, found.model_data),
            gate=_gate(app, pointer, judged_by) if judged_by else None,
        ),
    )


def verdict(document: Mapping[str, Any]) -> Verdict | None:
    """gate.json, None where it does not say what an approval must know."""
    passed, value = document.get("passed"), _number(document.get("value"))
    words = [document.get(name) for name in ("outcome", "reason", "metric")]
    if passed not in (0, 1) or not all(isinstance(word, str) for word in words) or value is None:
        return None
    outcome, reason, metric = (plain(str(word)) for word in words)
    return Verdict(
        passed=passed == 1,
        outcome=outcome,
        reason=reason,
        metric=metric,
        value=value,
        bar=_number(document.get("min")),
        champion_value=_number(document.get("champion_value")),
    )


def _document(app: App, key: str) -> Mapping[str, Any]:
    """A JSON object; empty where it is missing or anything else."""
    try:
        found = json.loads(app.objects.get(app.settings.artifacts_bucket, key))
    except (Missing, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _hash(app: App, uri: str) -> str:
    """sha256 of an artefact in the runs of this stack, "" for anything else."""
    prefix = app.settings.artifact("runs/")
    if not uri.startswith(prefix):
        return ""
    try:
        return app.objects.sha256(app.settings.artifacts_bucket, uri.removeprefix(app.settings.artifact("")))
    except Missing:
        return ""


def _gate(app: App, pointer: Model, sha256: str) -> Gate | None:
    """The gate of a specification that was in force once; it lies beside the one that is now."""
    key = f"{pointer.spec_key.rpartition('/')[0]}/{sha256}.json"
    try:
        then = models.specification(app.objects, app.settings.artifacts_bucket, replace(pointer, spec_key=key))
    except (Missing, ValueError):
        return None
    return then.gate


def _sha256(value: Any) -> str:
    return value if isinstance(value, str) and SHA256.fullmatch(value) else ""


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None
