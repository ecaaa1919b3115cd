"""Keys are names and nothing more. Source: User Guide, naming objects; API Reference, KeyTooLongError."""

import unicodedata
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.contract
HOSTILE = [
    pytest.param("../../etc/passwd", id="traversal"),
    pytest.param("/etc/passwd", id="absolute"),
    pytest.param("//a//", id="slashes"),
    pytest.param(".", id="dot"),
    pytest.param("..", id="dots"),
    pytest.param("a/./b/../c", id="dots-inside"),
    pytest.param("in/%2e%2e/x.csv", id="encoded-dots"),
    pytest.param("a b+c=d%20e&f?g#h", id="query"),
    pytest.param("?versionId=x", id="question"),
    pytest.param('line\nbreak\r"quoted"\t<&>', id="controls"),
    pytest.param("a\u202evsc.exe", id="right-to-left"),
    pytest.param(";$(curl x)`y`|z", id="shell"),
    pytest.param("trailing/", id="folder"),
    pytest.param(" ", id="space"),
    pytest.param("k" * 1024, id="long"),
    pytest.param("ü" * 512, id="long-in-bytes"),
    pytest.param("\U0001f600/日本", id="unicode"),
    pytest.param("-rf", id="option"),
    pytest.param("'; DROP TABLE version; --", id="sql"),
]


@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_is_kept_as_it_is(box: Any, key: str) -> None:
    box.tell()
    box.put(key, key.encode())
    assert box.get(key) == key.encode()
    assert box.keys() == [key]
    assert box.keys(Prefix=key) == [key]
    box("copy_object", "copy", CopySource={"Bucket": box.name, "Key": key})
    assert box.get("copy") == key.encode()
    box.aws.settle()
    told = [event["detail"] for event in box.aws.events]
    assert [one["object"]["key"] for one in told if one["bucket"]["name"] == box.name] == [key, "copy"]
    box("delete_object", key)
    assert box.keys() == ["copy"]


def test_twins_are_two_keys(box: Any) -> None:
    composed, apart = (unicodedata.normalize(form, "né.csv") for form in ("NFC", "NFD"))
    box.put(composed, b"1")
    box.put(apart, b"2")
    assert [box.get(composed), box.get(apart), len(box.keys())] == [b"1", b"2", 2]


@pytest.mark.parametrize("key", ["k" * 1025, "ü" * 513], ids=["long", "long-in-bytes"])
def test_a_key_of_over_1024_bytes_is_too_long(box: Any, key: str) -> None:
    refusal = box.refusal("put_object", key, Body=b"x")
    assert (refusal["Error"]["Code"], refusal["Error"]["MaxSizeAllowed"]) == ("KeyTooLongError", "1024")


def test_no_key_makes_a_file_of_its_name(box: Any) -> None:
    for key in ("../../outside", "/absolute", "plain"):
        box.put(key, b"needle")
    state: Path = box.aws.state_dir
    names = {path.name for path in state.rglob("*")} | {path.name for path in state.parent.iterdir()}
    assert not names & {"outside", "absolute", "plain"}
    held = {path for path in state.rglob("*") if path.is_file() and path.read_bytes() == b"needle"}
    assert len(held) == 3
    assert all(path.parent == state / "s3" / "contents" for path in held)
