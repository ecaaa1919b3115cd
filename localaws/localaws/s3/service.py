"""S3: one request in, one answer out."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from localaws.errors import AwsError, NotEmulated
from localaws.s3 import checksums, documents, request
from localaws.s3.buckets import Buckets
from localaws.s3.checksums import Digests
from localaws.s3.contents import Contents
from localaws.s3.database import Database
from localaws.s3.deleting import Deleting
from localaws.s3.errors import S3Error
from localaws.s3.events import Events
from localaws.s3.listing import Listing
from localaws.s3.multipart import Multipart
from localaws.s3.objects import Objects
from localaws.s3.places import Places
from localaws.s3.reading import Reading
from localaws.s3.request import Request
from localaws.s3.settings import Settings
from localaws.s3.uploads import UploadLists, Uploads
from localaws.s3.versions import Versions
from localaws.s3.writing import Writing
from localaws.wire import Answer, Call
from localaws.world import World


class S3(Objects):
    """Buckets and objects in `<state>/s3`, as they were left there; to the other services it is their objects."""

    def __init__(self, world: World) -> None:
        folder = world.state_dir / "s3"
        self._account = world.account
        contents = Contents(folder / "contents")
        database = self._database = Database(folder / "objects.sqlite", world.lock)
        events = Events(world)
        buckets = Buckets(database)
        versions = Versions(database, buckets, contents, events)
        uploads = Uploads(database, events)
        reading = Reading(buckets, versions, contents)
        writing = Writing(buckets, versions, contents, reading)
        super().__init__(buckets, versions, contents, reading)
        owner = {"ID": hashlib.sha256(world.account.encode()).hexdigest()}
        self._operations: dict[str, Callable[[Request], Answer]] = {
            **Places(world, database, buckets, contents, uploads).operations,
            **Settings(buckets).operations,
            **reading.operations,
            **writing.operations,
            **Deleting(buckets, versions).operations,
            **Listing(buckets, versions, owner, world.region).operations,
            **Multipart(buckets, versions, contents, reading, writing, uploads).operations,
            **UploadLists(buckets, uploads, owner).operations,
        }
        named = "SELECT content FROM version UNION ALL SELECT content FROM part"
        contents.sweep({row[0] for row in database.all(named)})

    def handle(self, call: Call) -> Answer:
        """One call; errors are answered as S3 writes them."""
        try:
            operation = self._operations.get(call.operation)
            if operation is None:
                raise NotEmulated(f"s3:{call.operation}")
            asked = request.of(call)
            self._check(asked)
            answer = operation(asked)
        except AwsError as error:
            return _refusal(call, error)
        answer.headers.append(("x-amz-request-id", secrets.token_hex(8).upper()))
        return answer

    def _check(self, asked: Request) -> None:
        """What S3 checks of every request: whose bucket the caller thinks it is, and that its document arrived."""
        for name in ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"):
            if asked.headers.get(name, self._account) != self._account:
                raise S3Error("AccessDenied", "Access Denied", 403)
        if asked.call.body:
            # That of a completion is the object's, and not the document's.
            sent = {} if asked.call.operation == "CompleteMultipartUpload" else checksums.given(asked.headers)
            digests = Digests(sent)
            digests.update(asked.call.body)
            checksums.check(sent, digests.checksums())
            checksums.check_md5(asked.headers.get("content-md5", ""), digests.md5)

    def policy(self, bucket: str) -> str | None:
        """The policy of a bucket; None where it has none, or is not there."""
        return self._buckets.get(bucket).settings.get("policy") if self._buckets.has(bucket) else None

    def tagged(self, bucket: str, key: str, version: str | None) -> bool:
        """Whether an object that is there has tags."""
        try:
            found = self._versions.get(bucket, key, version) if version else self._versions.current(bucket, key)
        except AwsError:
            return False
        return bool(found and found.about.tags)

    def close(self) -> None:
        """Gives the folder back; what is in it stays."""
        self._database.close()


def _refusal(call: Call, error: AwsError) -> Answer:
    number = secrets.token_hex(8).upper()
    own = error if isinstance(error, S3Error) else S3Error(error.code, error.message, error.status)
    told = {name: value for name, value in own.told.items() if value != ""}
    content = {"Code": error.code, "Message": error.message, **told, "Resource": call.path, "RequestId": number}
    headers = [("Content-Type", "application/xml"), ("x-amz-request-id", number), *own.headers.items()]
    body = b"" if call.method == "HEAD" else documents.error(content)
    return Answer(status=error.status, headers=headers, body=body)
