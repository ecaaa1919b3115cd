"""Who may import whom."""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.architecture

# What computes from its arguments alone. A module not named here has a clock, a disk, a network or chance in it.
PURE = frozenset({
    "__future__", "abc", "base64", "bisect", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "numbers", "operator",
    "re", "statistics", "string", "struct", "textwrap", "types", "typing", "unicodedata", "urllib.parse", "zlib",
})  # fmt: skip
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "token_hex", "open", "print", "input"})
# Parts of boto3, flask, typer and pydantic that come with them by name.
REEXPORTED = frozenset({"botocore", "werkzeug", "click", "pydantic-core"})
# Run in environments of their own: with what the steps have in the training image, and with other monitors.
ELSEWHERE = ("bench/image/", "bench/others/")
SDK = frozenset({"boto3", "botocore", "s3transfer"})


def top(name: str) -> str:
    return name.partition(".")[0]


def is_pure_library(name: str) -> bool:
    return top(name) in PURE or any(name == pure or name.startswith(pure + ".") for pure in PURE)


def resolve(name: str, modules: Mapping[str, Any]) -> str | None:
    """The module of ours that an imported dotted name means: itself, or the one that defines it."""
    while name:
        if name in modules:
            return name
        name = name.rpartition(".")[0]
    return None


def closure(start: str, modules: Mapping[str, Any]) -> list[str]:
    """The module and everything of ours that it imports, directly or not."""
    seen, waiting = [start], [start]
    while waiting:
        for name in modules[waiting.pop()].imports():
            found = resolve(name, modules)
            if found and found not in seen:
                seen.append(found)
                waiting.append(found)
    return seen


def impurities(module: Any) -> Iterable[str]:
    """Imports and calls that make a module depend on more than its arguments."""
    for name in module.imports():
        if top(name) != "leeway" and not is_pure_library(name):
            yield f"{module.path} imports {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in IMPURE_CALLS:
                yield f"{module.path}:{node.lineno} calls {called}()"


def test_plans_and_all_they_import_are_pure(leeway: dict[str, Any]) -> None:
    plans = [name for name in leeway if name.rpartition(".")[2] == "plan"]
    assert plans
    reached = {name for plan in plans for name in closure(plan, leeway)}
    assert [problem for name in sorted(reached) for problem in impurities(leeway[name])] == []


def test_each_subject_with_an_act_has_a_plan(leeway: dict[str, Any]) -> None:
    subjects = {name.rpartition(".")[0] for name in leeway if name.endswith(".act")}
    assert subjects
    assert {subject for subject in subjects if f"{subject}.plan" not in leeway} == set()


def test_only_the_gateways_import_the_sdk(leeway: dict[str, Any]) -> None:
    assert [
        f"{module.path} imports {name}"
        for module in leeway.values()
        for name in module.imports()
        if top(name) in SDK and not module.name.startswith("leeway.aws.")
    ] == []


def test_gateways_know_only_names_and_errors(leeway: dict[str, Any]) -> None:
    allowed = ("leeway.aws.", "leeway.errors", "leeway.keys")
    assert [
        f"{module.path} imports {name}"
        for module in leeway.values()
        for name in module.imports()
        if module.name.startswith("leeway.aws.") and top(name) == "leeway" and not name.startswith(allowed)
    ] == []


def test_functions_use_the_layer_and_nothing_else(modules: list[Any]) -> None:
    allowed = sys.stdlib_module_names | {"leeway", "aws_lambda_powertools"}
    assert [
        f"{module.path} imports {name}"
        for module in modules
        for name in module.imports()
        if module.path.startswith("functions/") and top(name) not in allowed | {top(module.name)}
    ] == []


