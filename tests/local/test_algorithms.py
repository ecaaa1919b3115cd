"""Models that another algorithm trains: from a drop to a prediction that plain XGBoost gives too, and made again."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leeway_cli import churn
from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS
from tests.local.person import CHURN, ROOT, Person

pytestmark = [pytest.mark.local, pytest.mark.story]
PYTHON, HERE = ROOT / ".venv-image/bin/python", Path(__file__).parent
BUILTIN = CHURN.replace("[training]\n", '[training]\nalgorithm = "builtin"\n').replace("min = 0.70", "min = 0.5")
CONTRACTS = ("month", "year", "two_year")
OWN_CODE = (ROOT / "docs/own-code.md").read_text()
OWN_TRAIN = CHURN.replace("[training]\n", '[training]\nentry = "train.py"\n')
DART = "num_round = 40\nmax_depth = 4\ndrop = 0.2\n"
TUNING = """
[training.tuning]
max_trials = 2
[training.tuning.ranges]
max_depth = { min = 2, max = 5 }
"""


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def program(name: str) -> str:
    """The example of the documentation."""
    section = OWN_CODE.partition(f"\n## {name}\n")[2]
    return section.partition("```python\n")[2].partition("```")[0]


def trained(person: Person, toml: str, count: int = 800) -> dict[str, Any]:
    """Apply, drop, train; the run."""
    person.apply(toml)
    person.customers("one.csv", 1, count=count)
    person.trained()
    found: dict[str, Any] = person.json("runs", "churn")["runs"][0]
    assert found["status"] == "Succeeded", found["why"]
    return found


def stored(person: Person, key: str) -> bytes:
    body: bytes = person.aws.client("s3").get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()
    return body


def made_again(person: Person) -> None:
    again = person.json("reproduce", "churn", "1")
    assert again["equal"]
    assert again["archive"]["same"]
    assert again["archive"]["kept"]


def customers(person: Person, count: int = 60) -> list[dict[str, str]]:
    rows = churn.as_csv(churn.customers(count, seed=9, start=person.aws.now(), span=timedelta(days=1)))
    return list(csv.DictReader(io.StringIO(rows.decode())))


def served(person: Person, rows: list[dict[str, str]]) -> list[float]:
    """Approve the version, and ask the endpoint."""
    person.approve("churn", 1)
    file = person.folder / "fresh.csv"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.write_text(out.getvalue())
    scores: list[float] = person.json("invoke", "churn", "--file", str(file))["scores"]
    assert len(set(scores)) > 20
    return scores


def numbers(row: dict[str, str], payments: list[str]) -> list[str]:
    """A customer as the built-in algorithm sees one: columns by name, for a category one column each."""
    spread = {name: [row[name]] for name in row}
    spread["contract"] = [str(int(row["contract"] == one)) for one in CONTRACTS]
    spread["payment"] = [str(int(row["payment"] == one)) for one in payments]
    spread |= {name: [str(int(row[name].lower() in {"true", "yes", "1"}))] for name in ("paperless", "partner")}
    order = (
        "contract", "data_gb", "discount", "late_payments", "monthly_charges", "paperless", "partner", "payment",
        "support_calls", "tenure",
    )  # fmt: skip
    return [cell for name in order for cell in spread[name]]


def plainly_trained(person: Person, run: dict[str, Any], rows: list[list[str]], parameters: dict[str, Any]) -> Any:
    """Scores of a model that XGBoost makes of what Prepare wrote, without Leeway and without the embedded AWS."""
    files = []
    for name in ("train", "validation"):
        files.append(person.folder / f"{name}.csv")
        files[-1].write_bytes(stored(person, f"{run['folder']}/prepared/{name}/{name}.csv"))
    files.append(person.folder / "rows.csv")
    files[-1].write_text("".join(",".join(["0", *row]) + "\n" for row in rows))
    words = [PYTHON, HERE / "plain_training.py", *files, json.dumps(parameters)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def plainly_coded(person: Person, encoders: Any, rows: list[dict[str, str]], parameters: dict[str, Any]) -> Any:
    """As plainly_trained, of matrices, in which a category is its code."""
    names = [column["name"] for column in encoders["columns"]]
    file = person.folder / "rows.csv"
    file.write_text(
        "".join(",".join(["0", *(code(encoders, name, row[name]) for name in names)]) + "\n" for row in rows)
    )
    kinds = {"category": "c", "bool": "i"}
    types = [kinds.get(column["type"], "q") for column in encoders["columns"]]
    words = [PYTHON, HERE / "plain_training.py", person.folder / "train", person.folder / "validation", file]
    done = subprocess.run(
        [*words, json.dumps(parameters), json.dumps(types)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def code(encoders: Any, name: str, cell: str) -> str:
    known = encoders["categories"].get(name)
    if known is not None:
        return str(known.index(cell)) if cell in known else ""
    return {"true": "1", "false": "0", "yes": "1", "no": "0"}.get(cell.lower(), cell)


def test_the_built_in_algorithm_from_a_drop_to_a_prediction(person: Person) -> None:
    text = BUILTIN.replace("subsample = 0.8\ncolsample_bytree = 0.8\n", "")
    run = trained(person, text)
    made_again(person)
    sagemaker = person.aws.client("sagemaker")
    (summary,) = sagemaker.list_training_jobs()["TrainingJobSummaries"]
    job = sagemaker.describe_training_job(TrainingJobName=summary["TrainingJobName"])
    assert not [name for name in job["HyperParameters"] if name.startswith("sagemaker_")]
    assert {channel["ContentType"] for channel in job["InputDataConfig"]} == {"text/csv"}
    lineage = person.json("lineage", "churn", "1")
    assert lineage["run"]["training_job"] == summary["TrainingJobName"]
    assert lineage["artifact"]["uri"].endswith(f"{run['folder']}/evaluate/model.tar.gz")

    rows = customers(person)
    scores = served(person, rows)
    payments = json.loads(stored(person, f"{run['folder']}/prepared/holdout/encoders.json"))["categories"]["payment"]
    parameters = {
        "objective": "binary:logistic", "num_round": 60, "max_depth": 4, "eta": 0.15, "min_child_weight": 5, "seed": 42,
    }  # fmt: skip
    plain = plainly_trained(person, run, [numbers(row, payments) for row in rows], parameters)
    assert scores == pytest.approx(plain, abs=1e-6)


def test_the_best_trial_of_the_built_in_algorithm_is_packed_and_made_again(person: Person) -> None:
    run = trained(person, BUILTIN.replace("max_depth = 4\n", "").replace("[gate]", f"{TUNING}\n[gate]"))
    assert 2 <= int(run["hyperparameters"]["max_depth"]) <= 5
    made_again(person)


def test_a_program_of_the_models_own_from_a_drop_to_a_prediction(person: Person) -> None:
    settings, _, rest = OWN_TRAIN.replace("min = 0.70", "min = 0.5").partition("num_round = 60")
    (person.folder / "train.py").write_text(program("train.py"))
    run = trained(person, settings + DART + rest[rest.index("[gate]") :])
    made_again(person)
    lineage = person.json("lineage", "churn", "1")
    assert list(lineage["own_sha256"]) == ["train.py"]
    assert lineage["own_sha256"]["train.py"] in person.says("lineage", "churn", "1")

    rows = customers(person)
    scores = served(person, rows)
    encoders = matrices(person, run)
    parameters = {
        "booster": "dart", "objective": "binary:logistic", "seed": 42, "rate_drop": 0.2, "max_depth": 4,
        "num_round": 40,
    }  # fmt: skip
    assert scores == pytest.approx(plainly_coded(person, encoders, rows, parameters), abs=1e-6)

    (person.folder / "train.py").write_text("print('nothing to learn')\n")
    assert "update pipeline" in person.says("apply", str(person.folder / "model.toml"), "--yes")
    person.customers("two.csv", 2)
    person.aws.advance(timedelta(hours=2))
    told = " ".join(person.says("explain", "churn").split())
    assert "training.entry wrote no xgboost-model into SM_MODEL_DIR; it holds nothing" in told


def test_a_prepare_of_the_models_own_from_a_drop_to_a_prediction(person: Person) -> None:
    text = CHURN.replace("[training]\n", '[training]\nprepare = "prepare.py"\n').replace("min = 0.70", "min = 0.5")
    text = text.replace("subsample = 0.8\ncolsample_bytree = 0.8\n", "").replace("num_round = 60", "num_round = 40")
    (person.folder / "prepare.py").write_text(program("prepare.py"))
    run = trained(person, text)
    made_again(person)
    assert list(person.json("lineage", "churn", "1")["own_sha256"]) == ["prepare.py"]

    rows = customers(person)
    scores = served(person, rows)
    encoders = matrices(person, run)
    names = [column["name"] for column in encoders["columns"]]
    tenure = np_column(person.folder / "train-features.npy", names.index("tenure"))
    assert min(tenure) == 3
    assert min(np_column(person.folder / "validation-features.npy", names.index("tenure"))) < 3
    parameters = {
        "objective": "binary:logistic", "num_round": 40, "max_depth": 4, "eta": 0.15, "min_child_weight": 5, "seed": 42,
    }  # fmt: skip
    assert scores == pytest.approx(plainly_coded(person, encoders, rows, parameters), abs=1e-6)

    whole, cut = 'train.glob("*.npy")', '[train / "features.npy"]'
    broken = program("prepare.py").replace(whole, cut).replace("[kept])", "[:, 1:])")
    assert cut in broken
    (person.folder / "prepare.py").write_text(broken)
    person.says("apply", str(person.folder / "model.toml"), "--yes")
    person.customers("two.csv", 2)
    person.aws.advance(timedelta(hours=2))
    told = " ".join(person.says("explain", "churn").split())
    assert "training.prepare wrote train/features.npy with 9 columns, and encoders.json has 10" in told


def np_column(path: Path, place: int) -> list[float]:
    """A column of a matrix, by the image's numpy."""
    words = [PYTHON, "-c", f"import numpy, sys; print(numpy.load(sys.argv[1])[:, {place}].tolist())", path]
    found: list[float] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return found


def matrices(person: Person, run: dict[str, Any]) -> Any:
    """Bring those of a run beside the model; its encoders."""
    for name in ("train", "validation"):
        for kind in ("features", "labels"):
            body = stored(person, f"{run['folder']}/prepared/{name}/{kind}.npy")
            (person.folder / f"{name}-{kind}.npy").write_bytes(body)
    return json.loads(stored(person, f"{run['folder']}/prepared/train/encoders.json"))


def test_the_script_and_the_built_in_algorithm_take_turns_as_champions(person: Person) -> None:
    """Each is scored through its own encoders on the same holdout."""
    trained(person, BUILTIN)
    person.approve("churn", 1)
    person.apply(CHURN.replace("min = 0.70", "min = 0.5"))
    person.customers("two.csv", 2)
    person.aws.advance(timedelta(hours=2))
    run = person.json("runs", "churn")["runs"][0]
    assert run["status"] in {"Succeeded", "Refused"}, run["why"]
    assert 0.5 < run["metrics"]["champion"]["auc"] < 1
