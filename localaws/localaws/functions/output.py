"""What a function prints goes to its log; what anybody else prints goes where it went before."""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class _Output(io.TextIOBase):
    """Loggers keep the stream that they first saw, so there is one for all runs, which looks where it is."""

    def __init__(self) -> None:
        self.buffers: list[io.StringIO] = []
        self.outside: TextIO | None = None

    def write(self, text: str) -> int:
        if self.buffers:
            return self.buffers[-1].write(text)
        stream: Any = sys.stdout if sys.stdout is not self else self.outside
        return int(stream.write(text)) if stream and not stream.closed else len(text)

    def flush(self) -> None:
        """Nothing is buffered."""

    def writable(self) -> bool:
        return True


_output = _Output()


@contextmanager
def captured() -> Iterator[io.StringIO]:
    """Collects what is printed to either stream meanwhile."""
    buffer = io.StringIO()
    before = sys.stdout, sys.stderr
    if _output not in before:
        _output.outside = before[0]
    _take_over(before[1])
    _output.buffers.append(buffer)
    sys.stdout = sys.stderr = _output
    try:
        yield buffer
    finally:
        sys.stdout, sys.stderr = before
        _output.buffers.pop()


def _take_over(stderr: TextIO) -> None:
    """A logger that was made outside of any run, by whoever calls the functions' code directly, keeps what it saw."""
    for logger in logging.root.manager.loggerDict.values():
        for handler in getattr(logger, "handlers", ()):
            if type(handler) is logging.StreamHandler and handler.stream not in (_output, stderr, sys.__stderr__):
                handler.setStream(_output)
