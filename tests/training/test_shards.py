"""Several instances read, and Prepare merges: the same bytes as one instance gives, however the files are dealt."""

from __future__ import annotations

import gzip
import hashlib
import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from leeway.spec import Column, ModelSpec
from tests.cases import of_the_proof, of_the_stories
from tests.training import small
from tests.training.conftest import Make
from tests.training.image import Image
from tests.training.job import ARRIVED, Job, contents, read_csv, read_json

pytestmark = pytest.mark.training
Files = dict[str, bytes]
COLUMNS = tuple(
    sorted(
        (
            *small.COLUMNS,
            Column(name="born", type="date", nullable=True),
            Column(name="late", type="category", nullable=True),
            Column(name="never", type="float", nullable=True),
        ),
        key=lambda column: column.name,
    )
)


def records(count: int = 700) -> list[small.Record]:
    chance = random.Random(5)
    return [
        row
        | {
            "born": f"19{chance.randrange(50, 99)}-03-{chance.randrange(1, 29):02d}",
            "late": chance.choice(["ä", "Z", "a", "", f"rare {n % 40}"]),
            "w": f"{chance.random() * 3:.3f}",
            "note": chance.choice(['a "quote"', "a, comma", "x"]),
        }
        for n, row in enumerate(small.records(count))
    ]


def as_parquet(image: Image, folder: Path, rows: list[small.Record], name: str) -> bytes:
    """With numbers and times of their own types."""
    source, target = folder / f"{name}.csv", folder / f"{name}.parquet"
    source.write_bytes(small.as_csv(rows))
    image.value("sql", statements=[f"COPY (FROM read_csv('{source}', header = true)) TO '{target}' (FORMAT parquet)"])
    return target.read_bytes()


def mixed(image: Image, folder: Path, rows: list[small.Record]) -> Files:
    """Every form that a file may have, what is refused, and rows that come again in another file."""
    names, bad = list(rows[0]), [dict(row) for row in rows[:140]]
    bad[7]["n"], bad[30]["x"] = -1, "many"
    old = [name for name in names if name not in {"late", "note"}]
    return {
        "z.csv": small.as_csv(bad[:120], old),
        "lacking.csv": small.as_csv(rows[:30], [name for name in names if name != "n"]),
        "a.csv.gz": gzip.compress(small.as_csv([row | {"n": 9} for row in rows[100:230]] + rows[200:215])),
        "p.parquet": as_parquet(image, folder, rows[220:340], "p"),
        "semicolons.csv": small.as_csv(rows[340:420], reversed(names), delimiter=";", lineterminator="\r\n"),
        "refused.csv": small.as_csv([row | {"n": -1} for row in rows[:40]]),
        "blank.csv": small.as_csv(rows[420:500], quoting=1).replace(b'"x"\n', b'"x"\n\n').replace(b"quote", b"quo\nte"),
        "damaged.csv.gz": gzip.compress(small.as_csv(rows[:50]))[:-9],
        "future.csv": small.as_csv([*rows[500:601], rows[601] | {"at": f"{ARRIVED + timedelta(days=9):%Y-%m-%d}"}]),
        "empty.csv": small.as_csv(rows)[:60].split(b"\n")[0] + b"\n",
        "ragged.csv": small.as_csv(rows[600:]) + b"c9,2026-01-01,1\n",
        "again.csv": small.as_csv(rows[:100]),
    }


def binary(image: Image, folder: Path) -> tuple[Files, ModelSpec]:
    model = small.spec(columns=COLUMNS, weight="w", window=timedelta(days=25), max_categories=10)
    return mixed(image, folder, records()), model


