"""SQS itself: what its API reference and developer guide say of queues, messages, groups and errors."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from localaws import LocalAWS
from localaws.journal import Journal
from localaws.sqs.message import IN_FLIGHT, READY, Message
from localaws.sqs.queue import Queue

pytestmark = pytest.mark.contract

FIFO = {"FifoQueue": "true"}
ARN = "arn:aws:sqs:us-east-1:123456789012:"


def _code(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as raised:
        call()
    return str(raised.value.response["Error"]["Code"])


def _make(aws: LocalAWS, name: str = "line", **attributes: str) -> str:
    own = FIFO if name.endswith(".fifo") else {}
    return str(aws.client("sqs").create_queue(QueueName=name, Attributes=own | attributes)["QueueUrl"])


def _take(aws: LocalAWS, url: str, **more: Any) -> list[Any]:
    answer = aws.client("sqs").receive_message(QueueUrl=url, **{"MaxNumberOfMessages": 10} | more)
    return list(answer.get("Messages", []))


def _put(aws: LocalAWS, url: str, body: str, group: str = "", **more: Any) -> Any:
    own = {"MessageGroupId": group, "MessageDeduplicationId": more.pop("once", body)} if group else {}
    return aws.client("sqs").send_message(QueueUrl=url, MessageBody=body, **own, **more)


def _counts(aws: LocalAWS, url: str) -> tuple[int, int, int]:
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    names = ("", "NotVisible", "Delayed")
    ready, flight, delayed = (int(found[f"ApproximateNumberOfMessages{name}"]) for name in names)
    return ready, flight, delayed


def test_creating_again_with_the_same_attributes_gives_the_queue_and_with_others_an_error(bare: LocalAWS) -> None:
    url = _make(bare, VisibilityTimeout="60")
    assert _make(bare, VisibilityTimeout="60") == _make(bare) == url
    assert _code(lambda: _make(bare, VisibilityTimeout="61")) == "QueueAlreadyExists"


@pytest.mark.parametrize(
    ("name", "attributes", "code"),
    [
        ("a b", {}, "InvalidParameterValue"),
        ("x" * 81, {}, "InvalidParameterValue"),
        ("line.fifo", {}, "InvalidParameterValue"),
        ("line", FIFO, "InvalidParameterValue"),
        ("line", {"Unknown": "1"}, "InvalidAttributeName"),
        ("line", {"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
        ("line", {"DelaySeconds": "901"}, "InvalidAttributeValue"),
        ("line", {"MaximumMessageSize": "1048577"}, "InvalidAttributeValue"),
        ("line", {"Policy": "no json"}, "InvalidAttributeValue"),
        ("line", {"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{ARN}no"})}, "InvalidParameterValue"),
        ("line.fifo", FIFO | {"FifoThroughputLimit": "perMessageGroupId"}, "InvalidParameterValue"),
    ],
)
def test_what_a_queue_cannot_be(bare: LocalAWS, name: str, attributes: dict[str, str], code: str) -> None:
    """API reference, CreateQueue and SetQueueAttributes."""
    sqs = bare.client("sqs")
    assert _code(lambda: sqs.create_queue(QueueName=name, Attributes=attributes)) == code
    assert "QueueUrls" not in sqs.list_queues()


def test_a_queue_that_was_deleted_can_be_made_again_after_a_minute(bare: LocalAWS) -> None:
    """API reference, DeleteQueue."""
    sqs, url = bare.client("sqs"), _make(bare)
    _put(bare, url, "old")
    sqs.delete_queue(QueueUrl=url)
    missing = "AWS.SimpleQueueService.NonExistentQueue"
    assert _code(lambda: sqs.get_queue_url(QueueName="line")) == missing
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        _put(bare, url, "nobody")
    assert _code(lambda: _make(bare)) == "AWS.SimpleQueueService.QueueDeletedRecently"
    bare.advance(timedelta(seconds=60))
    assert _take(bare, _make(bare)) == []


def test_queues_and_sources_of_dead_letters_are_listed_in_pages(bare: LocalAWS) -> None:
    sqs, dead = bare.client("sqs"), _make(bare, "dead")
    redrive = json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": "3"})
    made = [_make(bare, f"line-{number}", RedrivePolicy=redrive) for number in range(3)]
    first = sqs.list_queues(QueueNamePrefix="line", MaxResults=2)
    rest = sqs.list_queues(QueueNamePrefix="line", MaxResults=2, NextToken=first["NextToken"])
    assert first["QueueUrls"] + rest["QueueUrls"] == made
    assert "NextToken" not in rest
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == made


def test_digests_and_attributes_are_those_that_clients_check(bare: LocalAWS) -> None:
    """Developer guide, "Calculating the MD5 message digest for message attributes"; boto3 checks the body's itself."""
    url = _make(bare)
    given: dict[str, Any] = {
        "kind": {"DataType": "String", "StringValue": "ä"},
        "sum.total": {"DataType": "Number.int", "StringValue": "7"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    sent = _put(bare, url, "hällo", MessageAttributes=given)
    whole, part = (
        _take(bare, url, MessageAttributeNames=names, VisibilityTimeout=0)[0] for names in (["All"], ["sum.*"])
    )
    assert whole["MessageAttributes"] == given
    assert whole["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"] == _by_hand(given)
    assert list(part["MessageAttributes"]) == ["sum.total"]
    assert part["MD5OfMessageAttributes"] == _by_hand({"sum.total": given["sum.total"]})


def _by_hand(attributes: dict[str, Any]) -> str:
    encoded = b""
    for name in sorted(attributes):
        value = attributes[name]
        binary = value.get("BinaryValue")
        content = value["StringValue"].encode() if binary is None else binary
        for part in (name.encode(), value["DataType"].encode()):
            encoded += len(part).to_bytes(4, "big") + part
        encoded += (b"\x01" if binary is None else b"\x02") + len(content).to_bytes(4, "big") + content
    return hashlib.md5(encoded, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"MessageBody": "a\x00"}, "InvalidMessageContents"),
        ({"MessageBody": "x" * 1025}, "InvalidParameterValue"),
        ({"MessageBody": "a", "DelaySeconds": 901}, "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageDeduplicationId": "b"}, "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageAttributes": {"AWS.a": {"DataType": "String", "StringValue": "b"}}},
         "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "b"}}},
         "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageAttributes": {"n": {"DataType": "Text", "StringValue": "b"}}},
         "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageAttributes": {
            f"n{number}": {"DataType": "String", "StringValue": "b"} for number in range(11)}},
         "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_what_a_message_cannot_be(bare: LocalAWS, message: dict[str, Any], code: str) -> None:
    """API reference, SendMessage; the size counts attributes too."""
    url = _make(bare, MaximumMessageSize="1024")
    assert _code(lambda: bare.client("sqs").send_message(QueueUrl=url, **message)) == code
    assert _counts(bare, url) == (0, 0, 0)


