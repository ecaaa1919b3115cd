"""Keys and data that want to do harm, through the real template: said where a user looks, and no effect elsewhere."""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leeway import keys
from leeway.arrivals.records import pending
from leeway.aws.table import Put
from localaws import LocalAWS
from tests.local.onboarding import HEADER, INBOX, onboard, rows, spec, table
from tests.local.person import Person
from tests.local.test_arrivals import artifacts, dead, drop, journal

pytestmark = pytest.mark.local
CANARY = "Jane.Doe@example.com"
FORGED = 'x\n{"level":"ERROR","message":"churn was approved by root"}'
GOOD_NAMES = [
    FORGED,
    "a\u202evsc.csv",
    unicodedata.normalize("NFC", "né.csv"),
    unicodedata.normalize("NFD", "né.csv"),
    ";$(curl x).csv",
    "../../etc/passwd",
    f"{CANARY}.csv",
    "n" * (1024 - len("inbox/churn/")),
]
NOWHERE = ["inbox/%2e%2e/x.csv", "inbox//x.csv", "inbox/;$(curl x)/x.csv", "inbox/nowhere.csv"]
UNHEARD = ["../../etc/passwd", "accepted/churn/x.csv", "quarantine/churn/x.csv", "labels/churn/x.csv"]
BAD = {
    "endless": (HEADER + b"x" * 2**21, "no end of line behind its header"),
    "formula": (HEADER + b"=HYPERLINK(1),2026-02-01,=1+1,month,0\n", "tenure is"),
    "bomb": (gzip.compress(HEADER + bytes(2**24)), "over 500 times as large"),
    "wide": (b",".join(b"%090d" % n for n in range(10_000)) + b"\n", "the header lacks id"),
    "utf16": ((HEADER + rows(5)).decode().encode("utf-16"), "UTF-16"),
    "canary": (HEADER + f"c,2026-02-01,{CANARY},month,0\n".encode(), "tenure is"),
    "slash/": (b"some bytes", "the header lacks id"),
    "empty": (b"", "is empty"),
    "headless": (rows(20), "the header lacks id, at, churned"),
    "ragged": (HEADER + rows(3) + b"c,2026-02-01\n", "2 cells"),
    "infinite": (HEADER + b"c,2026-02-01,inf,month,0\n", 'tenure is "inf"'),
    "beyond": (HEADER + b"c,2026-02-01,1e309,month,0\n", 'tenure is "1e309"'),
    "no number": (HEADER + b"c,2026-02-01,NaN,month,0\n", "tenure is"),
    "no label": (HEADER + b"c,2026-02-01,1,month,NaN\n", "churned is"),
    "nul": (HEADER + b"c,2026-02-01,1,mon\0th,0\n", "plan is"),
    "future": (HEADER + b"c,2999-01-01,1,month,0\n", "future"),
}
TAKEN = {
    "bom": b"\xef\xbb\xbf" + HEADER + rows(5),
    "reordered": b"churned,plan,tenure,at,id\n0,month,1,2026-02-01,c1\n",
    "class": b"__class__," + HEADER + b"".join(b"x," + row for row in rows(5).splitlines(keepends=True)),
    "twice": HEADER + rows(5) + rows(5),
    "one class": HEADER + b"".join(rows(10).splitlines(keepends=True)[::2]),
}


@pytest.fixture
def model(aws: LocalAWS) -> LocalAWS:
    onboard(aws, spec())
    return aws


def lines(aws: LocalAWS) -> list[dict[str, Any]]:
    """What the function logged itself, each line as JSON."""
    own = [line for line in aws.logs("leeway-data-arrival").splitlines() if "{" in line]
    return [json.loads(line[line.index("{") :]) for line in own]


def test_hostile_keys_are_names_and_nothing_more(model: LocalAWS) -> None:
    for number, name in enumerate(GOOD_NAMES):
        drop(model, f"inbox/churn/{name}", HEADER + rows(5, 10 * number))
    for key in NOWHERE:
        drop(model, key, HEADER + rows(5))
    before = artifacts(model, "")
    for key in UNHEARD:
        drop(model, key, HEADER + rows(5))
    assert artifacts(model, "") == before
    model.settle()

    assert len(pending(table(model), "churn")) == len(GOOD_NAMES)
    kept = artifacts(model, "accepted/")
    assert len(kept) == len(GOOD_NAMES)
    assert all(key.removeprefix("accepted/churn/").removesuffix(".csv").isalnum() for key in kept)
    assert all(entry.why.isprintable() and len(entry.why) < 400 for entry in journal(model))
    unknown = journal(model, keys.UNKNOWN)
    assert len(unknown) == len(NOWHERE)
    assert all("inbox/<model>/<file>.csv" in entry.why for entry in unknown)
    assert dead(model) == 0
    told = lines(model)
    assert [line["message"] for line in told] == ["object judged"] * (len(GOOD_NAMES) + len(NOWHERE))
    assert CANARY not in model.logs("leeway-data-arrival")
    assert "churn was approved" not in model.logs("leeway-data-arrival")


