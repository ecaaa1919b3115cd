"""Checks between keys. They run on the raw document, so that one wrong key does not hide what is wrong elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

from leeway.keys import CHALLENGER
from leeway_cli.model_toml import hyperparameters, own, schedule
from leeway_cli.model_toml.algorithm import builtin_can_do_it, is_builtin
from leeway_cli.model_toml.gates import calibration_is_of_probabilities, gate_can_pass, slices_make_sense
from leeway_cli.model_toml.kinds import seconds
from leeway_cli.model_toml.problem import balance_fits_problem, label_fits_problem, problem_of
from leeway_cli.model_toml.problems import Problem
from leeway_cli.model_toml.rollout import (
    canaries_can_be_deployed,
    outcomes_can_be_counted,
    rollout_keys_fit_the_strategy,
    shadows_can_be_cast,
    stages_rise,
)
from leeway_cli.model_toml.serving import engine_fits_the_endpoint, scaling_is_whole, serving_keys_fit_the_mode
from leeway_cli.model_toml.tuning import tuning_makes_sense

Document = Mapping[str, Any]
ROLES = ("id", "label", "event_time", "weight")
LIMIT = 63  # characters of a SageMaker resource name
SUFFIX = len("-v999999-") + 10  # of a SageMaker model: "<stack>-<model>-v<version>-<ten hex digits>"


def problems(document: Document, stack: str) -> Iterator[Problem]:
    """Everything that is wrong between keys."""
    for rule in RULES:
        yield from rule(document)
    yield from name_fits(document, stack)


def roles_are_distinct(document: Document) -> Iterator[Problem]:
    """One column cannot be both the label and the id, say."""
    data = _table(document, "data")
    seen: dict[str, str] = {}
    for role in ROLES:
        column = data.get(role)
        if isinstance(column, str) and column in seen:
            yield Problem(key=f"data.{role}", value=column, says=f"is data.{seen[column]} too; they must be distinct")
        elif isinstance(column, str):
            seen[column] = role


def roles_are_no_features(document: Document) -> Iterator[Problem]:
    """A label among the features would be learnt by heart, and so would an id."""
    data = _table(document, "data")
    for role in ROLES:
        column = data.get(role)
        if isinstance(column, str) and column in _table(data, "columns"):
            says = f"is data.{role}, which is no feature: take it out of [data.columns]"
            yield Problem(key=f"data.columns.{column}", says=says)


def columns_make_sense(document: Document) -> Iterator[Problem]:
    """Ranges are for numbers, values for categories."""
    for name, column in _table(_table(document, "data"), "columns").items():
        if isinstance(column, Mapping):
            for says in _wrong_column(column):
                yield Problem(key=f"data.columns.{name}", value=column, says=says)


def _wrong_column(column: Document) -> Iterator[str]:
    kind, low, high, values = str(column.get("type")), *(column.get(key) for key in ("min", "max", "values"))
    if kind in {"bool", "category", "date"} and (low is not None or high is not None):
        yield f'min and max are for "int" and "float", not for "{kind}"'
    if kind in {"int", "float", "bool", "date"} and values is not None:
        yield f'values is for "category", not for "{kind}"'
    if _is_number(low) and _is_number(high) and low > high:
        yield f"min {low} is greater than max {high}"
    if isinstance(values, list) and len({str(value) for value in values}) < len(values):
        yield "values names a category twice"


def time_is_there(document: Document) -> Iterator[Problem]:
    """What looks at time needs to know which column that is."""
    data, training = _table(document, "data"), _table(document, "training")
    if "event_time" in data:
        return
    if training.get("split") == "time":
        yield Problem(key="training.split", value="time", says='needs data.event_time; without it, use "hash"')
    if "window" in data:
        yield Problem(
            key="data.window", value=data["window"], says="needs data.event_time; without it all data is used"
        )


def waits_make_sense(document: Document) -> Iterator[Problem]:
    """The longest wait ends a quiet period that never comes, so it cannot be the shorter one."""
    data = _table(document, "data")
    try:
        quiet, longest = seconds(data.get("quiet_period", "5m")), seconds(data.get("max_wait", "1h"))
    except ValueError:
        return  # said already, with the value
    if longest < quiet:
        key = "max_wait" if "max_wait" in data else "quiet_period"
        yield Problem(key=f"data.{key}", value=data[key], says="max_wait must not be shorter than quiet_period")


def four_eyes_are_peoples(document: Document) -> Iterator[Problem]:
    """Where nobody has to approve, nobody else does."""
    approval = _table(document, "approval")
    if approval.get("four_eyes") is True and approval.get("mode") == "auto":
        yield Problem(key="approval.four_eyes", value=True, says='wants a person; with mode = "auto" nobody is asked')


def schedule_is_one(document: Document) -> Iterator[Problem]:
    """EventBridge's syntax."""
    text = _table(document, "retraining").get("schedule")
    if isinstance(text, str) and (says := schedule.wrong(text)):
        allowed = 'allowed: cron(minutes hours day-of-month month day-of-week year), such as "cron(0 3 ? * MON *)"'
        yield Problem(key="retraining.schedule", value=text, says=f'{says}; {allowed}, or "rate(7 days)"')


