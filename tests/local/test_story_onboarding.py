"""Three real data sets by `leeway init` and at most five edited lines, from drop to plain XGBoost's scores."""

from __future__ import annotations

import csv
import difflib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.local.real_clients import ROOT, Shell, embedded_aws
from tests.local.served import invoke, plain, rows_of

pytestmark = [pytest.mark.local, pytest.mark.story]
INBOX = "s3://leeway-inbox-123456789012-us-east-1/inbox"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A model: `init` sees the first file and nothing else; `edits` are a line's beginning and what it becomes."""

    name: str
    label: str
    files: list[str]
    fresh: str
    edits: dict[str, str] = field(default_factory=dict)


BANK = Case(
    name="bank",
    label="subscribed",
    files=["bank/2008-05.csv", "bank/2008-06.csv", "bank/2008-07.csv", "bank/2008-08.csv"],
    fresh="bank/2008-11.csv",
    edits={
        'window = "180d"': 'window = "365d"',
        "# contact = ": "contact = ",
        "# poutcome = ": "poutcome = ",
        'split = "time"': 'split = "hash"',
        "min = 0.5 ": "min = 0.55 ",
    },
)
BIKE = Case(
    name="bike",
    label="high_demand",
    files=[f"bike/2011-0{month}.csv" for month in range(1, 7)],
    fresh="bike/2011-07.csv",
    edits={
        'window = "180d"': 'window = "365d"',
        "# season = ": "season = ",
        "# month = ": "month = ",
        "min = 0.5 ": "min = 0.8 ",
    },
)
TELCO = Case(
    name="telco",
    label="Churn",
    files=["telco_churn.csv"],
    fresh="telco_churn.csv",
    edits={"min = 0.5 ": "min = 0.75 "},
)
CASES = [BANK, BIKE, TELCO]
# Months with few calls, looked at one by one: `min_rows` is low, and the window a month.
CALLS = Case(
    name="calls",
    label="subscribed",
    files=["bank/2008-05.csv"],
    fresh="",
    edits={
        'window = "180d"': 'window = "31d"',
        "min_rows = 500": "min_rows = 5",
        'split = "time"': 'split = "hash"',
    },
)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Shell]:
    """An embedded AWS where all three are onboarded, trained once, approved and served."""
    folder = tmp_path_factory.mktemp("onboarding")
    with embedded_aws(folder) as started:
        shell = replace(started, folder=folder)
        for case in CASES:
            onboard(shell, case, shared)
            drop(shell, case.name, *(shared / "data" / file for file in case.files))
        shell.run("leeway", "local", "advance", "6m")
        for case in CASES:
            shell.run("leeway", "approve", case.name, "1")
        shell.run("leeway", "local", "advance", "1m")
        yield shell


def onboard(shell: Shell, case: Case, shared: Path) -> None:
    first = str(shared / "data" / case.files[0])
    shell.run("leeway", "init", first, "--label", case.label, "--name", case.name)
    file = shell.folder / case.name / "model.toml"
    written = file.read_text()
    shutil.copy(file, file.with_suffix(".init"))
    for line, edited in case.edits.items():
        assert written.count(f"\n{line}") == 1, f"init writes {line} no more:\n{written}"
        written = written.replace(f"\n{line}", f"\n{edited}")
    file.write_text(written)
    shell.run("leeway", "apply", case.name)


def drop(shell: Shell, model: str, *files: Path) -> None:
    folder = shell.folder / "drops" / model
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)
    shell.run("aws", "s3", "cp", "--quiet", "--recursive", str(folder), f"{INBOX}/{model}/")


def first_rows(file: Path, out: Path, count: int = 300) -> Path:
    with file.open(encoding="utf-8-sig") as text:
        out.write_text("".join(islice(text, count + 1)))
    return out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_at_most_five_edited_lines_lead_to_plain_xgboosts_scores(
    shell: Shell, shared: Path, tmp_path: Path, case: Case
) -> None:
    folder = shell.folder / case.name
    before, after = ((folder / name).read_text().splitlines() for name in ("model.init", "model.toml"))
    changed = [line for line in difflib.ndiff(before, after) if line.startswith("+ ")]
    assert len(before) == len(after)
    assert len(changed) == len(case.edits) <= 5

    (run,) = shell.json("leeway", "runs", case.name, "--json")["runs"]
    assert (run["status"], run["version"]) == ("Succeeded", 1)
    spec = shell.json("leeway", "validate", case.name, "--json")["spec"]
    fresh = first_rows(shared / "data" / case.fresh, tmp_path / "fresh.csv")
    rows = tmp_path / "rows.csv"
    rows.write_text(rows_of(fresh, sorted(spec["data"]["columns"])))

    artefact = shell.json("leeway", "lineage", case.name, "1", "--json")["artifact"]["uri"]

    scores = invoke(shell, case.name, rows, tmp_path / "out")
    assert len(scores) == 300
    assert len(set(scores)) > 100
    assert scores == pytest.approx(plain(shell, artefact, rows, tmp_path), abs=1e-7)
    assert shell.json("leeway", "invoke", case.name, "--file", str(fresh), "--json")["scores"] == scores


