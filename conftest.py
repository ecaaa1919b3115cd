"""Fixtures for every test; nothing heavy is imported here, so that one unit test starts at once."""

import gc
import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
UNIT_MARKERS = {"unit", "architecture"}
NOT_FOR_TESTS = ("AWS_", "LEEWAY_", "BOTO_", "POWERTOOLS_", "LAMBDA_")
KEPT = {"LEEWAY_SHARED", "LEEWAY_AWS_VERIFIED", "LEEWAY_AWS_PREFIX", "AWS_CA_BUNDLE"}

# The clients and mocks of a test are millions of small objects in no cycle that counts; looking through them as often
# as Python does by itself is a tenth of the time of the whole run.
gc.set_threshold(200_000, 20, 100)


def _claim_package(name: str) -> None:
    """Put the installed package into sys.modules, to be executed on its first use.

    pytest names a module by its path below the root: for `localaws/tests/test_x.py` it would make a namespace package
    of the folder `localaws/`, which hides the package of that name inside it.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None or name in sys.modules:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


_claim_package("localaws")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project (or LEEWAY_SHARED); without it, tests that need it are skipped."""
    folder = Path(os.environ.get("LEEWAY_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("no folder of real data: set LEEWAY_SHARED")
    return folder


@pytest.fixture(autouse=True)
def scrubbed_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's AWS settings; only `e2e` means a real account, and `on_aws` if asked for."""
    verified = request.node.get_closest_marker("on_aws") and os.environ.get("LEEWAY_AWS_VERIFIED")
    if verified or request.node.get_closest_marker("e2e"):
        return
    for name in list(os.environ):
        if name.startswith(NOT_FOR_TESTS) and name not in KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test that opens a connection fails there."""
    if not any(request.node.get_closest_marker(marker) for marker in UNIT_MARKERS):
        return
    import socket

    def refuse(_socket: object, address: object) -> None:
        raise AssertionError(f"a unit test tried to connect to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test without a marker would run in no one's budget: the folder it lies in is told to name one."""
    known = {
        "unit",
        "contract",
        "architecture",
        "template",
        "training",
        "local",
        "sam",
        "built",
        "permissions",
        "scan",
        "e2e",
    }
    bare = [item.nodeid for item in items if not known & {mark.name for mark in item.iter_markers()}]
    if bare:
        raise pytest.UsageError("tests without a marker: " + ", ".join(bare[:5]))
