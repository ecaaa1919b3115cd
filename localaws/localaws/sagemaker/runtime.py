"""InvokeEndpoint: a variant drawn by weight answers, and the invocation is captured (reference 2.5, 5.8)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from localaws.errors import AwsError, NotEmulated
from localaws.sagemaker.deployed import Endpoint
from localaws.sagemaker.endpoints import Endpoints
from localaws.sagemaker.hosting import NotServing, Said
from localaws.sagemaker.measures import Scored
from localaws.sagemaker.serving import Asked, Leg, Serving
from localaws.world import World

HEAD = "x-amzn-sagemaker-"
SERVING = {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
FOREIGN = ("target-model", "inference-component", "target-container-hostname", "enable-explanations", "session-id")
Reply = tuple[int, dict[str, str], bytes]


class Runtime:
    """Invocations of endpoints."""

    def __init__(self, world: World, endpoints: Endpoints) -> None:
        self._world, self._endpoints, self.engine = world, endpoints, Serving(world)

    def invoke(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one call: status, headers, body."""
        began = time.perf_counter()
        given = {key.lower(): value for key, value in headers.items()}
        _check(given)
        endpoint = self.serving(name)
        asked = Asked(
            at=self._world.now(),
            body=body,
            content_type=given.get("content-type") or "application/octet-stream",
            accept=given.get("accept") or "*/*",
            target=given.get(f"{HEAD}target-variant", ""),
            inference_id=given.get(f"{HEAD}inference-id", ""),
            attributes=given.get(f"{HEAD}custom-attributes", ""),
        )
        routed = self.engine.route(endpoint, asked)
        scored = self._scored(routed.leg, asked, began)
        # A shadow's answer, and its failing, is for its metrics and records alone.
        shadowed = self._scored(routed.shadow, asked, time.perf_counter()) if routed.shadow else None
        self.engine.keep(endpoint, asked, routed, scored, shadowed)
        self._world.pause(max(scored.seconds + began - time.perf_counter(), 0.0))
        if scored.failed:
            return self._model_error(endpoint, scored.status, scored.body)
        headers = {"Content-Type": scored.content_type, "x-amzn-Invoked-Production-Variant": routed.leg.variant.name}
        return 200, headers, scored.body

    def serving(self, name: str) -> Endpoint:
        """An endpoint that serves; ValidationError where there is none."""
        endpoint = self._endpoints.endpoints.get(name)
        if endpoint is None or not endpoint.variants:
            raise AwsError("ValidationError", f"Endpoint {name} of account {self._world.account} not found.")
        if endpoint.status not in SERVING:
            raise AwsError("ValidationError", f"Endpoint {name} of account {self._world.account} is {endpoint.status}.")
        return endpoint

    def _scored(self, leg: Leg, asked: Asked, began: float) -> Scored:
        """The container's answer, or a fault's; what passed since `began` and is not the model's is overhead."""
        asking = time.perf_counter()
        said: Said | None = None
        if not leg.spares:
            with leg.variant.slots:
                try:
                    said = leg.variant.host.invoke(asked.body, asked.content_type, asked.accept)
                except NotServing as error:
                    said = (500, "text/plain", str(error).encode())
        return self.engine.scored(leg, said, time.perf_counter() - asking, asking - began)

    def _model_error(self, endpoint: Endpoint, status: int, message: bytes) -> Reply:
        """The container's own error reaches callers as ModelError with the status inside."""
        text, who = message.decode("utf-8", "replace"), "client" if 400 <= status < 500 else "server"
        group = f"/aws/sagemaker/Endpoints/{endpoint.name}"
        body = {
            "ErrorCode": f"{who.upper()}_ERROR_FROM_MODEL",
            "LogStreamArn": f"arn:aws:logs:{self._world.region}:{self._world.account}:log-group:{group}",
            "Message": f'Received {who} error ({status}) from primary with message "{text}".',
            "OriginalMessage": text,
            "OriginalStatusCode": status,
        }
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "ModelError"}
        return 424, headers, json.dumps(body).encode()


def _check(given: Mapping[str, str]) -> None:
    """Refuse headers that would have to be ignored."""
    for name in FOREIGN:
        if f"{HEAD}{name}" in given:
            raise NotEmulated(f"the header {HEAD}{name}")
