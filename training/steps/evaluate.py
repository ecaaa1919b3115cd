"""Evaluate: challenger and champion on the same holdout, each through its own encoders; the gate; the lineage."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from leeway.cells import parse_id
from leeway.errors import Rejected
from leeway.spec import BINARY, Data, ModelSpec
from serving.encoders import ENCODERS, Encoders
from serving.scorer import Scorer
from steps import archive, holdout, own, quality, scores
from steps.files import only, read_json, sha256, write_csv, write_json
from steps.gate import Evidence, Verdict, decide
from steps.holdout import Holdout
from steps.interval import Difference, Pair, difference
from steps.metrics import HIGHER_IS_BETTER, metrics
from steps.prepare import HOLDOUT
from steps.slices import slices

INPUTS = ("model", "champion", "holdout", "manifest", "spec")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A model's scores of the holdout, its metrics, and how many rows held cells that it does not take."""

    values: np.ndarray
    metrics: dict[str, float]
    unreadable: int


def main(arguments: Sequence[str]) -> None:
    """Entry: folders of the job's inputs and of its output, and what to write into the lineage."""
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    for name in (*INPUTS, "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("code", "image"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--tuned", action="append", default=[], help="name=value, of the best trial")
    try:
        verdict = evaluate(parser.parse_args(arguments))
    except Rejected as error:
        raise SystemExit(f"evaluation failed: {error}") from error
    print(f"passed: {verdict.passed}; {verdict.reason}")


def evaluate(options: argparse.Namespace) -> Verdict:
    """Write `gate.json`, `evaluation.json`, `lineage.json` and `scores.csv`."""
    spec = ModelSpec.from_json(read_json(only(options.spec, "*.json")))
    packed = archive.read(_model(options))
    scorer = packed.scorer()
    rows = holdout.read(only(options.holdout, HOLDOUT), spec, scorer.encoders)
    challenger = _judged(scorer, rows)
    champion, why_not = _champion(archive.champion_in(options.champion), scorer.encoders, rows)
    verdict = decide(spec.gate, _evidence(spec, rows, challenger, champion, why_not))
    write_json(options.output / "gate.json", verdict.to_json())
    write_json(options.output / "evaluation.json", _evaluation(spec, rows, challenger, champion))
    write_json(options.output / "lineage.json", _lineage(options, spec, packed, challenger, scorer, verdict))
    header, lines = _score_rows(spec.data, rows, challenger)
    write_csv(options.output / "scores.csv", header, lines)
    return verdict


def _model(options: argparse.Namespace) -> Path:
    """The archive to judge: that of the training, or one made of it with the encoders that Prepare kept from it."""
    trained, kept = only(options.model, archive.ARCHIVE), options.holdout / ENCODERS
    if not kept.is_file():
        return trained
    options.output.mkdir(parents=True, exist_ok=True)
    return archive.complete(trained, kept.read_bytes(), options.output)


def _judged(scorer: Scorer, rows: Holdout) -> Judged:
    scored = holdout.score(scorer, rows)
    found = metrics(scorer.encoders.problem, rows.truth, scored.values, rows.weights)
    return Judged(values=scored.values, metrics=found, unreadable=scored.unreadable)


def _champion(path: Path | None, ours: Encoders, rows: Holdout) -> tuple[Judged | None, str | None]:
    """Its scores, or why it cannot be compared, or neither where there is none."""
    if path is None:
        return None, None
    try:
        scorer = archive.read(path).scorer()
    except Rejected as error:
        return None, str(error)
    why_not = _other_answers(ours, scorer.encoders) or _lacks(rows, scorer.encoders)
    return (None, why_not) if why_not else (_judged(scorer, rows), None)


def _other_answers(ours: Encoders, its: Encoders) -> str | None:
    """Why a model's scores answer another question than ours."""
    if its.problem != ours.problem:
        return f"it is a {its.problem} model, and this one is {ours.problem}"
    if (its.label, its.positive) != (ours.label, ours.positive):
        wanted = its.label if its.positive is None else f"{its.label} = {its.positive}"
        return f"it predicts {wanted}"
    return None


def _lacks(rows: Holdout, its: Encoders) -> str | None:
    missing = [name for name in its.names if name not in rows.columns]
    return f"the data lack its features {', '.join(missing)}" if missing else None


