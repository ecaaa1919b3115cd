"""`leeway init`: from a CSV file to a model.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leeway_cli import console, options

File = Annotated[Path, typer.Argument(help="A CSV file with a header, such as those to be dropped.", metavar="FILE")]
Label = Annotated[str, typer.Option("--label", help="The column to predict.", metavar="COLUMN")]
Id = Annotated[
    str, typer.Option("--id", help="The column that tells rows apart [default: found out].", metavar="COLUMN")
]
Time = Annotated[
    str, typer.Option("--time", help="The column with the time of a row [default: found out].", metavar="COLUMN")
]
Name = Annotated[str, typer.Option("--name", help="The model's name [default: after the file].", metavar="NAME")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder to write to [default: NAME].", metavar="FOLDER")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a model.toml that is there.")]


def init(
    file: File,
    label: Label,
    id_column: Id = "",
    time: Time = "",
    name: Name = "",
    out: Out = None,
    force: Force = False,
    as_json: options.Json = False,
) -> None:
    """Write a model.toml from a CSV file, without AWS.

    Reads a sample, infers columns, types and ranges, and judges the sample by them as drops are judged.
    """
    from datetime import UTC, datetime

    from leeway_cli.exits import Bad
    from leeway_cli.inference import onboarding, writing
    from leeway_cli.inference.draft import Wishes, model_name

    written = onboarding.target(out, name or model_name(file), force=force)
    wishes = Wishes(label=label, id=id_column, time=time)
    made = onboarding.onboard(file, wishes, name, datetime.now(UTC))
    onboarding.write(written, made.text)
    if as_json:
        console.show_json(onboarding.as_json(made, written))
    else:
        console.say(f"wrote {written}: model {made.name}, from {console.plain(str(made.sample))}")
        for line in [*writing.summary(made.draft), onboarding.judged(made)]:
            console.say(f"  {console.plain(line)}")
        for line in onboarding.warnings(made):
            console.note(console.plain(line))
    if made.refusal:
        raise Bad(f"{written} is written; mend it or the file before you drop one like it")
    if not as_json:
        console.say("next, with INBOX as apply names it:")
        for line in onboarding.next_lines(made, written.parent):
            console.say(f"  {line}")
