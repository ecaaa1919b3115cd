"""samconfig.toml fits the template, and both are what CloudFormation takes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.template.stack import Stack

pytestmark = pytest.mark.template


def test_no_anchors(stack: Stack) -> None:
    """CloudFormation refuses YAML's aliases; `sam build` would hide that until somebody deploys without it."""
    code = "\n".join(line for line in stack.text.splitlines() if not line.lstrip().startswith("#"))
    assert re.findall(r"(?:^|[\s:-])[&*][a-z][\w-]*\s*$", code, re.MULTILINE) == []


@pytest.fixture(scope="module")
def config(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "samconfig.toml").read_text(encoding="utf-8"))


def test_every_environment_has_a_stack_of_its_own(config: dict[str, Any]) -> None:
    environments = {name: value for name, value in config.items() if name != "version"}
    names = {name: value["global"]["parameters"]["stack_name"] for name, value in environments.items()}
    assert names == {
        "default": "leeway",
        "dev": "leeway-dev",
        "staging": "leeway-staging",
        "prod": "leeway-prod",
    }


def test_deployments_say_what_they_may_and_production_asks_first(config: dict[str, Any]) -> None:
    for name in ("default", "dev", "staging", "prod"):
        deploy = config[name]["deploy"]["parameters"]
        assert deploy["capabilities"] == "CAPABILITY_NAMED_IAM"
        assert deploy["resolve_s3"] is True
        assert deploy.get("confirm_changeset", False) is (name == "prod")


def test_deployments_set_parameters_that_there_are(config: dict[str, Any], stack: Stack) -> None:
    for name in ("default", "dev", "staging", "prod"):
        given = dict(pair.split("=") for pair in config[name]["deploy"]["parameters"]["parameter_overrides"].split())
        for key, value in given.items():
            allowed = [str(item) for item in stack.source["Parameters"][key]["AllowedValues"]]
            assert value in allowed, f"{name}: {key}={value}"


@pytest.mark.story
@pytest.mark.parametrize(("stage", "protected"), [("prod", True), ("dev", False)])
def test_only_productions_table_is_protected(root: Path, tmp_path: Path, stage: str, protected: bool) -> None:
    from localaws import LocalAWS

    with LocalAWS(state_dir=tmp_path) as aws:
        parameters = {"Stage": stage, "Architecture": "arm64", "LogRetentionDays": "365"}
        deployed = aws.deploy(root / "template.yaml", stack=f"leeway-{stage}", parameters=parameters)
        assert deployed.resources["Table"].properties["DeletionProtectionEnabled"] is protected
        assert deployed.resources["TickFunction"].properties["Architectures"] == ["arm64"]
        assert deployed.resources["TickLogGroup"].properties["RetentionInDays"] == "365"
