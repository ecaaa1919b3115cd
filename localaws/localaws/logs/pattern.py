"""Filter patterns of unstructured events: words and phrases that must all be there; the rest is refused."""

from __future__ import annotations

import re
from collections.abc import Callable

from localaws.errors import NotEmulated

TERM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_]+))(?=\s|$)')


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a message holds every term, in the case in which it is written."""
    terms, place = [], 0
    text = pattern.strip()
    while place < len(text):
        found = TERM.match(text, place)
        if not found:
            raise NotEmulated(f"the filter pattern {pattern} (words and quoted phrases are)")
        terms.append(re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2])
        place = found.end()
    return lambda message: all(term in message for term in terms)
