"""The layer: nothing that Lambda brings itself, laid out as `sam build` wants it."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.template


def test_the_layers_lock_is_the_projects(root: Path) -> None:
    """A copy, because `sam build` takes the layer's folder alone to where it builds; `make lock` renews it."""
    lock = (root / "layers/core/requirements.txt").read_text(encoding="utf-8")
    assert lock == (root / "requirements/layer.txt").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock


def test_duckdb_is_the_training_images_version(root: Path) -> None:
    """Or the monitor would read numbers otherwise than Prepare did."""
    lock = (root / "layers/duckdb/requirements.txt").read_text(encoding="utf-8")
    assert lock == (root / "requirements/duckdb.txt").read_text(encoding="utf-8")
    pins = [
        (root / f"requirements/{name}.txt").read_text(encoding="utf-8").split("==")[1] for name in ("duckdb", "wheels")
    ]
    assert len({pin.split()[0] for pin in pins}) == 1


def test_the_layer_brings_no_boto3(root: Path) -> None:
    lock = (root / "layers/core/requirements.txt").read_text(encoding="utf-8")
    names = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    assert "aws-lambda-powertools" in names
    assert not names & {"boto3", "botocore", "s3transfer"}


def test_the_layers_folder_is_what_goes_on_the_path(root: Path) -> None:
    """With a folder python/ inside, the layer would become python/python, and the build would still succeed."""
    assert not (root / "layers/core/python").exists()
    assert (root / "layers/core/leeway/settings.py").is_file()
