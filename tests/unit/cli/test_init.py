"""`leeway init` on real data and on files that are none: what it writes passes `validate`, and the sample passes it."""

from __future__ import annotations

import gzip
import json
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from leeway.errors import Rejected
from leeway.rows import Table, Tally, lines_of
from leeway_cli.exits import Exit
from leeway_cli.inference import sample
from leeway_cli.main import app
from leeway_cli.model_toml.check import check

pytestmark = pytest.mark.unit


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows(count: int = 600, head: str = "id,x,y\n") -> str:
    return head + "".join(f"k{n},{n % 37 / 8},{n % 2}\n" for n in range(count))


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(content: str | bytes, *options: str) -> Result:
    Path("drop.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return run("init", "drop.csv", "--label", "y", *options)


def document() -> dict[str, Any]:
    return tomllib.loads(Path("drop/model.toml").read_text())


@pytest.mark.parametrize(
    ("path", "label", "expected"),
    [
        pytest.param(
            "bike/2011-01.csv",
            "high_demand",
            {"model": "bike", "id": "record_id", "event_time": "event_time", "split": "time", "positive": None},
            id="bike",
        ),
        pytest.param(
            "bank/2008-05.csv",
            "subscribed",
            {"model": "bank", "id": "record_id", "event_time": "event_time", "split": "time", "positive": None},
            id="bank",
        ),
        pytest.param(
            "telco_churn.csv",
            "Churn",
            {"model": "telco-churn", "id": "customerID", "event_time": None, "split": "hash", "positive": "Yes"},
            id="telco",
        ),
    ],
)
def test_real_data(shared: Path, path: str, label: str, expected: dict[str, object]) -> None:
    answer = run("init", shared / "data" / path, "--label", label, "--json")
    assert answer.exit_code == Exit.OK, answer.stderr
    found = json.loads(answer.stdout)
    assert {key: found[key] for key in expected} == expected
    assert found["rows"]["bad"] == 0
    assert found["rows"]["good"] == found["sample"]["rows"]
    assert run("validate", found["model"]).exit_code == Exit.OK


def test_telco_in_detail(shared: Path) -> None:
    found = json.loads(run("init", shared / "data/telco_churn.csv", "--label", "Churn", "--json").stdout)
    assert found["columns"]["TotalCharges"] == {"type": "float", "min": 0, "nullable": True}  # eleven are blank
    assert found["columns"]["tenure"] == {"type": "int", "min": 0}
    assert found["columns"]["SeniorCitizen"] == {"type": "bool"}
    assert found["columns"]["Contract"]["values"] == ["Month-to-month", "One year", "Two year"]
    assert found["left_out"] == {}
    assert "missing in 11 rows" in Path("telco-churn/model.toml").read_text()


@pytest.mark.parametrize(("folder", "label"), [("bank", "subscribed"), ("bike", "high_demand")])
def test_the_first_month_does_not_refuse_those_to_come(shared: Path, folder: str, label: str) -> None:
    """Across a financial crisis and two years of seasons."""
    months = sorted((shared / "data" / folder).glob("*.csv"))
    assert run("init", months[0], "--label", label).exit_code == Exit.OK
    spec = check(Path(folder)).spec
    assert spec is not None
    for month in months:
        tally = Tally()
        for row in Table(lines_of(month.read_bytes()), spec.data):
            tally.add(row)
        assert tally.refusal() is None, month.name


def test_a_model_does_not_learn_its_noise_by_heart() -> None:
    assert init(rows()).exit_code == Exit.OK
    assert document()["training"]["hyperparameters"] == {"early_stopping_rounds": 20}


def test_what_it_decided_and_what_to_do_next() -> None:
    answer = init(rows())
    assert answer.exit_code == Exit.OK
    lines = answer.stdout.splitlines()
    assert lines[0] == "wrote drop/model.toml: model drop, from all 600 rows of drop.csv"
    assert "  by these rules all 600 rows are good" in lines
    commands = [shlex.split(line) for line in lines[lines.index("next, with INBOX as apply names it:") + 1 :]]
    assert [command[:2] for command in commands] == [
        ["leeway", "validate"],
        ["leeway", "apply"],
        ["aws", "s3"],
        ["leeway", "status"],
        ["leeway", "approve"],
    ]
    assert run(*commands[0][1:]).exit_code == Exit.OK


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + rows().encode(), id="BOM"),
        pytest.param(rows().replace(",", ";"), id="semicolons"),
        pytest.param(rows().replace(",", "\t"), id="tabs"),
        pytest.param(rows().replace("\n", "\r\n"), id="CRLF"),
        pytest.param("\n\n" + rows(), id="blank lines first"),
        pytest.param(rows(head='"id", x ,"y"\n'), id="quotes in the header"),
        pytest.param(gzip.compress(rows().encode()), id="gzipped"),
    ],
)
def test_ways_to_write_the_same(content: str | bytes) -> None:
    answer = init(content)
    assert answer.exit_code == Exit.OK, answer.stderr
    assert document()["data"]["columns"] == {"x": {"type": "float", "min": 0}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("id,x,y\n", "has a header and no rows", id="header alone"),
        pytest.param("id,x,y\n1,2\n", "no rows with its 3 cells", id="rows that do not fit"),
        pytest.param("y\n0\n1\n", "another value in every row", id="one column"),
        pytest.param("1,2,0\n3,4,1\n", 'the header lacks y; it is: "1,2,0"', id="no header"),
        pytest.param(rows().encode("utf-16"), "is UTF-16", id="UTF-16"),
        pytest.param(gzip.compress(rows().encode())[:-9], "is a gzip file that is cut off", id="cut gzip"),
        pytest.param(b"PAR1", "a sample is wanted as CSV, for instance by duckdb -c", id="Parquet"),
        pytest.param(b"PK\3\4", "allowed: CSV or gzipped CSV", id="zip"),
        pytest.param(rows().replace("k7,", "kü,").encode("latin-1"), "is not UTF-8", id="Latin-1"),
        pytest.param(rows(head="id,y,y\n"), "the header names y", id="label twice"),
        pytest.param(rows().replace(",1\n", ",0\n"), "two classes", id="one class"),
        pytest.param(
            "id,x,y\n" + "".join(f"k{n},{n},c{n}\n" for n in range(99)), "no classes that come again", id="names"
        ),
        pytest.param("id,x,y\n" + "".join(f"k{n},1,{n % 2}\n" for n in range(200)), "no column left", id="no feature"),
    ],
)
def test_files_that_make_no_model(content: str | bytes, says: str) -> None:
    answer = init(content)
    assert answer.exit_code in {Exit.USAGE, Exit.REFUSED}
    assert says in answer.stderr
    assert answer.stdout == ""
    assert not Path("drop").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--id", "q"], "there is no such column; there are: id, x, y", id="no such id"),
        pytest.param(["--id", "y"], "must name different columns", id="id is label"),
        pytest.param(["--time", "x"], "allowed: a time such as", id="no time"),
        pytest.param(["--name", "Bad_Name"], "1 to 30 of a-z", id="name"),
    ],
)
def test_wishes_that_cannot_be_met(options: list[str], says: str) -> None:
    answer = init(rows(), *options)
    assert answer.exit_code in {Exit.USAGE, Exit.REFUSED}
    assert says in answer.stderr
    assert not Path("drop").exists()


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_no_file(name: str) -> None:
    assert run("init", name, "--label", "y").exit_code == Exit.USAGE