def alarms_start_something(document: Document) -> Iterator[Problem]:
    """Without on_drift no alarm starts anything."""
    retraining = _table(document, "retraining")
    names = retraining.get("alarms")
    if isinstance(names, list) and len({str(name) for name in names}) < len(names):
        yield Problem(key="retraining.alarms", value=names, says="names an alarm twice")
    idle = [key for key in ("alarms", "min_labels") if key in retraining]
    if idle and retraining.get("on_drift") is False:
        says = f"leaves {' and '.join(idle)} without effect; leave out the one or the other"
        yield Problem(key="retraining.on_drift", value=False, says=says)


def hyperparameters_are_xgboosts(document: Document) -> Iterator[Problem]:
    """The container refuses what it does not know, after the instance has started."""
    training = _table(document, "training")
    given = _table(training, "hyperparameters")
    if "entry" in training:
        yield from own.hyperparameters(given)
    elif (problem := problem_of(document)) is not None:
        yield from hyperparameters.problems(given, problem)


def exact_takes_no_categories(document: Document) -> Iterator[Problem]:
    """XGBoost's exact tree method knows numbers only, which are all that the built-in algorithm is given."""
    if is_builtin(document):
        return
    columns = _table(_table(document, "data"), "columns").values()
    kinds = {str(column.get("type") if isinstance(column, Mapping) else column) for column in columns}
    method = _table(_table(document, "training"), "hyperparameters").get("tree_method")
    if method == "exact" and "category" in kinds:
        key = f"{hyperparameters.PREFIX}.tree_method"
        yield Problem(key=key, value=method, says='takes no columns of type "category"; allowed: "hist" or "approx"')


def name_fits(document: Document, stack: str) -> Iterator[Problem]:
    """Stack, model, version and hash together must fit SageMaker's limit."""
    name = _table(document, "model").get("name")
    if isinstance(name, str) and name.endswith(CHALLENGER):
        says = f"ends in {CHALLENGER}, as the names of endpoints do that challengers have for themselves"
        yield Problem(key="model.name", value=name, says=says)
    room = LIMIT - SUFFIX - len(stack) - 1
    if isinstance(name, str) and 0 < len(name) <= 30 and len(name) > room:
        says = f"is too long for the stack {stack}: names in SageMaker have at most {LIMIT} characters, which leaves"
        yield Problem(key="model.name", value=name, says=f"{says} {max(room, 0)} for it")


RULES: tuple[Callable[[Document], Iterator[Problem]], ...] = (
    roles_are_distinct,
    roles_are_no_features,
    label_fits_problem,
    balance_fits_problem,
    columns_make_sense,
    time_is_there,
    waits_make_sense,
    gate_can_pass,
    calibration_is_of_probabilities,
    slices_make_sense,
    serving_keys_fit_the_mode,
    scaling_is_whole,
    engine_fits_the_endpoint,
    rollout_keys_fit_the_strategy,
    stages_rise,
    canaries_can_be_deployed,
    shadows_can_be_cast,
    outcomes_can_be_counted,
    four_eyes_are_peoples,
    schedule_is_one,
    alarms_start_something,
    hyperparameters_are_xgboosts,
    exact_takes_no_categories,
    builtin_can_do_it,
    own.prepare_reads_alone,
    tuning_makes_sense,
)


def _table(document: Document, key: str) -> Document:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
