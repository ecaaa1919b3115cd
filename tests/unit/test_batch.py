"""A batch of messages: what comes back, what is done with, and that one hides no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leeway.batch import consume
from leeway.errors import Conflict, Rejected, Unavailable

pytestmark = pytest.mark.unit
ERRORS: dict[str, Exception] = {
    "refused": Rejected("not ours"),
    "away": Unavailable("S3 is away"),
    "raced": Conflict("somebody else wrote"),
    "a bug": KeyError("detail"),
}


def batch(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]}


def test_what_may_go_better_later_comes_back_and_nothing_else() -> None:
    done: list[str] = []

    def handle(body: str) -> None:
        if body in ERRORS:
            raise ERRORS[body]
        done.append(body)

    bodies = ["good", "refused", "away", "raced", "a bug", "good as well"]
    answer = consume(batch(*(json.dumps(body) for body in bodies)), handle)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["m2", "m3", "m4"]
    assert done == ["good", "good as well"]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_no_json_is_done_with(text: str) -> None:
    assert consume(batch(text), lambda _: None) == {"batchItemFailures": []}
