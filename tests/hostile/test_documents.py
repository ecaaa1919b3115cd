"""Documents that people and jobs write, with what does not belong there at each place: read, or refused in a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.drift.reference import Feature, Reference, reference
from leeway.experiment.assignment import Attributes
from leeway.modelmonitor import constraints, violations
from leeway.modelmonitor.reading import window
from leeway.retraining import manifest, verdict
from leeway_cli.model_toml.check import check
from leeway_cli.model_toml.schema import Column, ModelToml
from leeway_cli.runs import report
from tests.hostile.values import VALUES, WRONG, changed_at, places

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[2]
CHURN = (ROOT / "training/models/churn/model.toml").read_text()
CONSTRAINTS = {
    "version": 0.0,
    "features": [
        {
            "name": "tenure", "inferred_type": "Integral", "completeness": 0.9,
            "num_constraints": {"is_non_negative": True},
        },
        {
            "name": "plan", "inferred_type": "String", "completeness": 1.0,
            "string_constraints": {"domains": ["month", "year"]},
        },
    ],
    "monitoring_config": {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": {
            "perform_comparison": "Enabled", "comparison_threshold": 0.1, "comparison_method": "Robust",
        },
    },
}  # fmt: skip
VIOLATED = {"violations": [{"feature_name": "tenure", "constraint_check_type": "data_type_check", "description": "x"}]}
BASELINE = {
    "rows": 100,
    "features": {
        "plan": {"type": "category", "count": 100, "missing": 0, "shares": {"month": 0.75, "year": 0.25}},
        "tenure": {"type": "int", "count": 90, "missing": 10, "min": 0.0, "max": 72.0,
                   "quantiles": [0.0, 24.0, 72.0], "cumulative": [0.1, 0.5, 1.0]},
    },
}  # fmt: skip
EVALUATION = {
    "binary_classification_metrics": {"auc": {"value": 0.8, "standard_deviation": 0.1}},
    "metrics": {"auc": 0.8},
    "champion": {"metrics": {"auc": 0.7}},
    "scores": {"rows": 50, "edges": [0.2, 0.5], "cumulative": [0.4, 0.8], "rates": [0.1, 0.3, 0.7]},
}
LINEAGE = {
    "artifact_sha256": "a" * 64,
    "image": "xgboost:3.0-5",
    "code_sha256": "b" * 64,
    "spec_sha256": "c" * 64,
    "seed": 42,
    "hyperparameters": {"eta": "0.1"},
    "metrics": {"auc": 0.8},
}
STATISTICS = {
    "version": 0.0,
    "dataset": {"item_count": 100},
    "features": [
        {
            "name": "tenure",
            "inferred_type": "Integral",
            "numerical_statistics": {
                "common": {"num_present": 90, "num_missing": 10},
                "mean": 2.0, "sum": 180.0, "std_dev": 0.5, "min": 1.0, "max": 3.0,
                "distribution": {"kll": {"sketch": {"data": [[1.0, 2.0, 3.0], [2.0]]}}},
            },
        },
        {
            "name": "plan",
            "inferred_type": "String",
            "string_statistics": {
                "common": {"num_present": 100, "num_missing": 0},
                "distribution": {"categorical": {"buckets": [{"value": "month", "count": 60}]}},
            },
        },
    ],
}  # fmt: skip
VERSUS = Reference(
    features=(
        Feature(name="tenure", type="int", edges=(0.0, 24.0), shares=(0.1, 0.5, 0.1)),
        Feature(name="plan", type="category", texts=("month",), shares=(0.75, 0.25, 0.0)),
    )
)
READERS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "constraints": (constraints.read, CONSTRAINTS),
    "violations": (violations.read, VIOLATED),
    "baseline": (lambda document: reference(document, EVALUATION, ["plan", "tenure"]), BASELINE),
    "evaluation of a baseline": (lambda document: reference(BASELINE, document, ["tenure"]), EVALUATION),
    "statistics": (lambda document: window(VERSUS, document), STATISTICS),
    "manifest": (lambda document: manifest.considered(json.dumps(document).encode()), {"considered": ["a"]}),
    "gate": (lambda document: verdict.report(document, "passed"), {"passed": 1, "reason": "better"}),
}
TOML = [
    "true", "-1", "0", "1e308", "nan", "-inf", "99999999999999999999", '""', '"x"', '"\\u0000"', '"../../etc/passwd"',
    "[]", "{}", "[[]]", "[1, 2]", '{ a = "b" }', "1979-05-27", "07:32:00", '"' + "x" * 10_000 + '"', "[" * 500, "'", "",
]  # fmt: skip


def refused_or_read(read: Callable[[Any], Any], document: Any) -> None:
    """A reason is for people: it says what is wrong, and no more than a line."""
    said = "read"
    try:
        read(document)
    except ValueError as error:
        said = str(error)
    assert 0 < len(said) < 1000
    assert "\n" not in said


def _shown(document: Any) -> Any:
    """What `leeway runs` and `leeway lineage` make of an evaluation or a lineage."""
    found = report.inside(document)
    return [report.of_lineage(found), report.numbers(found.get("metrics")), report.reported(found)]


SHOWN: dict[str, Any] = {"evaluation": EVALUATION, "lineage": LINEAGE}


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_of_a_run_may_be_anything(name: str) -> None:
    """Metrics are numbers or nothing: "0.99" is none, nor is 7 in place of an object of them."""
    document = SHOWN[name]
    for path in places(document):
        for value in [*WRONG, {"auc": "0.99"}, "the value of it"]:
            recipe, plain, monitored = _shown(changed_at(document, path, value))
            assert all(isinstance(one, str) for one in recipe.hyperparameters.values())
            for metrics in (plain, monitored):
                assert all(one is None or type(one) in {int, float} for one in metrics.values())


@pytest.mark.parametrize("name", READERS)
def test_each_value_of_a_document_may_be_anything(name: str) -> None:
    read, document = READERS[name]
    assert read(document)
    for path in places(document):
        for value in WRONG:
            refused_or_read(read, changed_at(document, path, value))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_value_anywhere_breaks_no_reader(name: str, data: st.DataObject) -> None:
    read, document = READERS[name]
    path = data.draw(st.sampled_from(list(places(document))))
    refused_or_read(read, changed_at(document, path, data.draw(VALUES)))


@pytest.mark.parametrize("name", READERS)
def test_a_part_that_is_missing_is_named(name: str) -> None:
    read, document = READERS[name]
    for path in places(document):
        if path and isinstance(path[-1], str):
            holder = document
            for key in path[:-1]:
                holder = holder[key]
            rest = {key: value for key, value in holder.items() if key != path[-1]}
            refused_or_read(read, changed_at(document, path[:-1], rest))


@pytest.mark.parametrize("value", TOML, ids=lambda value: value[:20])
def test_each_key_of_a_model_may_be_anything(tmp_path: Path, value: str) -> None:
    """Every mistake is a line that names its key, and none ends in a traceback."""
    file, lines = tmp_path / "model.toml", CHURN.splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    assert len(keys) > 20
    for number in keys:
        changed = [*lines[:number], f"{lines[number].split(' = ')[0]} = {value}", *lines[number + 1 :]]
        file.write_text("\n".join(changed))
        found = check(file)
        assert (found.spec is None) == bool(found.problems)
        assert all(line.isprintable() and len(line) < 2000 for line in found.lines())


@pytest.mark.parametrize("value", ["[]", "{}", '"x"', "-1", "nan", "true", "[[1]]", "1979-05-27"])
def test_each_key_that_there_is_may_be_anything(tmp_path: Path, value: str) -> None:
    """Those of sections that the example has not, too; and of a column in its long form."""
    file, document = tmp_path / "model.toml", CHURN.split("\n[")
    named = [
        (section, key)
        for section, field in ModelToml.model_fields.items()
        for key in (field.annotation.model_fields if isinstance(field.annotation, type) else ())
    ]
    assert len(named) > 60
    texts = [
        CHURN.replace("[data.columns]\n", f"[data.columns]\nx = {{ {key} = {value} }}\n") for key in Column.model_fields
    ]
    for section, key in named:
        others = [part for part in document if not part.startswith((f"{section}]", f"[{section}]"))]
        texts.append("\n[".join([f"{section}.{key} = {value}", *others]))
    for text in texts:
        file.write_text(text)
        found = check(file)
        assert (found.spec is None) == bool(found.problems)
        assert all(line.isprintable() and len(line) < 2000 for line in found.lines())


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(max_size=80) | st.from_regex(r"leeway epoch=[0-9]{1,12} version=[0-9]{1,12}( unit=[0-9a-f]{0,20})?")
)
def test_only_what_predict_writes_is_read_of_custom_attributes(text: str) -> None:
    found = Attributes.parse(text)
    if found is not None:
        assert Attributes.parse(str(found)) == found
        assert len(text) <= len("leeway epoch=123456789 version=123456789 unit=0123456789abcdef fell-back")