def test_a_message_may_have_a_mebibyte_and_a_batch_no_more(bare: LocalAWS) -> None:
    """API reference: 1,048,576 bytes since 2025."""
    url, sqs = _make(bare), bare.client("sqs")
    _put(bare, url, "x" * 1024 * 1024)
    entries = [{"Id": str(number), "MessageBody": "x" * 600_000} for number in range(2)]
    too_long = "AWS.SimpleQueueService.BatchRequestTooLong"
    assert _code(lambda: sqs.send_message_batch(QueueUrl=url, Entries=entries)) == too_long


def test_entries_of_a_batch_fail_each_on_its_own(bare: LocalAWS) -> None:
    url, sqs = _make(bare), bare.client("sqs")
    entries: list[Any] = [{"Id": "a", "MessageBody": "fine"}, {"Id": "b", "MessageBody": "a\x0b"}]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["a"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
        ("b", "InvalidMessageContents", True)
    ]
    (message,) = _take(bare, url)
    handles: list[Any] = [{"Id": "a", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "no"}]
    changed = sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[one | {"VisibilityTimeout": 5} for one in handles]
    )
    assert [one["Code"] for one in changed["Failed"]] == ["ReceiptHandleIsInvalid"]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=handles)
    assert [one["Id"] for one in deleted["Successful"]] == ["a"]
    assert _counts(bare, url) == (0, 0, 0)


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([str(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
    ],
)
def test_batches_that_are_none(bare: LocalAWS, ids: list[str], code: str) -> None:
    url = _make(bare)
    entries: list[Any] = [{"Id": one, "MessageBody": "x"} for one in ids]
    sent = _code(lambda: bare.client("sqs").send_message_batch(QueueUrl=url, Entries=entries))
    assert sent == f"AWS.SimpleQueueService.{code}"


def test_a_message_is_hidden_for_its_timeout_and_counted_where_it_is(bare: LocalAWS) -> None:
    url, sqs = _make(bare), bare.client("sqs")
    _put(bare, url, "now")
    _put(bare, url, "later", DelaySeconds=100)
    assert _counts(bare, url) == (1, 0, 1)
    (first,) = _take(bare, url, AttributeNames=["All"])
    assert _counts(bare, url) == (0, 1, 1)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=60)
    bare.advance(timedelta(seconds=59))
    assert _take(bare, url) == []
    bare.advance(timedelta(seconds=2))
    (second,) = _take(bare, url, MessageSystemAttributeNames=["All"])
    assert (first["Attributes"]["ApproximateReceiveCount"], second["Attributes"]["ApproximateReceiveCount"]) == (
        "1",
        "2",
    )
    assert (
        first["Attributes"]["ApproximateFirstReceiveTimestamp"]
        == second["Attributes"]["ApproximateFirstReceiveTimestamp"]
    )
    bare.advance(timedelta(seconds=50))
    assert sorted(one["Body"] for one in _take(bare, url)) == ["later", "now"]


