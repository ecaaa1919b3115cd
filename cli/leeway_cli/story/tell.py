"""The story, act by act."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from leeway.errors import Rejected, Unavailable
from leeway.retraining.run import BROKEN, REFUSED
from leeway.rollout.challenge.plan import AB
from leeway.spec import Rollout
from leeway_cli import applying, console, contest, layout, registry, scoring, state
from leeway_cli.churn import auc
from leeway_cli.model_toml.check import check
from leeway_cli.registry import Version
from leeway_cli.story import drops, ending
from leeway_cli.story.drops import Asked, Drop, Drops
from leeway_cli.story.ending import Figures
from leeway_cli.story.life import MANY, Life, shortened
from leeway_cli.story.stage import Stage, refuse_a_model_that_is_there


def whole(stage: Stage, *, data: Path | None, report: Path | None) -> None:
    """All acts; raises where something that must happen does not."""
    begun = time.monotonic()
    chosen = drops.folder(data) if data else None
    stage.open()
    material = chosen or drops.customers(stage.now())
    figures = Figures()
    _apply(stage, material)
    first = _first_version(stage, material, figures)
    _bad_file(stage, material)
    life = Life(stage=stage, people=material.people)
    second = _second_version(stage, material, figures, first)
    if second is not None:
        _earn(stage, material, figures, life, second)
        _too_good(stage, material, life, second)
        _roll_back(stage, material, figures, first, second)
    stage.seconds["whole"] = time.monotonic() - begun
    ending.close(stage, material, figures, report)


def _apply(stage: Stage, material: Drops) -> None:
    end = stage.act("1. A model is a folder with a model.toml")
    checked = check(material.toml)
    assert checked.spec is not None
    refuse_a_model_that_is_there(stage.target, checked.spec.model.name)
    stage.watch(checked.spec.model.name)
    columns = len(checked.spec.data.columns)
    stage.you("Apply", f"{checked.file}: predict {checked.spec.data.label} from {columns} columns")
    spec = shortened(checked.spec)
    if spec != checked.spec:
        stage.you("Note", "labels come within the hour here, so outcome_window, bake, cycle and horizon are shortened")
    wanted = applying.wanted(stage.target, spec, checked.own)
    applying.carry_out(stage.target, wanted, applying.changes(stage.target, wanted))
    end()


def _first_version(stage: Stage, material: Drops, figures: Figures) -> Version:
    end = stage.act("2. Data comes: it is checked, a model is trained, and you approve it")
    _drop(stage, material.first)
    first = _trained(stage, known=0)
    assert first is not None
    _approve(stage, first)
    _predict(stage, material.before, figures, "version 1, customers of its own time")
    end()
    return first


def _bad_file(stage: Stage, material: Drops) -> None:
    end = stage.act("3. A bad file comes: it is set aside with its reason, and nothing else stops")
    stage.you("Drop", f"{material.bad.name}: {material.flaw}")
    _put(stage, material.bad)
    stage.settle()
    end()


def _second_version(stage: Stage, material: Drops, figures: Figures, first: Version) -> Version | None:
    end = stage.act(f"4. The world moves on: {material.news}")
    _an_hour_of_drift(stage, material, figures)
    _drop(stage, material.later)
    second = _trained(stage, known=first.number)
    end()
    return second


def _earn(stage: Stage, material: Drops, figures: Figures, life: Life, second: Version) -> None:
    """By an experiment, or at once where the specification says so."""
    how = (
        "is better on old rows; now it has to earn its traffic"
        if _rules(stage).strategy == AB
        else "serves, all at once"
    )
    end = stage.act(f"5. Version {second.number} {how}")
    _try(stage, life, second)
    _must_serve(stage, second)
    _predict(stage, material.after, figures, f"version {second.number}, the same rows")
    end()


def _too_good(stage: Stage, material: Drops, life: Life, second: Version) -> None:
    """A version that has learnt from what nobody knows in time: its gate cannot see that, for its holdout tells too."""
    if material.leaking is None or _rules(stage).strategy != AB:
        return
    end = stage.act("6. A version too good to be true: its data tell what only became known afterwards")
    _drop(stage, [material.leaking])
    stage.you("Note", "who left had called to say so, and the file counts that call: no gate on such rows can see it")
    third = _trained(stage, known=second.number)
    if third is not None:
        _try(stage, life, third)
        _must_serve(stage, second)
    end()


def _try(stage: Stage, life: Life, version: Version) -> None:
    """Approve it; where it has to prove itself, customers ask until that is decided."""
    if _rules(stage).strategy != AB:
        _approve(stage, version)
        return
    stage.you("Approve", f"version {version.number} in the Model Registry")
    registry.decide(stage.target, version, "Approved", "the demonstration")
    stage.until(lambda: _begun(stage, version), f"version {version.number} beside the champion")
    stage.you("Predict", f"{2 * MANY} requests an hour from now on; what becomes of each is known soon after")
    life.goes_on(version.number)
    stage.settle()


def _rules(stage: Stage) -> Rollout:
    return scoring.specification(stage.target, stage.model).rollout


def _begun(stage: Stage, version: Version) -> bool | None:
    found = contest.look(stage.target, stage.model).experiment
    return True if found and found.challenger.version == version.number and found.started else None


def _must_serve(stage: Stage, version: Version) -> None:
    """Raises Unavailable where another one does: then the story cannot go on."""
    serves = registry.serving(stage.target, stage.model)
    if serves != version.number:
        raise Unavailable(f"version {version.number} should serve now, and version {serves} does: leeway explain")


def _an_hour_of_drift(stage: Stage, material: Drops, figures: Figures) -> None:
    """What is asked changes before anybody knows what will happen; the hour after, the monitor says so."""
    hour = stage.to_the_hour()
    _predict(stage, material.after, figures, "version 1, newer rows")
    rows = scoring.from_csv(material.traffic, scoring.features(stage.target, stage.model))
    count = len(scoring.ask(stage.target, stage.model, rows).scores)
    stage.you("Predict", f"{count:,} more rows in the same hour; what happens to them is not known yet")
    stage.you("Wait", "for the hour to be over and looked at; here the clock is moved forward instead")
    stage.until_looked_at(hour)
    stage.settle()


def _roll_back(stage: Stage, material: Drops, figures: Figures, first: Version, second: Version) -> None:
    end = stage.act(f"{7 if material.leaking else 6}. You change your mind: version 2 is rejected, version 1 is back")
    stage.you("Reject", f"version {second.number}, which serves")
    registry.decide(stage.target, second, "Rejected", "the demonstration shows how to roll back")
    _served(stage, first)
    _predict(stage, material.after, figures, "version 1 again, the same rows")
    end()


def _drop(stage: Stage, files: Sequence[Drop]) -> None:
    names = ", ".join(file.name for file in files) if len(files) <= 3 else f"{files[0].name} … {files[-1].name}"
    stage.you("Drop", f"{layout.counted(len(files), 'file')} into s3://…/inbox/{stage.model}/: {names}")
    for file in files:
        _put(stage, file)
    stage.settle()
    stage.you("Wait", "for the quiet period to pass; here the clock is moved forward instead")


def _put(stage: Stage, file: Drop) -> None:
    key = f"inbox/{stage.model}/{file.name}"
    stage.target.app.objects.put(stage.target.settings.inbox_bucket, key, file.body, "text/csv")


def _trained(stage: Stage, known: int) -> Version | None:
    """The version after `known`, or None where the gate (or the data) refused it, which the story tells."""
    run_before = state.last_run(stage.target, stage.model)

    def look() -> Version | str | None:
        newer = [one for one in registry.versions(stage.target, stage.model) if one.number > known]
        if newer:
            return newer[-1]
        run = state.last_run(stage.target, stage.model)
        new = run is not None and (run_before is None or run.id != run_before.id)
        return run.why if run is not None and new and run.status in {REFUSED, BROKEN} else None

    found = stage.until(look, f"a new version of {stage.model}")
    stage.settle()
    if isinstance(found, Version):
        return found
    if not known:
        raise Rejected(f"no first version: {found}")
    console.note("no second version, so there is nothing to replace or roll back; that is a good end, too")
    return None


def _approve(stage: Stage, version: Version) -> None:
    stage.you("Approve", f"version {version.number} in the Model Registry")
    registry.decide(stage.target, version, "Approved", "the demonstration")
    _served(stage, version)


def _served(stage: Stage, version: Version) -> None:
    name = stage.target.settings.resource(stage.model)

    def look() -> bool | None:
        serves = registry.serving(stage.target, stage.model) == version.number
        return True if serves and stage.target.app.sagemaker.endpoint(name).status == "InService" else None

    stage.until(look, f"version {version.number} serving")
    stage.settle()


def _predict(stage: Stage, asked: Asked, figures: Figures, what: str) -> None:
    rows = scoring.from_csv(asked.text, scoring.features(stage.target, stage.model))
    scores = scoring.ask(stage.target, stage.model, rows).scores
    area = auc(asked.happened, scores)
    figures.add(what, rows=len(scores), auc=area, best=asked.best)
    best = f"; the best that is possible is {asked.best:.3f}" if asked.best else ""
    stage.you("Predict", f"{len(scores)} rows ({what}): AUC {area:.3f} by what happened later{best}")
