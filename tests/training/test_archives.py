"""Model archives are not trusted: whatever is wrong with one is a reason, and nothing of it reaches the disk."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import math
import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.job import Job, contents

pytestmark = pytest.mark.training
MODEL, ENCODERS = "xgboost-model", "encoders.json"
Member = tuple[str, bytes] | tarfile.TarInfo


def tar(*members: Member) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                header = tarfile.TarInfo(member[0])
                header.size = len(member[1])
                archive.addfile(header, io.BytesIO(member[1]))
    return packed.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def claimed(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A header alone, which says that so many bytes follow."""
    member = special(name, kind)
    member.size = size
    return gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + b"\0" * 10_240)


class Payload:
    """What a pickle would do on loading."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("loaded-from-a-pickle"),))


def flipped(body: bytes, place: int) -> bytes:
    """One byte changed; a place below 0 counts from the end."""
    changed = bytearray(body)
    changed[place] ^= 0xFF
    return bytes(changed)


def of_no_number(model: bytes) -> bytes:
    """Every leaf is NaN: in UBJSON the numbers of a tree's nodes are an array of float32, behind its length."""
    changed, key, place = bytearray(model), b"split_conditions[$d#L", 0
    assert key in model
    while (found := changed.find(key, place)) >= 0:
        begin = found + len(key) + 8
        count = int.from_bytes(changed[begin - 8 : begin], "big")
        place = begin + 4 * count
        changed[begin:place] = struct.pack(">f", math.nan) * count
    return bytes(changed)


def trees_of_no_number(files: dict[str, bytes]) -> bytes:
    """With the right sha256, as whoever writes both files can have it."""
    model = of_no_number(files[MODEL])
    return tar((MODEL, model), encoders(files, model=hashlib.sha256(model).hexdigest()))


def encoders(files: dict[str, bytes], **changes: Any) -> tuple[str, bytes]:
    return ENCODERS, json.dumps(json.loads(files[ENCODERS]) | changes).encode()


