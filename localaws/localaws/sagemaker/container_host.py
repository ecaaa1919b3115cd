"""Runs in the container's Python: loads the user's module and answers invocations as the inference toolkit does.

Standard library alone. Frames on standard input and output are a length and bytes; a request is a JSON head
{content_type, accept} and a body, an answer a JSON head {status, content_type} and a body.
Many at once are one frame each way: a head {many: [[content_type, accept, length], …]}, or [[status, content_type,
length], …], and their bodies in one.
What the user's code prints goes to the log: file descriptor 1 is turned away before it is loaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import sys
import traceback
from pathlib import Path
from typing import IO, Any

LENGTH = struct.Struct(">I")


def main(program: str, model_dir: str) -> None:
    """Load, say whether that went well, then answer until the pipe is closed."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        module = load(program)
        model = module.model_fn(model_dir)
    except BaseException as error:  # noqa: BLE001  whatever keeps the model from loading is the reason that is told
        traceback.print_exc()
        send(answers, {"status": 500, "error": f"{type(error).__name__}: {error}"}, b"")
        return
    send(answers, {"status": 200}, b"")
    rows = Rows(module, model)
    while (head := receive(requests)) is not None:
        said, body = json.loads(head), receive(requests)
        if "many" in said:
            found = rows.answers(parted(said["many"], body or b""))
            heads = [[one["status"], one["content_type"], len(text)] for one, text in found]
            send(answers, {"many": heads}, b"".join(text for _, text in found))
        else:
            send(answers, *answer(module, model, said, body))


def load(program: str) -> Any:
    """The user's module, with its folder on the path, as the toolkit has it."""
    sys.path.insert(0, str(Path(program).parent))
    spec = importlib.util.spec_from_file_location(Path(program).stem, program)
    if spec is None or spec.loader is None:
        raise ImportError(f"{program} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if not hasattr(module, "model_fn"):
        raise AttributeError(f"{program} has no model_fn")
    return module


def answer(module: Any, model: Any, head: dict[str, str], body: bytes | None) -> tuple[dict[str, Any], bytes]:
    """One invocation: a transform_fn may answer any status, every other error is a 500."""
    try:
        if hasattr(module, "transform_fn"):
            result = module.transform_fn(model, body, head["content_type"], head["accept"])
        else:
            data = module.input_fn(body, head["content_type"])
            result = module.output_fn(module.predict_fn(data, model), head["accept"])
        return shaped(result, head["accept"])
    except Exception as error:  # noqa: BLE001  the edge of the container: the caller is told, the process lives on
        traceback.print_exc()
        message = json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()
        return {"status": 500, "content_type": "application/json"}, message


class Rows:
    """Answers many requests. Where single lines of CSV are the requests, a model may score many in the time of one.

    They are joined only if the model answers the first of them alone as it does among others, and each with a line.
    """

    def __init__(self, module: Any, model: Any) -> None:
        self.module, self.model = module, model
        self.joins: dict[tuple[str, str], bool] = {}  # by content type and accepted type

    def answers(self, asked: list[tuple[dict[str, str], bytes]]) -> list[tuple[dict[str, Any], bytes]]:
        """One answer for each request, in their order."""
        found: dict[int, tuple[dict[str, Any], bytes]] = {}
        groups: dict[tuple[str, str], list[int]] = {}
        for number, (head, body) in enumerate(asked):
            if is_row(head, body):
                groups.setdefault((head["content_type"], head["accept"]), []).append(number)
        for kinds, numbers in groups.items():
            if len(numbers) > 1 and self.joins.get(kinds, True):
                found.update(self.joined(kinds, numbers, asked))
        return [found.get(number) or self.alone(*one) for number, one in enumerate(asked)]

    def alone(self, head: dict[str, str], body: bytes | None) -> tuple[dict[str, Any], bytes]:
        """One request by itself."""
        return answer(self.module, self.model, head, body)

    def joined(
        self, kinds: tuple[str, str], numbers: list[int], asked: list[tuple[dict[str, str], bytes]]
    ) -> dict[int, tuple[dict[str, Any], bytes]]:
        """The answers to rows that were asked as one, by number; of fewer, where one of them is refused."""
        head = asked[numbers[0]][0]
        said, body = self.alone(head, b"\n".join(asked[n][1].rstrip(b"\r\n") for n in numbers))
        lines = body.splitlines(keepends=body.endswith(b"\n"))
        alike = said["status"] == 200 and len(lines) == len(numbers)
        if said["status"] == 200 and kinds not in self.joins:
            self.joins[kinds] = alike and self.alone(*asked[numbers[0]]) == (said, lines[0])
        if not self.joins.get(kinds, True):
            return {}
        if alike:
            return {n: (said, line) for n, line in zip(numbers, lines, strict=True)}
        half = len(numbers) // 2
        parts = [part for part in (numbers[:half], numbers[half:]) if len(part) > 1]
        return {n: one for part in parts for n, one in self.joined(kinds, part, asked).items()}


def parted(heads: list[tuple[str, str, int]], bodies: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Many requests of one frame."""
    found, start = [], 0
    for content_type, accept, length in heads:
        found.append(({"content_type": content_type, "accept": accept}, bodies[start : start + length]))
        start += length
    return found


def is_row(head: dict[str, str], body: bytes | None) -> bool:
    """Whether a request is a line of CSV, and no more."""
    media = head["content_type"].partition(";")[0].strip().lower()
    text = (body or b"").rstrip(b"\r\n")
    whole = b"\n" not in text and b"\r" not in text and text.count(b'"') % 2 == 0
    return media == "text/csv" and bool(text) and whole


def shaped(result: Any, accept: str) -> tuple[dict[str, Any], bytes]:
    """A response object has a status of its own; a pair is a body and its type."""
    if hasattr(result, "status") and hasattr(result, "mimetype"):
        body = result.response
        status, kind = int(result.status), result.mimetype
    else:
        body, kind = result if isinstance(result, tuple) else (result, accept)
        status = 200
    if isinstance(body, (list, tuple)):
        body = b"".join(part if isinstance(part, bytes) else str(part).encode() for part in body)
    return {"status": status, "content_type": kind}, body if isinstance(body, bytes) else str(body).encode()


def receive(stream: IO[bytes]) -> bytes | None:
    """One frame, None at the end."""
    size = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(size)[0]) if len(size) == LENGTH.size else None


def send(stream: IO[bytes], head: dict[str, Any], body: bytes) -> None:
    """A head and a body."""
    text = json.dumps(head).encode()
    stream.write(LENGTH.pack(len(text)) + text + LENGTH.pack(len(body)) + body)
    stream.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
