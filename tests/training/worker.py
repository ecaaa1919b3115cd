"""Runs steps and serving code on the image's Python, from the folders that the arguments name and nothing else.

A line of JSON is a job, and a line of JSON is answered: one process for many jobs, for its imports take longer than
most of them. What a job prints is part of its answer; what native code prints goes to standard error.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(*code: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path[:] = [*code, *(path for path in sys.path if path != str(Path(__file__).parent))]
    for line in sys.stdin:
        answers.write(json.dumps(run(json.loads(line))) + "\n")
        answers.flush()


def run(job: dict[str, Any]) -> dict[str, Any]:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            found = {"value": JOBS[job.pop("do")](**job)}
    except SystemExit as error:
        found = {"exit": str(error.code)}
    except Exception:  # noqa: BLE001  whatever it is, the test is told
        found = {"crash": traceback.format_exc()}
    return found | {"said": printed.getvalue()}


def step(name: str, arguments: list[str], env: dict[str, str]) -> None:
    before = dict(os.environ)
    os.environ.update(env)
    try:
        importlib.import_module(f"steps.{name}").main(arguments)
    finally:
        os.environ.clear()
        os.environ.update(before)


def serve(folder: str, requests: list[tuple[str, str, str]]) -> list[tuple[int, str, str]]:
    """As the container does: what is raised is a 500, and a body is sent as UTF-8."""
    module = importlib.import_module("inference")
    model = module.model_fn(folder)
    return [answer(module, model, base64.b64decode(body), kind, accept) for body, kind, accept in requests]


def answer(module: Any, model: Any, body: bytes, kind: str, accept: str) -> tuple[int, str, str]:
    try:
        found = module.transform_fn(model, body, kind, accept)
        return found.status, found.mimetype, found.response.encode().decode()
    except Exception:  # noqa: BLE001  the edge of the container
        return 500, "", traceback.format_exc()


def decide(gate: dict[str, Any], evidence: dict[str, Any]) -> dict[str, Any]:
    from leeway.spec import Gate
    from steps.gate import Evidence
    from steps.gate import decide as judge
    from steps.interval import Difference
    from steps.slices import Group, Slices

    if "difference" in evidence:
        evidence["difference"] = Difference(**evidence["difference"])
    if "slices" in evidence:
        parts = evidence["slices"]
        found = {name: [Group(**group) for group in parts.get(name, [])] for name in ("groups", "ignored")}
        evidence["slices"] = Slices(**found, lacking=parts.get("lacking", []))
    return judge(Gate(**gate), Evidence(**{"rows": 1000} | evidence)).to_json()


def interval(metric: str, seed: int, **pair: list[Any]) -> dict[str, Any]:
    """The difference of two models, with the metrics that all rows give."""
    import time
    from dataclasses import asdict

    import numpy as np

    from steps.interval import Pair, difference
    from steps.statistic import statistic

    arrays = {name: np.array(values, dtype=np.float32) for name, values in pair.items()}
    given = Pair(**{"weights": np.ones(len(pair["truth"]))} | arrays)
    ours, theirs = (statistic(metric, given.truth, scores) for scores in (given.challenger, given.champion))
    started = time.monotonic()
    found = difference(metric, given, ours(given.weights) - theirs(given.weights), seed)
    return asdict(found) | {"challenger": ours(given.weights), "seconds": time.monotonic() - started}


def calibration(scores: list[float], happened: list[float]) -> float:
    import numpy as np

    from steps.calibration import calibration_error

    return calibration_error(np.array(scores), np.array(happened), np.ones(len(scores)))


def metrics(
    labels: list[float], scores: list[Any], problem: str = "binary", weights: list[float] | None = None
) -> dict[str, float]:
    import numpy as np

    from steps.metrics import metrics as found

    truth, given = np.array(labels, dtype=np.float32), np.array(scores, dtype=np.float32)
    return found(problem, truth, given, None if weights is None else np.array(weights))


def changed(path: str, expression: str) -> None:
    """An array of the test's own making in the place of another, `a`."""
    import numpy as np

    np.save(path, eval(expression, {"np": np, "a": np.load(path)}))


def prepared(output: str, spec: dict[str, Any]) -> str:
    """What is wrong with the outputs of a Prepare, "" for nothing."""
    from leeway.errors import Rejected
    from leeway.spec import ModelSpec
    from steps.prepared import check

    try:
        check(Path(output), ModelSpec.from_json(spec))
    except Rejected as error:
        return str(error)
    return ""


