"""The rendered definition where several instances read the data: one step more, and the rest as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leeway.tuning import Range, Tuning
from pipeline.render import render
from tests.unit.pipeline.test_render import PLACE, gets, named, spec, taken

pytestmark = pytest.mark.unit
TUNING = Tuning(max_trials=4, objective="validation:auc", ranges=(Range(name="eta", min=0.1, max=0.3),))


def definition(instances: int, **training: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(spec(prepare_instances=instances, **training), PLACE))
    return document


def inputs(step: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {given["InputName"]: given["S3Input"] for given in step["Arguments"]["ProcessingInputs"]}


def test_so_many_instances_read_each_its_share_of_the_files() -> None:
    read = named(definition(4))["Read"]
    assert read["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 4
    given = inputs(read)
    assert (given["data"]["S3DataDistributionType"], given["data"]["S3DataType"]) == ("ShardedByS3Key", "ManifestFile")
    assert {given[name]["S3DataDistributionType"] for name in ("code", "wheels", "spec", "manifest")} == {
        "FullyReplicated"
    }
    taken(read)


def test_prepare_takes_what_they_read_and_no_file() -> None:
    steps = named(definition(4))
    prepare = steps["Prepare"]
    assert prepare["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 1
    given = inputs(prepare)
    assert "data" not in given
    (output,) = steps["Read"]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    assert given["states"]["S3Uri"] == {
        "Get": f"Steps.Read.ProcessingOutputConfig.Outputs['{output['OutputName']}'].S3Output.S3Uri"
    }
    taken(prepare)


@pytest.mark.parametrize("more", [pytest.param({}, id="train"), pytest.param({"tuning": TUNING}, id="tune")])
def test_the_rest_is_as_with_one(more: dict[str, Any]) -> None:
    one, four = definition(1, **more), definition(4, **more)
    assert [step["Name"] for step in one["Steps"]] == ["Prepare", "Ready"]
    assert [step["Name"] for step in four["Steps"]] == ["Read", "Prepare", "Ready"]
    assert four["Steps"][2:] == one["Steps"][1:]
    assert {**four, "Steps": []} == {**one, "Steps": []}
    alone, merging = one["Steps"][0], four["Steps"][1]
    assert merging["Arguments"]["ProcessingOutputConfig"] == alone["Arguments"]["ProcessingOutputConfig"]
    assert [name for name in (*alone, *merging) if alone[name] != merging[name]] == ["Arguments", "Arguments"]


def test_each_reference_is_to_a_parameter_or_a_step_that_is_there() -> None:
    document = definition(2)
    known = {"Parameters": {one["Name"] for one in document["Parameters"]}, "Steps": set(named(document))}
    for reference in gets(document["Steps"]):
        kind, name, *_ = reference.split(".")
        assert name in known.get(kind, {"PipelineExecutionArn"}), reference
