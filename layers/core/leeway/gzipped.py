"""What a gzip file holds, unpacked no further than is asked for: a bomb costs what its beginning costs.

Pure standard library, and the same on Python 3.10 (the training image).
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from leeway.errors import Rejected

MAGIC = b"\x1f\x8b"
RATIO = 500  # bytes out of one byte in that no table comes to, and a bomb does: deflate's best is 1,032
BOMB = f"is a gzip file that becomes over {RATIO} times as large; allowed: up to {RATIO} times"
_STEP = 4096  # bytes in at a time: what follows a member is copied, and there may be thousands of members
_PADDING = re.compile(rb"\0*")  # may follow a member, as on a tape


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """The beginning of what a gzip file holds, from its first `read` bytes; `whole`: that is all of it."""

    body: bytes
    read: int
    whole: bool

    def size(self, packed: int) -> int:
        """Bytes that a file of `packed` bytes holds, by the ratio of its beginning."""
        return len(self.body) if self.whole else round(packed * len(self.body) / self.read)


def unpack(packed: bytes, *, whole: bool, most: int) -> Unpacked:
    """At most `most` bytes of all members; raises Rejected for damage, a bomb, and (`whole`) an end that is cut off."""
    out, read, open_member = bytearray(), 0, False
    while len(out) <= most and read < len(packed):
        open_member = True
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not member.eof and len(out) <= most and read < len(packed):
            step = packed[read : read + _STEP]
            out += _some(member, step, most + 1 - len(out))
            read += len(step) - len(member.unconsumed_tail) - len(member.unused_data)
        if member.eof:
            open_member = False
            padding = _PADDING.match(packed, read)
            read = padding.end() if padding else read
    if open_member and whole and len(out) <= most:
        raise Rejected("is a gzip file that is cut off; upload it again")
    if len(out) > max(most, RATIO * read):
        raise Rejected(BOMB)
    return Unpacked(body=bytes(out[:most]), read=read, whole=whole and not open_member and len(out) <= most)


def _some(member: zlib._Decompress, step: bytes, most: int) -> bytes:
    try:
        return member.decompress(step, most)
    except zlib.error as error:
        raise Rejected("is a damaged gzip file; pack it again") from error
