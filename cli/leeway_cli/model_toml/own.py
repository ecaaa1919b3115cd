"""A model's own programs beside its model.toml: read once, when it is checked, so that what was seen is applied."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leeway_cli.model_toml.problems import Problem

Document = Mapping[str, Any]
PROGRAMS = {"entry": "train.py", "prepare": "prepare.py"}  # by key of [training], its name in the archives
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,60}")  # of a hyperparameter
ELSEWHERE = {"seed": "set training.seed instead"}
LARGEST = 1_000_000  # bytes
LONGEST = 2500  # characters that SageMaker takes for the value of a hyperparameter
PYTHON = (3, 10)  # of the image


class Unusable(Exception):
    """A file that cannot be taken, with the reason."""


def read(document: Document, folder: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """The programs by their names in the archives, and what is wrong with those that are named."""
    found: dict[str, bytes] = {}
    wrong: list[Problem] = []
    for key, path in _named(document):
        try:
            found[PROGRAMS[key]] = program(folder, path)
        except Unusable as error:
            wrong.append(Problem(key=f"training.{key}", value=path, says=str(error)))
    return found, wrong


def prepare_reads_alone(document: Document) -> Iterator[Problem]:
    """Instances that share the files out read them as Leeway does, for Leeway's own Prepare."""
    training = document.get("training")
    if isinstance(training, Mapping) and "prepare" in training and training.get("prepare_instances", 1) != 1:
        says = "share the files out for Leeway's own Prepare; leave it out, or training.prepare"
        yield Problem(key="training.prepare_instances", value=training["prepare_instances"], says=says)


def hyperparameters(given: Mapping[str, Any]) -> Iterator[Problem]:
    """What cannot be given to a program of the model's own, which may have parameters of any name."""
    for name, value in given.items():
        key = f"training.hyperparameters.{name}"
        if name in ELSEWHERE:
            yield Problem(key=key, value=value, says=ELSEWHERE[name])
        elif not NAME.fullmatch(name) or name.startswith("sagemaker_"):
            says = "is no name for a hyperparameter; allowed: a letter, then up to 60 of letters, digits, _, . and -"
            yield Problem(key=key, value=value, says=f"{says}, not beginning with sagemaker_")
        elif not isinstance(value, str | int | float) or len(str(value)) > LONGEST:
            yield Problem(
                key=key, value=value, says=f"is not allowed; allowed: a text of up to {LONGEST} characters or a number"
            )


def _named(document: Document) -> Iterator[tuple[str, str]]:
    training = document.get("training")
    for key in PROGRAMS if isinstance(training, Mapping) else ():
        path = training.get(key) if isinstance(training, Mapping) else None
        if isinstance(path, str) and path:
            yield key, path


def program(folder: Path, name: str) -> bytes:
    """The bytes of a file in the folder; raises Unusable for one that leads out of it, or is no program."""
    home = folder.resolve()
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise Unusable("leads out of the model's folder; name a file beside model.toml")
    try:
        real = (home / path).resolve(strict=True)
        if not real.is_relative_to(home):
            raise Unusable(f"is a link out of the model's folder, to {real}; put the file itself there")
        if not real.is_file():
            raise Unusable("is no file")
        with real.open("rb") as source:
            body = source.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise Unusable(f"is not there; put it into {folder}") from error
    except (OSError, RuntimeError) as error:
        raise Unusable(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(body) > LARGEST:
        raise Unusable(f"is larger than {LARGEST:,} bytes")
    _parsed(body)
    return body


def _parsed(body: bytes) -> None:
    try:
        ast.parse(body, feature_version=PYTHON)
    except SyntaxError as error:
        raise Unusable(f"is not Python {PYTHON[0]}.{PYTHON[1]}: {error.msg} in line {error.lineno}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unusable(f"is not Python: {error}") from error
