"""Large objects through the port, at what memory; small ones in process, beside moto's S3 in its own process."""

import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.figure import Figure, NotMeasured
from bench.loop import running

GIB, MIB = 2**30, 2**20
ROUNDS = 3
SMALL = """
import contextlib, tempfile, time
from pathlib import Path

count = 2000
{opening}:
    client.create_bucket(Bucket="box")
    body = bytes(2048)
    for number in range(50):
        client.put_object(Bucket="box", Key=f"warm/{{number}}", Body=body)
        client.get_object(Bucket="box", Key=f"warm/{{number}}")["Body"].read()
    begun = time.process_time()
    for number in range(count):
        client.put_object(Bucket="box", Key=f"a/{{number}}", Body=body)
    put = time.process_time()
    for number in range(count):
        client.get_object(Bucket="box", Key=f"a/{{number}}")["Body"].read()
    got = time.process_time()
print(count / (put - begun), count / (got - put))
"""
OURS = """from localaws import LocalAWS

@contextlib.contextmanager
def opened():
    with tempfile.TemporaryDirectory() as folder, LocalAWS(state_dir=Path(folder)) as aws:
        yield aws.client("s3")

with opened() as client"""
MOTO = """import boto3
from moto import mock_aws

@contextlib.contextmanager
def opened():
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1")

with opened() as client"""


class Zeros(io.RawIOBase):
    """So many bytes, of which none are held."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._position, self._size = 0, size

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, as the SDK wants it."""
        return True

    def tell(self) -> int:
        """How many were read."""
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Goes to a place."""
        self._position = offset + (0, self._position, self._size)[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        """The next of them."""
        count = min(len(buffer), self._size - self._position)
        buffer[:count] = bytes(count)
        self._position += count
        return count


def measure() -> list[Figure]:
    """One GiB up and down with the server's memory, and puts and gets of 2 KB beside moto's."""
    return [*large(), *small()]


def large() -> list[Figure]:
    """One GiB through the port: by how much the server's memory grew at most, and how long it took."""
    if not Path("/proc/self/clear_refs").exists():
        raise NotMeasured("this machine does not tell the peak of a process's memory")
    with running() as loop:
        s3, pid = loop.client("s3"), int(loop.admin("GET", "status")["pid"])
        s3.create_bucket(Bucket="bench")
        up_and_down(s3, MIB)
        before = peak(pid, forget=True)
        up, down = up_and_down(s3, GIB)
        grown = (peak(pid) - before) / MIB
    note = f"up in {up:.1f} s, down in {down:.1f} s"
    return [Figure(name="memory for an object of 1 GiB", value=grown, unit="MiB", bar=64, note=note)]


def up_and_down(s3: Any, size: int) -> tuple[float, float]:
    """Seconds to put an object of that many bytes, and to get it."""
    begun = time.perf_counter()
    s3.put_object(Bucket="bench", Key="large", Body=Zeros(size))
    put = time.perf_counter()
    got = sum(map(len, s3.get_object(Bucket="bench", Key="large")["Body"].iter_chunks(MIB)))
    if got != size:
        raise NotMeasured(f"{got} of {size} bytes came back")
    return put - begun, time.perf_counter() - put


def peak(pid: int, *, forget: bool = False) -> int:
    """The most bytes of memory that a process held, since it was last forgotten."""
    if forget:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    return 1024 * int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0])


def small() -> list[Figure]:
    """Processor time of a put and of a get of 2 KB, as a share of moto's: the best of some rounds in turn."""
    pairs = [(speeds(OURS), speeds(MOTO)) for _ in range(ROUNDS)]
    figures = []
    for place, name in enumerate(("put", "get")):
        ours, moto = (max(pair[side][place] for pair in pairs) for side in (0, 1))
        note = f"{ours:.0f} a second of a processor, moto {moto:.0f}"
        figures.append(
            Figure(name=f"time of a {name} of 2 KB beside moto's", value=moto / ours, unit="x", bar=1, note=note)
        )
    return figures


def speeds(opening: str) -> tuple[float, float]:
    """Puts and gets a second of a processor, in a process of its own."""
    program = SMALL.format(opening=opening)
    answer = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise NotMeasured(answer.stderr.strip()[-500:])
    put, got = map(float, answer.stdout.split())
    return put, got
