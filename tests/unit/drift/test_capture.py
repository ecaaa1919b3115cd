"""Captured records become counts: plain ones by DuckDB and all others by Python's rules, and both the same."""

import base64
import json
import random
from datetime import UTC, datetime
from functools import reduce
from math import inf, nextafter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leeway.drift import capture
from leeway.drift.capture import NO_RECORD, NO_TIME, windows
from leeway.drift.captured import NO_ANSWER, NO_REQUEST, Half, rows
from leeway.drift.detector import Counts
from leeway.drift.reference import Reference, last, reference, single
from leeway.drift.windows import Window, of_rows
from leeway.errors import Rejected
from leeway.request import Takes
from leeway.spec import BINARY, MULTICLASS, Column

pytestmark = pytest.mark.unit

COLUMNS = (
    Column(name="contract", type="category", values=("month", "year")),
    Column(name="data_gb", type="float", min=0.0, max=500.0, nullable=True),
    Column(name="paperless", type="bool"),
    Column(name="place", type="category", nullable=True),
    Column(name="tenure", type="int", min=0.0),
)
TAKES = Takes(columns=COLUMNS, beside=frozenset({"id"}))
NUMBERS = [0.0, 1.5, 1.5, 20.0, 99.0]
BASELINE = {
    "rows": 100,
    "features": {
        "contract": {"type": "category", "count": 100, "missing": 0, "shares": {"month": 0.75, "year": 0.25}},
        "data_gb": {"type": "float", "count": 80, "missing": 20, "min": 0.0, "max": 99.0,
                    "quantiles": NUMBERS, "cumulative": [0.1, 0.5, 0.5, 0.9, 1.0]},
        "paperless": {"type": "bool", "count": 100, "missing": 0, "shares": {"false": 0.4, "true": 0.6}},
        "place": {"type": "category", "count": 90, "missing": 10, "shares": {"Bonn": 0.5, "Köln, O'Hara": 0.3}},
        "tenure": {"type": "int", "count": 100, "missing": 0, "min": 0.0, "max": 72.0,
                   "quantiles": [0.0, 24.0, 72.0], "cumulative": [0.1, 0.5, 1.0]},
    },
}  # fmt: skip
EVALUATION = {"scores": {"rows": 50, "edges": [0.2, 0.5], "cumulative": [0.4, 0.8], "rates": [0.1, 0.3, 0.7]}}
REFERENCE = reference(BASELINE, EVALUATION, TAKES.names)


def record(asked: str | None, answered: str | None, hour: str = "2026-03-02T03", **given: str) -> dict[str, Any]:
    """A record as SageMaker writes one."""
    data: dict[str, Any] = {}
    halves = (("endpointInput", "INPUT", asked), ("endpointOutput", "OUTPUT", answered))
    for name, mode, text in halves:
        if text is not None:
            media, encoding = given.get("media", "text/csv"), given.get("encoding", "CSV")
            data[name] = {"observedContentType": media, "mode": mode, "data": text, "encoding": encoding}
    return {
        "captureData": data,
        "eventMetadata": {"eventId": "e", "inferenceTime": f"{hour}:21:48Z"},
        "eventVersion": "0",
    }


def counted(
    folder: Path, records: list[Any], problem: str = BINARY, versus: Reference = REFERENCE
) -> dict[str, Window]:
    path = folder / "capture.jsonl"
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in records))
    return windows(duckdb.connect(), [path], TAKES, problem, versus)


def test_events_and_their_shares_are_of_all_rows() -> None:
    contract, data_gb, paperless, place, tenure = REFERENCE.features
    assert data_gb.edges == (0.0, 1.5, 20.0, 99.0)
    assert data_gb.shares == pytest.approx((0.08, 0.4, 0.72, 0.8, 0.2))
    assert place.shares == pytest.approx((0.45, 0.27, 0.18, 0.1))
    assert [place.event(n) for n in range(4)] == [
        "is Bonn", "is Köln, O'Hara", "is a value that training knew less well", "is missing",
    ]  # fmt: skip
    assert (tenure.event(1), tenure.event(3)) == ("is at most 24", "is missing")
    assert (contract.texts, paperless.shares) == (("month", "year"), pytest.approx((0.6, 0.4, 0.0, 0.0)))


