"""Buckets: which there are, since when, and their settings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from localaws.s3 import documents
from localaws.s3.database import Database
from localaws.s3.errors import S3Error, no_such_bucket

_NAME = re.compile(r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9]([a-z0-9.-]{1,61})[a-z0-9](?<!-s3alias)(?<!--ol-s3)")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_ALL_BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
_BY_DEFAULT = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}
ENCRYPTION = documents.written("ServerSideEncryptionConfiguration", _BY_DEFAULT).decode()
# What a new bucket has. Source: S3 User Guide, default settings since April 2023.
_NEW = {
    "encryption": ENCRYPTION,
    "ownershipControls": documents.written(
        "OwnershipControls", {"Rule": {"ObjectOwnership": "BucketOwnerEnforced"}}
    ).decode(),
    "publicAccessBlock": documents.written("PublicAccessBlockConfiguration", _ALL_BLOCKED).decode(),
}


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket; its settings are documents, by their name in the query, and `versioning` the word alone."""

    name: str
    created: float
    settings: Mapping[str, str]

    @property
    def versioning(self) -> str:
        """Enabled, Suspended, or empty where it never was enabled."""
        return self.settings.get("versioning", "")

    @property
    def tells(self) -> bool:
        """Whether its events go to EventBridge."""
        return "EventBridgeConfiguration" in self.settings.get("notification", "")

    @property
    def encryption(self) -> str:
        """The document of how objects are encrypted by default."""
        return self.settings["encryption"]


class Buckets:
    """All buckets, held in memory and written at each change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._all = {
            name: Bucket(name=name, created=created, settings=json.loads(settings))
            for name, created, settings in database.all("SELECT name, created, settings FROM bucket")
        }

    def all(self) -> list[Bucket]:
        """By name."""
        return [self._all[name] for name in sorted(self._all)]

    def get(self, name: str) -> Bucket:
        """One that is there, else NoSuchBucket."""
        found = self._all.get(name)
        if found is None:
            raise no_such_bucket(name)
        return found

    def has(self, name: str) -> bool:
        """Whether it is there."""
        return name in self._all

    def create(self, name: str, now: float) -> None:
        """A new one; InvalidBucketName."""
        if not _NAME.fullmatch(name) or ".." in name or _ADDRESS.fullmatch(name):
            raise S3Error("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
        self._keep(Bucket(name=name, created=now, settings=_NEW))

    def set(self, name: str, setting: str, document: str | None) -> None:
        """Changes a setting, or takes it away."""
        with self._database.change():
            bucket = self.get(name)
            settings = {key: value for key, value in bucket.settings.items() if key != setting}
            self._keep(replace(bucket, settings=settings if document is None else settings | {setting: document}))

    def delete(self, name: str) -> None:
        """Takes one away, with nothing in it; else BucketNotEmpty."""
        with self._database.change():
            self.get(name)
            if self._database.one("SELECT 1 FROM version WHERE bucket = ? LIMIT 1", name):
                text = "The bucket you tried to delete is not empty"
                versions = ". You must delete all versions in the bucket." if self.get(name).versioning else ""
                raise S3Error("BucketNotEmpty", text + versions, 409, BucketName=name)
            self._database.one("DELETE FROM bucket WHERE name = ?", name)
        del self._all[name]

    def _keep(self, bucket: Bucket) -> None:
        values = bucket.name, bucket.created, json.dumps(dict(bucket.settings))
        with self._database.change():
            self._database.one("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?)", *values)
        self._all[bucket.name] = bucket
