"""L1, L2: each burst of files is one training of all of them, and costs next to nothing but reading and copying."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bursts.dropped import Burst
from tests.cases import of_the_proof, of_the_stories
from tests.local.onboarding import ARTIFACTS
from tests.local.trainings import trainings

pytestmark = pytest.mark.local
AN_OBJECT = 3.3  # calls that looking at a file may cost, its events that come twice and what failed included


@pytest.fixture
def burst(tmp_path: Path) -> Iterator[Burst]:
    with trainings(tmp_path / "aws") as model:
        found = Burst(model=model)
        found.begin()
        yield found
        assert model.dead() == 0
        assert model.pending() == []


@pytest.mark.parametrize("files", [*of_the_stories(200), *of_the_proof(10_000)])
def test_a_burst_is_one_training_of_all_its_files(burst: Burst, files: int) -> None:
    names = [f"file-{number}" for number in range(files)]
    burst.chance.shuffle(names)
    burst.drop(names)

    [run] = burst.model.runs()
    manifest = burst.model.manifest(run)
    assert len(burst.model.executions()) == 1
    assert len({file["id"] for file in manifest["train"]}) == len(manifest["considered"]) == files
    assert burst.doubled > 0
    assert burst.calls() / files <= AN_OBJECT


@pytest.mark.parametrize(
    ("windows", "files"),
    [pytest.param(2, 50, marks=pytest.mark.story), pytest.param(5, 2_000, marks=pytest.mark.proof)],
)
def test_each_window_is_one_training(burst: Burst, windows: int, files: int) -> None:
    for window in range(windows):
        burst.drop(f"{window}-{number}" for number in range(files))

    runs = burst.model.runs()
    assert [run.status for run in runs] == ["Succeeded"] * windows
    assert len(burst.model.executions()) == windows
    considered = [set(burst.model.manifest(run)["considered"]) for run in runs]
    assert [len(one) for one in considered] == [files] * windows
    assert len(set.union(*considered)) == windows * files


@pytest.mark.story
def test_of_a_key_that_is_overwritten_the_last_version_counts(burst: Burst) -> None:
    """Where two files hold the same row, training takes the one that is later in the manifest."""
    burst.overwrite("same", 100)

    [run] = burst.model.runs()
    manifest = burst.model.manifest(run)
    assert len(burst.model.executions()) == 1
    bodies = [burst.model.aws.client("s3").get_object(Bucket=ARTIFACTS, Key=file["key"]) for file in manifest["train"]]
    tenures = [int(body["Body"].read().split(b"\n")[1].split(b",")[2]) for body in bodies]
    assert tenures == list(range(100))
