"""A draft of a model's specification: the roles, the features, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from leeway.spec import Data
from leeway_cli.exits import Usage
from leeway_cli.inference import labels, roles
from leeway_cli.inference.columns import Feature, LeftOut, judge
from leeway_cli.inference.labels import Label
from leeway_cli.inference.profile import Profile, good_name
from leeway_cli.inference.roles import EventTime, Role
from leeway_cli.inference.sample import Sample

WINDOW = 180  # days; what a training looks back on where nothing is said
WINDOWS = (365, 730, 1095, 1825, 3650, 7300)
MOST = 2000  # features; a specification takes no more


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a person said of the columns; "" for what is to be found out."""

    label: str
    id: str = ""
    time: str = ""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Everything that was inferred."""

    label: Label
    id: Role
    time: EventTime | None
    features: Sequence[Feature]
    left_out: Sequence[LeftOut]

    @property
    def split(self) -> str:
        """By time where the sample has moments enough to be cut in three."""
        return "time" if self.time and self.time.moments >= roles.MOMENTS else "hash"

    @property
    def window(self) -> int | None:
        """Days that a training must look back on to see all of the sample; None where the default does."""
        if self.time is None or self.time.span < timedelta(days=WINDOW):
            return None
        return next((days for days in WINDOWS if self.time.span < timedelta(days=days)), WINDOWS[-1])

    @property
    def data(self) -> Data:
        """What a row is, for the rules that judge rows."""
        return Data(
            id=self.id.name,
            label=self.label.name,
            event_time=self.time.role.name if self.time else None,
            positive=self.label.positive,
            columns=tuple(sorted((feature.column for feature in self.features), key=lambda column: column.name)),
        )

    def without(self, name: str, why: str) -> Draft:
        """The draft with a feature less."""
        out = [LeftOut(name=name, why=why, type=f.column.type) for f in self.features if f.column.name == name]
        kept = [feature for feature in self.features if feature.column.name != name]
        return replace(self, features=kept, left_out=[*self.left_out, *out])


def infer(sample: Sample, wishes: Wishes, now: datetime) -> Draft:
    """Draft a specification; raises Rejected or Usage where the sample makes no model, with what to do."""
    label = labels.label_of(_named(sample, wishes.label, "--label"))
    rest = [profile for name, profile in sample.profiles.items() if name != label.name]
    if wishes.time:
        time: EventTime | None = roles.time_named(_named(sample, wishes.time, "--time"))
    else:
        time = roles.time_of([profile for profile in rest if profile.name != wishes.id], now)
    rest = [profile for profile in rest if not time or profile.name != time.role.name]
    if wishes.id:
        who = Role(name=_named(sample, wishes.id, "--id").name, why="as you said")
    else:
        who = roles.id_of(rest, timed=time is not None)
    _must_differ(label.name, who.name, time.role.name if time else "")
    judged = [judge(profile) for profile in rest if profile.name != who.name]
    features = [found for found in judged if isinstance(found, Feature)]
    if not features:
        reasons = "; ".join(f"{out.name} {out.why}" for out in judged[:5] if isinstance(out, LeftOut))
        raise Usage(f"{sample.file} has no column left to learn from{f': {reasons}' if reasons else ''}")
    left_out = [found for found in judged if isinstance(found, LeftOut)]
    left_out += [LeftOut(name=name, why="stands in the header twice") for name in sample.twice]
    left_out += [
        LeftOut(name=extra.column.name, why=f"a model takes {MOST:,} features", type=extra.column.type)
        for extra in features[MOST:]
    ]
    return Draft(label=label, id=who, time=time, features=features[:MOST], left_out=left_out)


def model_name(file: Path) -> str:
    """A name for the model: of the file, or of its folder where the file is called after a date or a number."""
    for text in (Path(file.name.removesuffix(".gz")).stem, file.absolute().parent.name):
        name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:30].strip("-")
        if name and name[0].isalpha():
            return name
    return "model"


def _named(sample: Sample, name: str, option: str) -> Profile:
    if not good_name(name):
        raise Usage(
            f'{option} {name}: no column may be called so: at most 128 letters, none of [ ] < , " and no blanks'
        )
    return sample.of(name, option)


def _must_differ(label: str, who: str, time: str) -> None:
    if len({label, who, time}) < 3:
        raise Usage("--label, --id and --time must name different columns")
