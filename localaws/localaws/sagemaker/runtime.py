"""InvokeEndpoint: a variant drawn by weight answers, and the invocation is captured (reference 2.5, 5.8)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from localaws.errors import AwsError, NotEmulated
from localaws.metrics import key_of
from localaws.sagemaker.capture import Capture, Invocation
from localaws.sagemaker.deployed import Endpoint, Variant
from localaws.sagemaker.endpoints import Endpoints
from localaws.sagemaker.hosting import NotServing
from localaws.sagemaker.names import Names
from localaws.world import World

LARGEST, LARGEST_SERVERLESS = 6_291_456, 4_194_304  # bytes of a body
HEAD = "x-amzn-sagemaker-"
SERVING = {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
LONGEST = {f"{HEAD}inference-id": 64, f"{HEAD}custom-attributes": 1024}  # letters of a header (reference 2.5)
FOREIGN = ("target-model", "inference-component", "target-container-hostname", "enable-explanations", "session-id")
Reply = tuple[int, dict[str, str], bytes]


class Runtime:
    """Invocations of endpoints."""

    def __init__(self, world: World, names: Names, endpoints: Endpoints) -> None:
        self._world, self._names, self._endpoints = world, names, endpoints
        self._capture = Capture(world=world)

    def invoke(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one call: status, headers, body."""
        given = {key.lower(): value for key, value in headers.items()}
        _check(given)
        endpoint = self._serving(name)
        variant = self._variant(endpoint, given.get(f"{HEAD}target-variant", ""))
        largest = LARGEST_SERVERLESS if variant.serverless else LARGEST
        if len(body) > largest:
            raise AwsError("ValidationError", f"The body is larger than {largest} bytes.", 413)
        content_type = given.get("content-type") or "application/octet-stream"
        began = time.perf_counter()
        try:
            status, kind, answer = variant.host.invoke(body, content_type, given.get("accept") or "*/*")
        except NotServing as error:
            self._count(endpoint, variant, 500, began)
            return self._model_error(endpoint, 500, str(error).encode())
        self._count(endpoint, variant, status, began)
        if status >= 400:
            return self._model_error(endpoint, status, answer)
        said = Invocation(
            endpoint=endpoint.name,
            variant=variant.name,
            at=self._world.now(),
            content_type=content_type,
            body=body,
            answer_type=kind,
            answer=answer,
            inference_id=given.get(f"{HEAD}inference-id", ""),
            attributes=given.get(f"{HEAD}custom-attributes", ""),
        )
        self._keep(endpoint, said)
        return 200, {"Content-Type": kind, "x-amzn-Invoked-Production-Variant": variant.name}, answer

    def _count(self, endpoint: Endpoint, variant: Variant, status: int, began: float) -> None:
        """The metrics of a variant (ref 4): a latency is in microseconds, and of real time."""
        found = {
            "Invocations": 1.0,
            "Invocation4XXErrors": float(400 <= status < 500),
            "Invocation5XXErrors": float(status >= 500),
            "ModelLatency": round((time.perf_counter() - began) * 1e6),
        }
        dimensions = {"EndpointName": endpoint.name, "VariantName": variant.name}
        for metric, value in found.items():
            self._world.metrics.add(key_of("AWS/SageMaker", metric, dimensions), self._world.clock.timestamp(), value)

    def _keep(self, endpoint: Endpoint, said: Invocation) -> None:
        config = endpoint.capture
        if config.get("EnableCapture") and self._names.random.uniform(0, 100) < config["InitialSamplingPercentage"]:
            self._capture.add(config, said)

    def _serving(self, name: str) -> Endpoint:
        endpoint = self._endpoints.endpoints.get(name)
        if endpoint is None or not endpoint.variants:
            raise AwsError("ValidationError", f"Endpoint {name} of account {self._world.account} not found.")
        if endpoint.status not in SERVING:
            raise AwsError("ValidationError", f"Endpoint {name} of account {self._world.account} is {endpoint.status}.")
        return endpoint

    def _variant(self, endpoint: Endpoint, target: str) -> Variant:
        """The one that is asked for, whatever its weight, or one drawn by weight: every call for itself."""
        if not target:
            weights = [variant.weight for variant in endpoint.variants]
            return self._names.random.choices(endpoint.variants, weights)[0]
        for variant in endpoint.variants:
            if variant.name == target:
                return variant
        raise AwsError("ValidationError", f"Variant {target} not found for Request.")

    def _model_error(self, endpoint: Endpoint, status: int, message: bytes) -> Reply:
        """The container's own error reaches callers as ModelError with the status inside."""
        text, who = message.decode("utf-8", "replace"), "client" if status < 500 else "server"
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
    """Refuse headers that are too long, and those that would have to be ignored."""
    for name in FOREIGN:
        if f"{HEAD}{name}" in given:
            raise NotEmulated(f"the header {HEAD}{name}")
    for name, longest in LONGEST.items():
        if len(given.get(name, "")) > longest:
            raise AwsError("ValidationError", f"The header {name} is longer than {longest} letters.")
