"""CreateBucket, DeleteBucket, HeadBucket and GetBucketLocation."""

from __future__ import annotations

from localaws.errors import NotEmulated
from localaws.s3 import documents
from localaws.s3.buckets import Buckets
from localaws.s3.contents import Contents
from localaws.s3.database import Database
from localaws.s3.errors import S3Error
from localaws.s3.request import Request
from localaws.s3.uploads import Uploads
from localaws.wire import Answer
from localaws.world import World

_FIRST = "us-east-1"


class Places:
    """Their operations, by name."""

    def __init__(
        self, world: World, database: Database, buckets: Buckets, contents: Contents, uploads: Uploads
    ) -> None:
        self._world = world
        self._database = database
        self._buckets = buckets
        self._contents = contents
        self._uploads = uploads
        self.operations = {
            "CreateBucket": self._create,
            "DeleteBucket": self._delete,
            "HeadBucket": self._head,
            "GetBucketLocation": self._location,
        }

    def _create(self, request: Request) -> Answer:
        for name in request.headers:
            if name.startswith(("x-amz-grant-", "x-amz-bucket-object-lock")):
                raise NotEmulated(f"the header {name} of CreateBucket")
        if request.headers.get("x-amz-acl", "private") != "private":
            raise NotEmulated("a bucket that is not private")
        ownership = request.headers.get("x-amz-object-ownership", "BucketOwnerEnforced")
        if ownership != "BucketOwnerEnforced":
            raise NotEmulated(f"a bucket that {ownership} owns")
        self._check_region(request)
        with self._world.lock:
            if not self._buckets.has(request.bucket):
                self._buckets.create(request.bucket, self._world.clock.timestamp())
            elif self._world.region != _FIRST:
                text = "Your previous request to create the named bucket succeeded and you already own it."
                raise S3Error("BucketAlreadyOwnedByYou", text, 409, BucketName=request.bucket)
        return Answer(status=200, headers=[("Location", f"/{request.bucket}")], body=b"")

    def _check_region(self, request: Request) -> None:
        wanted = ""
        if request.call.body:
            document = request.document("CreateBucketConfiguration")
            for child in document.all():
                if child.name != "LocationConstraint":
                    raise NotEmulated(f"{child.name} of CreateBucket")
            wanted = document.get("LocationConstraint")
        if (wanted or _FIRST) != self._world.region or wanted == _FIRST:
            text = f"The {wanted or 'unspecified'} location constraint is incompatible for the region specific "
            text += "endpoint this request was sent to."
            raise S3Error("IllegalLocationConstraintException", text)

    def _delete(self, request: Request) -> Answer:
        with self._database.change():
            unfinished = [self._uploads.end(upload.id) for upload in self._uploads.of(request.bucket)]
            self._buckets.delete(request.bucket)
        for names in unfinished:
            self._contents.drop(names)
        return Answer(status=204, headers=[], body=b"")

    def _head(self, request: Request) -> Answer:
        self._buckets.get(request.bucket)
        return Answer(status=200, headers=[("x-amz-bucket-region", self._world.region)], body=b"")

    def _location(self, request: Request) -> Answer:
        self._buckets.get(request.bucket)
        # The document is one element, which is empty in the first region.
        region = "" if self._world.region == _FIRST else self._world.region
        body = documents.written("LocationConstraint", {}).replace(b"></", f">{region}</".encode())
        return Answer(status=200, headers=[("Content-Type", "application/xml")], body=body)
