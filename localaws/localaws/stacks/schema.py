"""What a resource type's properties may be: everything else is refused before anything is made."""

from typing import Any

from localaws.stacks.intrinsics import is_intrinsic

# A value that is passed on as it is: text, number, boolean, or a document such as a policy.
ANY: Any = None

Schema = Any


def problems(where: str, value: Any, schema: Schema) -> list[str]:
    """One sentence for each property that the schema does not name; a list's schema is a list of one."""
    if schema is ANY:
        return []
    if is_intrinsic(value):
        branches = value.get("Fn::If", [])[1:]
        return [problem for branch in branches for problem in problems(where, branch, schema)]
    if isinstance(schema, list):
        items = value if isinstance(value, list) else [value]
        return [problem for item in items for problem in problems(where, item, schema[0])]
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is not an object"]
    found = []
    for name, item in value.items():
        if name in schema:
            found += problems(f"{where}.{name}", item, schema[name])
        else:
            found.append(f"{where}.{name} is not known to the deployer: leave it out, or teach the deployer its effect")
    return found
