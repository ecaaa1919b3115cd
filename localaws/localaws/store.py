"""S3: objects without network for emulated services, and the events that EventBridge gets from it."""

import itertools
import secrets
from typing import Any

import moto.s3.notifications
from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket

from localaws.errors import AwsError, NotEmulated
from localaws.motoapps import Moto
from localaws.wire import Answer, Call
from localaws.world import World

_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
}
_OTHER_WAYS = (b"<Queue>", b"<Topic>", b"<CloudFunction>")
_NOTIFICATION = b"""<?xml version="1.0" encoding="UTF-8"?>
<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
<EventBridgeConfiguration></EventBridgeConfiguration></NotificationConfiguration>"""


def _neutral(_bucket: FakeBucket, _action: str, _resource: str) -> PermissionResult:
    """moto judges a bucket policy without its conditions: "deny what is not TLS" would deny everything."""
    return PermissionResult.NEUTRAL


class Store:
    """Objects in moto's backend; every change of them becomes an event where the bucket has EventBridge on.

    moto calls `notifications.send_event` at each change, with the object itself at hand; ours takes its place,
    since moto's has wrong details (`eTag`, `ObjectCreated`, a constant sequencer) and sends some changes twice.
    """

    def __init__(self, moto_: Moto, world: World) -> None:
        self._moto = moto_
        self._world = world
        self._lock = world.lock
        self._sequence = itertools.count(1)
        self._changed: dict[tuple[str, str], tuple[str, Any]] = {}
        self._restore = moto.s3.notifications.send_event, FakeBucket.get_permission
        moto.s3.notifications.send_event = self._remember  # type: ignore[assignment]
        FakeBucket.get_permission = _neutral  # type: ignore[assignment,method-assign]

    def close(self) -> None:
        """Gives moto its own functions back."""
        moto.s3.notifications.send_event, FakeBucket.get_permission = self._restore  # type: ignore[method-assign]

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        """The bytes of an object; AwsError NoSuchBucket or NoSuchKey."""
        with self._lock:
            found = self._bucket(bucket) and self._backend.get_object(bucket, key, version_id)
            if not found or not hasattr(found, "value"):
                raise AwsError("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}", 404)
            return bytes(found.value)

    def put(
        self,
        bucket: str,
        key: str,
        body: bytes,
        content_type: str = "application/octet-stream",
        metadata: dict[str, str] | None = None,
    ) -> str:
        """Writes an object, with its event, and answers the ETag without quotes."""
        with self._lock:
            self._bucket(bucket)
            made = self._backend.put_object(bucket, key, body)
            own = {f"x-amz-meta-{name}": value for name, value in (metadata or {}).items()}
            made.set_metadata({"Content-Type": content_type} | own)
            self._emit(None)
            return str(made.etag).strip('"')

    def list(self, bucket: str, prefix: str = "") -> list[str]:
        """Keys that start with `prefix`, sorted."""
        with self._lock:
            keys = self._bucket(bucket).keys
            return sorted(name for name in keys if name.startswith(prefix) and hasattr(keys[name], "value"))

    def exists(self, bucket: str, key: str) -> bool:
        """Whether the object is there."""
        try:
            return self.list(bucket, key)[:1] == [key]
        except AwsError:
            return False

    def events_on(self, bucket: str) -> bool:
        """Whether the bucket sends its events to EventBridge."""
        configuration = self._bucket(bucket).notification_configuration
        return configuration is not None and configuration.event_bridge is not None

    def handle(self, call: Call) -> Answer | None:
        """moto keeps that EventBridge is on, and does not tell; everything else is moto's."""
        bucket = call.path.strip("/")
        if call.operation == "PutBucketNotificationConfiguration" and any(way in call.body for way in _OTHER_WAYS):
            raise NotEmulated("a notification to a queue, topic or function (turn EventBridge on)")
        if call.operation != "GetBucketNotificationConfiguration" or not self.events_on(bucket):
            return None
        return Answer(status=200, headers=[("Content-Type", "application/xml")], body=_NOTIFICATION)

    def after_call(self, address: str) -> None:
        """Sends the events of the call that has just been answered; called under the lock."""
        self._emit(address)

    @property
    def _backend(self) -> Any:
        return self._moto.backend("s3")

    def _bucket(self, name: str) -> Any:
        try:
            return self._backend.get_bucket(name)
        except S3ClientError as exc:
            raise AwsError("NoSuchBucket", f"The specified bucket does not exist: {name}", 404) from exc

    def _remember(self, _account: str, event_name: Any, bucket: Any, key: Any) -> None:
        # A completed multipart upload is told twice (Put, then Complete): the last word counts.
        if str(event_name.value) in _REASONS and key is not None:
            self._changed[bucket.name, key.name] = (_REASONS[event_name.value], key)

    def _emit(self, address: str | None) -> None:
        changed, self._changed = self._changed, {}
        for (bucket, name), (reason, key) in changed.items():
            if self.events_on(bucket):
                self._world.emit(self._event(bucket, name, reason, key, address))

    def _event(self, bucket: str, name: str, reason: str, key: Any, address: str | None) -> dict[str, Any]:
        versioned = self._bucket(bucket).is_versioned
        detail = {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": name,
                "size": key.size,
                "etag": str(key.etag).strip('"'),
                **({"version-id": key.version_id} if versioned else {}),
                "sequencer": f"00{int(self._world.clock.timestamp()):08X}{next(self._sequence):08X}",
            },
            "request-id": secrets.token_hex(8).upper(),
            "requester": self._world.account,
            **({"source-ip-address": address} if address else {}),
            "reason": reason,
        }
        resources = [f"arn:aws:s3:::{bucket}"]
        return {"source": "aws.s3", "detail-type": "Object Created", "resources": resources, "detail": detail}
