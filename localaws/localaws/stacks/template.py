"""Reads a SAM template and turns it into plain CloudFormation, as the service's transform does."""

import copy
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from localaws.errors import DeployRefused
from localaws.stacks.kept import kept

Json = dict[str, Any]

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Transform",
    "Description",
    "Metadata",
    "Globals",
    "Parameters",
    "Mappings",
    "Conditions",
    "Resources",
    "Outputs",
}
_NOWHERE = "s3://localaws/code"


@dataclass(kw_only=True)
class Template:
    """Plain CloudFormation, and the folders that hold the code of its functions and layers."""

    body: Json
    code: list[Path] = field(default_factory=list)


def load(path: Path, parameters: dict[str, str], region: str) -> Template:
    """Reads, checks the sections, notes the code's folders and translates."""
    given = tuple(sorted(parameters.items()))
    return copy.deepcopy(_loaded(path.read_text(), path.parent.resolve(), given, region))


@lru_cache(maxsize=8)
def _loaded(text: str, root: Path, parameters: tuple[tuple[str, str], ...], region: str) -> Template:
    """Once for each content: reading YAML takes as long as deploying it, and tests deploy one template many times."""
    read = kept(partial(_read, text, dict(parameters), region), text, parameters, region, _NOWHERE)
    return Template(body=read["body"], code=[root / folder for folder in read["code"]])


def _read(text: str, parameters: dict[str, str], region: str) -> Json:
    source = _parsed(text)
    unknown = sorted(set(source) - _SECTIONS)
    if unknown:
        raise DeployRefused([f"section {name} is not known to the deployer" for name in unknown])
    code = _take_code(source)
    return {"body": _translate(source, parameters, region) if "Transform" in source else source, "code": code}


def _parsed(text: str) -> Json:
    """As SAM reads YAML, but by libyaml where it is there: it takes a tenth of the time."""
    import yaml
    from samtranslator.yaml_helper import intrinsics_multi_constructor

    loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.add_multi_constructor("!", intrinsics_multi_constructor)
    found: Json = yaml.load(text, loader)  # noqa: S506  a safe loader, and SAM's own tags
    return found


def _take_code(source: Json) -> list[str]:
    """Puts an S3 address where a folder is named: the transform would refuse the folder."""
    folders: list[str] = []
    holders = [(source.get("Globals", {}).get("Function", {}), "CodeUri")]
    for resource in source.get("Resources", {}).values():
        properties = resource.setdefault("Properties", {})
        if resource.get("Type") == "AWS::Serverless::Function":
            holders.append((properties, "CodeUri"))
        if resource.get("Type") == "AWS::Serverless::LayerVersion":
            holders.append((properties, "ContentUri"))
    for holder, key in holders:
        if isinstance(holder.get(key), str) and not holder[key].startswith("s3://"):
            folders.append(holder[key])
            holder[key] = f"{_NOWHERE}/{holder[key].strip('./').replace('/', '-') or 'root'}"
    return list(dict.fromkeys(folders))


def _translate(source: Json, parameters: dict[str, str], region: str) -> Json:
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.transform import transform

    class NoManagedPolicies:
        """Managed policies are named by ARN in what we deploy, so that no account has to be asked."""

        def load(self) -> dict[str, str]:
            """No names."""
            return {}

    # The translator counts what it does, and warns at the end that nobody asked for the counts.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    values = {"AWS::Region": region} | parameters
    with _region(region):
        try:
            body: Json = transform(copy.deepcopy(source), values, NoManagedPolicies())
        except InvalidDocumentException as exc:
            raise DeployRefused([cause.message for cause in exc.causes]) from exc
    return body


@contextmanager
def _region(region: str) -> Iterator[None]:
    before = os.environ.get("AWS_DEFAULT_REGION")
    os.environ["AWS_DEFAULT_REGION"] = region
    try:
        yield
    finally:
        if before is None:
            del os.environ["AWS_DEFAULT_REGION"]
        else:
            os.environ["AWS_DEFAULT_REGION"] = before