def test_only_the_last_receipt_deletes(bare: LocalAWS) -> None:
    """API reference, DeleteMessage: with an older one the request succeeds, and the message stays."""
    url, sqs = _make(bare), bare.client("sqs")
    _put(bare, url, "a")
    (old,) = _take(bare, url, VisibilityTimeout=0)
    (new,) = _take(bare, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=old["ReceiptHandle"])
    assert _counts(bare, url) == (0, 1, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=new["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=new["ReceiptHandle"])
    assert _counts(bare, url) == (0, 0, 0)
    handle = {"QueueUrl": url, "ReceiptHandle": new["ReceiptHandle"], "VisibilityTimeout": 5}
    assert _code(lambda: sqs.change_message_visibility(**handle)) == "InvalidParameterValue"


def test_visibility_ends_after_twelve_hours_in_all_and_is_changed_in_flight_alone(bare: LocalAWS) -> None:
    """API reference, ChangeMessageVisibility."""
    url, sqs = _make(bare), bare.client("sqs")
    _put(bare, url, "a")
    (message,) = _take(bare, url, VisibilityTimeout=3600)
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    bare.advance(timedelta(minutes=30))
    too_long = _code(lambda: sqs.change_message_visibility(**handle, VisibilityTimeout=43_200))
    assert too_long == "InvalidParameterValue"
    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    in_flight = _code(lambda: sqs.change_message_visibility(**handle, VisibilityTimeout=9))
    assert in_flight == "AWS.SimpleQueueService.MessageNotInflight"


def test_what_is_too_old_is_gone(bare: LocalAWS) -> None:
    url = _make(bare, MessageRetentionPeriod="60")
    _put(bare, url, "a")
    bare.advance(timedelta(seconds=30))
    _put(bare, url, "b")
    bare.advance(timedelta(seconds=31))
    assert [one["Body"] for one in _take(bare, url)] == ["b"]


def test_a_queue_is_purged_once_a_minute(bare: LocalAWS) -> None:
    url, sqs = _make(bare), bare.client("sqs")
    _put(bare, url, "a")
    _put(bare, url, "b")
    _take(bare, url, MaxNumberOfMessages=1)
    sqs.purge_queue(QueueUrl=url)
    assert _counts(bare, url) == (0, 0, 0)
    again = "AWS.SimpleQueueService.PurgeQueueInProgress"
    assert _code(lambda: sqs.purge_queue(QueueUrl=url)) == again
    bare.advance(timedelta(seconds=60))
    sqs.purge_queue(QueueUrl=url)


@pytest.mark.parametrize("name", ["line", "line.fifo"])
def test_what_was_received_too_often_goes_to_the_dead_letters(bare: LocalAWS, name: str) -> None:
    """Developer guide, dead-letter queues: the age goes on in a standard queue, and begins anew in a FIFO one."""
    dead = _make(bare, name.replace("line", "dead"))
    target = f"{ARN}{dead.rsplit('/', 1)[-1]}"
    url = _make(bare, name, RedrivePolicy=json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 2}))
    _put(bare, url, "bad", "g" if name.endswith("fifo") else "")
    sent = bare.now()
    for _ in range(2):
        assert len(_take(bare, url)) == 1
        bare.advance(timedelta(seconds=31))
    assert (_take(bare, url), _counts(bare, url)) == ([], (0, 0, 0))
    (letter,) = _take(bare, dead, AttributeNames=["All"])
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == f"{ARN}{name}"
    assert letter["Attributes"]["ApproximateReceiveCount"] == "3"
    age = int(letter["Attributes"]["SentTimestamp"]) / 1000 - sent.timestamp()
    assert (age > 60) is name.endswith(".fifo")


