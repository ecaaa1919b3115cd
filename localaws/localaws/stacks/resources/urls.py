"""URLs of functions."""

import hashlib

from localaws.errors import DeployRefused
from localaws.functions.model import UrlConfig
from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY
from localaws.wire import URLS

AUTH_TYPES = ("AWS_IAM", "NONE")


def _url(request: Request) -> Made:
    """The same URL whenever the same function is deployed."""
    wanted, world = request.properties, request.services.world
    if wanted.get("InvokeMode", "BUFFERED") != "BUFFERED" or wanted["AuthType"] not in AUTH_TYPES:
        known = f"InvokeMode BUFFERED and AuthType {' or '.join(AUTH_TYPES)}"
        raise DeployRefused([f"{request.logical_id}: only URLs with {known} are emulated"])
    function = request.services.lambda_.find(wanted["TargetFunctionArn"])
    identity = hashlib.sha256(f"{function.arn}/url".encode()).hexdigest()[:32]
    now = world.now().strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
    url, created = f"{world.address}{URLS}{identity}/", function.url.created if function.url else now
    function.url = UrlConfig(id=identity, url=url, auth=wanted["AuthType"], created=created, modified=now)
    return Made(id=function.arn, attributes={"FunctionArn": function.arn, "FunctionUrl": url})


def _remove(request: Request) -> None:
    reference = request.properties["TargetFunctionArn"]
    if function := request.services.lambda_.functions.get(reference.rsplit(":", 1)[-1]):
        function.url = None


KINDS = {
    "AWS::Lambda::Url": Kind(
        schema={"TargetFunctionArn": ANY, "AuthType": ANY, "InvokeMode": ANY},
        make=_url,
        remove=_remove,
        fixed=("TargetFunctionArn",),
    ),
}