ALLOWED = "; allowed: encoders.json, xgboost-model, once each"
DAMAGED = "xgboost-model is not the one that was trained with these encoders, or it is damaged"
UNREADABLE = "the model archive cannot be read: "
Make = Callable[[dict[str, bytes]], bytes]
HOSTILE: dict[str, tuple[Make, str]] = {
    "traversal": (lambda f: tar(*f.items(), ("../evil", b"x")), f"the model archive holds '../evil'{ALLOWED}"),
    "absolute path": (lambda f: tar(("/evil", b"x"), *f.items()), f"the model archive holds '/evil'{ALLOWED}"),
    "traversal to a good name": (
        lambda f: tar((f"../{MODEL}", f[MODEL])),
        f"the model archive holds '../xgboost-model'{ALLOWED}",
    ),
    "symlink": (
        lambda f: tar(special(MODEL, tarfile.SYMTYPE, "/etc/hostname")),
        f"the model archive holds 'xgboost-model'{ALLOWED}",
    ),
    "hardlink": (
        lambda f: tar(*f.items(), special(MODEL, tarfile.LNKTYPE, ENCODERS)),
        f"the model archive holds 'xgboost-model'{ALLOWED}",
    ),
    "fifo": (lambda f: tar(special(MODEL, tarfile.FIFOTYPE)), f"the model archive holds 'xgboost-model'{ALLOWED}"),
    "device": (lambda f: tar(special(ENCODERS, tarfile.CHRTYPE)), f"the model archive holds 'encoders.json'{ALLOWED}"),
    "two models": (
        lambda f: tar(*f.items(), (MODEL, f[MODEL])),
        f"the model archive holds 'xgboost-model'{ALLOWED}",
    ),
    "extra code": (
        lambda f: tar(*f.items(), ("code/inference.py", b"import os")),
        f"the model archive holds 'code/inference.py'{ALLOWED}",
    ),
    "extra pickle": (
        lambda f: tar(*f.items(), ("model.pkl", pickle.dumps(Payload()))),
        f"the model archive holds 'model.pkl'{ALLOWED}",
    ),
    "pickle as model": (lambda f: tar((MODEL, pickle.dumps(Payload())), (ENCODERS, f[ENCODERS])), DAMAGED),
    "pickle as encoders": (
        lambda f: tar((MODEL, f[MODEL]), (ENCODERS, pickle.dumps(Payload()))),
        "encoders.json cannot be read: ",
    ),
    "folders without end": (
        lambda f: tar(*(special(".", tarfile.DIRTYPE) for _ in range(17))),
        "the model archive holds more than 16 members",
    ),
    "model too large": (
        lambda f: claimed(MODEL, 1 << 31),
        "xgboost-model has 2147483648 bytes; allowed: 1073741824",
    ),
    "encoders too large": (
        lambda f: claimed(ENCODERS, 1 << 30),
        "encoders.json has 1073741824 bytes; allowed: 67108864",
    ),
    "header too large": (lambda f: claimed("x", 1 << 40, tarfile.XHDTYPE), UNREADABLE),
    "truncated": (lambda f: tar(*f.items())[:-2000], UNREADABLE),
    "truncated by its checksum": (lambda f: tar(*f.items())[:-8], UNREADABLE),
    "a wrong checksum": (lambda f: flipped(tar(*f.items()), -8), UNREADABLE),
    "half a tar": (
        lambda f: gzip.compress(gzip.decompress(tar((MODEL, f[MODEL]), *f.items()))[: len(f[MODEL]) // 2]),
        UNREADABLE,
    ),
    "something after it": (lambda f: tar(*f.items()) + b"more", UNREADABLE),
    "no gzip": (lambda f: gzip.decompress(tar(*f.items())), UNREADABLE),
    "no tar": (lambda f: gzip.compress(b"model" * 1000), UNREADABLE),
    "no member": (lambda f: tar(), "the model archive lacks encoders.json, xgboost-model"),
    "no encoders": (lambda f: tar((MODEL, f[MODEL])), "the model archive lacks encoders.json"),
    "damaged model": (lambda f: tar((MODEL, flipped(f[MODEL], 3000)), (ENCODERS, f[ENCODERS])), DAMAGED),
    "another version": (
        lambda f: tar((MODEL, f[MODEL]), encoders(f, xgboost="3.2.0")),
        "the model was made by xgboost 3.2.0, and this is xgboost 3.0.5",
    ),
    "another probe": (
        lambda f: tar((MODEL, f[MODEL]), encoders(f, probe=0.9)),
        "the model scores its probe 0.",
    ),
    "trees of no number": (trees_of_no_number, "the model scores its probe nan, and scored it "),
    "no probe": (lambda f: tar((MODEL, f[MODEL]), encoders(f, probe=None)), "the model scores its probe 0."),
    "another format": (
        lambda f: tar((MODEL, f[MODEL]), encoders(f, format=2)),
        "encoders.json has format 2; this code reads 1",
    ),
    "other columns": (
        lambda f: tar((MODEL, f[MODEL]), encoders(f, columns=json.loads(f[ENCODERS])["columns"][1:])),
        "xgboost-model cannot be read: ",
    ),
    "a column of no known type": (
        lambda f: tar(
            (MODEL, f[MODEL]), encoders(f, columns=[json.loads(f[ENCODERS])["columns"][0] | {"type": "text"}])
        ),
        "encoders.json has a column of type 'text'; allowed: int, float, bool, category, date",
    ),
    "bottomless encoders": (
        lambda f: tar((MODEL, f[MODEL]), (ENCODERS, b"[" * 100_000)),
        "encoders.json cannot be read: ",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_with_a_reason(trained: Job, tmp_path: Path, case: str) -> None:
    """As the champion it cannot be compared; as the challenger it ends the job, in one line. The process lives on."""
    archive, says = tmp_path / "model.tar.gz", HOSTILE[case][1]
    archive.write_bytes(HOSTILE[case][0](contents(trained.model)))
    before = set(contents(trained.folder)) | {"champion/model.tar.gz", "given/model.tar.gz"}

    gate = trained.evaluate(champion=archive)
    assert (gate["comparable"], gate["champion_value"]) == (False, None)
    assert gate["reason"].partition("; not comparable with the champion: ")[2].startswith(says)

    found = trained.image.step("evaluate", trained.evaluation(model=archive))
    assert found["exit"].startswith(f"evaluation failed: {says}")
    assert "\n" not in found["exit"]

    assert set(contents(trained.folder)) == before
    assert list(tmp_path.iterdir()) == [archive]
    assert not list(Path.cwd().glob("loaded-from-a-pickle"))


def test_the_same_damage_gives_the_same_reason(trained: Job, tmp_path: Path) -> None:
    """XGBoost's errors begin with the time of day."""
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(HOSTILE["other columns"][0](contents(trained.model)))
    assert "[" not in trained.evaluate(champion=archive)["reason"].partition("read: ")[2][:10]


@pytest.mark.parametrize("prefix", ["", "./"])
def test_a_tar_of_a_folder_is_read_too(trained: Job, tmp_path: Path, prefix: str) -> None:
    """SageMaker packs the model's folder; where it names the folder itself, that is no member."""
    archive = tmp_path / "model.tar.gz"
    members = [(f"{prefix}{name}", body) for name, body in contents(trained.model).items()]
    archive.write_bytes(tar(special("./", tarfile.DIRTYPE), *members))
    gate = trained.evaluate(champion=archive)
    assert (gate["comparable"], gate["champion_value"]) == (True, gate["value"])


@pytest.mark.parametrize("name", [MODEL, ENCODERS])
def test_the_endpoint_loads_no_damaged_model(trained: Job, tmp_path: Path, name: str) -> None:
    for file, body in contents(trained.model).items():
        (tmp_path / file).write_bytes(flipped(body, 500) if file == name else body)
    with pytest.raises(AssertionError, match="Rejected"):
        trained.image.serve(tmp_path)
