"""What `data_arrival` makes of drops, through the real template on the embedded AWS."""

from __future__ import annotations

import gzip
import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from leeway import keys
from leeway.arrivals.records import accepted, consume, pending
from leeway.aws.table import Table
from leeway.errors import Rejected
from leeway.journal import Entry
from leeway.spec import Column
from localaws import Delivery, LocalAWS
from tests.local.onboarding import ARTIFACTS, HEADER, INBOX, onboard, rows, spec, table
from tests.unit.arrivals import footers

pytestmark = pytest.mark.local


@pytest.fixture
def model(aws: LocalAWS) -> LocalAWS:
    onboard(aws, spec())
    return aws


def drop(aws: LocalAWS, key: str, body: bytes) -> str:
    return str(aws.client("s3").put_object(Bucket=INBOX, Key=key, Body=body)["VersionId"])


def artifacts(aws: LocalAWS, prefix: str) -> list[str]:
    return [
        found["Key"] for found in aws.client("s3").list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix).get("Contents", [])
    ]


def journal(aws: LocalAWS, model: str = "churn") -> list[Entry]:
    entries = [Entry.from_item(item) for item in table(aws).query(keys.model_pk(model), keys.JOURNAL)]
    return [entry for entry in entries if entry.actor == "data_arrival"]


def dead(aws: LocalAWS) -> int:
    sqs = aws.client("sqs")
    urls = [url for url in sqs.list_queues()["QueueUrls"] if "dlq" in url]
    assert urls
    counts = [sqs.get_queue_attributes(QueueUrl=u, AttributeNames=["ApproximateNumberOfMessages"]) for u in urls]
    return sum(int(count["Attributes"]["ApproximateNumberOfMessages"]) for count in counts)


@pytest.mark.parametrize(
    "name", ["a b.csv", "a+b=c.csv", "100%.csv", "%2e%2e.csv", "two\nlines.csv", "ü\u202e.csv", "deep/er/x.csv"]
)
def test_a_good_file_is_kept_whatever_its_name(model: LocalAWS, name: str) -> None:
    drop(model, f"inbox/churn/{name}", HEADER + rows(20))
    model.settle()

    (kept,) = artifacts(model, "accepted/churn/")
    assert model.client("s3").get_object(Bucket=ARTIFACTS, Key=kept)["Body"].read() == HEADER + rows(20)
    assert [marker.rows for marker in pending(table(model), "churn")] == [20]
    assert [entry.what for entry in journal(model)] == ["DataAccepted"]
    assert "\n" not in journal(model)[0].why


def test_a_gzipped_file_is_kept_as_it_came(model: LocalAWS) -> None:
    body = gzip.compress(HEADER + rows(20))
    drop(model, "inbox/churn/a.csv.gz", body)
    model.settle()

    (kept,) = artifacts(model, "accepted/churn/")
    assert kept.endswith(".csv.gz")
    assert model.client("s3").get_object(Bucket=ARTIFACTS, Key=kept)["Body"].read() == body
    assert [marker.rows for marker in pending(table(model), "churn")] == [20]


@pytest.mark.parametrize("padding", [20, 2 * 2**20])
def test_of_a_parquet_file_the_end_is_read(model: LocalAWS, padding: int) -> None:
    """Of a larger one than the sample by two more reads."""
    names = HEADER.decode().strip().split(",")
    body = footers.file(footers.metadata([footers.column(name) for name in names], rows=70_000), padding=padding)
    drop(model, "inbox/churn/a.csv", body)
    drop(model, "inbox/churn/cut.parquet", body[:-1])
    model.settle()

    (kept,) = artifacts(model, "accepted/churn/")
    assert kept.endswith(".parquet")
    assert [marker.rows for marker in pending(table(model), "churn")] == [70_000]
    assert "70,000 rows of Parquet" in journal(model)[0].why + journal(model)[1].why
    assert "Parquet file that is cut off" in journal(model)[0].why + journal(model)[1].why


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(gzip.compress(HEADER + rows(20))[:-9], "cut off", id="cut gzip"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"id,at,tenure\nc,2026-02-01,1\n", "lacks churned, plan", id="header"),
        pytest.param(HEADER + rows(3) + b"c,2026-02-01\n", "2 cells", id="ragged"),
        pytest.param(HEADER + b"c,2026-02-01,x,month,0\n", "tenure", id="type"),
    ],
)
def test_a_bad_file_goes_to_quarantine_with_its_reason(model: LocalAWS, body: bytes, says: str) -> None:
    drop(model, "inbox/churn/bad.csv", body)
    model.settle()

    kept = artifacts(model, "quarantine/churn/")
    (reason_key,) = [key for key in kept if key.endswith(".reason.json")]
    reason: dict[str, Any] = json.loads(model.client("s3").get_object(Bucket=ARTIFACTS, Key=reason_key)["Body"].read())
    assert says in reason["reason"]
    assert reason["object"].endswith("inbox/churn/bad.csv")
    assert len(kept) == 2
    assert not pending(table(model), "churn")
    (entry,) = journal(model)
    assert (entry.what, says in entry.why) == ("DataQuarantined", True)
    assert dead(model) == 0


