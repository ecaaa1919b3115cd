"""From a file to a folder with a model.toml: read, infer, judge the sample by it, check as `validate` does, write."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.rows import BAD_SHARE
from leeway.spec import BINARY, Column, Data
from leeway_cli.exits import Usage
from leeway_cli.inference import writing
from leeway_cli.inference.draft import Draft, Wishes, infer, model_name
from leeway_cli.inference.recheck import Findings, settle
from leeway_cli.inference.sample import Sample, read
from leeway_cli.model_toml.check import check


@dataclass(frozen=True, kw_only=True)
class Onboarded:
    """What was inferred, how the sample fares by it, and the text of the model.toml that says so."""

    name: str
    sample: Sample
    draft: Draft
    findings: Findings
    text: str

    @property
    def refusal(self) -> str | None:
        """Why a drop such as the sample would be set aside, None where it would be kept."""
        return self.findings.tally.refusal()


def onboard(file: Path, wishes: Wishes, name: str, now: datetime) -> Onboarded:
    """Infer a model.toml that passes `leeway validate`; raises Rejected or Usage where the file makes none."""
    sample = read(file, wishes.label)
    draft, findings = settle(infer(sample, wishes, now), sample, now)
    name = name or model_name(file)
    text = writing.model_toml(name, draft, str(sample))
    _must_pass(text)
    return Onboarded(name=name, sample=sample, draft=draft, findings=findings, text=text)


def target(out: Path | None, name: str, *, force: bool) -> Path:
    """Where the model.toml goes; raises Usage where one is there and must not be overwritten."""
    file = (out or Path(name)) / "model.toml"
    if file.exists() and not force:
        raise Usage(f"{file} is there already: say --force to overwrite it, or another folder by --out")
    return file


def write(file: Path, text: str) -> None:
    """Write a model.toml whole or not at all, with the folders that lead to it."""
    half = file.with_name(".model.toml.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(text, encoding="utf-8")
        half.replace(file)
    except OSError as error:
        raise Usage(f"{file} cannot be written: {error.strerror or error}; name a folder by --out") from error


def warnings(made: Onboarded) -> Iterator[str]:
    """What to look at before going on."""
    findings, draft = made.findings, made.draft
    if made.refusal and (blamed := findings.blamed[0][0]):
        yield f"look at the column {blamed}: it makes {findings.blamed[0][1]:,} rows bad"
    if findings.again:
        key = "id and time" if draft.time else "id"
        yield f"{findings.again:,} rows have the {key} of another; of each such group only the last is trained on"
    if made.sample.whole and findings.tally.good < Data.min_rows:
        here = f"{findings.tally.good:,} are here"
        yield f"no training starts before {Data.min_rows:,} good rows have come (data.min_rows), and {here}"


def judged(made: Onboarded) -> str:
    """How the sample fares by the rules that it gave."""
    tally = made.findings.tally
    if made.refusal:
        return f"a file like this would be set aside: {made.refusal}"
    if tally.bad:
        return (
            f"by these rules {tally.bad:,} of {tally.good + tally.bad:,} rows are bad and will be left out, "
            f"up to {BAD_SHARE:.0%} may be; {made.findings.first_bad}"
        )
    return f"by these rules {'all' if made.sample.whole else 'the first'} {tally.good:,} rows are good"


def next_lines(made: Onboarded, folder: Path) -> list[str]:
    """The commands that lead from here to a served model."""
    quoted, file = shlex.quote(str(folder)), shlex.quote(str(made.sample.file))
    return [
        f"leeway validate {quoted}",
        f"leeway apply {quoted}",
        f"aws s3 cp {file} s3://INBOX/inbox/{made.name}/",
        f"leeway status {made.name}",
        f"leeway approve {made.name} 1",
    ]


def as_json(made: Onboarded, written: Path) -> dict[str, Any]:
    """The same for programs."""
    draft, tally = made.draft, made.findings.tally
    return {
        "written": str(written),
        "model": made.name,
        "problem": draft.label.problem,
        "label": draft.label.name,
        "positive": draft.label.positive,
        "positive_share": draft.label.share if draft.label.problem == BINARY else None,
        "id": draft.id.name,
        "event_time": draft.time.role.name if draft.time else None,
        "split": draft.split,
        "columns": {feature.column.name: _column(feature.column) for feature in draft.features},
        "left_out": {out.name: out.why for out in draft.left_out},
        "sample": {"file": str(made.sample.file), "rows": made.sample.rows, "whole": made.sample.whole},
        "rows": {"good": tally.good, "bad": tally.bad, "first_bad": made.findings.first_bad or None},
        "set_aside": made.refusal,
        "warnings": list(warnings(made)),
        "next": next_lines(made, written.parent),
    }


def _column(column: Column) -> dict[str, Any]:
    given = vars(column).items()
    return {name: value for name, value in given if name != "name" and value != getattr(Column, name, None)}


def _must_pass(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.toml"
        file.write_text(text, encoding="utf-8")
        checked = check(file)
    if checked.problems:
        says = "; ".join(problem.text("") for problem in checked.problems[:3])
        raise Usage(f"what was inferred is no good model.toml{says}: choose by --name, --id and --time")
