"""One training in a folder, its inputs and outputs as the pipeline's jobs see them."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from leeway.retraining.manifest import File, Manifest
from leeway.spec import ModelSpec
from localaws.sagemaker.data import pack
from tests.training.image import Image

ARRIVED = datetime(2030, 1, 1, tzinfo=UTC)
INPUTS = ("model", "champion", "holdout", "manifest", "spec")


@dataclass(frozen=True, kw_only=True)
class Job:
    """`folder` holds manifest, data, spec and output; the model lies in `model/`, its archive in `packed/`."""

    folder: Path
    spec: ModelSpec
    image: Image

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def archive(self) -> Path:
        return self.folder / "packed" / "model.tar.gz"

    def arguments(self, output: Path | None = None) -> dict[str, Path]:
        """What Prepare is started with."""
        inputs = {name: self.folder / name for name in ("manifest", "data", "spec")}
        return inputs | {"output": output or self.output}

    def prepare(self) -> dict[str, Any]:
        """Run Prepare; its report."""
        found = self.image.step("prepare", self.arguments())
        assert "exit" not in found, found["exit"]
        return read_json(self.output / "prepare/prepare.json")

    def read(self, data: Path, states: Path) -> None:
        """Run Read on an instance to which these files came."""
        found = self.image.step("read", self.arguments(states) | {"data": data})
        assert "exit" not in found, found["exit"]

    def merge(self, states: Path, output: Path) -> None:
        """Run Prepare on what instances have read."""
        inputs = {name: self.folder / name for name in ("manifest", "spec")}
        found = self.image.step("prepare", {**inputs, "states": states, "output": output})
        assert "exit" not in found, found["exit"]

    def channels(self, model: Path | None = None) -> dict[str, Path]:
        """Variables of the training job."""
        return {
            "SM_CHANNEL_TRAIN": self.output / "train",
            "SM_CHANNEL_VALIDATION": self.output / "validation",
            "SM_MODEL_DIR": model or self.model,
        }

    def hyperparameters(self, **changes: object) -> dict[str, object]:
        """What the training job is given: those of the spec and its seed, changed."""
        return {"seed": self.spec.training.seed, **self.spec.training.hyperparameters, **changes}

    def train(self, model: Path | None = None, **changes: object) -> list[str]:
        """Train, and pack as SageMaker does; the lines of the log."""
        target = model or self.model
        found = self.image.step("train", self.hyperparameters(**changes), self.channels(target))
        assert "exit" not in found, found["exit"]
        if model is None:
            self.archive.parent.mkdir(exist_ok=True)
            pack(target, self.archive)
        return str(found["said"]).splitlines()

    def evaluation(self, champion: Path | None = None, model: Path | None = None) -> dict[str, object]:
        """What Evaluate is started with; each input in a folder of its own, no champion as an empty file."""
        place = self.folder / "champion"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (place / "model.tar.gz").write_bytes(champion.read_bytes() if champion else b"")
        given = self.folder / "given"
        given.mkdir(exist_ok=True)
        (given / "model.tar.gz").write_bytes((model or self.archive).read_bytes())
        inputs = {name: self.folder / name for name in INPUTS}
        inputs |= {"model": given, "holdout": self.output / "holdout", "output": self.output / "evaluate"}
        return {**inputs, "code": "c0de", "image": "xgboost:3.0-5"}

    def evaluate(self, champion: Path | None = None) -> dict[str, Any]:
        """Run Evaluate; what the gate says."""
        found = self.image.step("evaluate", self.evaluation(champion))
        assert "exit" not in found, found["exit"]
        return read_json(self.output / "evaluate/gate.json")

    def all(self) -> Job:
        """Prepare, train and evaluate without a champion."""
        assert self.prepare()["ready"] == 1
        self.train()
        self.evaluate()
        return self

    def again(self, folder: Path, spec: ModelSpec | None = None) -> Job:
        """Another training on the same files."""
        folder.mkdir()
        for name in ("data", "manifest"):
            shutil.copytree(self.folder / name, folder / name)
        return _with_spec(folder, spec or self.spec, self.image)


def job(folder: Path, image: Image, spec: ModelSpec, files: Mapping[str, bytes]) -> Job:
    """A training on files, which arrived in the order given, one a minute."""
    for name in ("manifest", "data"):
        (folder / name).mkdir(parents=True)
    for name, body in files.items():
        (folder / "data" / name).write_bytes(body)
    entries = [
        File(id=name, name=name, rows=1, size=len(body), accepted_at=ARRIVED + timedelta(minutes=number))
        for number, (name, body) in enumerate(files.items())
    ]
    manifest = Manifest(model=spec.model.name, train=tuple(entries), considered=())
    (folder / "manifest/manifest.json").write_bytes(manifest.document)
    return _with_spec(folder, spec, image)


def _with_spec(folder: Path, spec: ModelSpec, image: Image) -> Job:
    (folder / "spec").mkdir()
    (folder / "spec" / f"{spec.sha256}.json").write_bytes(spec.canonical())
    return Job(folder=folder, spec=spec, image=image)


def read_json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def column(rows: Sequence[Mapping[str, str]], name: str) -> list[str]:
    return [row[name] for row in rows]
