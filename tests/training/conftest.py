"""The image's Python with the code of now, and trainings on real data, each made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leeway.spec import ModelSpec
from tests.training import small
from tests.training.image import Image, image
from tests.training.job import Job, job

Make = Callable[..., Job]


@pytest.fixture(scope="session", name="image")
def the_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with image(tmp_path_factory.mktemp("image")) as running:
        yield running


@pytest.fixture(scope="session")
def real(image: Image, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Job]:
    """The training of a model in `specs/`, on all its data, with all three steps done."""
    done: dict[str, Job] = {}

    def made(name: str) -> Job:
        if name not in done:
            done[name] = _real(name, image, shared / "data", tmp_path_factory.mktemp(name)).all()
        return done[name]

    return made


def _real(name: str, image: Image, data: Path, folder: Path) -> Job:
    from leeway_cli.model_toml.check import check

    checked = check(Path(__file__).parent / "specs" / f"{name}.toml")
    assert checked.spec is not None, checked.lines()
    files = sorted((data / name).glob("*.csv")) or [data / f"{name}_churn.csv"]
    return job(folder / "job", image, checked.spec, {file.name: file.read_bytes() for file in files})


@pytest.fixture
def make(image: Image, tmp_path: Path) -> Make:
    """A training on files or rows made in the test."""

    def made(files: dict[str, bytes] | list[small.Record], model: ModelSpec | None = None, name: str = "job") -> Job:
        bodies = files if isinstance(files, dict) else {"rows.csv": small.as_csv(files)}
        return job(tmp_path / name, image, model or small.spec(), bodies)

    return made


@pytest.fixture(scope="session")
def trained(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A small training, with all three steps done; not to be changed."""
    body = small.as_csv(small.records(600))
    return job(tmp_path_factory.mktemp("small") / "job", image, small.spec(), {"rows.csv": body}).all()
