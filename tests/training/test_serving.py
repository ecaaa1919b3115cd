"""The endpoint: scores for rows in any usual form, 4xx with what is allowed for all others, and no 500."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.training.image import Answer
from tests.training.job import Job

pytestmark = pytest.mark.training
CSV, JSON = "text/csv", "application/json"
# Features in the model's order: flag, kind, n, place, x.
ROW = {"flag": True, "kind": "a", "n": 7, "place": "Köln", "x": 0.25}
LINE = b"yes,a,7,K\xc3\xb6ln,0.25\n"


def ask(job: Job, body: bytes | Any, kind: str = CSV, accept: str = "*/*") -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return job.image.serve(job.model, (text, kind, accept))[0]


def reason(answer: Answer) -> str:
    """Of an error, which is JSON whatever was asked for."""
    assert answer.media == JSON
    (found,) = json.loads(answer.body).values()
    return str(found)


def score(job: Job) -> str:
    """The score of the one row, as CSV."""
    answer = ask(job, LINE)
    assert (answer.status, answer.media) == (200, CSV)
    assert 0 < float(answer.body) < 1
    return answer.body.strip()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(LINE, id="csv"),
        pytest.param(LINE.rstrip(), id="no line end"),
        pytest.param(b"\xef\xbb\xbf" + LINE, id="byte order mark"),
        pytest.param(b'"yes","a","7","K\xc3\xb6ln"," 0.25 "\r\n\r\n', id="quotes and Windows"),
        pytest.param(b"1,a,7.0,K\xc3\xb6ln,2.5e-1", id="other spellings"),
    ],
)
def test_csv(trained: Job, body: bytes) -> None:
    assert ask(trained, body).body.strip() == score(trained)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(ROW, id="object"),
        pytest.param([ROW], id="list of objects"),
        pytest.param([list(ROW.values())], id="list of lists"),
        pytest.param({"instances": [ROW]}, id="instances"),
        pytest.param({"instances": [list(ROW.values())]}, id="instances of lists"),
        pytest.param({name: str(value) for name, value in ROW.items()}, id="texts"),
        pytest.param({**ROW, "id": "r1", "at": "2026-01-01", "y": 1}, id="with id, time and label"),
        pytest.param(dict(reversed(ROW.items())), id="another order"),
    ],
)
def test_json(trained: Job, document: Any) -> None:
    answer = ask(trained, document, JSON)
    assert (answer.status, answer.media) == (200, JSON)
    assert json.loads(answer.body) == {"predictions": [{"score": float(score(trained))}]}


def test_many_rows_are_scored_as_one_by_one(trained: Job) -> None:
    lines = [b"no,%c,%d,there,%s\n" % (b"abc"[n % 3], n, b"" if n % 5 == 0 else b"%d.5" % (n % 4)) for n in range(40)]
    single = [answer.body for answer in trained.image.serve(trained.model, *((line, CSV, CSV) for line in lines))]
    assert ask(trained, b"".join(lines)).body == "".join(single)
    assert len(set(single)) > 5


def test_a_category_that_training_did_not_see_is_missing(trained: Job) -> None:
    answers = [ask(trained, ROW | {"place": place}, JSON).body for place in ("elsewhere", "\ud800", "nowhere")]
    assert len(set(answers)) == 1


def test_a_value_that_may_be_missing_may_be_left_out(trained: Job) -> None:
    without = {name: value for name, value in ROW.items() if name != "x"}
    answers = [ask(trained, body, JSON) for body in (without, ROW | {"x": None}, ROW | {"x": "NA"}, ROW | {"x": " "})]
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.body for answer in answers}) == 1


@pytest.mark.parametrize(
    ("kind", "accept", "media"),
    [
        pytest.param("text/csv; charset=utf-8", "*/*", CSV, id="charset"),
        pytest.param('Text/CSV;charset="UTF-8"', "", CSV, id="charset in quotes"),
        pytest.param("text/csv;charset=utf8;header=absent", CSV, CSV, id="no header"),
        pytest.param(CSV, JSON, JSON, id="other answer"),
        pytest.param(CSV, "application/xml, application/json;q=0.5", JSON, id="the one that can be given"),
        pytest.param(CSV, "text/html, */*", CSV, id="any in the end"),
    ],
)
def test_content_types(trained: Job, kind: str, accept: str, media: str) -> None:
    answer = ask(trained, LINE, kind, accept)
    assert (answer.status, answer.media) == (200, media)
    assert score(trained) in answer.body


@pytest.mark.parametrize(
    ("kind", "accept", "status", "says"),
    [
        pytest.param("", CSV, 415, "the content type is ; allowed: text/csv or application/json in UTF-8", id="none"),
        pytest.param("text/plain", CSV, 415, "the content type is text/plain; allowed", id="plain"),
        pytest.param("application/x-npy", CSV, 415, "the content type is application/x-npy", id="npy"),
        pytest.param(
            "text/csv; charset=latin-1", CSV, 415, "the content type is text/csv; charset=latin-1", id="charset"
        ),
        pytest.param("text/csv; header=present", CSV, 415, "the content type is text/csv; header=present", id="header"),
        pytest.param(CSV, "text/html", 406, "the accepted type is text/html; allowed: text/csv or", id="accept"),
    ],
)
def test_other_types_are_refused(trained: Job, kind: str, accept: str, status: int, says: str) -> None:
    answer = ask(trained, LINE, kind, accept)
    assert answer.status == status
    assert reason(answer).startswith(says)


TAKES = "the model takes 5: flag, kind, n, place, x"
BAD: list[Any] = [
    pytest.param(b"", CSV, "the body holds no row", id="empty"),
    pytest.param(b"\n \n"[:1], CSV, "the body holds no row", id="blank"),
    pytest.param(LINE + b"yes,a,7\n", CSV, f"row 2 has 3 values; {TAKES}", id="too few"),
    pytest.param(LINE.strip() + b",1", CSV, f"row 1 has 6 values; {TAKES}", id="too many"),
    pytest.param(b"flag,kind,n,place,x\n" + LINE, CSV, "row 1 is a header; send rows alone", id="header"),
    pytest.param(b"yes,z,7,here,1", CSV, 'row 1: kind is "z"; allowed: one of a, b, c', id="category"),
    pytest.param(b"yes,a,7.5,here,1", CSV, 'row 1: n is "7.5"; allowed: a whole number from 0', id="whole number"),
    pytest.param(b"yes,a,-1,here,1", CSV, 'row 1: n is "-1"; allowed: a whole number from 0', id="range"),
    pytest.param(b"perhaps,a,7,here,1", CSV, 'row 1: flag is "perhaps"; allowed: true or false', id="bool"),
    pytest.param(LINE + b"yes,a,,here,1", CSV, "row 2: n is missing; allowed: a whole number from 0", id="missing"),
    pytest.param(b'yes,a,7,"here,1', CSV, "line 1 is not CSV: unexpected end of data", id="open quote"),
    pytest.param(b"yes,a,7,K\xf6ln,1", CSV, "the body is not UTF-8 (byte 9)", id="latin"),
    pytest.param(b"\x1f\x8b" + LINE, CSV, "the body is a gzip file; allowed: CSV", id="gzip"),
    pytest.param(b"yes,a,7,\0,1e999", CSV, 'row 1: x is "1e999"; allowed: a number or nothing', id="infinite"),
    pytest.param(b"", JSON, "the body is not JSON: ", id="no JSON"),
    pytest.param(b"{", JSON, "the body is not JSON: ", id="half JSON"),
    pytest.param(b"\xff", JSON, "the body is not JSON: ", id="bytes"),
    pytest.param(b"[" * 100_000, JSON, "the body is not JSON: ", id="bottomless"),
    pytest.param(b"[]", JSON, "the body holds no row", id="no rows"),
    pytest.param(b'{"instances": []}', JSON, "the body holds no row", id="no instances"),
    pytest.param(b"7", JSON, "the body is no row; allowed: {…}, [{…}], [[…]]", id="a number"),
    pytest.param(b"null", JSON, "the body is no row", id="null"),
    pytest.param(b"[7, 8]", JSON, 'row 1 is "7"; allowed: an object or a list', id="numbers"),
    pytest.param(b"[[1, 2]]", JSON, f"row 1 has 2 values; {TAKES}", id="short list"),
    pytest.param([ROW, {"kind": "a"}], JSON, "row 2: flag is missing; allowed: true or false", id="half a row"),
    pytest.param(ROW | {"z": 1}, JSON, 'row 1 has "z", which the model does not know; it takes flag, kind', id="extra"),
    pytest.param(
        ROW | {"x": [1]}, JSON, 'row 1 has the value "[1]"; allowed: a number, a text, true or false', id="list"
    ),
    pytest.param(ROW | {"x": True}, JSON, 'row 1: x is "true"; allowed: a number or nothing', id="true"),
    pytest.param(b'[["yes","a",7,"here",Infinity]]', JSON, 'row 1: x is "inf"; allowed: a number', id="infinity"),
    pytest.param(ROW | {"kind": "\ud800"}, JSON, 'row 1: kind is "?"; allowed: one of a, b, c', id="half a character"),
    pytest.param(b'{"\\ud800": 1}', JSON, 'row 1 has "?", which the model does not know', id="half a name"),
]


@pytest.mark.parametrize(("body", "kind", "says"), BAD)
def test_wrong_rows_are_refused_by_row_and_column(trained: Job, body: Any, kind: str, says: str) -> None:
    answer = ask(trained, body, kind)
    assert answer.status == 400
    assert reason(answer).startswith(says)


def test_no_body_is_a_500(trained: Job) -> None:
    """Two good bodies, changed at random: each is scored or refused."""
    chance, requests = random.Random(1), []
    for number in range(600):
        body, kind = (bytearray(LINE * 2), CSV) if number % 2 else (bytearray(json.dumps([ROW]).encode()), JSON)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(body))
            body[place : place + chance.randint(0, 2)] = bytes(
                chance.choices(b'\0\n\r",[]{}:\\\xc3\xff1e-Nn', k=chance.randint(0, 2))
            )
        requests.append((bytes(body), kind, chance.choice(["*/*", CSV, JSON, "a/b", ";", ",,"])))
    answers = trained.image.serve(trained.model, *requests)
    counts = {status: sum(answer.status == status for answer in answers) for status in (200, 400, 406, 500)}
    assert counts[500] == 0, next(answer.body for answer in answers if answer.status == 500)
    assert sum(counts.values()) == len(requests)
    assert min(counts[status] for status in (200, 400, 406)) > 30, counts
    assert all(len(reason(answer)) > 20 for answer in answers if answer.status >= 400)
