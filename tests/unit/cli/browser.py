"""A real browser for a page: what it makes of it, and what it complains of."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 120  # on a busy machine


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The document as it stands after loading, and the lines of the console."""

    dom: str
    console: list[str]

    def said(self) -> Any:
        """What a probe has left on the root element."""
        found = re.search(r'data-probe="([^"]*)"', self.dom)
        assert found, "the probe has not run"
        return json.loads(html.unescape(found[1]))


def chromium() -> str:
    """Its program; without one the test is skipped, but not where .ci/run has installed it."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        if os.environ.get("LEEWAY_BROWSER") == "required":
            pytest.fail("there is no chromium; .ci/run installs it")
        pytest.skip("there is no chromium to open the page in")
    return found


def opened(page: Path, profile: Path, width: int) -> Opened:
    """Load a file without a window, `width` points wide."""
    answer = subprocess.run(
        [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
         f"--user-data-dir={profile}", f"--window-size={width},900", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=SECONDS, check=True,
    )  # fmt: skip
    return Opened(dom=answer.stdout, console=[line for line in answer.stderr.splitlines() if "CONSOLE" in line])