def test_a_row_of_telco_with_a_blank_is_scored_and_one_with_a_word_for_a_number_refused(
    shell: Shell, shared: Path
) -> None:
    with (shared / "data/telco_churn.csv").open(encoding="utf-8-sig") as lines:
        row = next(row for row in csv.DictReader(lines) if row["TotalCharges"] == " ")  # in the first month
    (score,) = shell.json("leeway", "invoke", "telco", "--json-row", json.dumps(row), "--json")["scores"]
    assert 0 < score < 1
    shell.run("leeway", "invoke", "telco", "--json-row", json.dumps(row | {"tenure": "soon"}), refused=True)


def test_months_of_bank_with_one_class_end_in_reasons_and_later_months_train(
    shell: Shell, shared: Path, tmp_path: Path
) -> None:
    """Real months, one after the other: of October those who said no, December with its ten calls, and April."""
    onboard(shell, CALLS, shared)
    header, *lines = (shared / "data/bank/2008-10.csv").read_text().splitlines()
    nobody = tmp_path / "2008-10.csv"
    nobody.write_text("\n".join([header, *(line for line in lines if line.endswith(",0"))]) + "\n")
    for file in (nobody, shared / "data/bank/2008-12.csv"):
        drop(shell, "calls", file)
        shell.run("leeway", "local", "advance", "6m")
    drop(shell, "calls", shared / "data/bank/2009-04.csv")
    shell.run("leeway", "retrain", "calls", "--yes")  # two trainings a day are begun by data
    shell.run("leeway", "local", "advance", "1m")

    april, december, october = shell.json("leeway", "runs", "calls", "--json")["runs"]
    assert [run["status"] for run in (october, december, april)] == ["Refused", "Refused", "Succeeded"]
    assert october["why"] == "the data is not ready: one class only: all 25 rows have subscribed = 0"
    empty = "the validation part is empty after a split by hash; more rows or times are needed"
    assert december["why"] == f"the data is not ready: {empty}"
    told = shell.json("leeway", "explain", "calls", "--json")
    assert [entry["why"] for entry in told if entry["what"] == "TrainingRefused"] == [october["why"], december["why"]]
    checks = {check["name"]: check for check in shell.json("leeway", "doctor", "--json")["checks"]}
    assert checks["dead letters"]["says"] == "none"


def test_another_clone_makes_the_three_models_again_byte_for_byte(shell: Shell, tmp_path: Path) -> None:
    """With the environments of this one; `make bench ARGS=reproduce` makes fresh ones too."""
    clone, home = tmp_path / "clone", tmp_path / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    parts = ("cli", "functions", "layers/core", "localaws", "training")
    elsewhere = {"HOME": str(home), "TZ": "Asia/Kathmandu", "OMP_NUM_THREADS": "1"}
    elsewhere |= {"PYTHONPATH": os.pathsep.join(str(clone / part) for part in parts)}

    def typed(*words: str) -> Any:
        command = [sys.executable, *words]
        done = subprocess.run(
            command, env=shell.env | elsewhere, cwd=clone, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    assert Path(typed("-c", "import json, leeway_cli; print(json.dumps(leeway_cli.__file__))")).is_relative_to(clone)
    for case in CASES:
        recorded = shell.json("leeway", "lineage", case.name, "1", "--json")["artifact"]
        image = str(ROOT / ".venv-image/bin/python")
        found = typed("-m", "leeway_cli", "reproduce", case.name, "1", "--json", "--python", image)
        assert found["equal"]
        assert found["archive"] | {"kept": True} == found["archive"] | {"here": recorded["sha256"]}
