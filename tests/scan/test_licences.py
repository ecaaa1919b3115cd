"""The licences of what is shipped: the layers' packages, and the wheels that jobs mount."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

pytestmark = pytest.mark.scan
SHIPPED = {"layer": "the layer core", "duckdb": "the layer duckdb", "wheels": "the jobs' wheels"}
# What may be linked and handed on without the source of what links it.
ALLOWED = {"MIT", "MIT-0", "Apache-2.0", "BSD-3-Clause", "PSF-2.0"}
# Where the metadata do not spell it as SPDX does.
SPELLED = {"MIT License": "MIT", "MIT No Attribution License (MIT-0)": "MIT-0", "Apache Software License": "Apache-2.0"}


def shipped(root: Path) -> dict[str, tuple[str, str, str]]:
    """Version, licence and place of each package."""
    found: dict[str, tuple[str, str, str]] = {}
    for name, place in SHIPPED.items():
        text = (root / f"requirements/{name}.txt").read_text(encoding="utf-8")
        for package, version in re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE):
            places = f"{found[package][2]}, {place}" if package in found else place
            found[package] = version, licence(package, version), places
    return found


def licence(package: str, version: str) -> str:
    """As SPDX spells it, from the package's own metadata at the locked version."""
    kept = metadata.metadata(package)
    assert kept["Version"] == version, f"{package} {kept['Version']} is installed, and {version} is shipped"
    if "License-Expression" in kept:
        return str(kept["License-Expression"])
    classified = [one.rsplit(" :: ", 1)[1] for one in kept.get_all("Classifier", []) if one.startswith("License ::")]
    return " OR ".join(sorted({SPELLED.get(one, one) for one in classified})) or str(kept["License"])


def test_every_licence_lets_us_ship_it_and_is_told(root: Path) -> None:
    found = shipped(root)
    assert {name: said for name, (_, said, _) in found.items() if not set(said.split(" OR ")) <= ALLOWED} == {}
    rows = "".join(f"| {name} | {version} | {said} | {place} |\n" for name, (version, said, place) in found.items())
    page = (root / "docs/licences.md").read_text(encoding="utf-8")
    assert page.endswith(f"| package | version | licence | in |\n| --- | --- | --- | --- |\n{rows}"), rows
