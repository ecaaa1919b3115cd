"""Inputs of a job from S3, and outputs to it."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localaws.errors import AwsError, LocalAwsError
from localaws.sagemaker.container import ROOT
from localaws.world import ObjectStore

LARGEST = 2**31  # bytes that one archive may unpack to
ALL = slice(None)


class BadInput(LocalAwsError):
    """An input that SageMaker could not fetch either; the job fails with this as its reason."""


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI."""
    if not uri.startswith("s3://"):
        raise BadInput(f"{uri} is no S3 URI")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def read(s3: ObjectStore, bucket: str, key: str) -> bytes:
    """The bytes of an object; a denial in SageMaker's words (aws/amazon-sagemaker-examples#4384)."""
    with _downloading(bucket, key):
        return s3.get(bucket, key)


def _bring(s3: ObjectStore, bucket: str, key: str, target: Path) -> None:
    """An object as a file of the job's own, which it may change."""
    with _downloading(bucket, key):
        s3.fetch(bucket, key, target)


@contextmanager
def _downloading(bucket: str, key: str) -> Iterator[None]:
    try:
        yield
    except AwsError as error:
        if error.code == "AccessDenied":
            raise BadInput(f"Unable to download object s3://{bucket}/{key} (AccessDenied: {error.message})") from error
        raise


def listed(s3: ObjectStore, bucket: str, prefix: str) -> list[str]:
    """The keys under a prefix; a denial in SageMaker's words (aws-samples/sagemaker-run-notebook#32)."""
    try:
        return s3.list(bucket, prefix)
    except AwsError as error:
        if error.code == "AccessDenied":
            what = f"ListObjectsV2 failed for s3://{bucket}/{prefix}"
            raise BadInput(f"Failed to download data. {what}: {error.message}") from error
        raise


def fetch(s3: ObjectStore, uri: str, kind: str, folder: Path, share: slice = ALL) -> None:
    """Bring an S3Prefix, or what a ManifestFile lists, or an instance's share of either, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "ManifestFile":
        _fetch_listed(s3, uri, folder, share)
    else:
        _fetch_prefix(s3, uri, folder, share)


def _fetch_listed(s3: ObjectStore, uri: str, folder: Path, share: slice) -> None:
    head, *names = json.loads(read(s3, *split(uri)))
    bucket, prefix = split(head["prefix"])
    for name in names[share]:
        _bring(s3, bucket, prefix + name, _place(folder, name))


def _fetch_prefix(s3: ObjectStore, uri: str, folder: Path, share: slice) -> None:
    """All keys that begin with the prefix, named by what comes after its last slash."""
    bucket, prefix = split(uri)
    keys = [key for key in listed(s3, bucket, prefix) if not key.endswith("/")]
    if not keys:
        raise BadInput(f"No S3 objects found under S3 URL {uri} given in input data source.")
    whole = prefix if prefix.endswith("/") else f"{prefix}/"
    base = (
        whole if any(key.startswith(whole) for key in keys) and prefix not in keys else prefix[: prefix.rfind("/") + 1]
    )
    for key in [key for key in keys if key == prefix or key.startswith(base)][share]:
        _bring(s3, bucket, key, _place(folder, key.removeprefix(base)))


def _place(folder: Path, name: str) -> Path:
    """Where a file of that name belongs, with the folder for it."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise BadInput(f"the key {name} leads out of its folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def store(s3: ObjectStore, folder: Path, uri: str) -> None:
    """Bring every file of a folder to S3."""
    bucket, prefix = split(uri.rstrip("/"))
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        s3.store(bucket, f"{prefix}/{path.relative_to(folder).as_posix()}", path)


def pack(folder: Path, target: Path) -> None:
    """A folder as tar.gz: equal files give equal bytes, for nothing of time or owner is in it."""
    with (
        target.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packing,
        tarfile.open(fileobj=packing, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size, member.mode = path.stat().st_size, 0o644
            with path.open("rb") as content:
                archive.addfile(member, content)


def bring_unpacked(s3: ObjectStore, uri: str, folder: Path) -> None:
    """Bring the regular files of a tar.gz into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder.with_name(f"{folder.name}.tar.gz")
    try:
        s3.fetch(*split(uri), archive)
        unpack(archive, folder)
    finally:
        archive.unlink(missing_ok=True)


def unpack(packed: Path, folder: Path) -> None:
    """Regular files of a tar.gz into a folder: no links, no ways out, no bomb."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    with tarfile.open(packed, mode="r:gz") as archive:
        for member in archive:
            total += member.size
            if member.isdir():
                continue
            if not member.isfile() or total > LARGEST:
                raise BadInput(f"the archive holds {member.name}, which is no regular file, or is too large")
            stream = archive.extractfile(member)
            assert stream is not None  # a regular file has a stream
            with _place(folder, member.name).open("wb") as file:
                shutil.copyfileobj(stream, file)


def inside(folder: Path, path: str) -> Path:
    """Where a path under /opt/ml lies on this machine."""
    if not path.startswith(f"{ROOT}/") or ".." in Path(path).parts:
        raise ValueError(f"LocalPath {path} must lie under {ROOT}")
    return folder / path.removeprefix(f"{ROOT}/")