def _evidence(
    spec: ModelSpec, rows: Holdout, challenger: Judged, champion: Judged | None, why_not: str | None
) -> Evidence:
    """What the gate is told of the two models."""
    metric, found = spec.gate.metric, challenger.metrics
    positives = int(rows.truth.sum()) if spec.model.problem == BINARY else None
    return Evidence(
        value=found[metric],
        rows=len(rows),
        rarest=None if positives is None else min(positives, len(rows) - positives),
        champion=champion.metrics[metric] if champion else None,
        why_not=why_not,
        difference=_difference(spec, rows, challenger, champion) if champion else None,
        calibration_error=found.get("expected_calibration_error"),
        mean_score=found.get("mean_score"),
        base_rate=found.get("base_rate"),
        slices=slices(spec, rows, challenger.values, higher_is_better=HIGHER_IS_BETTER[metric]),
    )


def _difference(spec: ModelSpec, rows: Holdout, challenger: Judged, champion: Judged) -> Difference:
    pair = Pair(truth=rows.truth, challenger=challenger.values, champion=champion.values, weights=rows.weights)
    metric = spec.gate.metric
    value = challenger.metrics[metric] - champion.metrics[metric]
    return difference(metric, pair, value, spec.training.seed)


def _evaluation(spec: ModelSpec, rows: Holdout, challenger: Judged, champion: Judged | None) -> dict[str, Any]:
    document = quality.document(spec.model.problem, rows, challenger.values, challenger.metrics)
    document["scores"] = scores.baseline(spec.model.problem, challenger.values, rows.truth, rows.weights)
    if rows.classes:
        document["scores"]["classes"] = list(rows.classes)  # in the order of their probabilities
    if champion:
        document["champion"] = {"metrics": champion.metrics, "unreadable_rows": champion.unreadable}
    return document


def _lineage(
    options: argparse.Namespace,
    spec: ModelSpec,
    packed: archive.Archive,
    challenger: Judged,
    scorer: Scorer,
    verdict: Verdict,
) -> dict[str, Any]:
    """All that made this model: with the same of everything, the same bytes come out."""
    manifest, tuned = only(options.manifest, "manifest.json").read_bytes(), _tuned(options.tuned)
    programs = {name: sha256(body) for name in own.PROGRAMS if (body := own.source(name))}
    return {
        "model": spec.model.name,
        "problem": spec.model.problem,
        "manifest_sha256": sha256(manifest),
        "spec_sha256": spec.sha256,
        "code_sha256": options.code,
        **({"own_sha256": programs} if programs else {}),
        "image": options.image,
        "seed": spec.training.seed,
        "hyperparameters": {**spec.training.hyperparameters, **tuned},
        **({"tuned": tuned} if tuned else {}),
        "artifact_sha256": packed.sha256,
        "files_sha256": {name: sha256(body) for name, body in packed.files.items()},
        "features": scorer.encoders.names,
        "metrics": challenger.metrics,
        "gate": {
            name: getattr(verdict, name) for name in ("outcome", "metric", "value", "champion_value", "difference")
        },
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "xgboost": xgboost.__version__},
    }


def _tuned(told: Sequence[str]) -> dict[str, int | float]:
    """What a tuning chose, as numbers, which all of it are."""
    pairs = (pair.partition("=")[::2] for pair in told)
    return {name: int(text) if text.isdecimal() else float(text) for name, text in pairs}


def _score_rows(data: Data, rows: Holdout, judged: Judged) -> tuple[Sequence[str], Iterator[tuple[str, ...]]]:
    """Header and rows of scores.csv: of classes, the score of the likeliest and its name."""
    ids = (parse_id(data.id, cell) for cell in rows.column(data.id))
    if not rows.classes:
        pairs = zip(ids, judged.values, rows.truth, strict=True)
        return ("id", "score", "label"), ((name, str(score), _number(label)) for name, score, label in pairs)
    best = judged.values.argmax(axis=1)
    found = zip(ids, judged.values.max(axis=1), rows.truth.astype(int), best, strict=True)
    lines = ((name, str(score), rows.classes[truth], rows.classes[guess]) for name, score, truth, guess in found)
    return ("id", "score", "label", "predicted"), lines


def _number(value: np.float32) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
