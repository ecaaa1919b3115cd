"""Evaluate: challenger and champion on the same holdout, each through its own encoders; the gate; the lineage."""

from __future__ import annotations

import argparse
import csv
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from leeway.cells import Value, parse_cell, parse_id, parse_label
from leeway.errors import Rejected
from leeway.spec import Column, Data, ModelSpec
from serving.scorer import Scorer
from steps import archive
from steps.files import only, read_json, sha256, write_csv, write_json
from steps.gate import Verdict, decide
from steps.metrics import metrics, report
from steps.prepare import HOLDOUT

INPUTS = ("model", "champion", "holdout", "manifest", "spec")


@dataclass(frozen=True, kw_only=True)
class Holdout:
    """The rows that no training saw, as they came."""

    columns: list[str]
    rows: list[dict[str, str]]
    ids: list[str]
    labels: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Scores:
    """A model's scores of the holdout; `unreadable` rows have cells that this model does not take, read as missing."""

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
    try:
        verdict = evaluate(parser.parse_args(arguments))
    except Rejected as error:
        raise SystemExit(f"evaluation failed: {error}") from error
    print(f"passed: {verdict.passed}; {verdict.reason}")


def evaluate(options: argparse.Namespace) -> Verdict:
    """Write `gate.json`, `evaluation.json`, `lineage.json` and `scores.csv`."""
    spec = ModelSpec.from_json(read_json(only(options.spec, "*.json")))
    holdout = read_holdout(only(options.holdout, HOLDOUT), spec.data)
    packed = archive.read(only(options.model, "model.tar.gz"))
    scorer = packed.scorer()
    challenger = _scores(scorer, holdout)
    champion, why_not = _champion(archive.champion_in(options.champion), holdout)
    metric = spec.gate.metric
    champion_value = champion.metrics[metric] if champion else None
    verdict = decide(spec.gate, challenger.metrics[metric], champion_value, why_not)
    write_json(options.output / "gate.json", verdict.to_json())
    write_json(options.output / "evaluation.json", _evaluation(holdout, challenger, champion))
    write_json(options.output / "lineage.json", _lineage(options, spec, packed, challenger, scorer))
    write_csv(options.output / "scores.csv", ("id", "score", "label"), _score_rows(holdout, challenger))
    return verdict


def read_holdout(path: Path, data: Data) -> Holdout:
    """The table that Prepare wrote, with all columns that came: a champion may know some that the spec does not."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        rows = list(reader)
    return Holdout(
        columns=list(reader.fieldnames or []),
        rows=rows,
        ids=[parse_id(data.id, row[data.id]) for row in rows],
        labels=np.array([parse_label(data, row[data.label]) for row in rows], dtype=np.float32),
    )


def _champion(path: Path | None, holdout: Holdout) -> tuple[Scores | None, str | None]:
    """Its scores, or why it cannot be compared, or neither where there is none."""
    if path is None:
        return None, None
    try:
        scorer = archive.read(path).scorer()
    except Rejected as error:
        return None, str(error)
    if missing := [name for name in scorer.encoders.names if name not in holdout.columns]:
        return None, f"the data lack its features {', '.join(missing)}"
    return _scores(scorer, holdout), None


def _scores(scorer: Scorer, holdout: Holdout) -> Scores:
    columns = scorer.encoders.columns
    values, unreadable = [], 0
    for row in holdout.rows:
        read = [_lenient(column, row[column.name]) for column in columns]
        unreadable += any(not good for good, _ in read)
        values.append([value for _, value in read])
    scores = scorer.score(values)
    return Scores(values=scores, metrics=metrics(holdout.labels, scores), unreadable=unreadable)


def _lenient(column: Column, text: str) -> tuple[bool, Value]:
    """A cell that the champion's spec did not allow is missing to it: it must be scored on the same rows."""
    try:
        return True, parse_cell(column, text)
    except Rejected:
        return False, None


def _evaluation(holdout: Holdout, challenger: Scores, champion: Scores | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "binary_classification_metrics": report(holdout.labels, challenger.values, challenger.metrics),
        "dataset": {"item_count": len(holdout.rows), "positive_count": int(holdout.labels.sum())},
    }
    if champion:
        document["champion"] = {"metrics": champion.metrics, "unreadable_rows": champion.unreadable}
    return document


def _lineage(
    options: argparse.Namespace, spec: ModelSpec, packed: archive.Archive, challenger: Scores, scorer: Scorer
) -> dict[str, Any]:
    """All that made this model: with the same of everything, the same bytes come out."""
    manifest = only(options.manifest, "manifest.json").read_bytes()
    return {
        "model": spec.model.name,
        "manifest_sha256": sha256(manifest),
        "spec_sha256": spec.sha256,
        "code_sha256": options.code,
        "image": options.image,
        "seed": spec.training.seed,
        "hyperparameters": dict(spec.training.hyperparameters),
        "artifact_sha256": packed.sha256,
        "files_sha256": {name: sha256(body) for name, body in packed.files.items()},
        "features": scorer.encoders.names,
        "metrics": challenger.metrics,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "xgboost": xgboost.__version__},
    }


def _score_rows(holdout: Holdout, scores: Scores) -> Iterator[tuple[str, str, str]]:
    for identifier, score, label in zip(holdout.ids, scores.values, holdout.labels, strict=True):
        yield identifier, str(score), str(int(label))
