"""Archives of models: equal files give equal bytes, those of Python's own gzip, whatever their size."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from localaws.sagemaker.data import BadInput, pack, unpack

pytestmark = pytest.mark.contract


def plainly(folder: Path) -> bytes:
    """The same archive, made in memory."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size, member.mode = path.stat().st_size, 0o644
            archive.addfile(member, io.BytesIO(path.read_bytes()))
    return gzip.compress(plain.getvalue(), mtime=0)


def test_what_is_packed_piece_by_piece_is_what_is_packed_at_once(tmp_path: Path) -> None:
    folder, back = tmp_path / "model", tmp_path / "back"
    (folder / "code").mkdir(parents=True)
    (folder / "noise").write_bytes(os.urandom(300_000))
    (folder / "zeros").write_bytes(bytes(3_000_000))
    (folder / "text").write_text("".join(f"{number * number} is a square\n" for number in range(100_000)))
    (folder / "code" / "empty").write_bytes(b"")
    pack(folder, tmp_path / "model.tar.gz")
    assert (tmp_path / "model.tar.gz").read_bytes() == plainly(folder)
    unpack(tmp_path / "model.tar.gz", back)
    assert {path.name: path.read_bytes() for path in back.rglob("*") if path.is_file()} == {
        path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_way_out_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../outside"))
    with pytest.raises(BadInput, match="leads out of its folder"):
        unpack(tmp_path / "bad.tar.gz", tmp_path / "in")
    assert not (tmp_path / "outside").exists()