def test_the_layer_needs_nothing_but_its_requirements(leeway: dict[str, Any]) -> None:
    """But DuckDB, which monitor and rollout have by a layer of its own."""
    allowed = sys.stdlib_module_names | SDK | {"leeway", "aws_lambda_powertools"}
    for_types = {"types_boto3", "mypy_boto3"}
    assert {
        f"{module.path} imports {name}"
        for module in leeway.values()
        for name in module.imports()
        if top(name) not in allowed and not top(name).startswith(tuple(for_types))
    } == {"layers/core/leeway/counting.py imports duckdb"}


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        pytest.param("localaws/", {"leeway", "leeway_cli", "pipeline", "steps"}, id="embedded-aws-stands-alone"),
        pytest.param("layers/", {"localaws", "leeway_cli", "pipeline", "steps", "serving"}, id="layer-is-the-ground"),
        pytest.param("functions/", {"localaws", "leeway_cli", "pipeline", "steps"}, id="functions-know-no-laptop"),
        pytest.param("cli/", {"localaws"}, id="command-line-speaks-http"),
        pytest.param("training/", {"localaws", "leeway_cli"}, id="training-runs-in-the-container"),
    ],
)
def test_parts_that_know_nothing_of_each_other(modules: list[Any], folder: str, forbidden: set[str]) -> None:
    inside = [module for module in modules if module.path.startswith(folder)]
    assert inside
    assert [f"{m.path} imports {name}" for m in inside for name in m.imports() if top(name) in forbidden] == []


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import boto3", id="sdk"),
        pytest.param("import os", id="os"),
        pytest.param("from time import time", id="time"),
        pytest.param("import random", id="random"),
        pytest.param("import logging", id="logging"),
        pytest.param("import urllib.request", id="network"),
        pytest.param("def plan():\n    import os.path", id="inside-a-function"),
        pytest.param("from datetime import UTC, datetime\nstart = datetime.now(UTC)", id="clock"),
        pytest.param("rows = open('rows.csv')", id="file"),
        pytest.param("from pathlib import Path", id="path"),
    ],
)
def test_what_a_plan_must_not_do_is_seen(make_module: Any, code: str) -> None:
    assert list(impurities(make_module("leeway.any.plan", code)))


def test_an_impure_module_behind_a_plan_is_seen(make_module: Any) -> None:
    texts = {
        "leeway.a.plan": "from leeway.a.rule import decide",
        "leeway.a.rule": "import leeway.clockwork",
        "leeway.clockwork": "import time",
    }
    modules = {name: make_module(name, text) for name, text in texts.items()}
    assert closure("leeway.a.plan", modules) == list(texts)


def direct_requirements(root: Path, lock: str) -> set[str]:
    """Names in requirements/<lock>.in."""
    lines = (root / f"requirements/{lock}.in").read_text(encoding="utf-8").splitlines()
    return {re.split(r"[\[<>=;#\s]", line)[0].lower() for line in lines if re.match(r"\w", line)}


@pytest.mark.parametrize(
    ("folder", "lock"),
    [
        pytest.param("layers/", "run", id="layer"),
        pytest.param("functions/", "run", id="functions"),
        pytest.param("cli/", "run", id="command-line"),
        pytest.param("localaws/", "run", id="embedded-aws"),
        pytest.param("bench/", "run", id="bench"),
        pytest.param("simulations/", "dev", id="simulations"),
    ],
)
def test_what_is_imported_is_asked_for(root: Path, modules: list[Any], folder: str, lock: str) -> None:
    """Not left to what some other package happens to bring along."""
    distributions = importlib.metadata.packages_distributions()
    ours = {top(module.name) for module in modules}
    asked = direct_requirements(root, lock) | REEXPORTED
    assert [
        f"{module.path} imports {name}"
        for module in modules
        for name in module.imports()
        if module.path.startswith(folder) and not module.path.startswith(ELSEWHERE)
        if top(name) not in sys.stdlib_module_names | ours
        if not top(name).startswith(("types_boto3", "mypy_boto3"))  # for mypy alone
        if not asked & {distribution.lower().replace("_", "-") for distribution in distributions.get(top(name), [])}
    ] == []
