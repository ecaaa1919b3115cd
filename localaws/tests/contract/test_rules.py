"""The rules as data: each has its test, the page is written from them, and no operation answers without one."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract
TESTS = Path(__file__).parents[1]
# Clients' names of services, and those in signatures.
SIGNED = {
    "application-autoscaling": "application-autoscaling",
    "cloudformation": "cloudformation",
    "lambda": "lambda",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "sagemaker-runtime": "sagemaker",
    "scheduler": "scheduler",
    "sqs": "sqs",
    "ssm": "ssm",
    "cloudwatch": "monitoring",
    "dynamodb": "dynamodb",
    "events": "events",
    "iam": "iam",
    "logs": "logs",
    "sns": "sns",
    "sts": "sts",
}
# Answered with an error of its own, and not as something that is not emulated: by its path it is another operation.
BY_PATH = {"s3:ListDirectoryBuckets", "s3:UpdateObjectEncryption", "s3:WriteGetObjectResponse"}


def test_the_page_is_what_the_rules_say(coverage_doc: Any) -> None:
    text = coverage_doc.PAGE.read_text(encoding="utf-8")
    assert coverage_doc.page(text, coverage_doc.rules()) == text, "run `make coverage-doc`"


def test_each_rule_has_a_source_a_sentence_and_a_test_that_is_there(coverage_doc: Any) -> None:
    found = coverage_doc.rules()
    assert [rule for rule in found if rule.keys() - {"verified"} != {"operation", "says", "source", "test"}] == []
    assert [rule for rule in found if not all(rule.values())] == []
    there: dict[str, set[str]] = {}
    for path in {rule["test"].partition("::")[0] for rule in found}:
        tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
        there[path] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert [
        rule["test"] for rule in found if rule["test"].partition("::")[2] not in there[rule["test"].partition("::")[0]]
    ] == []


@pytest.mark.story
@pytest.mark.parametrize("service", SIGNED)
def test_what_answers_has_a_rule(tmp_path: Path, coverage_doc: Any, service: str) -> None:
    """Each operation of the service's model is asked once: exactly those with a rule are emulated."""
    signed = SIGNED[service]
    ruled = {rule["operation"] for rule in coverage_doc.rules() if rule["operation"].startswith(f"{signed}:")}
    with LocalAWS(state_dir=tmp_path / "state") as aws:
        client = aws.client(service)
        client.meta.config.parameter_validation = False
        names = client.meta.service_model.operation_names
        answering = {f"{signed}:{name}" for name in names if _answers(client, signed, name)} - BY_PATH
        ruled &= {f"{signed}:{name}" for name in names}
    assert answering == ruled


def _answers(client: Any, service: str, operation: str) -> bool:
    shape = client.meta.service_model.operation_model(operation).input_shape
    try:
        getattr(client, xform_name(operation))(**(_smallest(shape) if shape else {}))
    except ClientError as error:
        whole = (f"{service}:{operation} is", f"{service}:{operation} (", f"{service} POST", f"{service} GET")
        text = error.response["Error"].get("Message", "")
        return error.response["Error"]["Code"] != "NotImplemented" or not text.startswith(whole)
    except BotoCoreError:  # what botocore itself does not send
        return False
    return True


def _smallest(shape: Any) -> Any:
    """A value with nothing but what is required."""
    plain = {"integer": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": True, "timestamp": 1.7e9, "blob": b"a"}
    if shape.type_name == "structure":
        return {name: _smallest(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [_smallest(shape.member)]
    if shape.type_name == "map":
        return {}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "a" * max(1, int(shape.metadata.get("min") or 1))
    return plain[shape.type_name]
