"""A draft as model.toml: what was inferred, each line with what the sample says of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence

from leeway.cells import shown
from leeway.spec import BINARY, MULTICLASS, REGRESSION, Column
from leeway_cli import console
from leeway_cli.inference.columns import LeftOut
from leeway_cli.inference.draft import WINDOW, Draft
from leeway_cli.inference.labels import Label
from leeway_cli.model_toml.problem import KINDS

SHOWN = 200  # columns left out that are listed
WIDEST = 60  # of a line before its comment
PATIENCE = 20  # rounds; without it each of the real data sets that this was tried with learns its noise by heart
Line = tuple[str, str]  # what TOML says, and the comment


def model_toml(name: str, draft: Draft, source: str) -> str:
    """The whole file; `source` says what it was inferred from."""
    sections = (
        [
            ("[model]", ""),
            (f"name = {quoted(name)}", ""),
            (f"problem = {quoted(draft.label.problem)}", _or(draft.label)),
        ],
        list(_data(draft)),
        [("[data.columns]", ""), *(_feature(feature.column, feature.note) for feature in draft.features)],
        list(_left_out(draft.left_out)),
        [("[training]", ""), (f"split = {quoted(draft.split)}", _split_says(draft))],
        [
            ("[training.hyperparameters]", ""),
            (
                f"early_stopping_rounds = {PATIENCE}",
                "boosting ends when so many rounds made the validation part no better",
            ),
        ],
        [("[gate]", ""), *_gate(draft.label)],
    )
    head = (
        f"# Written by `leeway init` from {console.plain(source)}: guesses, to be read by somebody who knows the data."
    )
    return "\n\n".join([head, *("\n".join(_aligned(section)) for section in sections if section)]) + "\n"


def label_says(label: Label) -> str:
    """What the sample says of the label."""
    if label.problem == REGRESSION:
        return f"a number, with a standard deviation of {label.spread:.3g}"
    if label.problem == MULTICLASS:
        return f"{label.classes:,} classes, the most frequent in {label.share:.1%} of the rows"
    return f"1 in {label.share:.1%} of the rows"


def _or(label: Label) -> str:
    return f'"{label.other}" where that is what these numbers are' if label.other else ""


def _gate(label: Label) -> Iterator[Line]:
    """The default metric of the problem, and what knowing nothing reaches in it."""
    yield f"metric = {quoted(KINDS[label.problem].metric)}", ""
    if label.problem == BINARY:
        yield "min = 0.5", "chance; raise it to what a version must reach"
    elif label.problem == MULTICLASS:
        least = math.floor(label.share * 100) / 100
        yield f"min = {least}", "what the most frequent class alone reaches; raise it to what a version must reach"
    elif label.spread:
        yield f"min = {label.spread:.3g}", "what the mean alone reaches; lower it to what a version must reach"


def quoted(text: str) -> str:
    """A text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def key(name: str) -> str:
    """A column's name as a TOML key."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)


def column(given: Column) -> str:
    """A column as [data.columns] has it: its type alone, or a table."""
    parts = [f"type = {quoted(given.type)}"]
    if given.min is not None:
        parts.append(f"min = {given.min:g}")
    if given.values:
        parts.append(f"values = [{', '.join(quoted(value) for value in given.values)}]")
    if given.nullable:
        parts.append("nullable = true")
    return quoted(given.type) if len(parts) == 1 else f"{{ {', '.join(parts)} }}"


def _data(draft: Draft) -> Iterator[Line]:
    yield "[data]", ""
    yield f"id = {quoted(draft.id.name)}", draft.id.why
    if draft.time:
        yield f"event_time = {quoted(draft.time.role.name)}", draft.time.role.why
    yield f"label = {quoted(draft.label.name)}", label_says(draft.label)
    if draft.label.positive is not None:
        yield f"positive = {quoted(draft.label.positive)}", "what counts as 1; turn it round where that is wrong"
    yield 'quiet_period = "5m"', "a training starts when no file came for this long"
    if draft.time:
        says = f"; the sample spans {draft.time.span.days:,} days" if draft.window else ""
        yield f'window = "{draft.window or WINDOW}d"', f"what a training looks back on{says}"
    yield "min_rows = 500", "fewer start no training"


def _feature(given: Column, note: str) -> Line:
    return f"{key(given.name)} = {column(given)}", note


def _left_out(left_out: Sequence[LeftOut]) -> Iterator[Line]:
    if left_out:
        yield "# Left out. Take away the # before a name to learn from it all the same.", ""
    for one in left_out[:SHOWN]:
        name = console.plain(one.name) or "(no name)"
        yield (f"# {key(one.name)} = {quoted(one.type)}", one.why) if one.type else (f"# {name}", one.why)
    if len(left_out) > SHOWN:
        yield f"# and {len(left_out) - SHOWN:,} more", ""


def _split_says(draft: Draft) -> str:
    if draft.time is None:
        return "no column of times was found"
    if draft.split == "hash":
        return f"the sample has only {draft.time.moments} moments"
    return "the newest rows are held out"


def _aligned(lines: Sequence[Line]) -> Iterator[str]:
    widths = [len(code) for code, comment in lines if comment and len(code) <= WIDEST]
    width = max(widths, default=0)
    for code, comment in lines:
        yield f"{code:<{width}}  # {console.plain(comment)}" if comment else code


def summary(draft: Draft) -> list[str]:
    """What was decided, in a few lines for people."""
    label, time = draft.label, draft.time
    positive = f", 1 is {shown(label.positive)}" if label.positive is not None else ""
    lines = [
        f"label     {label.name}: {label.problem}{positive}, {label_says(label)}",
        f"id        {draft.id.name}: {draft.id.why}",
        f"time      {time.role.name}: {time.role.why}" if time else "time      no column of times was found",
        f"split     by {draft.split}: {_split_says(draft)}",
        f"features  {len(draft.features):,}: {_some([feature.column.name for feature in draft.features])}",
    ]
    lines += [f"left out  {out.name or '(no name)'}: {out.why}" for out in draft.left_out[:8]]
    if len(draft.left_out) > 8:
        lines.append(f"left out  and {len(draft.left_out) - 8:,} more; the file lists them")
    return [console.plain(line) for line in lines]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
