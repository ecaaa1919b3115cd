"""Functions by their URLs: who may call, what the function gets, what the caller gets.

Source: Lambda Developer Guide, "Control access to Lambda function URLs" and "Invoking Lambda function URLs".
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from localaws import DeployRefused, LocalAWS, Mode
from localaws.faults import ConnectionFault
from localaws.server import Server
from localaws.wire import Answer

pytestmark = pytest.mark.contract

TEMPLATE = Path(__file__).parent / "data" / "urls.yaml"
FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see:"
    " https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


@pytest.fixture
def aws(bare: LocalAWS) -> LocalAWS:
    bare.deploy(TEMPLATE, stack="urls")
    return bare


def url(aws: LocalAWS, output: str = "Url") -> str:
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="urls")["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}[output]


def called(aws: LocalAWS, path: str = "", method: str = "POST", output: str = "Url", **rest: Any) -> Answer:
    return aws.fetch(method, url(aws, output) + path, **rest)


def event(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.body)
    return found


def answered(aws: LocalAWS, answer: Any) -> Answer:
    """What a caller gets of what a function answers."""
    return called(aws, data=json.dumps({"answer": answer}), headers={"Content-Type": "application/json"})


def test_the_attributes_and_the_operations_tell_the_url(aws: LocalAWS) -> None:
    """CloudFormation: Ref is the function's ARN; API: GetFunctionUrlConfig, ListFunctionUrlConfigs."""
    arn = f"arn:aws:lambda:us-east-1:{aws.account}:function:answerer"
    assert url(aws, "Ref") == arn
    lambda_ = aws.client("lambda")
    found = lambda_.get_function_url_config(FunctionName="answerer")
    assert (found["FunctionUrl"], found["FunctionArn"], found["AuthType"]) == (url(aws), arn, "AWS_IAM")
    (listed,) = lambda_.list_function_url_configs(FunctionName="answerer")["FunctionUrlConfigs"]
    assert listed["FunctionUrl"] == url(aws)
    assert lambda_.list_function_url_configs(FunctionName="stranger")["FunctionUrlConfigs"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        lambda_.get_function_url_config(FunctionName="stranger")


def test_a_url_stays_the_same_over_deployments(aws: LocalAWS) -> None:
    before = url(aws)
    aws.deploy(TEMPLATE, stack="urls")
    assert url(aws) == before
    assert called(aws).status == 200


def test_a_request_is_an_event_of_format_2(aws: LocalAWS) -> None:
    """Guide, "Request payload format"."""
    headers = {"Content-Type": "text/csv", "X-Unit": "42", "Cookie": "a=1; b=2", "User-Agent": "tester"}
    found = event(called(aws, "my/path?x=1&x=2&y=", data="1,2", headers=headers, function="caller"))
    assert {key: found[key] for key in ("version", "routeKey", "rawPath", "rawQueryString")} == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "x=1&x=2&y=",
    }
    assert found["cookies"] == ["a=1", "b=2"]
    assert found["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert (found["body"], found["isBase64Encoded"]) == ("1,2", False)
    assert (found["headers"]["content-type"], found["headers"]["x-unit"]) == ("text/csv", "42")
    assert {"authorization", "cookie"} & found["headers"].keys() == set()
    context = found["requestContext"]
    assert context["http"] == {
        "method": "POST",
        "path": "/my/path",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "tester",
    }
    assert context["domainName"] == f"{context['domainPrefix']}.lambda-url.us-east-1.on.aws"
    assert abs(context["timeEpoch"] / 1000 - aws.now().timestamp()) < 60
    caller = context["authorizer"]["iam"]["userArn"]
    assert caller.startswith(f"arn:aws:sts::{aws.account}:assumed-role/")
    assert caller.endswith("/caller")


def test_what_is_no_text_comes_as_base64(aws: LocalAWS) -> None:
    """Guide: isBase64Encoded is true where the body is binary."""
    found = event(called(aws, data=b"\x00\xff", headers={"Content-Type": "application/octet-stream"}))
    assert (found["body"], found["isBase64Encoded"]) == ("AP8=", True)
    found = event(called(aws, data=b"\xff", headers={"Content-Type": "text/plain"}))
    assert found["isBase64Encoded"] is True


def test_a_get_has_no_body(aws: LocalAWS) -> None:
    found = event(called(aws, method="GET"))
    assert {"body", "queryStringParameters", "cookies"} & found.keys() == set()
    assert (found["rawPath"], found["isBase64Encoded"]) == ("/", False)


@pytest.mark.parametrize(
    ("answer", "body"),
    [({"message": "hello"}, b'{"message": "hello"}'), ("hello", b'"hello"'), (None, b"null"), ([1], b"[1]")],
)
def test_a_plain_answer_is_a_body_of_json(answer: Any, body: bytes, aws: LocalAWS) -> None:
    """Guide, "Response payload format": what has no statusCode."""
    found = answered(aws, answer)
    assert (found.status, found.header("Content-Type"), found.body) == (200, "application/json", body)


def test_an_answer_with_a_status_is_a_response(aws: LocalAWS) -> None:
    given = {
        "statusCode": 422,
        "headers": {"Content-Type": "text/csv", "X-Count": 3},
        "cookies": ["a=1; Secure", "b=2"],
        "body": "0.5",
    }
    found = answered(aws, given)
    assert (found.status, found.body) == (422, b"0.5")
    assert (found.header("Content-Type"), found.header("X-Count")) == ("text/csv", "3")
    assert [value for name, value in found.headers if name == "Set-Cookie"] == ["a=1; Secure", "b=2"]


def test_a_body_may_be_base64(aws: LocalAWS) -> None:
    found = answered(aws, {"statusCode": 200, "body": "AP8=", "isBase64Encoded": True})
    assert found.body == b"\x00\xff"
    assert answered(aws, {"statusCode": 200, "body": "no base64", "isBase64Encoded": True}).status == 502


@pytest.mark.parametrize("broken", [{"statusCode": "fine"}, {"statusCode": 200, "body": {"a": 1}}, {"statusCode": 7}])
def test_a_response_that_is_none_is_a_bad_gateway(broken: dict[str, Any], aws: LocalAWS) -> None:
    assert answered(aws, broken).status == 502


def test_a_function_that_fails_is_a_bad_gateway(aws: LocalAWS) -> None:
    """As known from practice (swift-cloud/swift-cloud#16): 502 and Internal Server Error."""
    found = called(aws, data=json.dumps({"raise": "no"}), headers={"Content-Type": "application/json"})
    assert (found.status, found.body) == (502, b"Internal Server Error")
    assert "ValueError: no" in aws.logs("answerer")


def test_a_request_over_six_megabytes_is_too_large(aws: LocalAWS) -> None:
    """Lambda quotas: 6 MB for a synchronous invocation, which holds the body as base64."""
    found = called(aws, data=b"\x00" * 5_000_000, headers={"Content-Type": "application/octet-stream"})
    assert (found.status, found.header("x-amzn-ErrorType")) == (413, "RequestEntityTooLargeException")
    assert called(aws, data=b"\x00" * 4_000_000, headers={"Content-Type": "application/octet-stream"}).status == 200
    assert answered(aws, {"statusCode": 200, "body": "x" * 3_000_000}).status == 200


def test_a_caller_needs_both_actions(aws: LocalAWS) -> None:
    """Guide: since October 2025 lambda:InvokeFunctionUrl and lambda:InvokeFunction."""
    assert called(aws, function="caller").status == 200
    for function, lacking in (("half", "lambda:InvokeFunction"), ("stranger", "lambda:InvokeFunctionUrl")):
        found = called(aws, function=function)
        assert (found.status, found.header("x-amzn-ErrorType")) == (403, "AccessDeniedException")
        assert json.loads(found.body) == {"Message": FORBIDDEN}
        assert aws.denied[-1].endswith(f"because no identity-based policy allows the {lacking} action")
    assert aws.logs("answerer").count("START") == 1


def test_a_grant_for_the_url_lets_nobody_invoke(aws: LocalAWS) -> None:
    """lambda:InvokedViaFunctionUrl is no key of a plain Invoke."""
    with pytest.raises(ClientError, match="AccessDeniedException"):
        aws.client("lambda", function="caller").invoke(FunctionName="answerer")


def test_the_functions_policy_lets_in_too(aws: LocalAWS, tmp_path: Path) -> None:
    """Guide: in one account either policy is enough."""
    grants = "".join(
        f"""
  Let{number}:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Answerer
      Principal: !GetAtt StrangerRole.Arn
      Action: {action}
      {condition}
"""
        for number, (action, condition) in enumerate(
            [
                ("lambda:InvokeFunctionUrl", "FunctionUrlAuthType: AWS_IAM"),
                ("lambda:InvokeFunction", "InvokedViaFunctionUrl: true"),
            ]
        )
    )
    aws.deploy(_changed(tmp_path, "\nOutputs:", f"{grants}\nOutputs:"), stack="urls")
    assert called(aws, function="stranger").status == 200


def test_who_does_not_sign_is_forbidden(aws: LocalAWS) -> None:
    found = called(aws, signed=False)
    assert (found.status, json.loads(found.body)) == (403, {"Message": FORBIDDEN})


def test_a_signature_for_another_service_is_forbidden(aws: LocalAWS) -> None:
    request = AWSRequest(method="GET", url=url(aws))
    SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
    found = called(aws, method="GET", signed=False, headers=dict(request.headers))
    assert json.loads(found.body)["Message"].startswith("Credential should be scoped to correct service: 'lambda'.")


def test_a_url_for_everybody_needs_no_signature(aws: LocalAWS) -> None:
    """Guide: AuthType NONE, and a policy of the function that lets everybody in, by both actions."""
    found = event(called(aws, output="OpenUrl", signed=False))
    assert (found["requestContext"]["accountId"], "authorizer" in found["requestContext"]) == ("anonymous", False)


def test_a_url_for_everybody_needs_both_grants(aws: LocalAWS) -> None:
    """aws/agent-toolkit-for-aws#250: with InvokeFunctionUrl alone it is 403, even with AuthType NONE."""
    assert called(aws, output="PlainUrl", signed=False).status == 403
    assert aws.denied[-1].startswith("User: anonymous is not authorized to perform: lambda:InvokeFunction on")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[LocalAWS]:
    """The stack behind a real port, whose address its URLs have."""
    server = Server("127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with LocalAWS(state_dir=tmp_path / "state", address=f"http://127.0.0.1:{server.server_port}") as aws:
        aws.deploy(TEMPLATE, stack="urls")
        server.application = aws.front
        yield aws
        server.shutdown()
        server.server_close()


def test_botocore_signs_and_sends_over_the_port(served: LocalAWS) -> None:
    request = AWSRequest(method="PUT", url=f"{url(served)}a?x=1", data=b"1,2", headers={"Content-Type": "text/csv"})
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    found = json.loads(answer.content)
    assert (answer.status_code, found["rawPath"], found["body"]) == (200, "/a", "1,2")
    assert found["requestContext"]["authorizer"]["iam"]["accessKey"] == "test"


def test_curl_signs_and_sends_over_the_port(served: LocalAWS) -> None:
    signing = ["--aws-sigv4", "aws:amz:us-east-1:lambda", "--user", "test:test"]
    for words, status in ((signing, "200"), ([], "403")):
        command = [
            "curl",
            "-s",
            "-w",
            "\n%{http_code}",
            *words,
            "-d",
            "1,2",
            "-H",
            "Content-Type: text/csv",
            url(served),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        body, _, code = done.stdout.rpartition("\n")
        assert code == status
        assert json.loads(body).get("body" if words else "Message") == ("1,2" if words else FORBIDDEN)


def test_a_path_of_no_url_is_not_found(aws: LocalAWS) -> None:
    assert aws.fetch("GET", "http://localhost:4566/_url/nothing/").status == 404


def test_faults_strike_urls_too(aws: LocalAWS) -> None:
    aws.faults.add(service="lambda", operation="InvokeFunctionUrl", action=Mode.TIMEOUT_AFTER, times=1)
    with pytest.raises(ConnectionFault):
        called(aws)
    assert aws.logs("answerer").count("START") == 1


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{AuthType: AWS_IAM, InvokeMode: RESPONSE_STREAM}", "InvokeMode BUFFERED"),
        ("{AuthType: AWS_IAM, Cors: {AllowOrigins: ['*']}}", "Cors"),
    ],
)
def test_what_urls_here_cannot_do_is_refused(config: str, said: str, bare: LocalAWS, tmp_path: Path) -> None:
    with pytest.raises(DeployRefused, match=said):
        bare.deploy(_changed(tmp_path, "FunctionUrlConfig: {AuthType: AWS_IAM}", f"FunctionUrlConfig: {config}"))


def _changed(folder: Path, old: str, new: str) -> Path:
    """The template with another part."""
    (folder / "functions").symlink_to(TEMPLATE.parent / "functions")
    text = TEMPLATE.read_text()
    assert old in text
    file = folder / "urls.yaml"
    file.write_text(text.replace(old, new))
    return file


def test_a_url_names_the_port_that_there_is_after_a_restart(tmp_path: Path) -> None:
    """In what the stack tells and in what functions are told, without another deployment and with one."""
    state, old, new = tmp_path / "state", "http://127.0.0.1:4001", "http://127.0.0.1:4002"
    with LocalAWS(state_dir=state, keep=True, address=old) as aws:
        aws.deploy(TEMPLATE, stack="urls")
        assert url(aws).startswith(old)
    with LocalAWS(state_dir=state, keep=True, address=new) as aws:
        told = aws.client("lambda").get_function_url_config(FunctionName="answerer")["FunctionUrl"]
        assert told == url(aws)
        assert told.startswith(f"{new}/_url/")
        assert called(aws).status == 200
        aws.deploy(TEMPLATE, stack="urls")
        assert url(aws) == told
    with LocalAWS(state_dir=state, keep=True, address=new) as aws:
        assert url(aws) == told
