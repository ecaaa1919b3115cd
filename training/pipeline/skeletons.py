"""Compiles the pipeline's skeleton with the SageMaker SDK: at build time only, and without one call to AWS.

`python -m pipeline.skeletons` writes `skeletons/train.json`, `skeletons/tune.json`, `skeletons/sharded.json` with the
first steps where several instances read the data, and `skeletons/images.json` with each region's address of
SageMaker's image; with `--check` it compares. What differs between models stands in it as
`${name}`, and `pipeline.render` fills it in. Where the SDK refuses such a text (for a number, or
for a role, which it would look up), a value is compiled that occurs nowhere else.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_suffix("")
VERSIONS = ("3.0-5",)  # of the XGBoost image, that model.toml may name
RUNTIME, TRIALS, PARALLEL, SEED, ROLE = 1000003, 1000033, 1000037, 1000039, "arn:aws:iam::000000000000:role/skeleton"
INSTANCES = 1000081
SENTINELS: dict[object, str] = {
    RUNTIME: "${max_runtime}",
    TRIALS: "${max_trials}",
    PARALLEL: "${parallel}",
    SEED: "${random_seed}",
    INSTANCES: "${prepare_instances}",
    ROLE: "${role}",
}
EXPIRES = "P7D"  # shorter than the lifecycle of runs/: a cached result must still be there
IMAGE, CODE, SPEC, WHEELS = "${image}", *(f"s3://${{artifacts}}/${{{key}}}" for key in ("code", "spec", "wheels"))
INPUT, OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"


def isolate() -> None:
    """Before the SDK is imported: a region and keys that mean nothing, and no question to anyone."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "SAGEMAKER_")):
            del os.environ[name]
    logging.disable(logging.WARNING)  # the SDK logs each of its steps
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


def compile_pipelines() -> dict[str, str]:
    """The skeletons of a training, of one with tuning, and of the first steps where several instances read."""
    from pipeline.definition import pipeline, sharded

    found = {"train.json": pipeline(tuned=False), "tune.json": pipeline(tuned=True), "sharded.json": sharded()}
    return {name: canonical(_named(json.loads(one.definition()))) for name, one in found.items()}


def compile_images() -> str:
    """Region → image address, by the image's name in model.toml."""
    from sagemaker.core import image_uris

    known = json.loads((Path(image_uris.__file__).parent / "image_uri_config" / "xgboost.json").read_bytes())
    regions = {version: known["training"]["versions"][version]["registries"] for version in VERSIONS}
    return canonical({
        f"xgboost:{version}": {region: image_uris.retrieve("xgboost", region, version) for region in regions[version]}
        for version in VERSIONS
    })  # fmt: skip


def canonical(document: Any) -> str:
    """The one way to write a file of this folder."""
    return json.dumps(document, sort_keys=True, indent=1) + "\n"


def _named(value: Any) -> Any:
    """Sentinels become names; everything else stays."""
    if isinstance(value, dict):
        return {key: _named(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner) for inner in value]
    return SENTINELS.get(value, value)


def main() -> None:
    """Write, or compare with what is there."""
    isolate()
    pipelines = compile_pipelines()
    files = pipelines | {"images.json": compile_images()}
    if compile_pipelines() != pipelines:
        raise SystemExit("compiling twice gave two skeletons")
    for name, text in files.items():
        path = FOLDER / name
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            raise SystemExit(f"{name} is not what the SDK compiles: run `make skeletons` and look at the difference")


if __name__ == "__main__":
    main()
