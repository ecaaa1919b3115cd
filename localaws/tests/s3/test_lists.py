"""Lists. Sources: API Reference, ListObjects, ListObjectsV2, ListObjectVersions, ListBuckets; User Guide, prefixes."""

from typing import Any

import pytest

pytestmark = pytest.mark.contract


def pages(box: Any, operation: str, size: int, **more: Any) -> list[Any]:
    """Every page of a list, by boto3's own paginator."""
    config = {"PageSize": size}
    return list(box.s3.get_paginator(operation).paginate(Bucket=box.name, PaginationConfig=config, **more))


def test_keys_are_in_the_order_of_their_bytes(box: Any) -> None:
    keys = ["b", "a/b", "a", "B", "ü", "a.b", "日本", "\U0001f600", "￿"]
    for key in keys:
        box.put(key)
    assert box.keys() == sorted(keys, key=str.encode)


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_make_up_the_whole(box: Any, operation: str, size: int) -> None:
    keys = ["a/1", "a/2", "b", "c/1", "c/2", "c/3", "d"]
    for key in keys:
        box.put(key)
    whole = pages(box, operation, size)
    assert [one["Key"] for page in whole for one in page.get("Contents", [])] == keys
    assert [page["IsTruncated"] for page in whole] == [True] * (len(whole) - 1) + [False]
    folded = pages(box, operation, size, Delimiter="/")
    assert [one["Key"] for page in folded for one in page.get("Contents", [])] == ["b", "d"]
    assert [one["Prefix"] for page in folded for one in page.get("CommonPrefixes", [])] == ["a/", "c/"]
    counts = [len(page.get("Contents", [])) + len(page.get("CommonPrefixes", [])) for page in folded]
    assert max(counts) <= size


def test_a_prefix_and_a_delimiter_of_any_length(box: Any) -> None:
    for key in ("x--1--a", "x--1--b", "x--2", "y"):
        box.put(key)
    found = box("list_objects_v2", Prefix="x--", Delimiter="--")
    assert [one["Prefix"] for one in found["CommonPrefixes"]] == ["x--1--"]
    assert [one["Key"] for one in found["Contents"]] == ["x--2"]
    assert (found["KeyCount"], found["MaxKeys"], found["Prefix"]) == (2, 1000, "x--")


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_the_object_of_a_folder_does_not_stand_for_the_folder(box: Any, operation: str) -> None:
    for key in ("a/", "a/1", "a/b/2", "a/c"):
        box.put(key)
    whole = pages(box, operation, 1, Prefix="a/", Delimiter="/")
    assert [one["Key"] for page in whole for one in page.get("Contents", [])] == ["a/", "a/1", "a/c"]
    assert [one["Prefix"] for page in whole for one in page.get("CommonPrefixes", [])] == ["a/b/"]


def test_many_keys_under_few_prefixes(box: Any) -> None:
    for number in range(60):
        box.put(f"{number % 3}/{number:02}")
    found = box("list_objects_v2", Delimiter="/")
    assert ([one["Prefix"] for one in found["CommonPrefixes"]], found["KeyCount"]) == (["0/", "1/", "2/"], 3)
    assert len(box.keys()) == 60


def test_a_list_starts_where_it_is_told(box: Any) -> None:
    for key in ("a", "b", "c"):
        box.put(key)
    assert box.keys(StartAfter="a") == ["b", "c"]
    assert box.keys(StartAfter="aa") == ["b", "c"]
    assert [one["Key"] for one in box("list_objects", Marker="b")["Contents"]] == ["c"]


def test_none_are_wanted(box: Any) -> None:
    box.put("a")
    found = box("list_objects_v2", MaxKeys=0)
    assert (found["KeyCount"], found["IsTruncated"]) == (0, False)


def test_arguments_that_mean_nothing_are_refused(box: Any) -> None:
    assert box.refused("list_objects_v2", ContinuationToken="!") == ("InvalidArgument", 400)
    assert box.refused("list_objects_v2", EncodingType="rot13") == ("InvalidArgument", 400)
    assert box.refused("list_objects_v2", MaxKeys=-1) == ("InvalidArgument", 400)
    assert box.refused("list_object_versions", VersionIdMarker="v" * 32) == ("InvalidArgument", 400)


def test_an_entry_tells_of_its_object(box: Any) -> None:
    etag = box.put("a", b"12345")["ETag"]
    (found,) = box("list_objects_v2", FetchOwner=True)["Contents"]
    assert (found["Key"], found["Size"], found["ETag"], found["StorageClass"]) == ("a", 5, etag, "STANDARD")
    assert found["LastModified"] == box("head_object", "a")["LastModified"]
    assert len(found["Owner"]["ID"]) == 64


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_versions_are_listed_newest_first_page_by_page(box: Any, size: int) -> None:
    box.version()
    made = [(key, box.put(key, str(number).encode())["VersionId"]) for number in range(3) for key in ("a", "b/c")]
    marker = "a", box("delete_object", "a")["VersionId"]
    whole = pages(box, "list_object_versions", size)
    listed = [(one["Key"], one["VersionId"]) for page in whole for one in page.get("Versions", [])]
    assert listed == [one for key in ("a", "b/c") for one in reversed(made) if one[0] == key]
    markers = [
        (one["Key"], one["VersionId"], one["IsLatest"]) for page in whole for one in page.get("DeleteMarkers", [])
    ]
    assert markers == [(*marker, True)]
    latest = [one["Key"] for page in whole for one in page.get("Versions", []) if one["IsLatest"]]
    assert latest == ["b/c"]
    folded = pages(box, "list_object_versions", size, Delimiter="/")
    assert [one["Prefix"] for page in folded for one in page.get("CommonPrefixes", [])] == ["b/"]


def test_versions_go_on_behind_one_of_a_key(box: Any) -> None:
    box.version()
    ids = [box.put("a", str(number).encode())["VersionId"] for number in range(3)]
    found = box("list_object_versions", KeyMarker="a", VersionIdMarker=ids[2])
    assert [one["VersionId"] for one in found["Versions"]] == [ids[1], ids[0]]
    assert "Versions" not in box("list_object_versions", KeyMarker="a")


def test_buckets_are_listed_by_name(box: Any) -> None:
    found = box.s3.list_buckets(Prefix=box.name)
    assert [one["Name"] for one in found["Buckets"]] == [box.name]
    names = [one["Name"] for one in box.s3.list_buckets()["Buckets"]]
    assert names == sorted(names)
    first = box.s3.list_buckets(MaxBuckets=1)
    assert [one["Name"] for one in first["Buckets"]] == names[:1]
    if len(names) > 1:
        more = box.s3.list_buckets(ContinuationToken=first["ContinuationToken"])
        assert [one["Name"] for one in more["Buckets"]] == names[1:]
