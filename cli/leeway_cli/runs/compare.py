"""Two runs side by side: what differed in parameters, data, code and image, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leeway import keys
from leeway_cli import layout
from leeway_cli.changes import differences
from leeway_cli.runs.report import Metrics, Report, document
from leeway_cli.target import Target

MOST = 12  # names of a list that are shown to people


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that one run trained on and the other did not; `name` is where it was dropped."""

    id: str
    name: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs from the first run to the second, each as "name: before → after"."""

    parameters: Sequence[str]
    specification: Sequence[str]
    added: Sequence[File]
    removed: Sequence[File]
    same: int
    code: Sequence[str]
    image: Sequence[str]
    champion: Sequence[str]
    metrics: Mapping[str, tuple[float | None, float | None]]


def compare(target: Target, one: Report, other: Report) -> Comparison:
    """Read what is needed of both."""
    before, after = (_files(target, report) for report in (one, other))
    return Comparison(
        parameters=list(differences(dict(one.recipe.hyperparameters), dict(other.recipe.hyperparameters))),
        specification=_specification(target, one, other),
        added=[_file(target, one, entry) for name, entry in after.items() if name not in before],
        removed=[_file(target, one, entry) for name, entry in before.items() if name not in after],
        same=len(before.keys() & after.keys()),
        code=_change(one.recipe.code, other.recipe.code),
        image=_change(one.recipe.image, other.recipe.image),
        champion=_change(one.run.champion, other.run.champion),
        metrics=_pairs(one.challenger, other.challenger),
    )


def _files(target: Target, report: Report) -> dict[str, Mapping[str, Any]]:
    """Files that a run trained on, by id."""
    manifest = document(target, f"{report.run.manifest}/manifest.json")
    return {str(entry["id"]): entry for entry in manifest.get("train", [])}


def _file(target: Target, report: Report, entry: Mapping[str, Any]) -> File:
    item = target.app.table.get(keys.model_pk(report.run.model), keys.ARRIVAL + entry["id"]) or {}
    return File(id=entry["id"], name=str(item.get("source_key", entry["key"])), rows=entry["rows"])


def _specification(target: Target, one: Report, other: Report) -> list[str]:
    """All keys that differ, but for the hyperparameters, which are told already."""
    before, after = _spec(target, one), _spec(target, other)
    if not (before and after):
        return _change(one.recipe.spec, other.recipe.spec)
    return [text for text in differences(before, after) if not text.startswith("training.hyperparameters.")]


def _change(one: str, other: str) -> list[str]:
    return [] if one == other else [f"{one or 'not known'} → {other or 'not known'}"]


def _spec(target: Target, report: Report) -> dict[str, Any]:
    return document(target, f"specs/{report.run.model}/{report.recipe.spec}.json") if report.recipe.spec else {}


def _pairs(one: Metrics, other: Metrics) -> dict[str, tuple[float | None, float | None]]:
    return {name: (one.get(name), other.get(name)) for name in [*one, *(name for name in other if name not in one)]}


def as_json(found: Comparison) -> dict[str, Any]:
    """For programs."""
    return {
        "parameters": list(found.parameters),
        "specification": list(found.specification),
        "data": {
            "added": [vars(file) for file in found.added],
            "removed": [vars(file) for file in found.removed],
            "same": found.same,
        },
        "code": list(found.code),
        "image": list(found.image),
        "champion": list(found.champion),
        "metrics": {name: {"before": one, "after": other} for name, (one, other) in found.metrics.items()},
    }


def lines(found: Comparison) -> Iterator[str]:
    """For people; what is the same in both is said in a word."""
    for name, told in (
        ("parameters", found.parameters),
        ("spec", found.specification),
        ("data", _data(found)),
        ("code", found.code),
        ("image", found.image),
        ("champion", found.champion),
        ("metrics", [_metric(name, *pair) for name, pair in found.metrics.items()] or ["none in either"]),
    ):
        for place, text in enumerate(told or ["the same"]):
            yield from layout.field(name if not place else "", text)


def _data(found: Comparison) -> list[str]:
    told = [f"{found.same} files in both"] if found.same else []
    for verb, files in (("added", found.added), ("removed", found.removed)):
        if files:
            names = layout.some((file.name for file in files), MOST)
            told.append(f"{verb} {len(files)}, {sum(file.rows for file in files):,} rows: {names}")
    return told if found.added or found.removed else []


def _metric(name: str, one: float | None, other: float | None) -> str:
    change = f" ({other - one:+.4f})" if one is not None and other is not None else ""
    return f"{name}: {layout.number(one)} → {layout.number(other)}{change}"
