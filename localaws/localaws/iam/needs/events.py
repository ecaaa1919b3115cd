"""Needs of EventBridge: each entry needs its bus, whose name may be an ARN."""

from collections.abc import Iterator

from localaws.iam.asked import Asked, Need, Needs


def _put_events(asked: Asked) -> Iterator[Need]:
    for entry in asked.request.get("Entries", []):
        bus = str(entry.get("EventBusName", "default"))
        keys = {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
        yield Need(
            action="events:PutEvents",
            resource=asked.arn("events", bus if bus.startswith("arn:") else f"event-bus/{bus}"),
            keys=tuple((name, (str(value),)) for name, value in keys.items() if value),
        )


NEEDS: dict[str, Needs] = {"PutEvents": _put_events}