def strangers(image: Image, folder: Path) -> tuple[Files, ModelSpec]:
    """Rows of classes that the train part lacks are told with their lines, whatever form their files have."""
    rows = small.classed(records())
    rows = [row | {"y": f"class of {n % 2}"} if n % 9 == 0 and n > 560 else row for n, row in enumerate(rows)]
    files = mixed(image, folder, rows)
    many = small.as_csv(rows[560:], quoting=1)
    files["lines.csv"] = many.replace(b"quote", b"quo\r\nte").replace(b'"x"\n', b'"x"\n\n,,,,,,,,,,,\n')
    files["late.parquet"] = as_parquet(image, folder, rows[560:640], "late")
    files["plain.csv"] = small.as_csv(rows[610:630])
    files["late.csv.gz"] = gzip.compress(small.as_csv(rows[640:680]))
    return files, small.spec(columns=COLUMNS, problem="multiclass")


def numbers(image: Image, folder: Path) -> tuple[Files, ModelSpec]:
    model = small.spec(columns=COLUMNS, problem="regression", split="hash", event_time=None)
    return mixed(image, folder, small.measured(records())), model


def too_few(image: Image, folder: Path) -> tuple[Files, ModelSpec]:
    return mixed(image, folder, records()), small.spec(columns=COLUMNS, min_rows=5000)


def all_refused(image: Image, folder: Path) -> tuple[Files, ModelSpec]:
    files = mixed(image, folder, records())
    return {name: files[name] for name in ("lacking.csv", "refused.csv", "damaged.csv.gz", "empty.csv")}, small.spec()


def nothing(image: Image, folder: Path) -> tuple[Files, ModelSpec]:
    return {}, small.spec()


CASES: dict[str, Callable[[Image, Path], tuple[Files, ModelSpec]]] = {
    case.__name__: case for case in (binary, strangers, numbers, too_few, all_refused, nothing)
}


def shared_out(job: Job, instances: int, folder: Path, seed: int = 3) -> Path:
    """Let instances read, each what came to it, some of them nothing; what they upload to one prefix."""
    chance, states = random.Random(seed), folder / "states"
    shares: list[list[Path]] = [[] for _ in range(instances)]
    for path in sorted((job.folder / "data").iterdir()):
        shares[min(chance.randrange(instances), chance.randrange(instances))].append(path)
    for number, share in enumerate(shares):
        data, own = folder / f"data-{number}", folder / f"own-{number}"
        for path in share:
            data.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, data)
        job.read(data, own)
        for path in own.iterdir():
            uploaded = states / path.name
            assert not uploaded.exists() or uploaded.read_bytes() == path.read_bytes()
        shutil.copytree(own, states, dirs_exist_ok=True)
    return states


def sums(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256(body).hexdigest() for name, body in contents(folder).items()}


@pytest.mark.parametrize("instances", [4, *of_the_stories(2), *of_the_proof(1, 7)])
@pytest.mark.parametrize("case", [next(iter(CASES)), *of_the_stories(*list(CASES)[1:])])
def test_instances_give_byte_for_byte_what_one_gives(
    make: Make, image: Image, tmp_path: Path, case: str, instances: int
) -> None:
    job = make(*CASES[case](image, tmp_path))
    job.prepare()
    job.merge(shared_out(job, instances, tmp_path), tmp_path / "merged")
    assert sums(tmp_path / "merged") == sums(job.output)


def test_the_cases_hold_what_they_are_meant_to(make: Make, image: Image, tmp_path: Path) -> None:
    report = make(*binary(image, tmp_path), name="binary").prepare()
    job = make(*strangers(image, tmp_path), name="strangers")
    assert (report["ready"], job.prepare()["ready"]) == (1, 1)
    refused = ["damaged.csv.gz", "empty.csv", "lacking.csv", "refused.csv", "z.csv"]
    assert (sorted(report["files_refused"]), report["ignored_columns"]) == (refused, ["note"])
    assert report["absent_columns"]["late"] == ["z.csv"]
    assert len(report["absent_columns"]["never"]) == 11
    counts = report["counts"]
    assert min(counts[name] for name in ("bad_rows", "duplicates", "out_of_window")) > 0
    assert report["capped_categories"]["late"]["kept"] == 10
    bad = read_csv(job.output / "prepare/bad_rows.csv")
    told = {row["file"] for row in bad if row["reason"].endswith("which the train part lacks")}
    assert told == {"lines.csv", "plain.csv", "late.parquet", "late.csv.gz"}


