"""One training as it is looked back on: its record, what it was made of, and its metrics on the holdout.

A run's own files are read first. Where it ended before they were written, SageMaker still has the definition by which
it ran, unless its pipeline was deleted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected
from leeway.retraining import records
from leeway.retraining.run import Run
from leeway_cli import console
from leeway_cli.runs.spent import Spent, spent
from leeway_cli.target import Target

Metrics = Mapping[str, float | None]  # None: the metric does not exist on this holdout
OF_SAGEMAKER = "sagemaker_"
CODE, SPEC = re.compile(r"/code/([0-9a-f]{64})/"), re.compile(r"/specs/[^/\"]+/([0-9a-f]{64})\.json")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a model was made of beside the data; `code` and `spec` are sha256. Empty is what is not known."""

    image: str = ""
    code: str = ""
    spec: str = ""
    hyperparameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A run with its recipe and the metrics of both models on the same holdout, as far as it came."""

    run: Run
    recipe: Recipe
    challenger: Metrics
    champion: Metrics
    spent: Spent | None = None

    @property
    def version(self) -> int | None:
        """The version that it registered."""
        return version_of(self.run)


def version_of(run: Run) -> int | None:
    """The number at the end of a package's ARN."""
    number = run.package.rpartition("/")[2]
    return int(number) if number.isdecimal() else None


def newest(target: Target, model: str, count: int) -> list[Run]:
    """The latest runs, newest first."""
    items = target.app.table.query(keys.model_pk(model), keys.RUN, newest_first=True, limit=count)
    return [records.run_of(item) for item in items]


def find(runs: Sequence[Run], model: str, wanted: str) -> Run:
    """The run whose id begins so, or that registered version "v3"; raises Missing or Rejected with what there is."""
    asked = wanted.lower()
    found = [run for run in runs if run.id.startswith(asked) or f"v{version_of(run)}" == asked]
    if len(found) == 1:
        return found[0]
    names = ", ".join(_named(run) for run in (found or list(reversed(runs))[:10])) or "none yet"
    if found:
        raise Rejected(f"{console.plain(wanted)} stands for several runs of {model}: {names}; write more of one")
    raise Missing(f"{model} has no run {console.plain(wanted)}; the newest are: {names}")


def _named(run: Run) -> str:
    version = version_of(run)
    return run.id[:8] + (f" (v{version})" if version else "")


def read(target: Target, run: Run) -> Report:
    """What is known of a run; nothing is changed."""
    lineage = document(target, f"{run.folder}/evaluate/lineage.json")
    evaluation = document(target, f"{run.folder}/evaluate/evaluation.json")
    return Report(
        run=run,
        recipe=of_lineage(lineage) if lineage else of_definition(_definition(target, run)),
        challenger=numbers(lineage.get("metrics")) or reported(evaluation),
        champion=numbers(inside(evaluation.get("champion")).get("metrics")),
    )


def in_full(target: Target, run: Run) -> Report:
    """The same, and what its training cost, which SageMaker is asked for."""
    return replace(read(target, run), spent=spent(target, run))


def document(target: Target, key: str) -> dict[str, Any]:
    """A JSON object of the artifacts bucket; empty where there is none, or something else."""
    try:
        return inside(target.app.objects.get_json(target.settings.artifacts_bucket, key))
    except ValueError:
        return {}


def inside(value: Any) -> dict[str, Any]:
    """The object that a value is, empty where it is none."""
    return value if isinstance(value, dict) else {}


def _definition(target: Target, run: Run) -> dict[str, Any]:
    if not run.execution:
        return {}
    try:
        with translated("SageMaker DescribePipelineDefinitionForExecution"):
            answer = target.client("sagemaker").describe_pipeline_definition_for_execution(
                PipelineExecutionArn=run.execution
            )
    except Rejected:
        return {}
    return inside(json.loads(answer["PipelineDefinition"]))


def of_lineage(lineage: Mapping[str, Any]) -> Recipe:
    """By a run's lineage.json."""
    seed = {"seed": str(lineage["seed"])} if "seed" in lineage else {}
    return Recipe(
        image=str(lineage.get("image", "")),
        code=str(lineage.get("code_sha256", "")),
        spec=str(lineage.get("spec_sha256", "")),
        hyperparameters=texts(seed | inside(lineage.get("hyperparameters"))),
    )


def of_definition(definition: Mapping[str, Any]) -> Recipe:
    """By a pipeline's definition, wherever conditions put its steps."""
    text = json.dumps(definition)
    code, spec = CODE.search(text), SPEC.search(text)
    places = (value for key in ("HyperParameters", "StaticHyperParameters") for value in _values(definition, key))
    given = next((value for value in places if isinstance(value, dict)), {})
    own = {name: value for name, value in given.items() if not name.startswith(OF_SAGEMAKER)}
    return Recipe(
        image=str(next(_values(definition, "TrainingImage"), "")),
        code=code[1] if code else "",
        spec=spec[1] if spec else "",
        hyperparameters=texts(own),
    )


def _values(value: Any, key: str) -> Iterator[Any]:
    """All that stands under a key, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from _values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, key)


def texts(given: Mapping[str, Any]) -> dict[str, str]:
    """Hyperparameters as SageMaker has them: all are texts, in the order of their names."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in sorted(given.items())}


def numbers(given: Any) -> dict[str, float | None]:
    """The metrics of a document, whatever they are called: its numbers, and None for one that does not exist."""
    named = inside(given).items()
    return {n: v for n, v in named if v is None or (isinstance(v, int | float) and not isinstance(v, bool))}


def reported(evaluation: Mapping[str, Any]) -> dict[str, float | None]:
    """Those of an evaluation.json in Model Monitor's form: `<problem>_metrics: {name: {value, …}}`."""
    found: dict[str, Any] = {}
    for name, inner in evaluation.items():
        if name.endswith("_metrics"):
            found |= {metric: inside(value).get("value", "") for metric, value in inside(inner).items()}
    return numbers(found)


def as_json(report: Report, now: datetime) -> dict[str, Any]:
    """For programs; `seconds` run up to now where it has not ended."""
    run, recipe = report.run, report.recipe
    return {
        "id": run.id,
        "trigger": run.trigger,
        "status": run.status,
        "attempt": run.attempt,
        "created": keys.stamp(run.created),
        "ended": keys.stamp(run.ended) if run.ended else None,
        "seconds": ((run.ended or now) - run.created).total_seconds(),
        "files": run.files,
        "rows": run.rows,
        "why": run.why,
        "version": report.version,
        "package": run.package or None,
        "execution": run.execution or None,
        "folder": run.folder,
        "manifest": run.manifest,
        "champion": run.champion,
        "image": recipe.image or None,
        "code_sha256": recipe.code or None,
        "spec_sha256": recipe.spec or None,
        "hyperparameters": dict(recipe.hyperparameters),
        "training": vars(report.spent) if report.spent else None,
        "metrics": {"challenger": dict(report.challenger), "champion": dict(report.champion)},
    }
