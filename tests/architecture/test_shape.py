"""How large, how named, how written."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.architecture

HANDLER_LINES, MODULE_LINES, FUNCTION_LINES = 40, 250, 40
EMPTY_NAMES = {"common", "shared", "utils", "util", "helpers", "helper", "manager", "misc"}
ADDRESS = re.compile(
    r"(?i)(?:files\.pythonhosted|pypi\.org/simple|/simple/|--index-url|--extra-index-url|--find-links|file://)"
)
MACHINE_PATH = re.compile(r"(?<![\w.*~$}])/(?:root|home/(?!user\b)\w+|Users/\w+|work|farm|opt/(?:wheels|pypi))/")
BINARY = {".gz", ".png", ".parquet", ".zip"}


def test_handlers_are_short(modules: list[Any]) -> None:
    handlers = [
        module for module in modules if module.path.startswith("functions/") and module.path.endswith("/app.py")
    ]
    assert handlers
    assert {module.path: module.lines for module in handlers if module.lines > HANDLER_LINES} == {}


def test_modules_are_short(modules: list[Any]) -> None:
    assert {module.path: module.lines for module in modules if module.lines > MODULE_LINES} == {}


def test_functions_are_short(modules: list[Any]) -> None:
    functions = (
        (module.path, node.name, (node.end_lineno or 0) - node.lineno + 1)
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [entry for entry in functions if entry[2] > FUNCTION_LINES] == []


def test_every_module_says_what_it_is_for(modules: list[Any]) -> None:
    assert [module.path for module in modules if module.tree.body and not ast.get_docstring(module.tree)] == []


def test_names_say_something(files: list[str]) -> None:
    """A module, folder or class called `utils` is where things go that belong nowhere."""
    words = {path: set(re.split(r"[/_.\-]", path.lower())) for path in files if path.endswith(".py")}
    assert {path: found & EMPTY_NAMES for path, found in words.items() if found & EMPTY_NAMES} == {}


def test_classes_say_something(modules: list[Any]) -> None:
    ends = ("Manager", "Helper", "Util", "Utils")
    assert [
        f"{module.path}: {node.name}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(ends)
    ] == []


def texts(root: Path, files: list[str]) -> dict[str, str]:
    kept = [path for path in files if Path(path).suffix not in BINARY and not path.startswith("tests/architecture/")]
    return {path: (root / path).read_text(encoding="utf-8", errors="replace") for path in kept}


def test_locks_are_hashed_and_name_no_address(root: Path) -> None:
    locks = sorted((root / "requirements").glob("*.txt"))
    assert {lock.stem for lock in locks} == {entry.stem for entry in (root / "requirements").glob("*.in")}
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert not re.search(r"://|^-", text, re.MULTILINE), f"{lock.name} names an address or an option"
        pins = re.split(r"\n(?=[a-z0-9])", text)
        assert [
            pin.split()[0] for pin in pins if pin[0] != " " and not re.match(r"\S+==\S+ [^#]*--hash=sha256:", pin)
        ] == []


def test_functions_run_on_the_layers_versions_here_too(root: Path) -> None:
    layer, run = ((root / f"requirements/{name}.txt").read_text(encoding="utf-8") for name in ("layer", "run"))
    pins = re.findall(r"^\S+==\S+", layer, re.MULTILINE)
    assert pins
    assert [pin for pin in pins if pin not in run] == []


def test_no_address_and_no_machine_path_is_tracked(root: Path, files: list[str]) -> None:
    assert [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts(root, files).items()
        for number, line in enumerate(text.splitlines(), 1)
        if ADDRESS.search(line) or MACHINE_PATH.search(line)
    ] == []


def test_no_lock_file_with_addresses(files: list[str]) -> None:
    assert {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"} & {Path(path).name for path in files} == set()


def test_each_exception_from_a_rule_has_its_reason(root: Path, modules: list[Any]) -> None:
    """In pyproject.toml a comment beside or above; in code a sentence after the rule: `# noqa: X  why`.

    What mypy is told to ignore names its kind of error, and mypy itself refuses one that has become needless.
    """
    lines = (root / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("ignore = [")
    rules = lines[start + 1 : lines.index("]", start)]
    assert [line for line in rules if not re.search(r'",\s+# \w', line)] == []
    bare = re.compile(r"#\s*noqa(?:: ?[A-Z0-9, ]+)?\s*$|#\s*type: ?ignore\s*$")
    assert [
        f"{module.path}:{number}"
        for module in modules
        for number, line in enumerate((root / module.path).read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ] == []


def test_python_versions_agree(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    version = (root / ".python-version").read_text(encoding="utf-8").strip()
    assert project["project"]["requires-python"] == f">={version}"
    assert project["tool"]["mypy"]["python_version"] == version
    assert project["tool"]["ruff"]["target-version"] == "py" + version.replace(".", "")
