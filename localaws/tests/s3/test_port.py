"""S3 over a real socket: bodies that break off, chunks as the SDKs send them, large objects at flat memory, `aws s3`.

Sources: API Reference, signature calculations for chunked uploads, IncompleteBody; the `aws` command itself.
"""

import base64
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from tests.aws_command import AwsCommand, aws_command

pytestmark = [pytest.mark.contract, pytest.mark.story]
MIB = 2**20
LARGE = 256 * MIB
FLAT = 40 * MIB


@dataclass(frozen=True, kw_only=True)
class Running:
    """A server process, with the bucket `box`."""

    pid: int
    url: str
    state: Path
    command: AwsCommand

    def client(self) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        session: Any = boto3.Session(**keys)  # type: ignore[arg-type]
        return session.client("s3", endpoint_url=self.url, config=Config(proxies={}))

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)

    def contents(self) -> int:
        return len(list((self.state / "s3" / "contents").iterdir()))

    def aws(self, *arguments: str) -> str:
        """Runs the real command."""
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.state), "AWS_ENDPOINT_URL": self.url} | keys
        done = self.command.run("s3", *arguments, env=environment, folder=self.state)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def peak(self) -> int:
        """The most memory that the process held since `forget`, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])

    def forget(self) -> None:
        """Counts the peak from now on."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    state = tmp_path_factory.mktemp("state")
    command = [sys.executable, "-m", "localaws", "serve", "--port", "0", "--state", str(state)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert "localaws ready" in process.stdout.readline()
    about = json.loads((state / "localaws.json").read_text())
    with aws_command() as typed:
        running = Running(pid=process.pid, url=about["url"], state=state, command=typed)
        running.client().create_bucket(Bucket="box")
        yield running
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    process.stdout.close()


def put(connection: http.client.HTTPConnection, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str]:
    connection.request("PUT", path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_a_body_that_breaks_off_is_no_object(server: Running) -> None:
    before = server.contents()
    connection = server.connection()
    connection.putrequest("PUT", "/box/half")
    connection.putheader("Content-Length", str(3 * MIB))
    connection.endheaders(b"x" * 2 * MIB)
    connection.sock.shutdown(1)
    answer = connection.getresponse()
    assert (answer.status, b"<Code>IncompleteBody</Code>" in answer.read()) == (400, True)
    connection.close()
    assert server.contents() == before
    assert "Contents" not in server.client().list_objects_v2(Bucket="box", Prefix="half")


def test_a_connection_serves_on_after_a_body_that_nobody_read(server: Running) -> None:
    connection = server.connection()
    assert put(connection, "/not-there-at-all/a", b"x" * MIB, {})[0] == 404
    assert put(connection, "/box/after", b"x", {})[0] == 200
    connection.close()


def chunked(body: bytes, trailer: str, *, signed: bool) -> bytes:
    """A body as aws-chunked, in chunks of odd sizes."""
    pieces = [body[start : start + 65_537] for start in range(0, len(body), 65_537)]
    note = b";chunk-signature=" + b"0" * 64 if signed else b""
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), note, piece) for piece in pieces)
    end = f"x-amz-trailer-signature:{'0' * 64}\r\n" if signed else ""
    return chunks + b"0" + note + b"\r\n" + f"{trailer}\r\n{end}\r\n".encode()


