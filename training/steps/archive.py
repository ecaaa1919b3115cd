"""A model archive, read safely: streamed, the two files it may hold and nothing else, with caps on their size."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leeway.errors import Rejected
from serving.encoders import ENCODERS, MODEL, Encoders
from serving.scorer import Scorer, booster, load

ARCHIVE = "model.tar.gz"
LARGEST = {MODEL: 1 << 30, ENCODERS: 1 << 26}
MEMBERS = 16  # a padded archive ends here


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The files of an archive, and the sha256 of the archive itself."""

    files: dict[str, bytes]
    sha256: str

    def scorer(self) -> Scorer:
        """Raises Rejected where this XGBoost did not make the model."""
        return load(self.files[MODEL], self.files[ENCODERS])


def read(path: Path) -> Archive:
    """Raises Rejected for anything but a gzipped tar of the two regular files."""
    files = _files(path)
    if missing := sorted(set(LARGEST) - set(files)):
        raise Rejected(f"the model archive lacks {', '.join(missing)}")
    return Archive(files=files, sha256=_digest(path))


def complete(path: Path, encoders: bytes, folder: Path) -> Path:
    """Put the encoders beside a model that SageMaker's own algorithm has left alone, in an archive of ours.

    Its bytes depend on those of both alone. Raises Rejected where the model is none, or not one of these features.
    """
    files = _files(path)
    if MODEL not in files:
        raise Rejected(f"the training left no {MODEL}; it left {', '.join(sorted(files)) or 'nothing'}")
    scorer = Scorer(booster=booster(files[MODEL]), encoders=Encoders.from_bytes(encoders))
    target = folder / ARCHIVE
    target.write_bytes(_packed(scorer.stamped(files[MODEL])))
    return target


def main(arguments: Sequence[str]) -> None:
    """Entry: the archive that a training left, the file of encoders, and the folder for the whole archive."""
    path, encoders, folder = map(Path, arguments)
    try:
        complete(path, encoders.read_bytes(), folder)
    except Rejected as error:
        raise SystemExit(str(error)) from error


def _packed(files: dict[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(files[name]), 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), mtime=0)


def _files(path: Path) -> dict[str, bytes]:
    try:
        with gzip.open(path) as unzipped:
            capped = _Capped(unzipped)
            with tarfile.open(fileobj=capped, mode="r|") as archive:
                files = _members(archive)
            while capped.read(1 << 20):
                pass  # to the end, where gzip's checksum stands
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise Rejected(f"the model archive cannot be read: {error}") from error
    return files


class _Capped(io.RawIOBase):
    """A stream that ends in Rejected once it has given more than an archive may hold: headers can be bombs too."""

    def __init__(self, source: gzip.GzipFile) -> None:
        self._source, self._left = source, sum(LARGEST.values()) + (1 << 20)

    def read(self, size: int = -1) -> bytes:
        body = self._source.read(size)
        self._left -= len(body)
        if self._left < 0:
            raise Rejected("the model archive holds more than its two files may have")
        return body


def _members(archive: tarfile.TarFile) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for number, member in enumerate(archive):
        name = member.name.removeprefix("./")
        if number >= MEMBERS:
            raise Rejected(f"the model archive holds more than {MEMBERS} members")
        if member.isdir() and name in {"", "."}:
            continue
        if name not in LARGEST or not member.isreg() or name in files:
            raise Rejected(f"the model archive holds {member.name!r}; allowed: {', '.join(sorted(LARGEST))}, once each")
        if member.size > LARGEST[name]:
            raise Rejected(f"{name} has {member.size} bytes; allowed: {LARGEST[name]}")
        source = archive.extractfile(member)
        files[name] = source.read() if source else b""
    return files


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def champion_in(folder: Path) -> Path | None:
    """The champion's archive in the input's folder; the placeholder for none is an empty file."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size]
    if len(found) > 1:
        raise FileNotFoundError(f"{folder} holds {len(found)} files, not one champion")
    return found[0] if found else None
