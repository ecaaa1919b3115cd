"""DeleteObject and DeleteObjects."""

from __future__ import annotations

from localaws.errors import AwsError, NotEmulated
from localaws.s3 import documents
from localaws.s3.buckets import Buckets
from localaws.s3.documents import Element
from localaws.s3.errors import S3Error, malformed
from localaws.s3.request import Request, checked
from localaws.s3.versions import Version, Versions
from localaws.s3.writing import address
from localaws.wire import Answer

_MOST = 1000


class Deleting:
    """Their operations, by name."""

    def __init__(self, buckets: Buckets, versions: Versions) -> None:
        self._buckets = buckets
        self._versions = versions
        self.operations = {"DeleteObject": self._one, "DeleteObjects": self._many}

    def _one(self, request: Request) -> Answer:
        for name in request.headers:
            if name.startswith(("if-", "x-amz-if-")):
                raise NotEmulated(f"{name} of DeleteObject")
        self._buckets.get(request.bucket)
        gone = self._delete(request, request.key, request.version)
        headers = []
        if gone and gone.marker:
            headers.append(("x-amz-delete-marker", "true"))
        if self._buckets.get(request.bucket).versioning and (request.version or gone):
            headers.append(("x-amz-version-id", request.version or (gone.id if gone else "")))
        return Answer(status=204, headers=headers, body=b"")

    def _delete(self, request: Request, key: str, version: str) -> Version | None:
        where = request.bucket, key
        if version:
            return self._versions.remove(*where, version, address(request))
        return self._versions.mark_deleted(*where, address(request))

    def _many(self, request: Request) -> Answer:
        document = request.document("Delete")
        named = document.all("Object")
        if not 1 <= len(named) <= _MOST:
            raise malformed(f"1 to {_MOST} objects")
        self._buckets.get(request.bucket)
        told = [self._told(request, one) for one in named]
        quiet = document.get("Quiet").lower() == "true"
        content = {
            "Deleted": [] if quiet else [entry for failed, entry in told if not failed],
            "Error": [entry for failed, entry in told if failed],
        }
        return documents.answer("DeleteResult", content)

    def _told(self, request: Request, one: Element) -> tuple[bool, documents.Content]:
        key, version = one.get("Key"), one.get("VersionId")
        about: documents.Content = {"Key": key, "VersionId": version or None}
        try:
            for condition in ("ETag", "LastModifiedTime", "Size"):
                if one.one(condition):
                    raise NotEmulated(f"{condition} of DeleteObjects")
            if not key:
                raise S3Error("UserKeyMustBeSpecified", "The request did not specify a key")
            gone = self._delete(request, checked(key), version)
        except AwsError as exc:
            return True, about | {"Code": exc.code, "Message": exc.message}
        marker = {"DeleteMarker": True, "DeleteMarkerVersionId": gone.id} if gone and gone.marker else {}
        return False, about | marker