def test_a_dead_letter_queue_says_who_may_use_it(bare: LocalAWS) -> None:
    """API reference, RedriveAllowPolicy."""
    sqs, dead = bare.client("sqs"), _make(bare, "dead")
    redrive = json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 2})
    for policy, allowed in (
        ({"redrivePermission": "denyAll"}, False),
        ({"redrivePermission": "byQueue", "sourceQueueArns": [f"{ARN}other"]}, False),
        ({"redrivePermission": "byQueue", "sourceQueueArns": [f"{ARN}line"]}, True),
    ):
        sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps(policy)})
        if allowed:
            _make(bare, RedrivePolicy=redrive)
        else:
            assert _code(lambda: _make(bare, RedrivePolicy=redrive)) == "InvalidParameterValue"
    assert _code(lambda: _make(bare, "line.fifo", RedrivePolicy=redrive)) == "InvalidParameterValue"


def test_a_group_comes_in_order_and_waits_for_what_is_in_flight(bare: LocalAWS) -> None:
    """API reference, ReceiveMessage: as many of one group as there are, and none while one is in flight."""
    url, sqs = _make(bare, "line.fifo"), bare.client("sqs")
    sequences = [_put(bare, url, f"{group}{number}", group)["SequenceNumber"] for number in (1, 2) for group in "ab"]
    assert sequences == sorted(sequences)
    first = _take(bare, url, MaxNumberOfMessages=1)
    assert [one["Body"] for one in first] == ["a1"]
    assert [one["Body"] for one in _take(bare, url)] == ["b1", "b2"]
    assert _take(bare, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    assert [one["Body"] for one in _take(bare, url)] == ["a2"]
    bare.advance(timedelta(seconds=31))
    assert [one["Body"] for one in _take(bare, url)] == ["b1", "b2", "a2"]


def test_a_receipt_of_a_fifo_queue_expires_with_its_visibility(bare: LocalAWS) -> None:
    """API reference, DeleteMessage."""
    url, sqs = _make(bare, "line.fifo"), bare.client("sqs")
    _put(bare, url, "a", "g")
    (message,) = _take(bare, url)
    bare.advance(timedelta(seconds=31))
    expired = _code(lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]))
    assert expired == "InvalidParameterValue"
    assert _counts(bare, url) == (1, 0, 0)


@pytest.mark.parametrize(("scope", "expected"), [("queue", 1), ("messageGroup", 2)])
def test_deduplication_is_of_the_queue_or_of_the_group(bare: LocalAWS, scope: str, expected: int) -> None:
    """Developer guide, high throughput for FIFO queues."""
    url = _make(bare, "line.fifo", DeduplicationScope=scope)
    sent = [_put(bare, url, "same", group)["MessageId"] for group in ("a", "b", "a")]
    assert len(set(sent)) == expected
    assert _counts(bare, url) == (expected, 0, 0)


def test_content_is_a_deduplication_id_where_the_queue_says_so(bare: LocalAWS) -> None:
    url, sqs = _make(bare, "line.fifo"), bare.client("sqs")
    message: dict[str, Any] = {"QueueUrl": url, "MessageBody": "same", "MessageGroupId": "a"}
    assert _code(lambda: sqs.send_message(**message)) == "InvalidParameterValue"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"ContentBasedDeduplication": "true"})
    assert sqs.send_message(**message)["MessageId"] == sqs.send_message(**message)["MessageId"]
    bare.advance(timedelta(minutes=5))
    sqs.send_message(**message)
    assert _counts(bare, url) == (2, 0, 0)


