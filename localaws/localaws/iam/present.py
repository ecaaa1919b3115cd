"""What authorizations ask of the services' state."""

from localaws.motoapps import Moto
from localaws.sagemaker.endpoints import Endpoints


class Present:
    """The state as it is now."""

    def __init__(self, moto: Moto, endpoints: Endpoints) -> None:
        self._moto = moto
        self._endpoints = endpoints

    def tagged(self, bucket: str, key: str, version: str | None) -> bool:
        """Whether an object that is there has tags."""
        backend = self._moto.backend("s3")
        found = bucket in backend.buckets and backend.get_object(bucket, key, version)
        return bool(found and backend.tagger.get_tag_dict_for_resource(found.arn))

    def configuration(self, endpoint: str) -> str | None:
        """The configuration that an endpoint has."""
        found = self._endpoints.endpoints.get(endpoint)
        return found.config if found else None

    def scales(self) -> bool:
        """Whether the account has a scalable target."""
        return bool(self._endpoints.targets.kept)
