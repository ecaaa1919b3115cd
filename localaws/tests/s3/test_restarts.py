"""What was answered is there after the process is gone, and what was not leaves nothing behind."""

import io
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS
from localaws.errors import StateError
from localaws.s3.service import S3

pytestmark = pytest.mark.contract
FIVE = b"5" * 5 * 2**20
KILLED = """
import os, signal, sys
from pathlib import Path
from localaws import LocalAWS

aws = LocalAWS(state_dir=Path(sys.argv[1]))
s3 = aws.client("s3")
s3.create_bucket(Bucket="box")
for number in range(1000):
    s3.put_object(Bucket="box", Key=f"k{number}", Body=b"x" * number)
    print(number, flush=True)
"""


FULL = """
import resource, sys
from pathlib import Path
from botocore.exceptions import ClientError
from localaws import LocalAWS

aws = LocalAWS(state_dir=Path(sys.argv[1]))
s3 = aws.client("s3")
s3.create_bucket(Bucket="box")

def put(key, size):
    try:
        s3.put_object(Bucket="box", Key=key, Body=b"x" * size)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 500, error
        return False
    print(key, size)
    return True

limit = 300_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
assert not put("large", limit + 1)
found = [put(f"k{number}", number) for number in range(200)]
assert not all(found), "the file of the table is full, too"
assert s3.list_objects_v2(Bucket="box")["KeyCount"] == sum(found), "what was refused is not there"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert put("large", limit + 1) and put("last", 1)
sys.stdout.flush()
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
"""


def contents(state: Path) -> list[Path]:
    return list((state / "s3" / "contents").iterdir())


def test_a_new_process_finds_all_of_it(tmp_path: Path) -> None:
    with LocalAWS(state_dir=tmp_path) as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="box")
        s3.put_bucket_versioning(Bucket="box", VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_tagging(Bucket="box", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
        first = s3.put_object(Bucket="box", Key="ü", Body=b"1", Metadata={"by": "me"}, Tagging="a=b")
        second = s3.put_object(Bucket="box", Key="ü", Body=b"2")
        marker = s3.delete_object(Bucket="box", Key="gone")
        upload = {
            "Bucket": "box",
            "Key": "big",
            "UploadId": s3.create_multipart_upload(Bucket="box", Key="big")["UploadId"],
        }
        part = s3.upload_part(**upload, PartNumber=1, Body=FIVE)
    with LocalAWS(state_dir=tmp_path) as aws:
        s3 = aws.client("s3")
        assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["box"]
        assert s3.get_bucket_tagging(Bucket="box")["TagSet"] == [{"Key": "k", "Value": "v"}]
        found = s3.get_object(Bucket="box", Key="ü", VersionId=first["VersionId"])
        assert (found["Body"].read(), found["Metadata"], found["TagCount"]) == (b"1", {"by": "me"}, 1)
        listed = s3.list_object_versions(Bucket="box")
        assert [one["VersionId"] for one in listed["Versions"]] == [second["VersionId"], first["VersionId"]]
        assert [one["VersionId"] for one in listed["DeleteMarkers"]] == [marker["VersionId"]]
        third = s3.put_object(Bucket="box", Key="ü", Body=b"3")["VersionId"]
        assert third not in (first["VersionId"], second["VersionId"])
        done = [{"PartNumber": 1, "ETag": part["ETag"]}]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})
        assert s3.get_object(Bucket="box", Key="big")["Body"].read() == FIVE


def test_the_sequencer_grows_over_a_restart(tmp_path: Path) -> None:
    """User Guide, event message structure: the larger of two sequencers of a key is the later change."""
    found: list[str] = []
    for turn in range(2):
        with LocalAWS(state_dir=tmp_path) as aws:
            s3 = aws.client("s3")
            s3.create_bucket(Bucket="box")
            tell: dict[str, Any] = {"EventBridgeConfiguration": {}}
            s3.put_bucket_notification_configuration(Bucket="box", NotificationConfiguration=tell)
            s3.put_object(Bucket="box", Key="a", Body=b"x")
            s3.delete_object(Bucket="box", Key="a")
            aws.settle()
            found += [event["detail"]["object"]["sequencer"] for event in aws.events]
            assert len(found) == 2 * (turn + 1)
    assert found == sorted(set(found))


@pytest.mark.story
def test_a_process_that_is_killed_loses_nothing_that_it_answered(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if line == "100\n":
                process.send_signal(signal.SIGKILL)
                break
        answered = 100 + sum(1 for _ in process.stdout)
    with LocalAWS(state_dir=tmp_path) as aws:
        s3 = aws.client("s3")
        sizes = {one["Key"]: one["Size"] for one in s3.list_objects_v2(Bucket="box")["Contents"]}
        assert answered + 1 <= len(sizes) <= answered + 2
        assert sizes == {f"k{number}": number for number in range(len(sizes))}
        assert s3.get_object(Bucket="box", Key="k100")["Body"].read() == b"x" * 100
        assert len(contents(tmp_path)) == len(sizes)


def test_what_was_not_complete_is_swept_at_the_start(tmp_path: Path) -> None:
    with LocalAWS(state_dir=tmp_path) as aws:
        aws.client("s3").create_bucket(Bucket="box")
        aws.client("s3").put_object(Bucket="box", Key="a", Body=b"x")
    (tmp_path / "s3" / "contents" / "half").write_bytes(b"of an object")
    with LocalAWS(state_dir=tmp_path) as aws:
        assert aws.client("s3").get_object(Bucket="box", Key="a")["Body"].read() == b"x"
        assert len(contents(tmp_path)) == 1


def test_a_body_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    """In process a client hands over its own file, which may fail in the middle."""

    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 2**21:
                raise OSError("the disk is gone")
            return super().read(size)

    with LocalAWS(state_dir=tmp_path) as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="box")
        with pytest.raises(ClientError, match="the disk is gone"):
            s3.put_object(Bucket="box", Key="a", Body=Breaking(bytes(2**23)))
        assert "Contents" not in s3.list_objects_v2(Bucket="box")
        assert contents(tmp_path) == []


@pytest.mark.parametrize("text", [b"no database at all, but a text of some length" * 99, None], ids=["text", "version"])
def test_what_cannot_be_read_is_said_and_nothing_stays_open(tmp_path: Path, text: bytes | None) -> None:
    file = tmp_path / "s3" / "objects.sqlite"
    file.parent.mkdir()
    if text is None:
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
    else:
        file.write_bytes(text)
    with pytest.raises(StateError, match=r"objects\.sqlite cannot be used"):
        LocalAWS(state_dir=tmp_path)
    with LocalAWS(state_dir=tmp_path / "other") as aws:
        assert aws.client("s3").list_buckets()["Buckets"] == []


def test_two_processes_do_not_share_a_folder(bare: LocalAWS, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **more: connect(*given, **more, timeout=0.1))
    with pytest.raises(StateError, match="another localaws runs on"):
        S3(bare.world)


def test_on_a_full_disk_what_is_answered_is_whole_and_stays(tmp_path: Path) -> None:
    """A limit on the size of files refuses what a full disk refuses: the rest of a write, and the end of a change."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    answered = {key: int(size) for key, size in map(str.split, done.stdout.splitlines())}
    assert len(answered) > 10
    with LocalAWS(state_dir=tmp_path) as aws:
        s3 = aws.client("s3")
        there = {one["Key"]: one["Size"] for one in s3.list_objects_v2(Bucket="box")["Contents"]}
        assert there == answered
        assert all(len(s3.get_object(Bucket="box", Key=key)["Body"].read()) == size for key, size in answered.items())
        assert len(contents(tmp_path)) == len(answered)
