"""What authorizations ask of the services' state."""

from collections.abc import Callable

from localaws.sagemaker.endpoints import Endpoints


class Present:
    """The state as it is now."""

    def __init__(self, tagged: Callable[[str, str, str | None], bool], endpoints: Endpoints) -> None:
        self._tagged = tagged
        self._endpoints = endpoints

    def tagged(self, bucket: str, key: str, version: str | None) -> bool:
        """Whether an object that is there has tags."""
        return self._tagged(bucket, key, version)

    def configuration(self, endpoint: str) -> str | None:
        """The configuration that an endpoint has."""
        found = self._endpoints.endpoints.get(endpoint)
        return found.config if found else None

    def scales(self) -> bool:
        """Whether the account has a scalable target."""
        return bool(self._endpoints.targets.kept)
