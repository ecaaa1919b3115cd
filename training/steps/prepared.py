"""What a prepare.py of the model's own must leave, looked at before anything is trained on it."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leeway.errors import Rejected
from leeway.spec import BINARY, BUILTIN, MULTICLASS, ModelSpec
from serving.encoders import ENCODERS, Encoders
from steps import labelfirst, own, weights
from steps.engine import mounted
from steps.files import only, read_json
from steps.matrices import FEATURES, LABELS

KEY = "training.prepare"


def by(program: bytes, arguments: Sequence[str]) -> None:
    """Run the program with the step's arguments; raises SystemExit with what is wrong with its outputs."""
    parser = argparse.ArgumentParser(prog="prepare")
    for name in ("spec", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--wheels", type=Path)
    options, _ = parser.parse_known_args(arguments)
    with mounted(options.wheels):
        own.run(KEY, program, arguments)
    try:
        report = check(options.output, ModelSpec.from_json(read_json(only(options.spec, "*.json"))))
    except Rejected as error:
        raise SystemExit(f"preparation failed: {KEY} {error}") from error
    print(f"ready: {report['ready']}; {report['reason']}")


def check(output: Path, spec: ModelSpec) -> dict[str, Any]:
    """The report that was written; raises Rejected for an output that is missing, or is not of the contract."""
    report = _document(output, "prepare/prepare.json")
    if report.get("ready") not in (0, 1) or not isinstance(report.get("reason"), str):
        raise Rejected("wrote prepare/prepare.json without ready (0 or 1) and reason (a text)")
    if not report["ready"]:
        return report
    _document(output, "baseline/baseline.json")
    builtin = spec.training.algorithm == BUILTIN
    encoders = _encoders(output, f"{'holdout' if builtin else 'train'}/{ENCODERS}", spec)
    for name in labelfirst.CHANNELS:
        _csv(output / name, encoders, spec) if builtin else _matrices(output / name, encoders)
    _holdout(output, spec)
    return report


def _there(output: Path, name: str) -> Path:
    path = output / name
    if not path.is_file():
        raise Rejected(f"wrote no {name}")
    return path


def _document(output: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads(_there(output, name).read_bytes())
    except ValueError as error:
        raise Rejected(f"wrote {name}, which is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Rejected(f"wrote {name}, which is no JSON object")
    return found


def _encoders(output: Path, name: str, spec: ModelSpec) -> Encoders:
    """They must be of the declared columns: arrivals, requests and captures are read by those."""
    found = Encoders.from_bytes(_there(output, name).read_bytes())
    declared = [(column.name, column.type) for column in spec.data.columns]
    if [(column.name, column.type) for column in found.columns] != declared:
        raise Rejected(f"wrote {name} with other columns than model.toml declares: {', '.join(found.names)}")
    if (found.label, found.problem) != (spec.data.label, spec.model.problem):
        raise Rejected(f"wrote {name} of {found.problem} {found.label}, not {spec.model.problem} {spec.data.label}")
    if found.indicators != (spec.training.algorithm == BUILTIN):
        raise Rejected(f"wrote {name} with indicators = {found.indicators}, which is for the other algorithm")
    return found


def _matrices(folder: Path, encoders: Encoders) -> None:
    features, labels = _array(folder, FEATURES, 2), _array(folder, LABELS, 1)
    if features.shape[1] != len(encoders.columns):
        columns = f"{features.shape[1]} columns, and {ENCODERS} has {len(encoders.columns)}"
        raise Rejected(f"wrote {folder.name}/{FEATURES} with {columns}")
    rows = {FEATURES: len(features), LABELS: len(labels)}
    if (folder / weights.WEIGHTS).is_file():
        rows[weights.WEIGHTS] = len(_array(folder, weights.WEIGHTS, 1))
    if len(set(rows.values())) > 1 or not len(labels):
        told = ", ".join(f"{count} in {name}" for name, count in rows.items())
        raise Rejected(f"wrote {folder.name} with rows that do not fit: {told}")
    _labels(folder.name, labels, encoders)


def _array(folder: Path, name: str, dimensions: int) -> np.ndarray:
    path = _there(folder.parent, f"{folder.name}/{name}")
    try:
        found: np.ndarray = np.load(path, mmap_mode="r")
    except (ValueError, OSError, EOFError) as error:
        raise Rejected(f"wrote {folder.name}/{name}, which numpy cannot read: {error}") from error
    if found.ndim != dimensions or found.dtype != np.float32:
        shape = f"{found.dtype} of shape {found.shape}"
        raise Rejected(f"wrote {folder.name}/{name} as {shape}; allowed: float32 with {dimensions} dimensions")
    return found


def _labels(part: str, labels: np.ndarray, encoders: Encoders) -> None:
    if not np.isfinite(labels).all():
        raise Rejected(f"wrote {part}/{LABELS} with a label that is no number")
    known = {BINARY: 2, MULTICLASS: len(encoders.classes)}.get(encoders.problem)
    if known is not None and not np.isin(labels, np.arange(known)).all():
        raise Rejected(f"wrote {part}/{LABELS} with a label outside 0 to {known - 1}")


def _csv(folder: Path, encoders: Encoders, spec: ModelSpec) -> None:
    """The label, the weight where rows have one, and all features; the algorithm takes any file there for such."""
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if there != [f"{folder.name}.csv"]:
        raise Rejected(f"wrote {', '.join(there) or 'nothing'} into {folder.name}; allowed: {folder.name}.csv alone")
    wide = 1 + weights.counts(spec) + encoders.spread(np.zeros((1, len(encoders.columns)), dtype=np.float32)).shape[1]
    with (folder / there[0]).open(encoding="utf-8", newline="") as lines:
        cells = next(csv.reader(lines), [])
    if len(cells) != wide:
        raise Rejected(f"wrote {folder.name}/{there[0]} with {len(cells)} cells in its first line; allowed: {wide}")


def _holdout(output: Path, spec: ModelSpec) -> None:
    with _there(output, "holdout/holdout.csv").open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        header, first = next(reader, []), next(reader, None)
    needed = [spec.data.id, spec.data.label, *(column.name for column in spec.data.columns)]
    needed += [spec.data.weight] if spec.data.weight else []
    if lacking := [name for name in needed if name not in header]:
        raise Rejected(f"wrote holdout/holdout.csv without the columns {', '.join(lacking)}")
    if first is None:
        raise Rejected("wrote holdout/holdout.csv without a row")
