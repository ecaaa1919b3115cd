"""The checkpoints of a training: a folder that is filled from S3 before it begins, and brought there while it runs."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from localaws.sagemaker.data import fetch, inside, listed, split
from localaws.world import ObjectStore

LOCAL = "/opt/ml/checkpoints"  # unless LocalPath says another
EVERY = 0.5  # seconds between two looks for what has changed


class Checkpoints:
    """Of one attempt; without a CheckpointConfig the folder is like any other, and goes with its instance.

    What a script deletes stays in S3: SageMaker tells of copying alone.
    """

    def __init__(self, s3: ObjectStore, config: dict[str, Any] | None, folder: Path) -> None:
        self._s3, self._uri = s3, config["S3Uri"].rstrip("/") if config else ""
        self.folder = inside(folder, (config or {}).get("LocalPath", LOCAL).rstrip("/"))
        self._seen: dict[Path, tuple[int, int]] = {}
        self._last = 0.0

    def restore(self) -> None:
        """Bring what is in S3; nothing there is no error."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._uri and listed(self._s3, *split(f"{self._uri}/")):
            fetch(self._s3, f"{self._uri}/", "S3Prefix", self.folder)
            self._seen = self._states()

    def look(self, seconds: float) -> None:
        """Bring what has changed to S3, but not at every look."""
        if seconds - self._last >= EVERY:
            self._last = seconds
            self.sync()

    def sync(self) -> None:
        """Bring what has changed to S3."""
        if not self._uri:
            return
        bucket, prefix = split(self._uri)
        for path, state in self._states().items():
            if self._seen.get(path) != state:
                with contextlib.suppress(FileNotFoundError):  # a partial file that has its own name by now
                    self._s3.store(bucket, f"{prefix}/{path.relative_to(self.folder).as_posix()}", path)
                    self._seen[path] = state

    def _states(self) -> dict[Path, tuple[int, int]]:
        found = {}
        for path in sorted(self.folder.rglob("*")):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file():
                    found[path] = (path.stat().st_mtime_ns, path.stat().st_size)
        return found
