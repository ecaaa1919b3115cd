"""The settings of buckets: checked, kept as they were given, and shown again."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable

from localaws.errors import NotEmulated
from localaws.s3 import documents, tags
from localaws.s3.buckets import ENCRYPTION, Buckets
from localaws.s3.documents import Content, Element
from localaws.s3.errors import S3Error, malformed
from localaws.s3.request import Request
from localaws.wire import Answer

_ACTIONS = {
    "AbortIncompleteMultipartUpload",
    "Expiration",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransition",
    "Transition",
}
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ALGORITHMS = ("AES256", "aws:kms", "aws:kms:dsse")
_OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")

Handler = Callable[[Request], Answer]


class Settings:
    """Their operations, by name."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self.operations: dict[str, Handler] = {
            "PutBucketPolicy": self._put_policy,
            "GetBucketPolicy": self._get_policy,
            "PutBucketVersioning": self._put_versioning,
            "GetBucketVersioning": self._get_versioning,
            "DeleteBucketEncryption": lambda request: self._changed(request, "encryption", ENCRYPTION, 204),
        }
        for name, (setting, root, check) in _DOCUMENTS.items():
            self.operations[f"Put{name}"] = self._putting(setting, root, check)
            self.operations[f"Get{name}"] = self._getting(setting, root)
        for name, setting in _DELETED.items():
            self.operations[name] = self._deleting(setting)

    def _changed(self, request: Request, setting: str, document: str | None, status: int = 200) -> Answer:
        self._buckets.set(request.bucket, setting, document)
        return Answer(status=status, headers=[], body=b"")

    def _putting(self, setting: str, root: str, check: Callable[[Element], Content]) -> Handler:
        def put(request: Request) -> Answer:
            content = check(request.document(root))
            return self._changed(request, setting, documents.written(root, content).decode())

        return put

    def _getting(self, setting: str, root: str) -> Handler:
        def get(request: Request) -> Answer:
            found = self._buckets.get(request.bucket).settings.get(setting)
            if found is None and setting in _MISSING:
                code, text = _MISSING[setting]
                raise S3Error(code, text, 404, BucketName=request.bucket)
            body = found.encode() if found else documents.written(root, {})
            return Answer(status=200, headers=[("Content-Type", "application/xml")], body=body)

        return get

    def _deleting(self, setting: str) -> Handler:
        return lambda request: self._changed(request, setting, None, 204)

    def _put_versioning(self, request: Request) -> Answer:
        document = request.document("VersioningConfiguration")
        if document.get("MfaDelete", "Disabled") != "Disabled":
            raise NotEmulated("MfaDelete of a bucket")
        status = document.get("Status")
        if status not in ("Enabled", "Suspended"):
            raise S3Error(
                "IllegalVersioningConfigurationException", f"The Versioning element must be specified: {status!r}"
            )
        return self._changed(request, "versioning", status)

    def _get_versioning(self, request: Request) -> Answer:
        status = self._buckets.get(request.bucket).versioning
        return documents.answer("VersioningConfiguration", {"Status": status or None})

    def _put_policy(self, request: Request) -> Answer:
        try:
            policy = json.loads(request.call.body)
        except ValueError:
            policy = None
        if not isinstance(policy, dict) or not policy.get("Statement"):
            raise S3Error("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
        return self._changed(request, "policy", request.call.body.decode(), 204)

    def _get_policy(self, request: Request) -> Answer:
        found = self._buckets.get(request.bucket).settings.get("policy")
        if found is None:
            raise S3Error("NoSuchBucketPolicy", "The bucket policy does not exist", 404, BucketName=request.bucket)
        return Answer(status=200, headers=[("Content-Type", "application/json")], body=found.encode())


def _tree(element: Element) -> Content | str:
    children: dict[str, list[Content | str]] = {}
    for child in element.all():
        children.setdefault(child.name, []).append(_tree(child))
    return children or element.text.strip()


def _content(element: Element) -> Content:
    found = _tree(element)
    return found if isinstance(found, dict) else {}


def _notification(document: Element) -> Content:
    for child in document.all():
        if child.name != "EventBridgeConfiguration":
            raise NotEmulated(f"{child.name} of a bucket (EventBridge takes its events)")
    return _content(document)


def _lifecycle(document: Element) -> Content:
    rules = document.all("Rule")
    if not 1 <= len(rules) <= 1000 or len(rules) < len(document.all()):
        raise malformed("a lifecycle has 1 to 1000 rules")
    for rule in rules:
        if rule.get("Status") not in ("Enabled", "Disabled"):
            raise malformed("the Status of a rule is Enabled or Disabled")
        unknown = {child.name for child in rule.all()} - _ACTIONS - {"ID", "Status", "Filter", "Prefix"}
        if unknown:
            raise malformed(f"{', '.join(sorted(unknown))} of a rule")
        if not any(rule.all(action) for action in _ACTIONS):
            text = "At least one action needs to be specified in a rule."
            raise S3Error("InvalidRequest", text)
        if bool(rule.all("Filter")) == bool(rule.all("Prefix")):
            raise malformed("a rule has a Filter, or a Prefix")
    named = [_content(rule) for rule in rules]
    named = [rule if rule.get("ID", [""])[0] else {"ID": [secrets.token_urlsafe(36)]} | rule for rule in named]
    if len({rule["ID"][0] for rule in named}) < len(named):
        raise S3Error("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    return {"Rule": named}


def _encryption(document: Element) -> Content:
    rules = document.all("Rule")
    default = rules[0].one("ApplyServerSideEncryptionByDefault") if len(rules) == 1 else None
    if default is None or default.get("SSEAlgorithm") not in _ALGORITHMS:
        raise malformed("one rule, with an SSEAlgorithm")
    return _content(document)


def _blocks(document: Element) -> Content:
    given = {child.name: child.text.strip().lower() for child in document.all()}
    if not given or not set(given) <= set(_BLOCKS) or not set(given.values()) <= {"true", "false"}:
        raise malformed("booleans of the public access block")
    return {name: given.get(name) == "true" for name in _BLOCKS}


def _ownership(document: Element) -> Content:
    if [rule.get("ObjectOwnership") in _OWNERSHIPS for rule in document.all("Rule")] != [True]:
        raise malformed("one rule, with an ObjectOwnership")
    return _content(document)


def _tagging(document: Element) -> Content:
    return tags.document(tags.of_document(document, 50))


_DOCUMENTS: dict[str, tuple[str, str, Callable[[Element], Content]]] = {
    "BucketNotificationConfiguration": ("notification", "NotificationConfiguration", _notification),
    "BucketLifecycleConfiguration": ("lifecycle", "LifecycleConfiguration", _lifecycle),
    "BucketEncryption": ("encryption", "ServerSideEncryptionConfiguration", _encryption),
    "PublicAccessBlock": ("publicAccessBlock", "PublicAccessBlockConfiguration", _blocks),
    "BucketOwnershipControls": ("ownershipControls", "OwnershipControls", _ownership),
    "BucketTagging": ("tagging", "Tagging", _tagging),
}
_DELETED = {
    "DeleteBucketLifecycle": "lifecycle",
    "DeleteBucketOwnershipControls": "ownershipControls",
    "DeleteBucketPolicy": "policy",
    "DeleteBucketTagging": "tagging",
    "DeletePublicAccessBlock": "publicAccessBlock",
}
_MISSING = {
    "lifecycle": ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    "ownershipControls": ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
    "publicAccessBlock": (
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
    ),
    "tagging": ("NoSuchTagSet", "The TagSet does not exist"),
}