@pytest.mark.parametrize("seed", [*of_the_stories(*range(4)), *of_the_proof(*range(4, 12))])
def test_it_does_not_matter_who_reads_what(make: Make, image: Image, tmp_path: Path, seed: int) -> None:
    job = make(*strangers(image, tmp_path))
    job.prepare()
    job.merge(shared_out(job, 5, tmp_path, seed), tmp_path / "merged")
    assert sums(tmp_path / "merged") == sums(job.output)


@pytest.mark.story
def test_a_file_of_many_blocks_keeps_its_rows_in_order(make: Make, image: Image, tmp_path: Path) -> None:
    """More rows than a row group of Parquet or of a table holds; places must follow without a gap."""
    rows = (
        "SELECT 'c' || (hash(i) % 1000000) AS id, strftime(TIMESTAMP '2026-01-01' + to_seconds(i // 3),"
        " '%Y-%m-%dT%H:%M:%SZ') AS at, (i % 2 = 0)::INTEGER AS flag, ['a', 'b', 'c'][1 + (i % 3)::INTEGER] AS kind,"
        " i AS n, 'p' || i % 50 AS place, (hash(i, 2) % 1000) / 8 AS x, hash(i, 3) % 2 AS y FROM range({}, {}) t(i)"
    )
    files: Files = {}
    for name, start, end in (("b.csv", 0, 300_000), ("a.csv", 250_000, 400_000), ("c.csv", 400_000, 400_100)):
        path = tmp_path / name
        image.value("sql", statements=[f"COPY ({rows.format(start, end)}) TO '{path}' (FORMAT csv, HEADER)"])
        files[name] = path.read_bytes()
    job = make(files)
    assert job.prepare()["counts"]["duplicates"] == 50_000
    job.merge(shared_out(job, 2, tmp_path), tmp_path / "merged")
    assert sums(tmp_path / "merged") == sums(job.output)


def test_a_file_that_no_instance_has_read_is_an_error(make: Make, tmp_path: Path) -> None:
    rows = small.records(200)
    job = make({"a.csv": small.as_csv(rows[:100]), "b.csv": small.as_csv(rows[100:])})
    data = tmp_path / "some"
    data.mkdir()
    shutil.copy(job.folder / "data/a.csv", data)
    job.read(data, tmp_path / "states")
    with pytest.raises(AssertionError, match=r"the manifest names b\.csv, which no instance has read"):
        job.merge(tmp_path / "states", tmp_path / "merged")


def test_what_was_read_by_other_rules_is_an_error(make: Make, tmp_path: Path) -> None:
    job = make(small.records(200))
    job.read(job.folder / "data", tmp_path / "states")
    other = job.again(tmp_path / "other", small.spec(min_rows=10))
    with pytest.raises(AssertionError, match="was read for another manifest or specification"):
        other.merge(tmp_path / "states", tmp_path / "merged")


def test_the_jobs_run_from_their_archive_alone(make: Make, tmp_path: Path) -> None:
    job = make({"a.csv": small.as_csv(small.records(200))})
    job.prepare()
    own = {name: str(job.folder / name) for name in ("manifest", "spec")} | {"wheels": str(job.image.wheels)}
    jobs = {
        "read": own | {"data": str(job.folder / "data"), "output": str(tmp_path / "states")},
        "prepare": own | {"states": str(tmp_path / "states"), "output": str(tmp_path / "merged")},
    }
    said = []
    for name, given in jobs.items():
        words = [word for key, value in given.items() for word in (f"--{key}", value)]
        done = job.image.run(["-I", job.image.pyz, name, *words], tmp_path, PYTHONHASHSEED=3)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    report = read_json(job.output / "prepare/prepare.json")
    assert said == ["1 of 1 files came to this instance; 200 good rows\n", f"ready: 1; {report['reason']}\n"]
    assert sums(tmp_path / "merged") == sums(job.output)
