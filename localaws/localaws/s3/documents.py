"""S3's documents: XML in and out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from localaws.s3.errors import malformed
from localaws.wire import Answer

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
# What a parser would change or stumble over; S3 writes it as references too, and whoever cannot read those asks for
# encoding-type=url.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")

Content = dict[str, Any]


def written(root: str, content: Content) -> bytes:
    """A document; lists repeat their element, None leaves it out."""
    return f'{_HEAD}<{root} xmlns="{_NAMESPACE}">{_inner(content)}</{root}>'.encode()


def answer(root: str, content: Content, headers: list[tuple[str, str]] | None = None) -> Answer:
    """A document as an answer."""
    standard = [("Content-Type", "application/xml")]
    return Answer(status=200, headers=standard + (headers or []), body=written(root, content))


def error(content: Content) -> bytes:
    """The document of an error, which has no namespace."""
    return f"{_HEAD}<Error>{_inner(content)}</Error>".encode()


def _inner(content: Content) -> str:
    return "".join(
        f"<{name}>{_inner(item) if isinstance(item, dict) else _text(item)}</{name}>"
        for name, value in content.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _CONTROL.sub(lambda found: f"&#x{ord(found[0]):x};", escape(str(value)))


def moment(epoch: float) -> str:
    """A time as S3's documents spell it; S3 knows whole seconds."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Element:
    """An element of a document that came in; names are without their namespace."""

    def __init__(self, found: ET.Element) -> None:
        self._found = found
        self.name = found.tag.rpartition("}")[2]

    @property
    def text(self) -> str:
        """What stands in it."""
        return self._found.text or ""

    def all(self, name: str = "") -> list[Element]:
        """Its children, or those of a name."""
        children = [Element(child) for child in self._found]
        return [child for child in children if name in ("", child.name)]

    def one(self, name: str) -> Element | None:
        """The only child of a name; None where there is none."""
        found = self.all(name)
        if len(found) > 1:
            raise malformed(f"more than one {name}")
        return found[0] if found else None

    def get(self, name: str, default: str = "") -> str:
        """The text of the only child of a name."""
        found = self.one(name)
        return found.text if found else default


def read(body: bytes, root: str) -> Element:
    """The root of a document, which must have that name."""
    if not body or b"<!DOCTYPE" in body:
        raise malformed(f"there is no {root}" if not body else "it has a document type")
    try:
        found = Element(ET.fromstring(body))  # noqa: S314  without a document type there are no entities
    except ET.ParseError as exc:
        raise malformed(str(exc)) from exc
    if found.name != root:
        raise malformed(f"{found.name} where {root} belongs")
    return found
