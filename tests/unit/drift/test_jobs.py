"""The Processing job that counts large hours: what it is given, how it is named, and what is done about it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leeway.drift import jobs
from leeway.drift.hours import MEGABYTE, File, Todo
from leeway.drift.jobs import Counting
from leeway.drift.reference import Reference, reference
from leeway.drift.shares import Counted
from leeway.drift.windows import Window
from leeway.models import Container
from leeway.rollout.observed import Slot
from leeway.settings import Settings
from leeway.spec import ModelSpec, Monitoring
from tests.local.onboarding import spec
from tests.local.watched import BASELINE, EVALUATION

pytestmark = pytest.mark.unit
HOUR = datetime(2026, 3, 2, 3, tzinfo=UTC)
NOW = HOUR + timedelta(hours=1, minutes=15)
BASE = "capture/leeway-churn/a/"
SLOT = Slot(endpoint="leeway-churn", slot="a", package="p", version=7, begin=HOUR - timedelta(days=1))
VERSUS = reference(BASELINE, EVALUATION, ["plan", "tenure"])
SETTINGS = Settings(
    **dict.fromkeys(Settings.__dataclass_fields__, "none")
    | {"stack": "leeway", "artifacts_bucket": "artifacts", "monitoring_role_arn": "arn:role"}
)
CONTAINER = Container(image="image", code="code/1/training.pyz", wheels="code/wheels/2/wheels.zip")


def model(**rules: Any) -> ModelSpec:
    return replace(spec(), monitoring=Monitoring(**rules))


def todo(*sizes: int, known: Counted | None = None, hour: datetime = HOUR) -> Todo:
    new = {f"m{n}": File(key=f"{BASE}{hour:%Y/%m/%d/%H}/{n}.jsonl", size=size) for n, size in enumerate(sizes)}
    return Todo(hour=hour, between=(hour, hour + timedelta(hours=1)), known=known or Counted(), new=new)


def counting(**changes: Any) -> Counting:
    found = Counting(name="n", folder="counting/churn/v7/f", version=7, attempt=1, begin=NOW, says="an hour")
    return replace(found, **changes)


@pytest.mark.parametrize(
    ("size", "above", "large"),
    [
        (MEGABYTE, 1, False),
        (MEGABYTE + 1, 1, True),
        (1, 0, True),
        (0, 0, False),
    ],
)
def test_an_hour_of_more_than_it_may_have_is_for_a_job(size: int, above: int, large: bool) -> None:
    assert jobs.outgrown(todo(size), model(job_above=above)) is large
    assert not jobs.outgrown(todo(), model(job_above=0)), "there is nothing to count"


def test_the_job_has_what_the_specification_says() -> None:
    rules = model(job_instances=3, job_instance="ml.c5.xlarge")
    document, files = jobs.wanted(rules, SLOT, VERSUS, [todo(3 * 10**9, 10**9 + 1)])
    assert files == [{"prefix": BASE}, "2026/03/02/03/0.jsonl", "2026/03/02/03/1.jsonl"]
    asked = jobs.request(SETTINGS, CONTAINER, counting(), document)
    cluster = asked["ProcessingResources"]["ClusterConfig"]
    assert cluster == {"InstanceCount": 2, "InstanceType": "ml.c5.xlarge", "VolumeSizeInGB": 25}, "no more than files"
    sources = {one["InputName"]: one["S3Input"] for one in asked["ProcessingInputs"]}
    assert sources["captures"]["S3DataDistributionType"] == "ShardedByS3Key"
    assert sources["captures"]["S3Uri"] == "s3://artifacts/counting/churn/v7/f/files.json"
    assert {one["S3DataDistributionType"] for name, one in sources.items() if name != "captures"} == {"FullyReplicated"}
    [output] = asked["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == "s3://artifacts/counting/churn/v7/f/shares-1"


def test_a_baseline_is_the_same_after_its_way_to_the_instances() -> None:
    assert Reference.from_json(json.loads(json.dumps(VERSUS.to_json()))) == VERSUS


def test_what_is_to_be_counted_names_the_job() -> None:
    one, other = (jobs.wanted(model(), SLOT, VERSUS, [todo(5)])[0] for _ in range(2))
    folder = jobs.folder_of("churn", one)
    assert folder == jobs.folder_of("churn", other)
    assert folder.startswith("counting/churn/v7/")
    late, _ = jobs.wanted(model(), SLOT, VERSUS, [todo(5, 5)])
    assert jobs.folder_of("churn", late) != folder
    names = {jobs.name_of(SETTINGS, "churn", folder, attempt) for attempt in (1, 2, 3)}
    assert len(names) == 3
    longest = "m" * (63 - len("leeway-") - len("-v999999-") - 10)
    assert len(jobs.name_of(SETTINGS, longest, folder, 1)) == 63, "as long as a model's name may be"


@pytest.mark.parametrize(
    ("status", "move"),
    [
        (None, "create"), ("InProgress", "wait"), ("Stopping", "wait"), ("Completed", "take"), ("Failed", "fail"),
        ("Stopped", "fail"),
    ],
)  # fmt: skip
def test_what_is_done_about_a_job(status: str | None, move: str) -> None:
    assert jobs.next_move(counting(), status, NOW) == move


def test_another_attempt_waits_longer_each_time_and_there_are_three() -> None:
    assert jobs.next_move(counting(begin=NOW + timedelta(seconds=1)), None, NOW) == "wait"
    second = jobs.again(counting(), SETTINGS, "churn", NOW)
    assert second is not None
    assert (second.attempt, second.begin - NOW) == (2, timedelta(minutes=10))
    assert second.name == jobs.name_of(SETTINGS, "churn", second.folder, 2)
    assert second.output != counting().output
    third = jobs.again(second, SETTINGS, "churn", NOW)
    assert third is not None
    assert (third.attempt, third.begin - NOW) == (3, timedelta(minutes=20))
    assert jobs.again(third, SETTINGS, "churn", NOW) is None


def test_it_is_kept_as_a_value_of_the_table() -> None:
    assert Counting.from_item(json.loads(json.dumps(counting().to_item()))) == counting()


def share(*marks: str, hour: datetime = HOUR, records: int = 1) -> dict[str, Any]:
    return {hour.isoformat(): Counted(files=frozenset(marks), window=Window(records=records)).to_json()}


def test_shares_are_merged_and_must_come_to_all_files() -> None:
    later = HOUR + timedelta(hours=1)
    document, _ = jobs.wanted(model(), SLOT, VERSUS, [todo(5, 5, 5), todo(5, hour=later)])
    shares = [share("m0", "m2", records=20), share("m1", records=3) | share("m0", hour=later), {}]
    found = jobs.merged(document, shares)
    assert found[HOUR] == Counted(files=frozenset({"m0", "m1", "m2"}), window=Window(records=23))
    assert found[later].window.records == 1
    with pytest.raises(ValueError, match="have counted 2 of the 3 files"):
        jobs.merged(document, shares[:1])
    with pytest.raises(ValueError, match="1 files were counted twice"):
        jobs.merged(document, [*shares, share("m1")])


def test_what_a_job_has_counted_is_added_to_what_was_known_once() -> None:
    known = Counted(files=frozenset({"before"}), window=Window(records=4))
    new = Counted(files=frozenset({"m0"}), window=Window(records=5))
    late, _ = jobs.wanted(model(), SLOT, VERSUS, [todo(5, known=known)])
    assert jobs.added(late, {HOUR: known}, {HOUR: new}) == {HOUR: known.merge(new)}
    assert jobs.added(late, {HOUR: known.merge(new)}, {HOUR: new}) == {}, "it was folded already"
    whole, _ = jobs.wanted(model(), SLOT, VERSUS, [todo(5)])
    assert jobs.added(whole, {HOUR: known}, {HOUR: new}) == {HOUR: new}, "of what was known a file had gone"


def test_what_is_given_up_names_its_files_so_that_it_is_not_asked_for_again() -> None:
    document, _ = jobs.wanted(model(), SLOT, VERSUS, [todo(5, 5)])
    assert jobs.given_up(document, "why") == {HOUR: Counted(files=frozenset({"m0", "m1"}), failed="why")}