def test_what_is_there_is_not_overwritten() -> None:
    assert init(rows()).exit_code == Exit.OK
    Path("drop/model.toml").write_text("mine")
    answer = init(rows())
    assert answer.exit_code == Exit.USAGE
    assert "--force" in answer.stderr
    assert Path("drop/model.toml").read_text() == "mine"
    assert init(rows(), "--force").exit_code == Exit.OK
    assert document()["model"]["name"] == "drop"


def test_name_and_folder_of_choice() -> None:
    assert init(rows(), "--name", "leaving", "--out", "models/here").exit_code == Exit.OK
    assert tomllib.loads(Path("models/here/model.toml").read_text())["model"]["name"] == "leaving"


def test_a_column_that_stands_twice_is_left_out() -> None:
    content = "id,a,a,x,y\n" + "".join(f"k{n},1,2,{n % 7},{n % 2}\n" for n in range(300))
    assert init(content).exit_code == Exit.OK
    assert set(document()["data"]["columns"]) == {"x"}
    assert "# a  # stands in the header twice" in Path("drop/model.toml").read_text()


def test_ten_thousand_columns() -> None:
    head = "id," + ",".join(f"c{n}" for n in range(10_000)) + ",y\n"
    content = head + "".join(f"k{r}," + ",".join([str(r % 5)] * 10_000) + f",{r % 2}\n" for r in range(10))
    assert init(content).exit_code == Exit.OK
    assert len(document()["data"]["columns"]) == 2000
    assert "and 7,800 more" in Path("drop/model.toml").read_text()


def test_names_and_texts_survive_toml() -> None:
    names = ["paper less", "é\u202e", "a.b", "it's\\n"]
    content = f"id,{','.join(names)},y\n" + "".join(
        f'k{n},"\\{n % 2}""","é{n % 2}",{n % 3},{n % 4},{n % 2}\n' for n in range(200)
    )
    assert init(content).exit_code == Exit.OK
    columns = document()["data"]["columns"]
    assert set(columns) == set(names)
    assert columns["paper less"]["values"] == ['\\0"', '\\1"']


def test_no_control_character_reaches_the_terminal() -> None:
    content = "id,a\x1b[31m,x,y\n" + "".join(f"k{n},\x1b[31m,{n % 7},{n % 2}\n" for n in range(200))
    answer = init(content)
    assert answer.exit_code == Exit.OK
    assert "\x1b" not in answer.output
    assert "\x1b" not in Path("drop/model.toml").read_text()


def test_bad_rows_are_counted_and_said() -> None:
    answer = init(rows().replace("k5,", ","), "--id", "id")
    assert answer.exit_code == Exit.OK
    assert "1 of 600 rows are bad and will be left out, up to 1% may be; line 7: id is missing" in answer.stdout


