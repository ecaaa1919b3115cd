"""Versions. Sources: User Guide, using versioning (deletions, suspended buckets); API Reference, DeleteObject."""

from typing import Any

import pytest

pytestmark = pytest.mark.contract


def test_every_put_is_a_version(box: Any) -> None:
    box.version()
    first, second = (box.put("a", body)["VersionId"] for body in (b"1", b"2"))
    assert first != second
    assert [box.get("a"), box.get("a", VersionId=first)] == [b"2", b"1"]
    found = box("get_object", "a", VersionId=first)
    assert found["VersionId"] == first


def test_without_versioning_there_is_no_version_to_tell(box: Any) -> None:
    put = box.put("a")
    assert "VersionId" not in put
    assert "VersionId" not in box("get_object", "a")
    assert box.get("a", VersionId="null") == b"x"


def test_what_was_there_before_versioning_is_the_null_version(box: Any) -> None:
    box.put("a", b"1")
    box.version()
    box.put("a", b"2")
    assert box.get("a", VersionId="null") == b"1"


def test_a_suspended_bucket_replaces_its_null_version_alone(box: Any) -> None:
    box.version()
    first = box.put("a", b"1")["VersionId"]
    box.suspend()
    assert box.put("a", b"2")["VersionId"] == "null"
    box.put("a", b"3")
    listed = box("list_object_versions")["Versions"]
    assert [(one["VersionId"], one["IsLatest"]) for one in listed] == [("null", True), (first, False)]
    assert [box.get("a"), box.get("a", VersionId=first)] == [b"3", b"1"]
    gone = box("delete_object", "a")
    assert (gone["DeleteMarker"], gone["VersionId"]) == (True, "null")
    assert [one["VersionId"] for one in box("list_object_versions")["Versions"]] == [first]


def test_a_deletion_hides_behind_a_marker_and_its_deletion_shows_again(box: Any) -> None:
    box.version()
    kept = box.put("a", b"1")["VersionId"]
    gone = box("delete_object", "a")
    assert gone["DeleteMarker"] is True
    refusal = box.refusal("get_object", "a")
    told = refusal["ResponseMetadata"]["HTTPHeaders"]
    assert (refusal["Error"]["Code"], told["x-amz-delete-marker"]) == ("NoSuchKey", "true")
    assert told["x-amz-version-id"] == gone["VersionId"]
    assert box.keys() == []
    assert box.get("a", VersionId=kept) == b"1"
    back = box("delete_object", "a", VersionId=gone["VersionId"])
    assert (back["DeleteMarker"], back["VersionId"]) == (True, gone["VersionId"])
    assert box.get("a") == b"1"


def test_a_marker_itself_cannot_be_read(box: Any) -> None:
    box.version()
    marker = box("delete_object", "a")["VersionId"]
    refusal = box.refusal("get_object", "a", VersionId=marker)
    assert refusal["Error"]["Code"] == "MethodNotAllowed"
    assert refusal["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    assert box.refused("head_object", "a", VersionId=marker) == ("405", 405)


def test_a_version_is_deleted_for_good_and_the_one_before_counts(box: Any) -> None:
    box.version()
    first, second = (box.put("a", body)["VersionId"] for body in (b"1", b"2"))
    gone = box("delete_object", "a", VersionId=second)
    assert gone["VersionId"] == second
    assert "DeleteMarker" not in gone
    assert box.get("a") == b"1"
    assert box.refused("get_object", "a", VersionId=second) == ("NoSuchVersion", 404)
    box("delete_object", "a", VersionId=first)
    assert box.refused("get_object", "a") == ("NoSuchKey", 404)


def test_a_deletion_of_what_is_not_there_succeeds(box: Any) -> None:
    assert box("delete_object", "a")["ResponseMetadata"]["HTTPStatusCode"] == 204
    box.version()
    assert box("delete_object", "a", VersionId="v" * 32)["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_an_id_that_cannot_be_one_is_invalid(box: Any) -> None:
    box.put("a")
    assert box.refused("get_object", "a", VersionId="nonsense") == ("InvalidArgument", 400)
    assert box.refused("get_object", "a", VersionId="v" * 32) == ("NoSuchVersion", 404)


def test_a_copy_of_a_version_is_the_new_one(box: Any) -> None:
    box.version()
    first = box.put("a", b"1")["VersionId"]
    box.put("a", b"2")
    copied = box("copy_object", "a", CopySource={"Bucket": box.name, "Key": "a", "VersionId": first})
    assert copied["CopySourceVersionId"] == first
    assert copied["VersionId"] not in (first, None)
    assert box.get("a") == b"1"


def test_many_are_deleted_at_once_each_with_its_answer(box: Any) -> None:
    box.version()
    one = box.put("a")["VersionId"]
    box.put("b")
    wanted = [{"Key": "a", "VersionId": one}, {"Key": "b"}, {"Key": "k" * 1025}]
    answer = box("delete_objects", Delete={"Objects": wanted})
    by_key = {entry["Key"]: entry for entry in answer["Deleted"]}
    assert by_key["a"] == {"Key": "a", "VersionId": one}
    assert by_key["b"]["DeleteMarker"] is True
    assert [entry["Code"] for entry in answer["Errors"]] == ["KeyTooLongError"]
    assert box.keys() == []


def test_a_quiet_deletion_tells_its_errors_alone(box: Any) -> None:
    box.put("a")
    answer = box("delete_objects", Delete={"Objects": [{"Key": "a"}], "Quiet": True})
    assert "Deleted" not in answer
    assert box.keys() == []


def test_a_thousand_are_the_most(box: Any) -> None:
    wanted = [{"Key": str(number)} for number in range(1001)]
    assert box.refused("delete_objects", Delete={"Objects": wanted}) == ("MalformedXML", 400)
