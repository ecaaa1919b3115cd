"""The project's own source, parsed once for all rules."""

import ast
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FOLDERS = ("layers/core", "functions", "cli", "localaws/localaws", "training", "bench", "simulations")


@dataclass(frozen=True, kw_only=True)
class Module:
    """One source file: its path in the repository, its dotted name as imported, its syntax tree."""

    path: str
    name: str
    lines: int
    tree: ast.Module = field(repr=False)

    def imports(self) -> Iterator[str]:
        """Dotted names of all that it imports, wherever in the file; `from a import b` gives `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tracked(root: Path) -> list[str]:
    """Files of the repository, also those not committed yet, without what .gitignore names; none without git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if (root / line).is_file()]


def parse(root: Path, path: str) -> Module:
    """Read one file; its name is counted from the folder that stands on sys.path."""
    base = next(folder for folder in FOLDERS if path.startswith(folder + "/"))
    base = base if base in {"layers/core", "functions", "cli", "training"} else str(Path(base).parent)
    relative = Path(path).relative_to(base).with_suffix("")
    parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
    text = (root / path).read_text(encoding="utf-8")
    return Module(path=path, name=".".join(parts), lines=text.count("\n"), tree=ast.parse(text))


@pytest.fixture(scope="session")
def files(root: Path) -> list[str]:
    """Every file of the repository."""
    return tracked(root)


@pytest.fixture(scope="session")
def modules(root: Path, files: list[str]) -> list[Module]:
    """Every Python module that is not a test."""
    sources = [
        path
        for path in files
        if path.endswith(".py") and path.startswith(tuple(folder + "/" for folder in FOLDERS)) and "/tests/" not in path
    ]
    return [parse(root, path) for path in sorted(sources)]


@pytest.fixture(scope="session")
def leeway(modules: list[Module]) -> dict[str, Module]:
    """The modules of the layer, by name."""
    return {module.name: module for module in modules if module.name.split(".")[0] == "leeway"}


@pytest.fixture
def make_module() -> Callable[[str, str], Module]:
    """A module of the given name and text, to try a rule on."""
    return lambda name, text: Module(path=name, name=name, lines=text.count("\n"), tree=ast.parse(text))
