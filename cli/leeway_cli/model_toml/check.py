"""From a model.toml to a ModelSpec, or to all that is wrong with it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leeway.spec import BINARY, ModelSpec
from leeway_cli.model_toml import own, rules
from leeway_cli.model_toml.problem import KINDS
from leeway_cli.model_toml.problems import Problem, line_of
from leeway_cli.model_toml.schema import ModelToml
from leeway_cli.model_toml.tuning import OBJECTIVES
from leeway_cli.model_toml.words import problem_of

ROUNDS = 200
LARGEST = 1_000_000  # bytes; no specification is that long


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file, with its spec or with what is wrong; exactly one of the two is there.

    `own` are the model's own programs, as they were when they were checked, by their names in the archives.
    """

    file: Path
    spec: ModelSpec | None
    problems: tuple[Problem, ...]
    own: Mapping[str, bytes] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """One line a problem."""
        return [problem.text(str(self.file)) for problem in self.problems]


def find(path: Path) -> Path:
    """The model.toml that a folder or a file stands for."""
    return path / "model.toml" if path.is_dir() else path


def check(path: Path, stack: str = "leeway") -> Checked:
    """Check a model.toml, or the one in a folder, for a stack of that name."""
    file = find(path)
    try:
        text = _read(file)
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return Checked(file=file, spec=None, problems=(Problem(key="", says=_unreadable(error)),))
    programs, unusable = own.read(document, file.parent)
    found = [*_problems(document, stack), *unusable]
    if found:
        placed = (replace(problem, line=line_of(text, problem.key)) for problem in found)
        return Checked(file=file, spec=None, problems=tuple(sorted(placed, key=lambda p: (p.line, p.key))))
    return Checked(file=file, spec=spec_of(document), problems=(), own=programs)


def spec_of(document: dict[str, Any]) -> ModelSpec:
    """The spec of a document that passed; what it leaves out gets its default."""
    checked = ModelToml.model_validate(document).model_dump(exclude_unset=True)
    training, data = checked.setdefault("training", {}), checked["data"]
    training.setdefault("split", "time" if data.get("event_time") else "hash")
    kind = KINDS[checked["model"].get("problem", BINARY)]
    defaults = {"objective": kind.objectives[0], "num_round": ROUNDS}
    if tuning := training.get("tuning"):
        tuning.setdefault("objective", OBJECTIVES[checked["model"].get("problem", BINARY)][0])
        defaults = {name: value for name, value in defaults.items() if name not in tuning["ranges"]}
    training["hyperparameters"] = {**defaults, **training.get("hyperparameters", {})}
    gate = checked.setdefault("gate", {})
    if gate.setdefault("metric", kind.metric) == "auc":
        gate.setdefault("min", 0.5)  # not better than chance is no model
    return ModelSpec.from_json(checked)


def _problems(document: dict[str, Any], stack: str) -> list[Problem]:
    found: dict[str, Problem] = {}
    for problem in (*_schema_problems(document), *rules.problems(document, stack)):
        found.setdefault(problem.key, problem)  # the first one of a key says the most
    return list(found.values())


def _schema_problems(document: dict[str, Any]) -> Iterable[Problem]:
    try:
        ModelToml.model_validate(document)
    except ValidationError as error:
        return [problem_of(detail) for detail in error.errors(include_url=False)]
    return []


def _read(file: Path) -> str:
    with file.open("rb") as source:
        body = source.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise OSError(f"is larger than {LARGEST:,} bytes")
    return body.decode("utf-8-sig")


def _unreadable(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file; give a model.toml, or the folder that holds one"
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 (byte {error.start})"
    if isinstance(error, tomllib.TOMLDecodeError):
        return f"is not TOML: {error}"
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    return f"cannot be read: {error.strerror or error}" if isinstance(error, OSError) else str(error)
