"""What the training image lacks, packed for its jobs: one archive, uncompressed, so that unpacking is a copy."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TypedDict

from leeway.errors import Rejected
from pipeline.code import packed_zip

FOLDER = Path(__file__).resolve().parents[2] / ".wheels"
NAME = "wheels.zip"


class Wheels(TypedDict):
    """`sha256` names the folder of the artifacts bucket that holds the archive `body`."""

    sha256: str
    body: bytes


def build_wheels(folder: Path = FOLDER, *, here: bool) -> Wheels:
    """The archive for SageMaker, or (`here`) for the image environment of this machine; equal wheels, equal bytes."""
    own = folder / "here"
    wheels = sorted((own if here and own.is_dir() else folder / "image").glob("*.whl"))
    if not wheels:
        raise Rejected(f"{folder} holds no wheel of what the training image lacks: run make setup")
    files: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            files |= {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    body = packed_zip(files)
    return Wheels(sha256=hashlib.sha256(body).hexdigest(), body=body)
