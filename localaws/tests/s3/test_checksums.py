"""Checksums. Sources: User Guide, checking object integrity; API Reference, PutObject (Content-MD5, checksums)."""

import base64
import hashlib
import zlib
from typing import Any

import pytest

pytestmark = pytest.mark.contract
BODY = b"some bytes"
FIVE = b"5" * 5 * 2**20


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def crc32(body: bytes) -> str:
    return b64(zlib.crc32(body).to_bytes(4, "big"))


RIGHT = {
    "CRC32": crc32(BODY),
    "SHA1": b64(hashlib.sha1(BODY).digest()),
    "SHA256": b64(hashlib.sha256(BODY).digest()),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_checksum_is_checked_kept_and_told(box: Any, name: str) -> None:
    member = f"Checksum{name}"
    assert box.put("a", BODY, **{member: RIGHT[name]})[member] == RIGHT[name]
    found = box("get_object", "a", ChecksumMode="ENABLED")
    assert (found[member], found["ChecksumType"]) == (RIGHT[name], "FULL_OBJECT")
    assert box("head_object", "a", ChecksumMode="ENABLED")[member] == RIGHT[name]
    assert member not in box("head_object", "a")
    wrong = {"CRC32": crc32(b"other"), "SHA1": b64(b"1" * 20), "SHA256": b64(b"1" * 32)}[name]
    assert box.refused("put_object", "b", Body=BODY, **{member: wrong}) == ("BadDigest", 400)
    assert box.keys() == ["a"]


@pytest.mark.parametrize(("name", "value"), [("CRC32C", b64(b"1234")), ("CRC64NVME", b64(b"12345678"))])
def test_a_checksum_that_cannot_be_computed_is_kept_as_it_is(box: Any, name: str, value: str) -> None:
    box.put("a", BODY, **{f"Checksum{name}": value})
    assert box("head_object", "a", ChecksumMode="ENABLED")[f"Checksum{name}"] == value


def test_a_checksum_that_cannot_be_one_is_invalid(box: Any) -> None:
    assert box.refused("put_object", "a", Body=BODY, ChecksumSHA256="short") == ("InvalidRequest", 400)


def test_an_algorithm_alone_is_computed_by_the_client(box: Any) -> None:
    box.put("a", BODY, ChecksumAlgorithm="SHA256")
    assert box("head_object", "a", ChecksumMode="ENABLED")["ChecksumSHA256"] == RIGHT["SHA256"]


def test_content_md5_is_checked(box: Any) -> None:
    box.put("a", BODY, ContentMD5=b64(hashlib.md5(BODY).digest()))
    assert box.refused("put_object", "b", Body=BODY, ContentMD5=b64(b"1" * 16)) == ("BadDigest", 400)
    assert box.refused("put_object", "b", Body=BODY, ContentMD5="short") == ("InvalidDigest", 400)


def _garble(request: Any, **_: Any) -> None:
    request.headers["x-amz-checksum-crc32"] = crc32(b"other")


def test_a_document_is_checked_too(box: Any) -> None:
    box.put("a")
    box.s3.meta.events.register_first("before-send.s3.DeleteObjects", _garble)
    assert box.refused("delete_objects", Delete={"Objects": [{"Key": "a"}]}) == ("BadDigest", 400)
    assert box.keys() == ["a"]


def test_a_copy_keeps_the_checksum_or_has_the_one_that_is_asked_for(box: Any) -> None:
    box.put("a", BODY, ChecksumSHA1=RIGHT["SHA1"])
    source = {"Bucket": box.name, "Key": "a"}
    assert box("copy_object", "b", CopySource=source)["CopyObjectResult"]["ChecksumSHA1"] == RIGHT["SHA1"]
    copied = box("copy_object", "c", CopySource=source, ChecksumAlgorithm="SHA256")["CopyObjectResult"]
    assert copied["ChecksumSHA256"] == RIGHT["SHA256"]


def test_parts_have_checksums_and_the_object_one_of_them(box: Any) -> None:
    upload = {"UploadId": box("create_multipart_upload", "a", ChecksumAlgorithm="SHA256")["UploadId"]}
    sent = [box("upload_part", "a", **upload, PartNumber=n, Body=body, ChecksumAlgorithm="SHA256")
            for n, body in ((1, FIVE), (2, b"end"))]  # fmt: skip
    parts = [
        {"PartNumber": n, "ETag": one["ETag"], "ChecksumSHA256": one["ChecksumSHA256"]} for n, one in enumerate(sent, 1)
    ]
    wrong = [parts[0] | {"ChecksumSHA256": parts[1]["ChecksumSHA256"]}, parts[1]]
    complete = "complete_multipart_upload"
    assert box.refused(complete, "a", **upload, MultipartUpload={"Parts": wrong}) == ("InvalidPart", 400)
    answer = box(complete, "a", **upload, MultipartUpload={"Parts": parts})
    digests = b"".join(hashlib.sha256(body).digest() for body in (FIVE, b"end"))
    assert answer["ChecksumSHA256"] == f"{b64(hashlib.sha256(digests).digest())}-2"
    assert answer["ChecksumType"] == "COMPOSITE"
    assert box("head_object", "a", ChecksumMode="ENABLED")["ChecksumSHA256"] == answer["ChecksumSHA256"]


def test_the_checksum_of_the_whole_is_computed_and_checked(box: Any) -> None:
    more = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    upload, parts = box.upload("a", FIVE, b"end", **more)
    done = {**upload, "MultipartUpload": {"Parts": parts}, "ChecksumType": "FULL_OBJECT"}
    wrong = box.refused("complete_multipart_upload", "a", **done, ChecksumCRC32=crc32(b"other"))
    assert wrong == ("BadDigest", 400)
    answer = box("complete_multipart_upload", "a", **done, ChecksumCRC32=crc32(FIVE + b"end"))
    assert answer["ChecksumCRC32"] == crc32(FIVE + b"end")


def test_kinds_that_do_not_go_together_are_refused(box: Any) -> None:
    full = {"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"}
    assert box.refused("create_multipart_upload", "a", **full) == ("InvalidRequest", 400)
    composite = {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"}
    assert box.refused("create_multipart_upload", "a", **composite) == ("InvalidRequest", 400)
