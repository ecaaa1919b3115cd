"""Where contract tests run that need neither virtual time nor faults: the embedded AWS, or by opt-in a real account."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from localaws import LocalAWS

TOOLS = Path(__file__).parents[2] / "tools"


def tool(name: str) -> ModuleType:
    """A module of the tools' folder, which is no package."""
    if name not in sys.modules:
        specification = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
        assert specification
        assert specification.loader
        sys.modules[name] = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Any]:
    """Clients and a prefix: in process, or with LEEWAY_AWS_VERIFIED=1 in the account of the environment."""
    kind = tool("account").Account
    if os.environ.get("LEEWAY_AWS_VERIFIED"):
        found = kind.of_the_environment(os.environ["LEEWAY_AWS_PREFIX"])
        yield found
        found.sweep()
        return
    with LocalAWS(state_dir=tmp_path / "state") as aws:
        yield kind(session=aws, prefix="localaws-contract-here-")
        assert all(isinstance(told, str) for told in kind(session=aws, prefix="localaws-contract-here-").sweep())


@pytest.fixture(scope="session")
def coverage_doc() -> ModuleType:
    """What writes the table of COVERAGE.md."""
    return tool("coverage_doc")
