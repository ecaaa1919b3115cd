"""Parameters."""

from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY


def _parameter(request: Request) -> Made:
    wanted, name = request.properties, request.name("Name")
    optional = {key: wanted[key] for key in ("Description", "AllowedPattern", "Tier") if key in wanted}
    request.client("ssm").put_parameter(
        Name=name, Type=wanted["Type"], Value=str(wanted["Value"]), Overwrite=request.before is not None, **optional
    )
    return Made(id=name, attributes={"Type": wanted["Type"], "Value": str(wanted["Value"])})


_PARAMETER = {
    "Name": ANY,
    "Type": ANY,
    "Value": ANY,
    "Description": ANY,
    "AllowedPattern": ANY,
    "Tier": ANY,
    "Tags": ANY,
}
KINDS = {"AWS::SSM::Parameter": Kind(schema=_PARAMETER, make=_parameter, fixed=("Name",))}
