"""What the command line records: who asked for what, kept in the journal and sent out as an event."""

from __future__ import annotations

import getpass

from leeway import keys, models
from leeway.aws.table import Write
from leeway.aws.translate import translated
from leeway.errors import LeewayError, Missing
from leeway.journal import Entry
from leeway.models import Model
from leeway_cli import console
from leeway_cli.target import Target

YOU = "you"  # the actor of everything that a person does


def name() -> str:
    """Who is at the keyboard, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def identity(target: Target) -> str:
    """The ARN by which AWS knows who is at the keyboard."""
    with translated("STS GetCallerIdentity"):
        return str(target.client("sts").get_caller_identity()["Arn"])


def known(target: Target) -> list[str]:
    """All models that were ever applied."""
    return [str(item["sk"]) for item in target.app.table.query(keys.MODELS, "")]


def model(target: Target, wanted: str) -> Model:
    """The model of that name; raises Missing with the names that there are."""
    found = models.find(target.app.table, wanted)
    if found is None:
        there = ", ".join(known(target)) or "none yet; begin with: leeway apply FOLDER"
        raise Missing(f"there is no model {console.plain(wanted)} in {target}; there is: {there}")
    return found


def remembered(target: Target, wanted: str) -> None:
    """Raises Missing where nothing is kept of a model; one that was removed has its journal still.

    `_unknown` stands for what belongs to no model, and may have none yet.
    """
    if wanted != keys.UNKNOWN and not target.app.table.query(keys.model_pk(wanted), keys.JOURNAL, limit=1):
        model(target, wanted)


def record(target: Target, entry: Entry, *writes: Write) -> None:
    """Keep an entry with the writes that it speaks of, all or none, and send it out as an event.

    The journal is the record and the event only the news: where it cannot be sent, that is said and no more.
    """
    if writes:
        target.app.table.transact([*writes, entry.write()])
    else:
        target.app.table.put(entry.write())
    try:
        target.app.bus.put([entry.event()])
    except LeewayError as error:
        console.note(f"recorded, but no event was sent: {error}")


def entry(target: Target, model_name: str, what: str, why: str, **detail: str | int) -> Entry:
    """An entry of the person at the keyboard, now."""
    return Entry(model=model_name, at=target.now(), actor=YOU, what=what, why=why, detail={"by": name(), **detail})