def test_what_is_set_aside_is_never_trained_on(model: LocalAWS) -> None:
    drop(model, "inbox/churn/good.csv", HEADER + rows(5))
    drop(model, "inbox/churn/bad.csv", b"")
    model.settle()
    assert [arrival.source_key for arrival in accepted(table(model), "churn")] == ["inbox/churn/good.csv"]
    assert len(pending(table(model), "churn")) == 1


def test_an_unknown_model_is_said_and_nothing_is_lost(model: LocalAWS) -> None:
    drop(model, "inbox/other/a.csv", HEADER + rows(5))
    drop(model, "inbox/a.csv", HEADER + rows(5))
    drop(model, "inbox/churn/good.csv", HEADER + rows(5))
    model.settle()

    assert 'no model "other"' in journal(model, "other")[0].why
    assert "inbox/<model>/" in journal(model, keys.UNKNOWN)[0].why
    assert len(artifacts(model, "quarantine/")) == 4
    assert len(pending(table(model), "churn")) == 1


def test_an_event_that_comes_twice_is_one_arrival_and_one_entry(model: LocalAWS) -> None:
    model.on_event(lambda event: Delivery(copies=3) if event["source"] == "aws.s3" else None)
    drop(model, "inbox/churn/a.csv", HEADER + rows(5))
    model.settle()

    assert len(pending(table(model), "churn")) == 1
    assert len(journal(model)) == 1
    judged = model.calls.count(operation="TransactWriteItems")
    model.advance(timedelta(hours=1))
    assert dead(model) == 0
    assert model.calls.count(operation="TransactWriteItems") == judged == 1, "one of those that come together is judged"


def test_versions_of_one_key_are_kept_in_the_order_of_writing_and_each_has_its_entry(model: LocalAWS) -> None:
    """Their events come the wrong way round, and all in the same second."""
    moment = model.now().timestamp() + 60
    came = itertools.count()

    def fate(event: dict[str, Any]) -> Delivery | None:
        if event["source"] != "aws.s3" or event["detail"]["bucket"]["name"] != INBOX:
            return None
        return Delivery(delay=moment - model.now().timestamp() - next(came) / 1000)

    model.on_event(fate)
    versions = [drop(model, "inbox/churn/same.csv", HEADER + rows(5, 10 * number)) for number in range(5)]
    model.advance(timedelta(minutes=2))
    found = sorted(accepted(table(model), "churn"), key=lambda one: one.dropped)
    bodies = [model.client("s3").get_object(Bucket=ARTIFACTS, Key=f"accepted/churn/{one.name}") for one in found]
    assert [body["Body"].read() for body in bodies] == [HEADER + rows(5, 10 * number) for number in range(5)]
    assert len(set(versions)) == len(journal(model)) == 5


