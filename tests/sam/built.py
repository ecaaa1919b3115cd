"""What `sam build` left, read from its own template: each function's code, handler and layers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.sam.stage import REGION, ROOT, environment

BUILD = ROOT / ".aws-sam/build"
# The SDK for Python as Lambda's managed runtime brings it, at the version that the tests run on.
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")


@dataclass(frozen=True, kw_only=True)
class Built:
    """One function of the built template."""

    logical_id: str
    handler: str
    code: Path
    layers: tuple[Path, ...]


@cache
def functions() -> dict[str, Built]:
    """All of them, by their logical ids."""
    from samtranslator.yaml_helper import yaml_parse

    template = yaml_parse((BUILD / "template.yaml").read_text(encoding="utf-8"))
    shared = template["Globals"]["Function"]["Layers"]
    resources = {name: resource["Properties"] for name, resource in template["Resources"].items()}
    return {
        name: Built(
            logical_id=name,
            handler=properties["Handler"],
            code=BUILD / properties["CodeUri"],
            layers=tuple(
                BUILD / resources[layer["Ref"]]["ContentUri"] for layer in [*properties.get("Layers", []), *shared]
            ),
        )
        for name, properties in resources.items()
        if template["Resources"][name]["Type"] == "AWS::Serverless::Function"
    }


def runtime(folder: Path) -> Path:
    """A folder with what the managed runtime brings, and nothing else of this environment."""
    import boto3

    packages = Path(boto3.__file__).parents[1]
    folder.mkdir()
    for name in RUNTIME:
        (folder / name).symlink_to(packages / name)
    return folder


def invoke(
    built: Built, event: Any, runtime: Path, layers: Sequence[Path] | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """One event in a bare interpreter, whose path is the function, its layers and the runtime, as in Lambda."""
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = built.layers if layers is None else layers
    path = [built.code, *(layer / "python" for layer in layers), runtime]
    words = [
        python,
        "-I",
        "-S",
        "-B",
        Path(__file__).with_name("bare_lambda.py"),
        built.logical_id,
        built.handler,
        *path,
    ]
    return subprocess.run(
        [str(word) for word in words],
        input=json.dumps(event),
        env=environment(AWS_DEFAULT_REGION=REGION, AWS_LAMBDA_FUNCTION_NAME=built.logical_id, **variables),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