def test_an_attempt_of_a_receive_that_is_repeated_gives_the_same_again(bare: LocalAWS) -> None:
    """API reference, ReceiveRequestAttemptId: the same receipts, and visibility from now on, unless one was changed."""
    url, sqs = _make(bare, "line.fifo"), bare.client("sqs")
    for body in "ab":
        _put(bare, url, body, "g")
    first = _take(bare, url, ReceiveRequestAttemptId="one")
    bare.advance(timedelta(seconds=20))
    assert _take(bare, url, ReceiveRequestAttemptId="one") == first
    bare.advance(timedelta(seconds=20))
    assert _counts(bare, url) == (0, 2, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    assert _take(bare, url, ReceiveRequestAttemptId="one") == []


def test_attributes_are_changed_one_by_one_and_an_empty_text_takes_one_away(bare: LocalAWS) -> None:
    url, sqs = _make(bare, VisibilityTimeout="9"), bare.client("sqs")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy, "DelaySeconds": "3"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "4"})
    names: list[Any] = ["Policy", "DelaySeconds", "VisibilityTimeout"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert found == {"Policy": policy, "DelaySeconds": "4", "VisibilityTimeout": "9"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    wrong: list[Any] = ["Nothing"]
    unknown = _code(lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wrong))
    assert unknown == "InvalidAttributeName"


def test_tags_are_kept(bare: LocalAWS) -> None:
    sqs, url = bare.client("sqs"), _make(bare)
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": "2"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "2"}


def test_what_is_not_emulated_says_so(bare: LocalAWS) -> None:
    sqs, url = bare.client("sqs"), _make(bare)
    assert _code(lambda: sqs.add_permission(QueueUrl=url, Label="a", AWSAccountIds=["1"], Actions=["*"])) == (
        "NotImplemented"
    )


def _queue(*, fifo: bool) -> Queue:
    from localaws.sqs import attributes as known

    return Queue(
        name="q",
        arn=f"{ARN}q",
        fifo=fifo,
        attributes=known.defaults(fifo=fifo) | {"MessageRetentionPeriod": "10000000"},
        created=0,
        modified=0,
        journal=Journal(),
    )


def _send(queue: Queue, now: float, body: str, group: str | None, delay: float = 0) -> None:
    queue.send(now, body, {}, {}, "me", delay=delay, group=group, deduplication=None)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from("abc")),
        st.tuples(st.just("receive"), st.integers(1, 10)),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("return"), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.integers(1, 40)),
    ),
    max_size=60,
)


@settings(max_examples=100)
@given(STEPS)
def test_a_fifo_queue_never_overtakes_and_counts_are_exact(steps: list[Any]) -> None:
    queue, now, number = _queue(fifo=True), 1e9, 0
    held: list[Message] = []
    for step, argument in steps:
        now += 0.001
        queue.tick(now)
        held = [one for one in held if one.number in queue.messages and one.state == IN_FLIGHT]
        if step == "send":
            number += 1
            _send(queue, now, f"{number}", argument)
        elif step == "receive":
            busy = {one.group for one in held}
            got = queue.receive(now, argument, 30)
            assert not busy & {one.group for one in got}
            for one in got:
                earlier = [m for m in queue.messages.values() if m.group == one.group and m.number < one.number]
                assert all(m in got for m in earlier)
            waiting = {m.group for m in queue.messages.values() if m.state == READY} - busy - {m.group for m in got}
            assert len(got) == argument or not waiting
            held += got
        elif held and step == "delete":
            queue.remove(held.pop(argument % len(held)))
        elif held and step == "return":
            queue.change(held.pop(argument % len(held)), 0, now)
        elif step == "wait":
            now += argument
        states = [one.state for one in queue.messages.values()]
        assert all(queue.counts[state] == states.count(state) for state in (READY, IN_FLIGHT, "delayed"))


@settings(max_examples=100)
@given(STEPS)
def test_a_standard_queue_loses_nothing_and_gives_nothing_twice_at_once(steps: list[Any]) -> None:
    queue, now, alive = _queue(fifo=False), 1e9, 0
    held: list[Message] = []
    for step, argument in steps:
        now += 0.001
        queue.tick(now)
        held = [one for one in held if one.state == IN_FLIGHT]
        if step == "send":
            alive += 1
            _send(queue, now, "x", None, delay=5 if argument == "c" else 0)
        elif step == "receive":
            ready = queue.counts[READY]
            got = queue.receive(now, argument, 30)
            assert len(got) == min(ready, argument)
            assert not {id(one) for one in got} & {id(one) for one in held}
            held += got
        elif held and step == "delete":
            alive -= 1
            queue.remove(held.pop(argument % len(held)))
        elif held and step == "return":
            queue.change(held.pop(argument % len(held)), 0, now)
        elif step == "wait":
            now += argument
        assert len(queue.messages) == alive
    queue.tick(now + 100)
    assert queue.counts[READY] == alive


@pytest.mark.parametrize("fifo", [False, True])
def test_a_long_queue_costs_no_more_a_message_than_a_short_one(*, fifo: bool) -> None:
    def seconds(count: int) -> float:
        queue, now = _queue(fifo=fifo), 1e9
        began = time.process_time()
        for number in range(count):
            now += 0.001
            queue.tick(now)
            _send(queue, now, str(number), f"g{number % 7}" if fifo else None)
        while got := queue.receive(now, 10, 30):
            for one in got:
                queue.remove(one)
            queue.tick(now)
        assert not queue.messages
        return time.process_time() - began

    seconds(500)
    assert seconds(8_000) < 4 * 8 * seconds(1_000)
