"""Writes the table of operations in COVERAGE.md from the contract's rules; with `--check` it compares.

A rule (`tests/contract/rules.toml`) names an operation, what is so, the source of that, and the test that holds it.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1]
PAGE, RULES = FOLDER / "COVERAGE.md", FOLDER / "tests/contract/rules.toml"
BEGIN, END = "<!-- operations: written by make coverage-doc -->\n", "<!-- end of operations -->\n"
NAMES = {"monitoring": "cloudwatch"}


def rules() -> list[dict[str, Any]]:
    """All rules, by operation."""
    found: list[dict[str, Any]] = tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]
    return sorted(found, key=lambda rule: (rule["operation"], rule["test"]))


def table(found: list[dict[str, Any]]) -> str:
    """One line an operation, under its service."""
    lines = ["| operation | source | held by | verified on AWS |", "| --- | --- | --- | --- |"]
    for operation in dict.fromkeys(rule["operation"] for rule in found):
        own = [rule for rule in found if rule["operation"] == operation]
        service, _, name = operation.partition(":")
        sources = "; ".join(dict.fromkeys(rule["source"] for rule in own))
        tests = ", ".join(dict.fromkeys(f"`{rule['test'].partition('::')[0]}`" for rule in own))
        verified = ", ".join(rule["verified"] for rule in own if rule.get("verified")) or "no"
        lines.append(f"| {NAMES.get(service, service)} {name} | {sources} | {tests} | {verified} |")
    return "\n".join(lines) + "\n"


def page(text: str, found: list[dict[str, Any]]) -> str:
    """COVERAGE.md with the table of these rules."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{table(found)}{END}{after}"


def main(arguments: list[str]) -> int:
    """Write, or compare."""
    old = PAGE.read_text(encoding="utf-8")
    new = page(old, rules())
    if "--check" in arguments:
        if new != old:
            print("COVERAGE.md is not what the rules say: run `make coverage-doc`", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
