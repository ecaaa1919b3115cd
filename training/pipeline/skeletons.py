"""Compiles the pipeline's skeleton with the SageMaker SDK: at build time only, and without one call to AWS.

`python -m pipeline.skeletons` writes `skeletons/train.json`; with `--check` it compares, twice. What differs between
models stands in it as `${name}`, and `pipeline.render` fills it in. The SDK's types refuse a text for a number, so
numbers are compiled as ones that occur nowhere else.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_suffix("")
NUMBERS = {1000003: "${max_runtime}", 1000033: "${volume}"}
EXPIRES = "P7D"  # shorter than the lifecycle of runs/: a cached result must still be there
IMAGE, ROLE, CODE = "${image}", "${role}", "${code}"
INPUT, OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"


def isolate() -> None:
    """Before the SDK is imported: a region and keys that mean nothing, and no question to anyone."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "SAGEMAKER_")):
            del os.environ[name]
    config = str(FOLDER / "sdk-config.yaml")
    os.environ.update(
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="compiling",
        AWS_SECRET_ACCESS_KEY="compiling",  # noqa: S106  a word that opens nothing
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        SAGEMAKER_VALIDATE_ROLE="false",
        SAGEMAKER_ADMIN_CONFIG_OVERRIDE=config,
        SAGEMAKER_USER_CONFIG_OVERRIDE=config,
    )


def compile_train() -> str:
    """The skeleton of a training without tuning, as canonical JSON."""
    from pipeline.definition import train_pipeline

    document = json.loads(train_pipeline().definition())
    return json.dumps(_named(document), sort_keys=True, indent=1) + "\n"


def _named(value: Any) -> Any:
    """Sentinel numbers become names; everything else stays."""
    if isinstance(value, dict):
        return {key: _named(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner) for inner in value]
    return NUMBERS.get(value, value) if isinstance(value, int) and not isinstance(value, bool) else value


def main() -> None:
    """Write, or compare with what is there."""
    isolate()
    path, text = FOLDER / "train.json", compile_train()
    if compile_train() != text:
        raise SystemExit("compiling twice gave two skeletons")
    if "--check" not in sys.argv[1:]:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        raise SystemExit(f"{path.name} is not what the SDK compiles: run `make skeletons` and look at the difference")


if __name__ == "__main__":
    main()
