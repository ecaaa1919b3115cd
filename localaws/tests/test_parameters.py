"""SSM's parameters."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract


def test_a_parameter_is_written_read_overwritten_and_deleted(bare: LocalAWS) -> None:
    ssm = bare.client("ssm")
    assert ssm.put_parameter(Name="/keep/switch", Value="off", Type="String")["Version"] == 1
    with pytest.raises(ClientError, match="ParameterAlreadyExists"):
        ssm.put_parameter(Name="/keep/switch", Value="on")
    assert ssm.put_parameter(Name="/keep/switch", Value="on", Overwrite=True)["Version"] == 2
    parameter: dict[str, Any] = ssm.get_parameter(Name="/keep/switch")["Parameter"]
    assert (parameter["Value"], parameter["Type"], parameter["Version"]) == ("on", "String", 2)
    assert parameter["ARN"] == "arn:aws:ssm:us-east-1:123456789012:parameter/keep/switch"
    assert abs((bare.now() - parameter["LastModifiedDate"]).total_seconds()) < 5
    ssm.delete_parameter(Name="/keep/switch")
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/keep/switch")


def test_many_are_read_by_name_and_by_path(bare: LocalAWS) -> None:
    ssm = bare.client("ssm")
    for name in ("/a/one", "/a/b/two", "/other"):
        ssm.put_parameter(Name=name, Value="x", Type="String")
    answer = ssm.get_parameters(Names=["/other", "/none"])
    assert ([found["Name"] for found in answer["Parameters"]], answer["InvalidParameters"]) == (["/other"], ["/none"])
    assert [found["Name"] for found in ssm.get_parameters_by_path(Path="/a")["Parameters"]] == ["/a/one"]
    assert len(ssm.get_parameters_by_path(Path="/a", Recursive=True)["Parameters"]) == 2
    assert "Value" not in ssm.describe_parameters()["Parameters"][0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param({"Value": "x" * 4097, "Type": "String"}, "ValidationException", id="long"),
        pytest.param({"Value": "x", "Type": "SecureString"}, "NotImplemented", id="secure"),
        pytest.param({"Value": "x", "AllowedPattern": "on|off"}, "ParameterPatternMismatch", id="pattern"),
        pytest.param({"Value": "x", "Policies": "[]"}, "NotImplemented", id="policies"),
    ],
)
def test_refusals(bare: LocalAWS, arguments: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        bare.client("ssm").put_parameter(Name="/a", **arguments)
