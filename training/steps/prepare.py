"""Prepare: the manifest's rows become matrices, a holdout and a baseline, or a reason why not."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leeway.spec import BINARY, BUILTIN, ModelSpec
from serving.encoders import ENCODERS, Encoders, fit
from steps import labelfirst, matrices, own, prepared, states
from steps.baseline import baseline
from steps.columns import odd, sentences, unseen
from steps.dataset import Dataset, gather
from steps.engine import Database, database, literal, mounted
from steps.files import only, read_json, write_csv, write_json
from steps.readiness import not_ready
from steps.reading import named, read
from steps.samples import PARTS
from steps.staging import Staging

HOLDOUT = "holdout.csv"
OUTPUTS = ("prepare", "train", "validation", "holdout", "baseline")


def main(arguments: Sequence[str]) -> None:
    """Entry: folders of the job's inputs and of its outputs."""
    if program := own.source("prepare.py"):
        prepared.by(program, arguments)
        return
    parser = argparse.ArgumentParser(prog="prepare", description=__doc__)
    for name in ("manifest", "spec", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    rows = parser.add_mutually_exclusive_group(required=True)
    rows.add_argument("--data", type=Path, help="folder of the manifest's files")
    rows.add_argument("--states", type=Path, help="folder of what instances have read of them")
    parser.add_argument("--wheels", type=Path, help="folder of what the image lacks, where it does")
    options = parser.parse_args(arguments)
    manifest = read_json(only(options.manifest, "manifest.json"))
    spec = ModelSpec.from_json(read_json(only(options.spec, "*.json")))
    with mounted(options.wheels), database() as base:
        staging = _staged(base, manifest, spec, options.data, options.states)
        report = prepare(base, staging, spec, options.output)
    print(f"ready: {report['ready']}; {report['reason']}")


def _staged(
    base: Database, manifest: dict[str, Any], spec: ModelSpec, data: Path | None, read_before: Path | None
) -> Staging:
    """All files of the manifest: read now, or merged of what several instances have read."""
    if read_before:
        return states.load(base, named(manifest, read_before), spec, manifest, read_before)
    assert data is not None  # by the arguments
    files = named(manifest, data)
    if absent := [file.path.name for file in files if not file.path.is_file()]:
        raise FileNotFoundError(f"the manifest names {absent[0]}, which is not among the job's inputs")
    return read(base, files, spec)


def prepare(base: Database, staging: Staging, spec: ModelSpec, output: Path) -> dict[str, Any]:
    """Write all outputs; `prepare.json`, which is answered, says whether there is anything to train on."""
    for name in OUTPUTS:
        (output / name).mkdir(parents=True, exist_ok=True)
    dataset = gather(base, staging, spec)
    reason = not_ready(dataset, spec)
    found = {} if reason else _write_parts(base, dataset, spec, output)
    write_csv(
        output / "prepare" / "bad_rows.csv",
        ("file", "line", "reason"),
        ((name, str(line), why) for name, line, why in dataset.bad),
    )
    report = _report(dataset, spec, reason) | {"absent_columns": dataset.absent} | found
    if reason is None:
        report["reason"] = "; ".join([report["reason"], *sentences(report)])
    write_json(output / "prepare" / "prepare.json", report)
    return report


def _write_parts(base: Database, dataset: Dataset, spec: ModelSpec, output: Path) -> dict[str, Any]:
    """Encoders and baseline see the training part alone; answers what is odd about the columns."""
    encoders = _fitted(base, dataset, spec)
    for part, name in enumerate(PARTS[:2]):
        matrices.write(base, encoders, part, spec, output / name)
    if encoders.indicators:
        labelfirst.convert(encoders, spec, output)
    # SageMaker's own algorithm takes every file of its channel for data.
    (output / ("holdout" if encoders.indicators else "train") / ENCODERS).write_bytes(encoders.to_bytes())
    document = baseline(base, spec)
    write_json(output / "baseline" / "baseline.json", document)
    _write_holdout(base, dataset, output / "holdout" / HOLDOUT)
    return odd(document["features"]) | {"unseen_categories": unseen(base, encoders)}


def _fitted(base: Database, dataset: Dataset, spec: ModelSpec) -> Encoders:
    """Encoders of the categories and classes that the train part holds."""
    open_columns = [(f"v{n}", c.name) for n, c in enumerate(spec.data.columns) if c.type == "category" and not c.values]
    counts = {
        name: dict(base.rows(
            f"SELECT value, count(*) FROM samples JOIN {place}_texts ON code = {place} WHERE part = 0 GROUP BY value"
        ))
        for place, name in open_columns
    }  # fmt: skip
    builtin = spec.training.algorithm == BUILTIN
    return fit(spec.data, counts, spec.model.problem, dataset.samples.parts["train"].answers, indicators=builtin)


def _write_holdout(base: Database, dataset: Dataset, path: Path) -> None:
    """The rows as they came, with all columns that came: a champion may know some that the specification does not."""
    names = dataset.staging.names
    quoted = (name.replace('"', '""') for name in names)
    # To look for a blank is cheaper than to trim.
    cells = ", ".join(
        f"CASE WHEN contains(c{n}, ' ') THEN trim(c{n}) ELSE coalesce(c{n}, '') END AS \"{name}\""
        for n, name in enumerate(quoted)
    )
    held = dataset.staging.hold(base)
    rows = f"SELECT {cells} FROM samples JOIN {held} held USING (place) WHERE part = 2 ORDER BY samples.rowid"
    base.run(f"COPY ({rows}) TO {literal(str(path))} (FORMAT csv, HEADER)")


def _report(dataset: Dataset, spec: ModelSpec, reason: str | None) -> dict[str, Any]:
    samples = dataset.samples
    counts = {
        "files": len(dataset.staging.files),
        "files_refused": len(dataset.refused),
        "rows": dataset.rows,
        "bad_rows": dataset.bad_rows,
        "duplicates": samples.duplicates,
        "out_of_window": samples.out_of_window,
        "used": samples.all.rows,
        **{name: labels.rows for name, labels in samples.parts.items()},
    }
    if spec.model.problem == BINARY:
        counts["positive"] = samples.positive
    if samples.strangers and reason is None:
        counts["unknown_class"] = samples.strangers
    return {
        "ready": int(reason is None),
        "reason": reason or _sentence(dataset, spec),
        "counts": counts,
        "split": spec.training.split,
        "event_from": f"{samples.first.isoformat()}+00:00" if samples.first else None,
        "event_to": f"{samples.last.isoformat()}+00:00" if samples.last else None,
        "files_refused": dataset.refused,
        "ignored_columns": sorted(dataset.ignored),
    }


def _sentence(dataset: Dataset, spec: ModelSpec) -> str:
    sizes = ", ".join(f"{labels.rows} {name}" for name, labels in dataset.samples.parts.items())
    return f"split by {spec.training.split}: {sizes}"
