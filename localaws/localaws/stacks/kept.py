"""What templates translate to, kept on the disk by their content: SAM's translator takes longer than a deployment."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FOLDER = "localaws"
# A file that is not whole, and a home that is not there or cannot be written to: they cost time alone.
BROKEN = (OSError, RuntimeError, ValueError, KeyError, TypeError)


def kept(make: Callable[[], Json], *made_of: object) -> Json:
    """What `make` gives of such ingredients, from the cache where it is there and whole."""
    ingredients = json.dumps([version("aws-sam-translator"), *made_of], sort_keys=True)
    name = f"{hashlib.sha256(ingredients.encode()).hexdigest()}.json"
    with suppress(*BROKEN):
        found: Json = json.loads((_folder() / name).read_text(encoding="utf-8"))
        if found["of"] == ingredients:
            body: Json = found["body"]
            return body
    body = make()
    with suppress(*BROKEN):
        _write(_folder() / name, json.dumps({"of": ingredients, "body": body}))
    return body


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / FOLDER


def _write(file: Path, text: str) -> None:
    """All of it or nothing, whoever else writes it too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(number, "w", encoding="utf-8") as target:
        target.write(text)
    Path(name).replace(file)
