"""`leeway reproduce` on a second machine state: real models that were made here, made again in a fresh clone."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from bench.clone import ROOT, Clone, cloned
from bench.figure import Figure, NotMeasured
from bench.loop import Loop, running

SHARED = Path(os.environ.get("LEEWAY_SHARED", ROOT.parent / "shared")) / "data"


@dataclass(frozen=True, kw_only=True)
class Model:
    """What is dropped, and lines of `leeway init` that somebody who knows the data edits."""

    name: str
    label: str
    files: list[Path]
    edits: dict[str, str]


def models() -> list[Model]:
    """Three real ones: by time with and without a category, and by hash."""
    bank, bike = (sorted((SHARED / name).glob("*.csv")) for name in ("bank", "bike"))
    return [
        Model(name="bank", label="subscribed", files=bank[:4], edits={'split = "time"': 'split = "hash"'}),
        Model(name="bike", label="high_demand", files=bike[:6], edits={}),
        Model(name="telco", label="Churn", files=[SHARED / "telco_churn.csv"], edits={}),
    ]


def measure() -> list[Figure]:
    """For each model, whether the artefact's sha256 is the same in both places."""
    if not SHARED.is_dir():
        raise NotMeasured(f"there is no folder {SHARED}; LEEWAY_SHARED names the one with the real data")
    with running() as here, cloned() as there:
        known = {model.name: _made(here, model) for model in models()}
        there.bash("make setup")
        return [_compared(name, recorded, _again(there, here, name)) for name, recorded in known.items()]


def _made(here: Loop, model: Model) -> str:
    """The sha256 of the archive that this machine's training wrote."""
    folder = here.folder / model.name
    here.leeway("init", str(model.files[0]), "--label", model.label, "--name", model.name, "--out", str(folder))
    file = folder / "model.toml"
    text = file.read_text()
    for old, new in model.edits.items():
        text = text.replace(old, new)
    file.write_text(text)
    here.leeway("apply", str(folder), "--yes")
    for drop in model.files:
        here.client("s3").put_object(Bucket=here.inbox(), Key=f"inbox/{model.name}/{drop.name}", Body=drop.read_bytes())
    here.leeway("local", "advance", "6m", "--state", str(here.folder / "state"))
    return str(json.loads(here.leeway("lineage", model.name, "1", "--json"))["artifact"]["sha256"])


def _again(there: Clone, here: Loop, name: str) -> str:
    """The sha256 of the archive that comes out elsewhere, from what the first machine's AWS keeps."""
    script = f".venv/bin/leeway reproduce {name} 1 --json || test $? = 1"
    return str(json.loads(there.bash(script, **here.variables))["archive"]["here"])


def _compared(name: str, here: str, there: str) -> Figure:
    note = f"sha256 {here} here, {there} elsewhere"
    return Figure(
        name=f"{name} made again elsewhere", value=int(here == there), unit="same", bar=1, exact=True, note=note
    )
