"""The README's own path, from `git clone` to scores of one's own data, in a fresh clone with an empty home folder."""

import re
import time
from pathlib import Path

from bench.clone import Clone, cloned
from bench.figure import Figure, NotMeasured
from bench.loop import free_port, rows

ROOT = Path(__file__).resolve().parent.parent
SECTION, CUSTOMERS = "## Your own data", 7000
INBOX = "leeway-inbox-123456789012-us-east-1"
DOWN = ".venv/bin/leeway local down"


def measure() -> list[Figure]:
    """Seconds of machine time: clone and environments (downloads included), the lines that follow, and both."""
    start = time.monotonic()
    with cloned() as clone:
        setup, *lines = typed()
        clone.bash(setup)
        ready = time.monotonic()
        (clone.folder / "customers.csv").write_bytes(rows(CUSTOMERS, seed=1).replace(b",left\n", b",Churn\n"))
        _served(clone, lines)
        end = time.monotonic()
    return [
        Figure(name="git clone, make setup", value=ready - start, unit="s"),
        Figure(name="own CSV to served scores", value=end - ready, unit="s"),
        Figure(name="git clone to served scores", value=end - start, unit="s", bar=300, note="typing not counted"),
    ]


def typed() -> list[str]:
    """The lines of the README, without what is said of them."""
    block = (ROOT / "README.md").read_text(encoding="utf-8").split(SECTION)[1].split("```")[1]
    return [line.split(" #")[0].rstrip() for line in block.splitlines()[1:]]


def _served(clone: Clone, lines: list[str]) -> None:
    try:
        said = clone.bash(
            "\n".join(lines).replace("local up", f"local up --port {free_port()}").replace("INBOX", INBOX)
        )
    finally:
        clone.bash(DOWN)
    if len(re.findall(r"^[0-9.e-]+$", said, re.MULTILINE)) != CUSTOMERS:
        raise NotMeasured(f"not every row got its score:\n{said[-500:]}")
