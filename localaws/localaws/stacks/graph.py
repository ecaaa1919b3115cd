"""The order in which resources can be made."""

from typing import Any

from localaws.errors import DeployRefused
from localaws.stacks.intrinsics import references


def order(resources: dict[str, Any]) -> list[str]:
    """Logical ids, each after all that it refers to or depends on; a cycle is refused by name."""
    needs = {name: _needs(resource) & set(resources) - {name} for name, resource in resources.items()}
    done: list[str] = []
    while len(done) < len(resources):
        ready = [name for name in resources if name not in done and needs[name] <= set(done)]
        if not ready:
            raise DeployRefused([f"circular dependency: {' -> '.join(_cycle(needs, set(done)))}"])
        done += ready
    return done


def _needs(resource: dict[str, Any]) -> set[str]:
    named = resource.get("DependsOn", [])
    return references(resource.get("Properties", {})) | set([named] if isinstance(named, str) else named)


def _cycle(needs: dict[str, set[str]], done: set[str]) -> list[str]:
    path = [next(name for name in needs if name not in done)]
    while True:
        following = min(needs[path[-1]] - done)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