@pytest.mark.parametrize("signed", [True, False])
def test_chunks_as_the_sdks_send_them(server: Running, signed: bool) -> None:
    body = os.urandom(300_000)
    right = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" if signed else "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    headers = {
        "Content-Encoding": "gzip,aws-chunked",
        "x-amz-content-sha256": kind,
        "x-amz-decoded-content-length": str(len(body)),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    connection = server.connection()
    sent = chunked(body, f"x-amz-checksum-crc32:{right}", signed=signed)
    assert put(connection, "/box/chunks", sent, headers)[0] == 200
    found = server.client().get_object(Bucket="box", Key="chunks", ChecksumMode="ENABLED")
    assert (found["Body"].read(), found["ContentEncoding"], found["ChecksumCRC32"]) == (body, "gzip", right)
    wrong = chunked(body, "x-amz-checksum-crc32:AAAAAA==", signed=signed)
    assert "BadDigest" in put(connection, "/box/chunks", wrong, headers)[1]
    short = headers | {"x-amz-decoded-content-length": "300001"}
    assert "IncompleteBody" in put(connection, "/box/chunks", sent, short)[1]
    assert "IncompleteBody" in put(connection, "/box/chunks", sent[:1000], headers)[1]
    # Over HTTP's own chunks too, as it is sent where the length is not known.
    assert put(connection, "/box/twice", (part for part in [sent[:99], sent[99:]]), headers)[0] == 200
    assert server.client().get_object(Bucket="box", Key="twice")["Body"].read() == body
    connection.close()


def test_a_signed_hash_is_checked(server: Running) -> None:
    connection = server.connection()
    assert "XAmzContentSHA256Mismatch" in put(connection, "/box/a", b"x", {"x-amz-content-sha256": "0" * 64})[1]
    connection.close()


class Endless(io.RawIOBase):
    """So many bytes, of which none are held."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = self.size = size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size - self.left

    def seek(self, offset: int, whence: int = 0) -> int:
        self.left = self.size - (offset + (0, self.tell(), self.size)[whence])
        return self.tell()

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left)
        buffer[:count] = bytes(count)
        self.left -= count
        return count


def read_all(body: Any) -> int:
    return sum(map(len, body.iter_chunks(MIB)))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="no peak of a process's memory is told here")
def test_large_objects_at_flat_memory(server: Running) -> None:
    s3 = server.client()
    s3.put_object(Bucket="box", Key="warm", Body=Endless(MIB))
    read_all(s3.get_object(Bucket="box", Key="warm")["Body"])
    server.forget()
    before = server.peak()

    s3.put_object(Bucket="box", Key="large", Body=Endless(LARGE))
    assert read_all(s3.get_object(Bucket="box", Key="large")["Body"]) == LARGE
    assert read_all(s3.get_object(Bucket="box", Key="large", Range=f"bytes={MIB}-")["Body"]) == LARGE - MIB
    s3.copy_object(Bucket="box", Key="copy", CopySource="box/large", ChecksumAlgorithm="SHA256")
    parts = TransferConfig(multipart_threshold=64 * MIB, multipart_chunksize=64 * MIB, use_threads=False)
    s3.upload_fileobj(Endless(LARGE), "box", "parts", Config=parts)
    s3.copy({"Bucket": "box", "Key": "parts"}, "box", "part-copy", Config=parts)
    assert s3.head_object(Bucket="box", Key="part-copy")["ContentLength"] == LARGE
    assert s3.head_object(Bucket="box", Key="part-copy")["ETag"].endswith('-4"')

    assert server.peak() - before < FLAT
    for key in ("large", "copy", "parts", "part-copy"):
        s3.delete_object(Bucket="box", Key=key)


def test_the_aws_command_copies_syncs_lists_and_removes(server: Running, tmp_path: Path) -> None:
    here, back = tmp_path / "here", tmp_path / "back"
    names = ["a.csv", "sub/b c+%.csv", "sub/ü.csv"]
    for name in names:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(name)
    (here / "big.bin").write_bytes(os.urandom(9 * MIB))
    for path in here.rglob("*"):  # S3 tells whole seconds, and what was written in the same one is newer than that
        os.utime(path, (0, 0))
    server.aws("sync", "--quiet", str(here), "s3://box/synced/")
    assert server.aws("sync", str(here), "s3://box/synced/") == "", "nothing has changed"
    server.aws("sync", "--quiet", "s3://box/synced/", str(back))
    assert {path.relative_to(back).as_posix() for path in back.rglob("*") if path.is_file()} == {*names, "big.bin"}
    assert (back / "big.bin").read_bytes() == (here / "big.bin").read_bytes()
    assert (back / "sub/ü.csv").read_text() == "sub/ü.csv"
    listed = server.aws("ls", "s3://box/synced/").split()
    assert [word for word in listed if not word[0].isdigit()] == ["PRE", "sub/", "a.csv", "big.bin"]
    server.aws("mv", "--quiet", "s3://box/synced/a.csv", "s3://box/synced/moved.csv")
    (here / "a.csv").unlink()
    server.aws("sync", "--quiet", "--delete", "s3://box/synced/", str(here))
    assert (here / "moved.csv").read_text() == "a.csv"
    server.aws("rm", "--quiet", "--recursive", "s3://box/synced/")
    assert "Contents" not in server.client().list_objects_v2(Bucket="box", Prefix="synced/")
    server.aws("mb", "s3://made")
    server.aws("cp", "--quiet", str(here / "moved.csv"), "s3://made/")
    server.aws("rb", "--force", "s3://made")


def test_an_address_that_is_signed_is_read_by_anybody(server: Running) -> None:
    server.client().put_object(Bucket="box", Key="a b/ü", Body=b"x")
    address = server.aws("presign", "s3://box/a b/ü").strip()
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.read() == b"x"
    with urllib.request.urlopen(f"{server.url}/box/a%20b/%C3%BC", timeout=60) as answer:
        assert (answer.read(), answer.headers["ETag"]) == (b"x", '"9dd4e461268c8034f5c8564e155c67a6"')


def test_a_key_that_is_no_utf8_is_no_key(server: Running) -> None:
    connection = server.connection()
    assert "InvalidURI" in put(connection, "/box/%ff", b"x", {})[1]
    connection.close()