def test_too_many_bad_rows_name_the_column_to_look_at() -> None:
    answer = init(rows().replace(",1\n", ",\n", 40))
    assert answer.exit_code == Exit.BAD
    assert "a file like this would be set aside: 40 of 600 rows are bad" in answer.stdout
    assert "look at the column y: it makes 40 rows bad" in answer.stderr


def test_features_that_spoil_too_many_rows_are_given_up() -> None:
    """Each slips in one row of 500, which is little, and twelve of them together are too much."""
    many = range(12)
    lines = [
        f"k{n}," + ",".join("?" if n % 500 == 30 * place else str(n % 90) for place in many) + f",{n % 2}\n"
        for n in range(1000)
    ]
    answer = init(f"id,{','.join(f'c{place}' for place in many)},y\n" + "".join(lines), "--json")
    found = json.loads(answer.stdout)
    assert answer.exit_code == Exit.OK
    assert found["rows"]["bad"] <= 10
    assert set(found["left_out"].values()) == {"made 2 rows bad"}


def test_rows_that_are_trained_on_once_are_said() -> None:
    assert "300 rows have the id of another" in init(rows(300) + rows(300, head=""), "--id", "id").stderr


PROBLEMS = {
    "multiclass": ([f"class {'aab'[n % 3]}{n % 2}" for n in range(600)], 'metric = "accuracy"', "min = 0.33 "),
    "regression": ([f"{n % 97 * 1.5}" for n in range(600)], 'metric = "rmse"', "min = 42.6 "),
    "counts": ([str(n % 30) for n in range(600)], '"multiclass" where that is what these numbers are', "min = 8.66 "),
    "classes of numbers": (
        [str(n % 5) for n in range(600)],
        '"regression" where that is what these numbers are',
        "min = 0.2 ",
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_other_problems_than_two_classes(case: str) -> None:
    """The bar is what knowing nothing reaches; by the rules of the problem all rows are good."""
    answers, *says = PROBLEMS[case]
    content = "id,x,y\n" + "".join(f"k{n},{n % 37 / 8},{answer}\n" for n, answer in enumerate(answers))
    answer = init(content)
    assert answer.exit_code == Exit.OK, answer.stderr
    text = Path("drop/model.toml").read_text()
    assert all(part in text for part in says), text
    assert "  by these rules all 600 rows are good" in answer.stdout
    assert run("validate", "drop").exit_code == Exit.OK


def test_a_column_of_dates_is_a_date_and_not_the_event_time() -> None:
    lines = "".join(f"k{n},2026-01-{n % 28 + 1:02d}T00:00:00Z,19{n % 70 + 30}-05-17,{n % 2}\n" for n in range(300))
    assert init("id,event_time,born,y\n" + lines).exit_code == Exit.OK
    assert document()["data"]["event_time"] == "event_time"
    assert document()["data"]["columns"] == {"born": "date"}


def test_a_gzipped_file_is_called_as_what_is_in_it(work: Path) -> None:
    (work / "sales.csv.gz").write_bytes(gzip.compress(rows().encode()))
    assert run("init", "sales.csv.gz", "--label", "y").exit_code == Exit.OK
    assert check(Path("sales")).spec is not None


def test_of_a_large_gzipped_file_the_beginning_is_read(work: Path) -> None:
    (work / "long.csv").write_bytes(gzip.compress(rows(5000).encode()))
    short = sample.read(work / "long.csv", "y", most_bytes=10_000)
    assert not short.whole
    assert 100 < short.rows < 1000


def test_the_window_holds_the_sample() -> None:
    lines = "".join(f"k{n},{n % 7},2023-0{n % 9 + 1}-01,{n % 2}\n" for n in range(300))
    assert init("id,x,day,y\n" + lines).exit_code == Exit.OK
    assert document()["data"]["window"] == "365d"
    assert document()["training"]["split"] == "hash"  # nine moments cannot be cut in three


def test_only_the_beginning_is_read(work: Path) -> None:
    file = work / "long.csv"
    file.write_text(rows(5000))
    short = sample.read(file, "y", most_bytes=10_000)
    assert not short.whole
    assert short.rows == len(short.lines) - 1 < 1000
    assert str(short) == f"the first {short.rows} rows of long.csv"
    assert sample.read(file, "y", most_rows=100).rows == 100


def test_a_row_that_the_sample_cuts_is_no_bad_one(work: Path) -> None:
    file = work / "cut.csv"
    file.write_text(rows(50) + 'k51,"\n' + "\n" * 500 + '",1\n' + rows(500, head=""))
    cut = sample.read(file, "y", most_bytes=900)
    assert (cut.whole, cut.rows, len(cut.lines)) == (False, 50, 51)


def test_no_line_in_a_large_file(work: Path) -> None:
    (work / "x.csv").write_text("y" * 100)
    with pytest.raises(Rejected, match="no end of line"):
        sample.read(work / "x.csv", "y", most_bytes=50)
