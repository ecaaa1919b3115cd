"""The model registry: groups, versioned packages, approval (reference 1.5 and 6.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws.journal import Noting
from localaws.sagemaker.names import Names, epoch_ms, ordered, page, within
from localaws.sagemaker.refusals import conflict, invalid
from localaws.world import World

METADATA = "CustomerMetadataProperties"
METADATA_VALUE = re.compile(r"[\w\s.:/=+\-@]*")
UPDATABLE = (
    "ModelApprovalStatus", "ApprovalDescription", METADATA, "ModelLifeCycle", "SourceUri",
    "InferenceSpecification",
)  # fmt: skip
NOT_TOLD = {"ClientToken", "CreationTime", "LastModifiedTime", "CreatedBy", "LastModifiedBy"}  # as they are, in events
EVENT_NAMES = {"SourceUri": "sourceUri"}  # as the documentation prints it


@dataclass(kw_only=True)
class Group:
    """A model package group."""

    name: str
    arn: str
    created: datetime
    description: str = ""
    last: int = 0


@dataclass(kw_only=True)
class Package:
    """One version; `body` is the request it was made of, with later updates; who created and modified it are ARNs."""

    group: str
    version: int
    arn: str
    created: datetime
    body: dict[str, Any]
    modified: datetime | None = None
    token: str = field(default="")
    created_by: str = ""
    modified_by: str = ""

    @property
    def name(self) -> str:
        """Group and version, as its ARN ends."""
        return f"{self.group}/{self.version}"


class Registry:
    """Groups and packages."""

    def __init__(self, world: World, names: Names) -> None:
        self._world, self._names = world, names
        self.groups = Noting[str, Group](world.journal, "sagemaker.groups")
        self.packages = Noting[str, Package](world.journal, "sagemaker.packages")

    def create_model_package_group(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateModelPackageGroup."""
        name = request["ModelPackageGroupName"]
        arn = self._names.arn("model-package-group", name)
        if name in self.groups:
            raise invalid(f"Model Package Group already exists: {arn}")
        description = request.get("ModelPackageGroupDescription", "")
        self.groups[name] = Group(name=name, arn=arn, created=self._world.now(), description=description)
        return {"ModelPackageGroupArn": arn}

    def describe_model_package_group(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeModelPackageGroup."""
        return _group(self._group(request["ModelPackageGroupName"]))

    def list_model_package_groups(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListModelPackageGroups."""
        found = ordered(within(list(self.groups.values()), request), request)
        return page(found, request, _group, "ModelPackageGroupSummaryList")

    def create_model_package(self, request: dict[str, Any], by: str = "") -> dict[str, Any]:
        """CreateModelPackage of a versioned package; the same ClientToken gives the same version."""
        if "ModelPackageGroupName" not in request:
            raise invalid("Only versioned model packages are emulated: give ModelPackageGroupName.")
        if "Tags" in request:
            raise invalid("Tags cannot be added to a versioned model package; tag the group.")
        group = self._group(request["ModelPackageGroupName"])
        token = request.get("ClientToken", "")
        known = next((p for p in self.packages.values() if token and p.token == token and p.group == group.name), None)
        if known:
            return {"ModelPackageArn": known.arn}
        _check_metadata(request.get(METADATA, {}))
        group.last += 1
        self.groups.touch(group.name)
        arn = self._names.arn("model-package", f"{group.name}/{group.last}")
        body = {"ModelApprovalStatus": "PendingManualApproval", **request}
        now = self._world.now()
        made = Package(
            group=group.name, version=group.last, arn=arn, created=now, body=body, token=token, created_by=by
        )
        self.packages[arn] = made
        self._emit(made, [])
        return {"ModelPackageArn": arn}

    def describe_model_package(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeModelPackage by ARN (or group/version)."""
        found = self.package(request["ModelPackageName"])
        return {
            **found.body,
            "ModelPackageName": found.name,
            "ModelPackageVersion": found.version,
            "ModelPackageArn": found.arn,
            "CreationTime": found.created,
            "CreatedBy": _context(found.created_by),
            "LastModifiedTime": found.modified,
            "LastModifiedBy": _context(found.modified_by),
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": False,
        }

    def list_model_packages(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListModelPackages: by creation, not by approval; without group and type, of those that are in no group."""
        wanted = request.get("ModelPackageGroupName")
        group = self._group(wanted).name if wanted else None
        status = request.get("ModelApprovalStatus")
        kind = request.get("ModelPackageType", "Versioned" if group else "Unversioned")
        found = [p for p in self.packages.values() if group in (None, p.group) and kind != "Unversioned"]
        found = [p for p in found if status in (None, p.body["ModelApprovalStatus"])]
        return page(ordered(within(found, request), request), request, _summary, "ModelPackageSummaryList")

    def update_model_package(self, request: dict[str, Any], by: str = "") -> dict[str, Any]:
        """UpdateModelPackage: what is not given stays; every update sends the event with the status as it is."""
        found = self.package(request["ModelPackageArn"])
        _check_metadata(request.get(METADATA, {}))
        given = {name: request[name] for name in UPDATABLE if name in request}
        if removed := request.get("CustomerMetadataPropertiesToRemove"):
            own = given.get(METADATA, found.body.get(METADATA, {}))
            given[METADATA] = {name: value for name, value in own.items() if name not in removed}
        found.body.update(given)
        found.modified, found.modified_by = self._world.now(), by
        self.packages.touch(found.arn)
        self._emit(found, [EVENT_NAMES.get(name, name) for name in given])
        return {"ModelPackageArn": found.arn}

    def delete_model_package(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteModelPackage; its number is not given again."""
        del self.packages[self.package(request["ModelPackageName"]).arn]
        return {}

    def delete_model_package_group(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteModelPackageGroup, refused while it has versions."""
        group = self._group(request["ModelPackageGroupName"])
        if any(p.group == group.name for p in self.packages.values()):
            raise conflict(f"Model Package Group {group.arn} has model packages; delete them first.")
        del self.groups[group.name]
        return {}

    def package(self, name: str) -> Package:
        """A package by ARN or group/version."""
        arn = name if name.startswith("arn:") else self._names.arn("model-package", name)
        if arn not in self.packages:
            raise invalid(f"ModelPackage {arn} does not exist.")
        return self.packages[arn]

    def _group(self, given: str) -> Group:
        """A group by name or ARN."""
        name = given.rsplit("/", 1)[-1]
        if name not in self.groups:
            raise invalid(f"ModelPackageGroup {self._names.arn('model-package-group', name)} does not exist.")
        return self.groups[name]

    def _emit(self, package: Package, fields: list[str]) -> None:
        """The event has no field for the status before (reference 1.5)."""
        shown = self.describe_model_package({"ModelPackageName": package.arn})
        times = {n: epoch_ms(shown[n]) for n in ("CreationTime", "LastModifiedTime") if shown[n]}
        kept = {n: v for n, v in shown.items() if n not in NOT_TOLD}
        detail = kept | times | {"ModelPackageGroupName": package.group, "Tags": {}}
        if fields:
            detail["UpdatedModelPackageFields"] = fields
        self._world.emit(
            {
                "source": "aws.sagemaker",
                "detail-type": "SageMaker Model Package State Change",
                "resources": [package.arn],
                "detail": detail,
            }
        )


def _check_metadata(properties: dict[str, str]) -> None:
    if len(properties) > 50:
        raise invalid("CustomerMetadataProperties: at most 50 entries.")
    for name, value in properties.items():
        if len(name) > 128 or len(value) > 256 or not METADATA_VALUE.fullmatch(value):
            raise invalid(
                f"CustomerMetadataProperties: value of {name[:40]} is too long or has a letter that is not allowed."
            )


def _context(arn: str) -> dict[str, Any]:
    """API: UserContext, which has the IAM identity of packages, and a user's profile where that was in Studio."""
    return {"IamIdentity": {"Arn": arn, "PrincipalId": arn.rpartition("/")[2]}} if arn else {}


def _group(group: Group) -> dict[str, Any]:
    return {
        "ModelPackageGroupName": group.name,
        "ModelPackageGroupArn": group.arn,
        "ModelPackageGroupDescription": group.description or None,
        "CreationTime": group.created,
        "CreatedBy": {},
        "ModelPackageGroupStatus": "Completed",
    }


def _summary(package: Package) -> dict[str, Any]:
    return {
        "ModelPackageGroupName": package.group,
        "ModelPackageVersion": package.version,
        "ModelPackageArn": package.arn,
        "ModelPackageDescription": package.body.get("ModelPackageDescription"),
        "CreationTime": package.created,
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": package.body["ModelApprovalStatus"],
    }
