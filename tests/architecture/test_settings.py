"""The functions' settings and the variables that the template sets are the same, both ways."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from leeway.settings import Settings

pytestmark = pytest.mark.architecture

# Read by the SDK and by powertools themselves.
NOT_OURS = {"AWS_ENDPOINT_URL", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "LOG_LEVEL"}


@pytest.fixture(scope="module")
def template(root: Path) -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse

    parsed: dict[str, Any] = yaml_parse((root / "template.yaml").read_text(encoding="utf-8"))
    return parsed


def test_settings_are_the_variables_of_the_template(template: dict[str, Any]) -> None:
    variables = set(template["Globals"]["Function"]["Environment"]["Variables"])
    assert {field.name.upper() for field in fields(Settings)} == variables - NOT_OURS


def test_the_endpoint_is_declared_so_that_it_can_be_overridden(template: dict[str, Any]) -> None:
    """`sam local invoke -n` sets only what the template declares; empty means the real endpoints."""
    assert template["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"] == ""


def test_no_function_has_variables_of_its_own(template: dict[str, Any]) -> None:
    own = {
        name: resource["Properties"]["Environment"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function" and "Environment" in resource["Properties"]
    }
    assert own == {}