def test_a_plain_record_is_counted(tmp_path: Path) -> None:
    [window] = counted(tmp_path, [record("month,1.5,yes,Bonn,24\n", "0.5\n")]).values()
    assert (window.records, window.rows, window.unused) == (1, 1, {})
    assert window.counts == {
        "contract": Counts(rows=1, events=(1, 0, 0, 0)),
        "data_gb": Counts(rows=1, events=(0, 1, 1, 1, 0)),
        "paperless": Counts(rows=1, events=(1, 0, 0, 0)),
        "place": Counts(rows=1, events=(1, 0, 0, 0)),
        "tenure": Counts(rows=1, events=(0, 1, 1, 0)),
        "score": Counts(rows=1, events=(0, 1, 0)),
    }


SAME_ROW = {
    "blanks": record(" month , 1.5,TRUE , Bonn,24.0", "0.5"),
    "quotes": record('"month",1.5,on,"Bonn","24"', "0.5"),
    "json list": record('{"instances": [["month", 1.5, true, "Bonn", 24]]}', '{"predictions": [{"score": 0.5}]}',
                        media="application/json", encoding="JSON"),
    "json object": record('{"contract": "month", "data_gb": "1.5", "paperless": 1, "tenure": 24, "place": "Bonn"}',
                          "[0.5]", media="application/json", encoding="JSON"),
    "charset": record("month,1.5,1,Bonn,24", "0.5\n", media="text/csv; charset=utf-8"),
    "base64": record(base64.b64encode(b"month,1.5,t,Bonn,24\n").decode(), base64.b64encode(b"0.5").decode(),
                     encoding="BASE64"),
    "carriage return": record("month,1.5,y,Bonn,24\r\n", "0.5\r\n"),
    "exponent": record("month,15e-1,y,Bonn,2.4e1", "5e-1"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME_ROW)
def test_however_it_was_written_it_counts_alike(tmp_path: Path, name: str) -> None:
    plain = counted(tmp_path, [record("month,1.5,yes,Bonn,24\n", "0.5\n")])
    assert counted(tmp_path, [SAME_ROW[name]]) == plain


def test_several_rows_in_one_record(tmp_path: Path) -> None:
    both = "month,1.5,yes,Bonn,24\nyear,,no,Bonn,3\n"
    [by_line] = counted(tmp_path, [record(both, "0.5\n0.1\n")]).values()
    [by_comma] = counted(tmp_path, [record(both, "0.5,0.1")]).values()
    assert by_line == by_comma
    assert (by_line.records, by_line.rows) == (1, 2)
    assert by_line.counts["data_gb"].events[-1] == 1


UNUSED: dict[str, str | dict[str, Any]] = {
    NO_RECORD: "this is no JSON",
    NO_TIME: record("month,1.5,yes,Bonn,24", "0.5") | {"eventMetadata": {"eventId": "e", "inferenceTime": "yesterday"}},
    NO_REQUEST: record(None, "0.5"),
    NO_ANSWER: record("month,1.5,yes,Bonn,24", None),
    "the request is none that the model takes": record("month,1.5,yes,Bonn", "0.5"),
    "the request has 2 rows and the answer 1": record("month,1,yes,Bonn,2\nmonth,1,yes,Bonn,2", "0.5"),
    "a half says BASE64 and is none": record("****", "0.5", encoding="BASE64"),
    "the answer is no number that can be": record("month,1.5,yes,Bonn,24", "1e99"),
    "the answer is no number": record("month,1.5,yes,Bonn,24", "error: no"),
    "the answer is no JSON": record("[[]]", "{", media="application/json", encoding="JSON"),
    "the answer has no score": record('[["month",1.5,true,"Bonn",24]]', '[{"label": 1}]', encoding="JSON"),
}


@pytest.mark.parametrize("reason", [reason for reason in UNUSED if reason != "the answer is no JSON"])
def test_what_cannot_be_used_is_counted_by_its_reason(tmp_path: Path, reason: str) -> None:
    found = reduce(Window.merge, counted(tmp_path, [UNUSED[reason], record("month,1,yes,Bonn,2", "0.5")]).values())
    assert (found.records, found.rows, found.unused) == (2, 1, {reason: 1})


@pytest.mark.parametrize("time", ["yesterday", "zzz", "", "2026-02-31T03:21:48Z", "2026-19-02T03:21:48Z", None])
def test_a_time_that_is_none_is_counted_in_the_hour_of_its_file(tmp_path: Path, time: str | None) -> None:
    """Whether it sorts before the hour or after it, or would pass for a time."""
    odd = record("month,1.5,yes,Bonn,24", "0.5") | {"eventMetadata": {"eventId": "e", "inferenceTime": time}}
    other = record("month,1,yes,Bonn,2", "0.5", hour="2026-03-02T04")
    file = tmp_path / "one.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in (odd, other, record("month,1,yes,Bonn,2", "0.5"))))
    between = datetime(2026, 3, 2, 3, tzinfo=UTC), datetime(2026, 3, 2, 4, tzinfo=UTC)
    found = windows(duckdb.connect(), [file], TAKES, BINARY, REFERENCE, between=between)
    both = reduce(Window.merge, found.values())
    assert (both.records, both.rows, both.unused) == (2, 1, {NO_TIME: 1})


def test_no_reason_holds_anything_of_the_data() -> None:
    secret = "mary@example.org"
    for asked, answered in ((secret, "0.5"), ("month,1.5,yes,Bonn,24", secret), (f"{secret},1,2,3,4", "0.5")):
        halves = Half(data=asked, encoding="CSV"), Half(data=answered, encoding="CSV")
        with pytest.raises(Rejected) as refused:
            rows(TAKES, BINARY, *halves)
        assert secret not in str(refused.value)


def test_hours_are_told_apart_and_a_file_that_is_cut_off_loses_its_last_line_alone(tmp_path: Path) -> None:
    good = record("month,1.5,yes,Bonn,24", "0.5")
    later = record("month,1.5,yes,Bonn,24", "0.5", hour="2026-03-02T04")
    found = counted(tmp_path, [good, later, good, json.dumps(good)[:-40]])
    assert {hour: window.rows for hour, window in found.items()} == {"2026-03-02T03": 2, "2026-03-02T04": 1, "": 0}
    assert found[""].unused == {NO_RECORD: 1}


LONG = '{"a": "' + "x" * (40 << 20) + '"}'


@pytest.mark.parametrize("odd", ["5", '"text"', "[1]", "null", "{", '{"captureData":', "no JSON", "{}", LONG])
def test_a_line_that_is_no_record_takes_no_other_with_it(tmp_path: Path, odd: str) -> None:
    good = record("month,1.5,yes,Bonn,24", "0.5")
    found = counted(tmp_path, [good, good, odd, good, odd, good])
    assert {hour: (window.records, window.rows) for hour, window in found.items()} == {
        "2026-03-02T03": (4, 4),
        "": (2, 0),
    }
    assert found[""].unused == {NO_RECORD: 2}


def test_several_classes_count_by_the_likeliest(tmp_path: Path) -> None:
    [window] = counted(tmp_path, [record("month,1.5,yes,Bonn,24", "0.2,0.45,0.35\n")], MULTICLASS).values()
    assert window.counts["score"] == Counts(rows=1, events=(0, 1, 0))


TEXTS = (
    ["month", "year", " month", "week", "none", ""],
    [
        "1.5",
        "0",
        "1.50001",
        "20",
        "99",
        "1e2",
        "-1",
        "",
        "NA",
        "nan",
        "inf",
        "1_0",
        "+2",
        ".5",
        "5.",
        "600",
        "0x1",
        " 3 ",
    ],
    ["yes", "NO", "1", "0.0", "maybe", "", "t"],
    ["Bonn", "Köln", "bonn", "Bonn ", "", "null", "a'b", "x;y"],
    ["0", "24", "24.0", "24.5", "73", "-3", "", "1e1", "abc"],
    ["0.2", "0.20001", "0.5", "1", "1e-3", "no", "", " 0.3", "0.1,0.2"],
)


def slowly(records: list[dict[str, Any]]) -> Window:
    """What Python's rules make of records, one by one."""
    found = Window()
    for one in records:
        asked, answered = (Half(data=half["data"], encoding=half["encoding"]) for half in one["captureData"].values())
        try:
            found = found.merge(of_rows(REFERENCE, rows(TAKES, BINARY, asked, answered)))
        except Rejected as error:
            found = found.merge(Window(records=1, unused={str(error): 1}))
    return found


def moments(window: Window) -> dict[str, list[float]]:
    return {name: one.to_json() for name, one in window.moments.items()}


def same(window: Window) -> dict[str, Any]:
    """The moments, but for the last digits."""
    return {name: pytest.approx(values) for name, values in moments(window).items()}


def scrawled(chance: random.Random) -> str:
    """Something like a number, or not quite."""
    return "".join(chance.choice("0123456789012345678900+-.eE_ xinfa\t") for _ in range(chance.randint(1, 5)))


@pytest.mark.parametrize("seed", range(8))
def test_duckdb_counts_as_python_does(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    texts = [[chance.choice(kinds) for kinds in TEXTS] for _ in range(400)]
    for place in (1, 4, 5):
        for cells in chance.sample(texts, 60):
            cells[place] = scrawled(chance)
    ends = ("", "\n", "\r\n", "\n\n", "\r")
    records = [record(",".join(cells[:5]) + chance.choice(ends), cells[5] + chance.choice(ends)) for cells in texts]
    [found] = counted(tmp_path, records).values()
    assert found == (expected := slowly(records))
    assert moments(found) == same(expected)
    assert 10 < found.rows < 400


SPAN = datetime(2026, 3, 2, 3, tzinfo=UTC), datetime(2026, 3, 2, 4, tzinfo=UTC)
GOOD = record("month,1.5,yes,Bonn,24\n", "0.5\n")
ODD: dict[str, str | dict[str, Any]] = {
    **{name: SAME_ROW[name] for name in ("quotes", "json list", "base64", "carriage return")},
    **{f"unused: {reason}": one for reason, one in UNUSED.items()},
    "two rows": record("month,1.5,yes,Bonn,24\nyear,,no,Bonn,3\n", "0.5\n0.1\n"),
    "a line more": record("month,1.5,yes,Bonn,24\n\n", "0.5"),
    "a line within": record("month,1.5\n,yes,Bonn,24", "0.5"),
    "an underscore": record("month,1_0,yes,Bonn,24", "0.5"),
    "an underscore of the answer": record("month,10,yes,Bonn,24", "0_5"),
    "out of bounds": record("month,501,yes,Bonn,24", "0.5"),
    "no whole number": record("month,1.5,yes,Bonn,24.5", "0.5"),
    "too large an answer": record("month,1.5,yes,Bonn,24", "1e39"),
    "another text": record("week,1.5,yes,Bonn,24", "0.5"),
    "missing": record(",1.5,yes,Bonn,24", "0.5"),
    "the second before": GOOD | {"eventMetadata": {"inferenceTime": "2026-03-02T02:59:59Z"}},
    "the second after": GOOD | {"eventMetadata": {"inferenceTime": "2026-03-02T04:00:00Z"}},
    "a time that sorts into the hour": GOOD | {"eventMetadata": {"inferenceTime": "2026-03-02T03;00:00Z"}},
    "no time": GOOD | {"eventMetadata": {}},
    "a number": "5",
    "cut off": json.dumps(GOOD)[:-40],
    "a tab in a text": json.dumps(GOOD).replace("1.5", "1.5\t"),
}


def read(path: Path, between: tuple[datetime, datetime] | None) -> tuple[Window, bool]:
    """What a file holds, and whether it was all usual."""
    connection = duckdb.connect()
    found = windows(connection, [path], TAKES, BINARY, REFERENCE, between=between)
    views = connection.execute("SELECT count(*) FROM duckdb_views() WHERE view_name = 'judged'").fetchone()
    return reduce(Window.merge, found.values(), Window()), views == (0,)


@pytest.mark.parametrize("name", ODD)
def test_an_unusual_record_among_usual_ones_counts_as_it_does_elsewhere(tmp_path: Path, name: str) -> None:
    """Without a span nothing is usual."""
    usual = [record(f"{kind},{gb},no,{town},3\n", "0.3\n") for kind in ("month", "year") for gb in ("1.5", "", "2e1")
             for town in ("Bonn", "Ulm")]  # fmt: skip
    file = tmp_path / "capture.jsonl"
    texts = [json.dumps(one) for one in (usual * 2)[:20]]
    file.write_text("".join(f"{text}\n" for text in texts))
    odd = ODD[name]
    texts.insert(7, odd if isinstance(odd, str) else json.dumps(odd))
    file.write_text("".join(f"{text}\n" for text in texts))
    found, all_usual = read(file, SPAN)
    assert not all_usual
    there = [line for line in texts if "T02:59:59" not in line and "T04:00:00" not in line]
    file.write_text("".join(f"{text}\n" for text in there))
    expected, _ = read(file, None)
    assert found == expected
    assert moments(found) == same(expected)


def test_what_is_usual_counts_as_it_does_elsewhere(tmp_path: Path) -> None:
    """Every spelling that is plain, a file of each, and all of them in one."""
    chance = random.Random(1)
    kinds = [[text for text in texts if text not in {"1_0", "0.1,0.2"}] for texts in TEXTS]
    lines = [[chance.choice(texts[:4] if chance.random() < 0.8 else texts) for texts in kinds] for _ in range(30)]
    records = [record(",".join(cells) + chance.choice(["", "\n"]), f"{score}\n") for *cells, score in lines]
    files = [tmp_path / f"{number}.jsonl" for number in range(len(records))]
    for file, one in zip(files, records, strict=True):
        file.write_text(json.dumps(one) + "\n")
    usual = [one for one, file in zip(records, files, strict=True) if read(file, SPAN)[1]]
    assert 5 < len(usual) < 25
    files[0].write_text("".join(json.dumps(one) + "\n" for one in usual))
    found, all_usual = read(files[0], SPAN)
    assert (all_usual, found) == (True, slowly(usual))
    assert moments(found) == same(slowly(usual))


def test_what_is_unusual_costs_the_files_of_its_group_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "GROUP", 1)
    files = [tmp_path / f"{number}.jsonl" for number in range(3)]
    for file, one in zip(files, (GOOD, ODD["two rows"], GOOD), strict=True):
        file.write_text(json.dumps(one) + "\n")
    connection = duckdb.connect()
    [window] = windows(connection, files, TAKES, BINARY, REFERENCE, between=SPAN).values()
    assert (window.records, window.rows) == (3, 4)
    assert connection.execute("SELECT count(*) FROM judged").fetchone() == (1,)


def test_a_record_of_some_megabytes_counts_like_another(tmp_path: Path) -> None:
    file = tmp_path / "capture.jsonl"
    long = record(f"month,1.5,yes,{'x' * (5 << 20)},24", "0.5")
    file.write_text("".join(json.dumps(one) + "\n" for one in (GOOD, long, GOOD)))
    found, all_usual = read(file, SPAN)
    assert (all_usual, found.rows, found.unused) == (True, 3, {})
    assert found.counts["place"].events == (2, 0, 1, 0)


@pytest.mark.parametrize("cell", ['"1_000"', r'"1\u005f000"'])
def test_a_number_with_an_underscore_is_none_however_it_is_written(tmp_path: Path, cell: str) -> None:
    text = f'[{{"contract":"month","data_gb":{cell},"paperless":"yes","place":"Bonn","tenure":3}}]'
    one = record(text, "0.5", encoding="JSON")
    one["captureData"]["endpointOutput"]["encoding"] = "CSV"
    [found] = counted(tmp_path, [one]).values()
    assert (found.rows, found.unused) == (0, {"the request is none that the model takes": 1})


MEMBERS: dict[str, list[Any]] = {
    "contract": ["month", "year", " month", "week", None, 3, "m\u00f6nth"],
    "data_gb": [1.5, 0, "1.5", 1.50001, 20, 1e2, -1, None, "", "NA", True, "1_0", [1], {"a": 1}, 600, "inf"],
    "paperless": [True, False, "yes", 1, 0.0, 1.0, None, "maybe", "TRUE "],
    "place": ["Bonn", "K\u00f6ln, O'Hara", "bonn", None, "", 'a"b', 24, 1.0, False, "x_y", "a\nb", ["Bonn"]],
    "tenure": [0, 24, 24.0, 24.5, "24", "73", -3, None, 10**20],
}
OTHERS = [
    '{"contract": "year", "contract": "month", "data_gb": 1, "paperless": 1, "tenure": 1}',  # the last one counts
    '[{"contract": "month", "data_gb": NaN, "paperless": true, "place": "Bonn", "tenure": 3}]',
    '[{"contract": "month", "data_gb": 1.5, "paperless": true, "place": "Bonn", "tenure": 3}, {}]',
    '{"instances": [{"contract": "month", "data_gb": 1.5, "paperless": true, "place": "Bonn", "tenure": 3}]}',
    '{"contract": "month", "data_gb": 1.5, "paperless": true, "place": "Bonn", "tenure": 3, "colour": "red"}',
    '{"contract": "month", "data_gb": 1.5, "paperless": true, "place": "Bonn", "tenure": 3}\n',
    '[["month", 1.5, true, "Bonn", 3]]',
    '{"contract": "month",',
    "[{}{}]",
    "[{]}]",
    "{}",
    "",
]


@pytest.mark.parametrize("seed", range(4))
def test_duckdb_counts_json_as_python_does(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    records = []
    for number in range(400):
        row = {name: chance.choice(values[:4] if chance.random() < 0.7 else values) for name, values in MEMBERS.items()}
        pairs = list(row.items()) if chance.random() < 0.8 else chance.sample(list(row.items()), chance.randint(3, 5))
        document: Any = dict(pairs) | ({"id": number} if chance.random() < 0.1 else {})
        text = json.dumps([document] if chance.random() < 0.7 else document, ensure_ascii=chance.random() < 0.5)
        text = chance.choice(OTHERS) if chance.random() < 0.1 else text
        score = chance.choice(["0.2", '{"predictions": [{"score": 0.5}]}', "[0.5]", '{"predictions": []}'])
        one = record(text, score, media="application/json", encoding="JSON")
        if score == "0.2":
            one["captureData"]["endpointOutput"]["encoding"] = "CSV"
        records.append(one)
    [found] = counted(tmp_path, records).values()
    assert found == (expected := slowly(records))
    assert moments(found) == same(expected)
    assert 50 < found.rows < 400


PLAIN = {
    '[{"contract":"month","data_gb":1.5,"paperless":"yes","place":null,"tenure":3}]': True,
    '{"tenure": 3, "contract": "month", "paperless": "t", "id": 7}': True,
    '{"contract":"month","paperless":true,"tenure":3}': False,
    '[["month",1.5,"yes","Bonn",3]]': False,
}


def test_a_single_row_in_json_is_counted_without_python(tmp_path: Path) -> None:
    connection, path = duckdb.connect(), tmp_path / "capture.jsonl"
    records = [record(text, "0.5", encoding="JSON") for text in PLAIN]
    for one in records:
        one["captureData"]["endpointOutput"]["encoding"] = "CSV"
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    [window] = windows(connection, [path], TAKES, BINARY, REFERENCE).values()
    assert window.rows == 4
    assert dict(connection.execute("SELECT asked.data, plain FROM judged").fetchall()) == PLAIN


@pytest.mark.parametrize("edge", [0.0, -0.0, 1.5, -1.5, 1e-45, -1e-45, 0.1, -3e-40, 2.0**24, 1 / 3, -7.7e20])
def test_an_edge_of_single_precision_parts_doubles_alike(edge: float) -> None:
    edge = single(edge)
    found = last(edge)
    assert single(found) <= edge < single(nextafter(found, inf))


def test_windows_merge_and_are_kept_as_json(tmp_path: Path) -> None:
    one = counted(tmp_path, [record("month,1.5,yes,Bonn,24", "0.5"), record(None, "0.5")])["2026-03-02T03"]
    two = counted(tmp_path, [record("year,,no,,3", "0.1")])["2026-03-02T03"]
    both = counted(
        tmp_path, [record("month,1.5,yes,Bonn,24", "0.5"), record(None, "0.5"), record("year,,no,,3", "0.1")]
    )
    assert one.merge(two) == two.merge(one) == both["2026-03-02T03"]
    assert Window.from_json(json.loads(json.dumps(one.to_json()))) == one
    assert Window().merge(one) == one


def test_a_baseline_that_is_out_of_order_is_refused() -> None:
    wrong = {"rows": 9, "features": {"x": {"type": "float", "count": 9, "min": 5.0, "max": 1.0, "quantiles": [5.0, 1.0],
                                           "cumulative": [0.5, 1.0]}}}  # fmt: skip
    with pytest.raises(ValueError, match="out of order"):
        reference(wrong, None, ["x"])


def test_no_file_holds_nothing() -> None:
    assert windows(duckdb.connect(), [], TAKES, BINARY, REFERENCE) == {}
