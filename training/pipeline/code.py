"""The code that SageMaker runs, packed so that equal code gives equal bytes, and named by its content.

`sourcedir.tar.gz` is for the training job and the endpoint (script mode), `training.pyz` for the processing jobs.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

HERE = Path(__file__).resolve().parent.parent
# Of leeway, all that training shares.
LAYER = (
    "__init__.py", "cells.py", "challenge.py", "errors.py", "gzipped.py", "parquet.py", "request.py", "rows.py",
    "spec.py", "thrift.py", "training.py", "tuning.py", "upkeep.py",
)  # fmt: skip
# And what the monitor's job counts by, which no training and no endpoint does.
COUNTING = (
    "leeway/counting.py", "leeway/drift/__init__.py", "leeway/drift/capture.py", "leeway/drift/captured.py",
    "leeway/drift/detector.py", "leeway/drift/moments.py", "leeway/drift/plain.py", "leeway/drift/reference.py",
    "leeway/drift/shares.py", "leeway/drift/windows.py", "steps/count.py",
)  # fmt: skip
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a zip


class Code(TypedDict):
    """`sha256` names the folder `code/<sha256>/` of the artifacts bucket; `files` are what lies in it."""

    sha256: str
    files: dict[str, bytes]


def build_code(training: Path = HERE, layer: Path | None = None, own: Mapping[str, bytes] | None = None) -> Code:
    """Both archives of the tree as it is, with a model's own train.py and prepare.py by these names."""
    sources = {f"own/{name}": body for name, body in (own or {}).items()}
    sources |= _sources(training, layer or training.parent / "layers" / "core" / "leeway")
    shared = {name: body for name, body in sources.items() if name not in COUNTING}
    entry = {path.name: path.read_bytes() for path in sorted((training / "entry").glob("*.py"))}
    main = {"__main__.py": entry.pop("__main__.py")}
    files = {"sourcedir.tar.gz": _tar(shared | entry), "training.pyz": packed_zip(sources | main)}
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return Code(sha256=digest.hexdigest(), files=files)


def _sources(training: Path, layer: Path) -> dict[str, bytes]:
    counting = [name.removeprefix("leeway/") for name in COUNTING if name.startswith("leeway/")]
    found = {f"leeway/{name}": (layer / name).read_bytes() for name in (*LAYER, *counting)}
    for package in ("own", "serving", "steps"):
        for path in sorted((training / package).glob("*.py")):
            found[f"{package}/{path.name}"] = path.read_bytes()
    return found


def _tar(files: dict[str, bytes]) -> bytes:
    """Sorted, without times and owners; gzip's own header holds a time too."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(files[name]), 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as target:
        target.write(plain.getvalue())
    return packed.getvalue()


def packed_zip(files: dict[str, bytes]) -> bytes:
    """Sorted, with one time for all, and stored as they are."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, EARLIEST)
            member.external_attr, member.create_system = 0o644 << 16, 3
            archive.writestr(member, files[name])
    return packed.getvalue()
