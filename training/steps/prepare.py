"""Prepare: the manifest's rows become matrices, a holdout and a baseline, or a reason why not."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leeway.spec import BINARY, ModelSpec
from serving.encoders import ENCODERS, Encoders, fit
from steps import weights
from steps.baseline import baseline
from steps.classes import known, strange
from steps.columns import odd, sentences, unseen
from steps.dataset import Dataset, Sample, raw_rows, read
from steps.files import only, read_json, write_csv, write_json
from steps.readiness import not_ready
from steps.split import Parts, split

FEATURES, LABELS, HOLDOUT = "features.npy", "labels.npy", "holdout.csv"
OUTPUTS = ("prepare", "train", "validation", "holdout", "baseline")


def main(arguments: Sequence[str]) -> None:
    """Entry: folders of the job's inputs and of its outputs."""
    parser = argparse.ArgumentParser(prog="prepare", description=__doc__)
    for name in ("manifest", "data", "spec", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--wheels", type=Path, help="what the image lacks")
    options = parser.parse_args(arguments)
    manifest = read_json(only(options.manifest, "manifest.json"))
    spec = ModelSpec.from_json(read_json(only(options.spec, "*.json")))
    report = prepare(manifest, options.data, spec, options.output)
    print(f"ready: {report['ready']}; {report['reason']}")


def prepare(manifest: dict[str, Any], folder: Path, spec: ModelSpec, output: Path) -> dict[str, Any]:
    """Write all outputs; `prepare.json`, which is answered, says whether there is anything to train on."""
    for name in OUTPUTS:
        (output / name).mkdir(parents=True, exist_ok=True)
    dataset = read(manifest, folder, spec.data, spec.model.problem)
    parts, strangers = known(split(dataset.samples, spec.training.split, spec.training.seed), spec.model.problem)
    reason = not_ready(dataset, parts, spec)
    found = {} if reason else _write_parts(dataset, parts, spec, output)
    lines = [(name, str(line), why) for name, line, why in [*dataset.bad, *strange(dataset, strangers, spec.data)]]
    write_csv(output / "prepare" / "bad_rows.csv", ("file", "line", "reason"), lines)
    report = _report(dataset, parts, spec, reason) | {"absent_columns": dataset.absent} | found
    if reason is None:
        report["counts"] |= {"unknown_class": len(strangers)} if strangers else {}
        report["reason"] = "; ".join([report["reason"], *sentences(report)])
    write_json(output / "prepare" / "prepare.json", report)
    return report


def _write_parts(dataset: Dataset, parts: Parts, spec: ModelSpec, output: Path) -> dict[str, Any]:
    """Encoders and baseline see the training part alone; answers what is odd about the columns."""
    data, problem = spec.data, spec.model.problem
    encoders = fit(data, (sample.row.values for sample in parts.train), problem, {s.row.answer for s in parts.train})
    for name, samples in (("train", parts.train), ("validation", parts.validation)):
        _write_matrix(output / name, encoders, samples)
        labels = encoders.target(sample.row.label for sample in samples)
        weights.write(output / name, spec, labels, [sample.row.weight for sample in samples])
    (output / "train" / ENCODERS).write_bytes(encoders.to_bytes())
    document = baseline(parts.train, data, problem)
    write_json(output / "baseline" / "baseline.json", document)
    write_csv(output / "holdout" / HOLDOUT, sorted(dataset.columns), raw_rows(dataset, parts.holdout, data))
    others = (sample.row.values for sample in [*parts.validation, *parts.holdout])
    return odd(document["features"]) | {"unseen_categories": unseen(encoders, others)}


def _write_matrix(folder: Path, encoders: Encoders, samples: Sequence[Sample]) -> None:
    np.save(folder / FEATURES, encoders.matrix(sample.row.values for sample in samples))
    np.save(folder / LABELS, encoders.target(sample.row.label for sample in samples))


def _report(dataset: Dataset, parts: Parts, spec: ModelSpec, reason: str | None) -> dict[str, Any]:
    times = [sample.row.at.isoformat() for sample in dataset.samples if sample.row.at]
    counts = {
        "files": len(dataset.paths),
        "files_refused": len(dataset.refused),
        "rows": dataset.rows,
        "bad_rows": dataset.bad_rows,
        "duplicates": dataset.duplicates,
        "out_of_window": dataset.out_of_window,
        "used": len(dataset.samples),
    }
    if spec.model.problem == BINARY:
        counts["positive"] = dataset.labels.count(1)
    return {
        "ready": int(reason is None),
        "reason": reason or _sentence(parts, spec),
        "counts": counts | {name: len(samples) for name, samples in parts.named().items()},
        "split": spec.training.split,
        "event_from": times[0] if times else None,
        "event_to": times[-1] if times else None,
        "files_refused": dataset.refused,
        "ignored_columns": sorted(dataset.ignored),
    }


def _sentence(parts: Parts, spec: ModelSpec) -> str:
    sizes = ", ".join(f"{len(samples)} {name}" for name, samples in parts.named().items())
    return f"split by {spec.training.split}: {sizes}"
