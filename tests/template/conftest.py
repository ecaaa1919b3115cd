"""The stack, read, translated and deployed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.template.stack import ACCOUNT, NAME, REGION, Resource, Stack


@pytest.fixture(scope="session")
def stack(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Resolved by the embedded AWS, which at the same time proves that it takes the template."""
    from samtranslator.yaml_helper import yaml_parse

    from localaws import LocalAWS
    from localaws.stacks import template

    path = root / "template.yaml"
    text = path.read_text(encoding="utf-8")
    plain = template.load(path, {}, REGION).body
    with LocalAWS(state_dir=tmp_path_factory.mktemp("aws"), account=ACCOUNT, region=REGION) as aws:
        deployed = aws.deploy(path, stack=NAME, parameters={"AlarmEmail": "team@example.com"})
        resources = {
            name: Resource(id=name, kind=made.kind, properties=made.properties)
            for name, made in deployed.resources.items()
        }
    return Stack(text=text, source=yaml_parse(text), plain=plain, resources=resources)
