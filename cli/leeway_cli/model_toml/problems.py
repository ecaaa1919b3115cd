"""What is wrong with a model.toml, and where."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

ABSENT = object()  # the key is not there, so there is no value to show


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake: `key` is dotted, "" for the file as a whole; `line` counts from 1, 0 where there is none."""

    key: str
    says: str
    value: Any = ABSENT
    line: int = 0

    def text(self, file: str) -> str:
        """One line for people, in the form that editors jump to."""
        where = f"{file}:{self.line}" if self.line else file
        key = f" {self.key}" if self.key else ""
        value = "" if self.value is ABSENT or not self.key else f" = {shown(self.value)}"
        return f"{where}:{key}{value}: {self.says}" if key else f"{where}: {self.says}"

    def as_json(self, file: str) -> dict[str, Any]:
        """The same for programs."""
        value = None if self.value is ABSENT else shown(self.value)
        return {"file": file, "line": self.line or None, "key": self.key, "value": value, "message": self.says}


def shown(value: Any) -> str:
    """A value as it might stand in the file, cut to a readable length."""
    text = json.dumps(value, default=str, ensure_ascii=True)
    return text if len(text) <= 60 else f"{text[:57]}..."


def line_of(text: str, key: str) -> int:
    """Line of a dotted key in TOML source (its nearest table where it is not written out), 0 where none is found."""
    best, table = (0, 0), ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            table = _plain(header[1])
            path = table
        elif assigned := re.match(r"\s*([A-Za-z0-9_.\"' -]+?)\s*=", line):
            path = _plain(assigned[1]) if not table else f"{table}.{_plain(assigned[1])}"
        else:
            continue
        if (key == path or key.startswith(f"{path}.")) and len(path) > best[0]:
            best = (len(path), number)
    return best[1]


def _plain(key: str) -> str:
    return re.sub(r"\s*\.\s*", ".", key.strip()).replace('"', "").replace("'", "")
