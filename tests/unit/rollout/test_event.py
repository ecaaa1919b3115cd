"""The event of a model package as model_approval reads it: every casing and type there is, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leeway.errors import Rejected
from leeway.rollout.event import PackageChanged, epoch_ms, parse
from tests.unit.rollout.values import ACCOUNT, arn

pytestmark = pytest.mark.unit
SAMPLES, OF_SAMPLES = "reference/samples/events", "111122223333"
AT = 1_772_424_306_225


def event(**changes: Any) -> dict[str, Any]:
    detail = {
        "ModelPackageGroupName": "leeway-churn",
        "ModelPackageArn": arn(7),
        "ModelApprovalStatus": "Approved",
        "LastModifiedTime": AT,
        "UpdatedModelPackageFields": ["ModelApprovalStatus"],
    }
    return {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "account": ACCOUNT,
        "time": "2026-03-02T04:05:06Z",
        "detail": detail | changes,
    }


def read(document: Any, account: str = ACCOUNT) -> PackageChanged:
    return parse(document, account=account)


@pytest.mark.parametrize(
    ("name", "status", "fields"),
    [
        ("approved", "Approved", ("ModelApprovalStatus", "ApprovalDescription")),
        ("rejected", "Rejected", ("ModelApprovalStatus",)),
        ("created-pending", "PendingManualApproval", None),
        ("approved-then-metadata-update", "Approved", ("CustomerMetadataProperties",)),
        ("lifecycle-stage", "Approved", ("ModelLifeCycle",)),
        ("approved-legacy-no-updated-fields", "Approved", None),
    ],
)
def test_samples(shared: Path, name: str, status: str, fields: tuple[str, ...] | None) -> None:
    found = read(json.loads((shared / SAMPLES / f"model-package-{name}.json").read_text()), OF_SAMPLES)
    assert (found.group, found.arn.rpartition("/")[2]) == ("churn-models", "7")
    assert (found.hint.status, found.hint.fields) == (status, fields)
    assert abs(found.hint.modified - AT) < 1000


def test_no_other_sample_is_taken_for_a_package(shared: Path) -> None:
    others = [path for path in (shared / SAMPLES).glob("*.json") if not path.name.startswith("model-package")]
    assert others
    for path in others:
        with pytest.raises(Rejected):
            read(json.loads(path.read_text()), OF_SAMPLES)


def test_our_own_corpus(root: Path) -> None:
    files = sorted((root / "events").glob("model_approval.*.json"))
    assert files
    for file in files:
        for record in json.loads(file.read_text())["Records"]:
            assert read(json.loads(record["body"])).group == "leeway-churn"


@pytest.mark.parametrize(
    "time",
    [AT, float(AT), str(AT), f"{AT}.0", "2026-03-02T04:05:06.225Z", "2026-03-02T05:05:06.225+01:00"],
)
def test_times_of_every_kind_are_the_same(time: Any) -> None:
    assert read(event(LastModifiedTime=time)).hint.modified == AT


def test_a_time_without_a_zone_is_utc() -> None:
    assert epoch_ms("2026-03-02T04:05:06.225") == AT


def test_no_millisecond_is_lost_on_the_way_from_text() -> None:
    assert all(epoch_ms(f"2026-03-02T04:05:06.{n:03}Z") == AT - 225 + n for n in range(1000))


@pytest.mark.parametrize("missing", [{"LastModifiedTime": None}, {"LastModifiedTime": ""}, {"LastModifiedTime": 0}])
def test_a_version_never_changed_was_last_changed_when_it_was_created(missing: dict[str, Any]) -> None:
    assert read(event(**missing, CreationTime=AT - 1)).hint.modified == AT - 1
    assert read(event(**missing, CreationTime=None)).hint.modified == AT - 225  # the envelope's


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        pytest.param(None, None, id="null"),
        pytest.param("ModelApprovalStatus", None, id="text"),
        pytest.param({"ModelApprovalStatus": 1}, None, id="map"),
        pytest.param([], (), id="empty"),
        pytest.param([None, 7, "sourceUri"], ("None", "7", "sourceUri"), id="odd-members"),
    ],
)
def test_what_changed_is_known_from_a_list_alone(told: Any, fields: tuple[str, ...] | None) -> None:
    assert read(event(UpdatedModelPackageFields=told)).hint.fields == fields


@pytest.mark.parametrize("status", [None, "", 0, []])
def test_no_status_is_none(status: Any) -> None:
    assert read(event(ModelApprovalStatus=status)).hint.status == ""


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="array"),
        pytest.param("Approved", id="text"),
        pytest.param({}, id="empty"),
        pytest.param(event() | {"detail": None}, id="null detail"),
        pytest.param(event() | {"detail": [event()["detail"]]}, id="detail is an array"),
        pytest.param(event() | {"source": "leeway"}, id="another source"),
        pytest.param(event() | {"source": ["aws.sagemaker"]}, id="sources"),
        pytest.param(event() | {"detail-type": "SageMaker Model State Change"}, id="another type"),
        pytest.param(event() | {"account": "999999999999"}, id="another account"),
        pytest.param(event() | {"account": None}, id="no account"),
        pytest.param(event(ModelPackageGroupName=None), id="no group"),
        pytest.param(event(ModelPackageGroupName=7), id="group is a number"),
        pytest.param(event(ModelPackageArn=None), id="no arn"),
        pytest.param(event(ModelPackageArn=[arn(7)]), id="arns"),
        pytest.param(event(ModelPackageArn=arn(7).replace(ACCOUNT, "999999999999")), id="package of another account"),
        pytest.param(event(ModelPackageArn=arn(7, "somebody-elses")), id="package of another group"),
        pytest.param(event(ModelPackageArn=f"arn:x:{ACCOUNT}:model-package/leeway-churn/7"), id="not an arn"),
        pytest.param(event(ModelPackageArn=arn(7).rpartition("/")[0]), id="not versioned"),
        pytest.param(event(ModelPackageArn=arn(7) + "/../../x"), id="arn with more to it"),
        pytest.param(event(ModelPackageArn=arn(7) + "\n"), id="arn with a line end"),
        pytest.param(event(ModelPackageArn=arn(7)[:-1] + "\N{ARABIC-INDIC DIGIT SEVEN}"), id="version in other digits"),
        pytest.param(event(LastModifiedTime="yesterday"), id="time is a word"),
        pytest.param(event(LastModifiedTime="9" * 400), id="time without end"),
        pytest.param(event(LastModifiedTime=10**5000), id="time of five thousand digits"),
        pytest.param(event(LastModifiedTime=float("nan")), id="time is no number"),
        pytest.param(event(LastModifiedTime=float("inf")), id="time is infinite"),
        pytest.param(event(LastModifiedTime={"S": AT}), id="time is a map"),
        pytest.param(event(LastModifiedTime=None) | {"time": None}, id="no time at all"),
    ],
)
def test_what_is_no_event_of_a_package_of_ours_is_refused(document: Any) -> None:
    with pytest.raises(Rejected):
        read(document)
