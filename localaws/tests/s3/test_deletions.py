"""What S3 tells EventBridge of deletions. Source: User Guide, EventBridge event message structure, Object Deleted."""

from typing import Any

import pytest

pytestmark = pytest.mark.contract


def told(box: Any) -> list[tuple[str, dict[str, Any]]]:
    """The events of the bucket, in order."""
    box.aws.settle()
    return [
        (event["detail-type"], event["detail"])
        for event in box.aws.events
        if event["source"] == "aws.s3" and event["detail"]["bucket"]["name"] == box.name
    ]


def test_a_marker_and_a_version_that_is_gone(box: Any) -> None:
    box.tell()
    box.version()
    version = box.put("a")["VersionId"]
    marker = box("delete_object", "a")["VersionId"]
    box("delete_object", "a", VersionId=version)
    kinds, details = zip(*told(box), strict=True)
    assert kinds == ("Object Created", "Object Deleted", "Object Deleted")
    _, hidden, gone = details
    assert (hidden["deletion-type"], hidden["object"]["version-id"]) == ("Delete Marker Created", marker)
    assert (gone["deletion-type"], gone["object"]["version-id"]) == ("Permanently Deleted", version)
    assert {hidden["reason"], gone["reason"]} == {"DeleteObject"}
    assert set(hidden["object"]) == {"key", "etag", "version-id", "sequencer"}
    assert (hidden["requester"], hidden["source-ip-address"]) == (box.aws.account, "127.0.0.1")
    sequencers = [detail["object"]["sequencer"] for detail in details]
    assert sequencers == sorted(set(sequencers))


def test_without_versions_it_is_gone_for_good_and_once(box: Any) -> None:
    box.tell()
    box.put("a")
    box("delete_objects", Delete={"Objects": [{"Key": "a"}, {"Key": "never"}]})
    box("delete_object", "a")
    (_, gone) = told(box)
    assert (gone[0], gone[1]["deletion-type"], gone[1]["object"]["key"]) == (
        "Object Deleted",
        "Permanently Deleted",
        "a",
    )
    assert "version-id" not in gone[1]["object"]


def test_what_is_replaced_or_aborted_is_not_told_as_deleted(box: Any) -> None:
    box.tell()
    box.put("a", b"1")
    box.put("a", b"2")
    upload, _ = box.upload("b", b"x")
    box("abort_multipart_upload", "b", **upload)
    assert [kind for kind, _ in told(box)] == ["Object Created", "Object Created"]
