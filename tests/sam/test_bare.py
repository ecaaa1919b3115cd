"""The built artefact needs nothing but itself and Lambda's runtime, and a module that is missing there is found out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sam.built import Built, functions, invoke, runtime

pytestmark = pytest.mark.built
VARIABLES = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the runtime brings."""
    return runtime(tmp_path_factory.mktemp("runtime") / "python")


@pytest.fixture
def arrival() -> Built:
    return functions()["DataArrivalFunction"]


def test_every_function_of_the_template_was_built(root: Path) -> None:
    folders = {path.parent.name for path in (root / "functions").glob("*/app.py")}
    assert {built.handler.partition(".")[0] for built in functions().values()} == folders
    assert all((built.code / built.handler.partition(".")[0] / "app.py").is_file() for built in functions().values())


@pytest.mark.parametrize(
    "missing",
    ["aws_lambda_powertools", "aws_lambda_powertools/logging", "typing_extensions.py", "leeway/errors.py"],
)
def test_a_module_that_a_layer_lacks_fails(arrival: Built, brought: Path, tmp_path: Path, missing: str) -> None:
    """The mutation that shows that the others could fail: one module less, in a copy of the layer."""
    whole = invoke(arrival, {"Records": []}, brought, **VARIABLES)
    assert "ModuleNotFoundError" not in whole.stderr
    (layer,) = arrival.layers
    copy = tmp_path / "layer"
    shutil.copytree(layer, copy)
    gone = copy / "python" / missing
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    done = invoke(arrival, {"Records": []}, brought, [copy], **VARIABLES)
    assert done.returncode != 0
    assert f"No module named '{missing.removesuffix('.py').replace('/', '.')}'" in done.stderr


def test_the_runtimes_sdk_is_not_in_the_layer(arrival: Built, tmp_path: Path) -> None:
    """Without the runtime's folder boto3 is missing: the layer relies on Lambda for it, and the interpreter is bare."""
    empty = tmp_path / "empty"
    empty.mkdir()
    done = invoke(arrival, {"Records": []}, empty, **VARIABLES)
    assert "No module named 'boto" in done.stderr