def test_hostile_data_are_set_aside_each_with_its_reason_and_once(model: LocalAWS) -> None:
    """What only looks so is taken: Prepare keeps one of two rows alike, and says why one class starts no training."""
    for name, body in ({name: body for name, (body, _) in BAD.items()} | TAKEN).items():
        drop(model, f"inbox/churn/{name}", body)
    model.settle()

    said = {entry.why.partition(": ")[0].removeprefix("inbox/churn/"): entry.why for entry in journal(model)}
    assert {name: says in said[name] for name, (_, says) in BAD.items()} == dict.fromkeys(BAD, True)
    reasons = [key for key in artifacts(model, "quarantine/churn/") if key.endswith(".reason.json")]
    assert len(reasons) == len(BAD)
    assert len(artifacts(model, "accepted/")) == len(TAKEN)
    assert sorted(marker.rows for marker in pending(table(model), "churn")) == [1, 5, 5, 5, 10]
    assert dead(model) == 0
    verdicts = Counter(line["verdict"] for line in lines(model))
    assert verdicts == {"quarantined": len(BAD), "accepted": len(TAKEN)}
    assert CANARY not in model.logs("leeway-data-arrival")


def test_what_is_replaced_before_it_is_read_is_said_and_the_replacement_is_taken(model: LocalAWS) -> None:
    """An event without a version names an etag, as of a bucket whose versions are off; ours names both."""
    s3, sqs = model.client("s3"), model.client("sqs")
    etag = s3.put_object(Bucket=INBOX, Key="inbox/churn/a.csv", Body=HEADER + rows(5))["ETag"].strip('"')
    drop(model, "inbox/churn/a.csv", HEADER + rows(6))
    thing = {"key": "inbox/churn/a.csv", "size": 9, "etag": etag}
    detail = {"bucket": {"name": INBOX}, "object": thing}
    event = {"source": "aws.s3", "detail-type": "Object Created", "account": "123456789012", "detail": detail}
    (url,) = [url for url in sqs.list_queues()["QueueUrls"] if "arrivals" in url and "dlq" not in url]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))
    model.settle()

    entries = journal(model)
    (gone,) = [entry for entry in entries if entry.what == "DataGone"]
    assert "was replaced before it could be read; nothing was taken from it" in gone.why
    assert sorted(marker.rows for marker in pending(table(model), "churn")) == [5, 6], "each version by its own event"
    assert sorted(line["message"] for line in lines(model)) == ["object gone", "object judged", "object judged"]
    assert dead(model) == 0
    assert len(artifacts(model, "accepted/")) == 2


def test_files_that_find_no_model_are_seen_where_a_person_looks_first(model: LocalAWS, tmp_path: Path) -> None:
    """The mistakes of a first day: the model's name mistyped, and no folder at all."""
    person = Person(aws=model, folder=tmp_path)
    table(model).put(Put(item={"pk": keys.MODELS, "sk": "churn"}))
    assert person.json("status")["strays"] == []
    drop(model, "inbox/chrn/june.csv", HEADER + rows(5))
    drop(model, "inbox/july.csv", HEADER + rows(5))
    drop(model, "inbox/churn/broken.csv", b"id\n1\n")
    model.settle()

    assert {stray["model"] for stray in person.json("status")["strays"]} == {"chrn", keys.UNKNOWN}
    told = person.says("status")
    assert "files for chrn, which is no model" in told
    assert 'inbox/chrn/june.csv: there is no model "chrn"; apply one by that name, then drop the file again' in told
    assert f"leeway explain {keys.UNKNOWN}" in told
    assert "july.csv" in person.says("explain", keys.UNKNOWN)
    model.advance(timedelta(seconds=1))  # the command line has its time from AWS, which tells whole seconds
    person.says("remove", "churn", "--yes")
    assert {stray["model"] for stray in person.json("status")["strays"]} == {"chrn", keys.UNKNOWN}
