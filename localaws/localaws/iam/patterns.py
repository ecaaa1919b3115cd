"""Patterns of policies: * for any characters and ? for one, in texts and in the six segments of an ARN."""

import re
from functools import lru_cache

from localaws.iam.refusals import unknown

_SEGMENTS = 6
_ANY = {"*": ".*", "?": "."}


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """A pattern of which all of a text must be a case."""
    return re.compile("".join(_ANY.get(character) or re.escape(character) for character in pattern), re.DOTALL)


def like(pattern: str, text: str) -> bool:
    """Whether all of a text fits a pattern; capitals count."""
    return glob(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def arn_segments(pattern: str) -> tuple[str, ...]:
    """The six segments of an ARN's pattern; the last one may hold colons."""
    segments = tuple(pattern.split(":", _SEGMENTS - 1))
    if len(segments) != _SEGMENTS or segments[0] != "arn":
        raise unknown(f"{pattern!r} in place of an ARN")
    return segments


def arn_like(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a pattern, segment by segment, so that a * never reaches over a colon into the next one."""
    segments = arn.split(":", _SEGMENTS - 1)
    if len(segments) != _SEGMENTS:
        return False
    return all(like(wanted, given) for wanted, given in zip(arn_segments(pattern), segments, strict=True))