def test_where_one_cannot_be_recorded_the_others_of_its_delivery_are(
    model: LocalAWS, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an item that is too large for the table, which refuses the whole transaction."""
    refused = lambda writes: any("churn/bad.csv" in str(write) for write in writes)  # noqa: E731  it is named for the line below
    transact = Table.transact

    def refuses(self: Table, writes: list[Any]) -> None:
        if refused(writes):
            raise Rejected("Item size has exceeded the maximum allowed size")
        transact(self, writes)

    monkeypatch.setattr(Table, "transact", refuses)
    for name in ("one", "bad", "two"):
        drop(model, f"inbox/churn/{name}.csv", HEADER + rows(5))
    model.settle()
    model.advance(timedelta(hours=1))
    assert sorted(one.source_key for one in accepted(table(model), "churn")) == [
        "inbox/churn/one.csv",
        "inbox/churn/two.csv",
    ]
    assert dead(model) == 0
    assert "exceeded the maximum" in model.logs("leeway-data-arrival")


def test_of_a_delivery_that_holds_what_is_known_and_what_comes_twice_the_rest_is_recorded(model: LocalAWS) -> None:
    held: list[str] = []

    def hold(event: dict[str, Any]) -> Delivery | None:
        if event["source"] != "aws.s3" or event["detail"]["bucket"]["name"] != INBOX:
            return None
        held.append(json.dumps(event))
        return Delivery(copies=2 - len(held))

    model.on_event(hold)
    drop(model, "inbox/churn/known.csv", HEADER + rows(5))
    model.settle()
    drop(model, "inbox/churn/new.csv", HEADER + rows(5, 10))
    model.settle()
    known, new = held
    copies = model.calls.count(operation="CopyObject")
    url = model.client("sqs").get_queue_url(QueueName="leeway-arrivals")["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate((known, new, new))]
    model.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    model.settle()
    found = sorted(one.source_key for one in accepted(table(model), "churn"))
    assert found == ["inbox/churn/known.csv", "inbox/churn/new.csv"]
    assert len(journal(model)) == 2
    assert model.calls.count(operation="CopyObject") == copies + 2, "what comes twice in one delivery is copied once"


def test_an_event_that_comes_again_once_it_was_trained_on_makes_nothing_pending(model: LocalAWS) -> None:
    drop(model, "inbox/churn/a.csv", HEADER + rows(5))
    model.settle()
    (event,) = [event for event in model.events if event["detail-type"] == "Object Created"]
    consume(table(model), "churn", [one.id for one in pending(table(model), "churn")])
    model.advance(timedelta(minutes=10))
    url = model.client("sqs").get_queue_url(QueueName="leeway-arrivals")["QueueUrl"]
    model.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(event))
    model.settle()
    assert pending(table(model), "churn") == []
    assert len(journal(model)) == 1


def test_a_redrive_of_what_was_judged_long_ago_is_no_news(model: LocalAWS) -> None:
    """Neither where the object is gone since, nor where the specification would refuse it now."""
    drop(model, "inbox/churn/gone.csv", HEADER + rows(5))
    drop(model, "inbox/churn/stays.csv", HEADER + rows(5, 10))
    model.settle()
    events = [event for event in model.events if event["detail-type"] == "Object Created"]
    before, kept = [entry.what for entry in journal(model)], artifacts(model, "accepted/")
    model.advance(timedelta(hours=2))
    model.client("s3").delete_object(Bucket=INBOX, Key="inbox/churn/gone.csv", VersionId=version_of(events[0]))
    onboard(model, spec(columns=(Column(name="other", type="int"),)))
    copies = model.calls.count(operation="CopyObject")
    for event in events:
        url = model.client("sqs").get_queue_url(QueueName="leeway-arrivals")["QueueUrl"]
        model.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(event))
    model.settle()
    told = [entry.what for entry in journal(model) if entry.actor == "data_arrival"]
    assert told == [what for what in before if what.startswith("Data")] == ["DataAccepted"] * 2
    assert (artifacts(model, "accepted/"), artifacts(model, "quarantine/")) == (kept, [])
    assert model.calls.count(operation="CopyObject") == copies


def version_of(event: dict[str, Any]) -> str:
    return str(event["detail"]["object"]["version-id"])


def test_each_version_of_a_key_is_an_arrival(model: LocalAWS) -> None:
    for start in range(3):
        drop(model, "inbox/churn/a.csv", HEADER + rows(5, start))
    model.settle()

    assert len(pending(table(model), "churn")) == 3
    assert len(artifacts(model, "accepted/churn/")) == 3


def test_what_is_gone_before_it_is_read_is_said_and_not_retried(model: LocalAWS) -> None:
    version = drop(model, "inbox/churn/a.csv", HEADER + rows(5))
    model.client("s3").delete_object(Bucket=INBOX, Key="inbox/churn/a.csv", VersionId=version)
    model.settle()

    assert [entry.what for entry in journal(model)] == ["DataGone"]
    assert dead(model) == 0


def test_a_folder_of_the_console_is_no_file(model: LocalAWS) -> None:
    drop(model, "inbox/churn/", b"")
    model.settle()

    assert not journal(model)
    assert not artifacts(model, "quarantine/")