def distribution(values: list[float], cuts: list[int]) -> list[dict[str, Any]]:
    """Ours, from blocks, and numpy's, from the whole; of nothing, ours alone."""
    import numpy as np

    module = importlib.import_module("steps.distribution")
    whole = np.array(values, dtype=np.float32)
    exact = whole.astype(np.float64)
    ours = module.distribution(lambda: iter(np.split(whole, cuts)))
    if not values:
        return [ours]
    quantiles = [module._short(one) for one in np.quantile(exact, np.linspace(0.0, 1.0, module.QUANTILES))]
    numpys = {
        "mean": float(exact.mean()),
        "std": float(exact.std()),
        "min": module._short(whole.min()),
        "max": module._short(whole.max()),
        "quantiles": quantiles,
        "cumulative": [float((whole <= np.float32(one)).mean()) for one in quantiles],
    }
    return [ours, numpys]


def array(path: str) -> Any:
    import numpy as np

    return np.load(path).tolist()


def predict(model: str, features: str) -> dict[str, Any]:
    """By nothing but XGBoost and the model's file."""
    import numpy as np
    import xgboost

    booster = xgboost.Booster(model_file=bytearray(Path(model).read_bytes()))
    matrix = xgboost.DMatrix(
        np.load(features), feature_names=booster.feature_names, feature_types=booster.feature_types
    )
    return {"rounds": booster.num_boosted_rounds(), "scores": booster.predict(matrix).tolist()}


def loaded(folder: str) -> list[str]:
    """The files of a folder that were imported."""
    files = [Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
    return sorted(str(file.relative_to(folder)) for file in files if file.is_relative_to(folder))


def cells(spec: dict[str, Any], cells: list[str]) -> list[Any]:
    """What DuckDB makes of each cell: the id, the moment, then of each feature whether it is sure, and the value."""
    from leeway.spec import ModelSpec
    from steps import asking, judging
    from steps.engine import database
    from steps.staging import Staging

    model = ModelSpec.from_json(spec)
    names = sorted(["id", "at", "y", *(column.name for column in model.data.columns)])
    with database() as base:
        columns = [("file", "INTEGER"), ("line", "BIGINT"), *((f"c{n}", "VARCHAR") for n in range(len(names)))]
        base.load("raw", columns, ([0, n, *[cell] * len(names)] for n, cell in enumerate(cells)))
        read = {reading.name: reading for reading in judging.readings(Staging(files=[], names=names), model)}
        keys = [_read(base, read[name]) for name in ("id", "moment")]
        features = [_read(base, read[f"v{n}"]) for n in range(len(model.data.columns))]
        asking.FEW = len(cells)  # few or many, they are read alike
        assert repr([_read(base, read[f"v{n}"]) for n in range(len(model.data.columns))]) == repr(features)
        return [
            [*(value if sure else None for sure, value in row[:2]), *row[2:]]
            for row in zip(*keys, *features, strict=True)
        ]


def _read(base: Any, reading: Any) -> list[tuple[bool, Any]]:
    from steps import asking

    if reading.ask:
        reading = asking.asked(base, reading)
    joins, value = reading.join, reading.value
    if reading.texts:
        joins += f" LEFT JOIN {reading.name}_texts ON {reading.name}_texts.code = {value}"
        value = f"{reading.name}_texts.value"
    if reading.name == "moment":
        value = f"({value})::VARCHAR"
    cast = f"(SELECT rowid AS place, *, {reading.cast} AS {reading.name}_cast FROM raw)"
    source = f"(SELECT *, {reading.plain} AS {reading.name}_plain FROM {cast})"
    return base.rows(f"SELECT coalesce({reading.sure}, false), {value} FROM {source} {joins} ORDER BY place")


def file(spec: dict[str, Any], path: str) -> dict[str, Any]:
    """The ids of the good rows of one file, and lines and reasons of the bad ones."""
    from datetime import datetime

    from leeway.spec import ModelSpec
    from steps.engine import database
    from steps.reading import read
    from steps.staging import Staged

    model = ModelSpec.from_json(spec)
    with database() as base:
        one = Staged(number=0, path=Path(path), arrived=datetime.fromisoformat("2030-01-01T00:00:00+00:00"))
        read(base, [one], model)
        bad = one.faults
        good = [name for (name,) in base.rows("SELECT id FROM judged ORDER BY place")]
    return {
        "good": good,
        "bad": [(fault.line, fault.reason) for fault in bad],
        "bad_lines": sum(fault.lines for fault in bad),
        "refused": one.refused,
    }


def sql(statements: list[str]) -> list[Any]:
    """What DuckDB answers to the last of some statements."""
    import duckdb

    connection = duckdb.connect()
    for statement in statements:
        answer = connection.execute(statement)
    return [list(map(str, row)) for row in answer.fetchall()]


JOBS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        step,
        serve,
        decide,
        interval,
        calibration,
        metrics,
        distribution,
        array,
        changed,
        prepared,
        predict,
        loaded,
        cells,
        file,
        sql,
    )
}

if __name__ == "__main__":
    main(*sys.argv[1:])
