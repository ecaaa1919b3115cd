"""How the story ends: the figures, what to try next, and the file for programs."""

from __future__ import annotations

import json
import math
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leeway_cli import console, registry, typed
from leeway_cli.story.drops import Drops
from leeway_cli.story.stage import Stage


@dataclass(kw_only=True)
class Figures:
    """How good each version was on which rows."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, *, rows: int, auc: float, best: float | None) -> None:
        """One measurement; an AUC that does not exist (one class only) is None."""
        area = None if math.isnan(auc) else auc
        self.rows.append({"what": what, "rows": rows, "auc": area, "best_possible": best})


def close(stage: Stage, material: Drops, figures: Figures, report: Path | None) -> None:
    """Say what came of it and what can be tried now, and write the report."""
    console.say()
    console.say(console.paint("What came of it", "bold"))
    for row in figures.rows:
        area = "does not exist (one class)" if row["auc"] is None else f"{row['auc']:.3f}"
        console.say(f"  {row['what']:<42} AUC {area}")
    console.say(f"  in {stage.seconds['whole']:.0f} s; everything is left running, and these work as typed:")
    console.say()
    for line in commands(stage, material):
        console.say(f"  {line}")
    if report is not None:
        document = {
            "model": stage.model,
            "timeline": [news.as_json() for news in stage.told],
            "metrics": figures.rows,
            "versions": {str(one.number): one.status for one in registry.versions(stage.target, stage.model)},
            "serving": registry.serving(stage.target, stage.model),
            "seconds": {name: round(seconds, 3) for name, seconds in stage.seconds.items()},
            "aws": {"endpoint_url": stage.server.url, "stack": stage.stack, "log": str(stage.server.log)},
        }
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        console.note(f"written: {report}")


def commands(stage: Stage, material: Drops) -> list[str]:
    """Lines to type; the first one makes the others work."""
    state = f" --state {shlex.quote(str(stage.state))}" if stage.state else ""
    name, inbox = stage.model, stage.target.settings.inbox_bucket
    sample = Path(stage.server.state) / "try" / material.later[-1].name
    sample.parent.mkdir(parents=True, exist_ok=True)
    sample.write_bytes(material.later[-1].body)
    rows = sample.with_name("rows.csv")
    rows.write_text("".join(material.after.text.splitlines(keepends=True)[:6]))
    group = stage.target.settings.resource(name)
    return [
        typed.point(state),
        f"leeway status {name}",
        f"leeway explain {name}",
        f"leeway invoke {name} --file {typed.path(rows)}",
        f"aws sagemaker list-model-packages --model-package-group-name {group}",
        f"leeway approve {name} 2" if len(registry.versions(stage.target, name)) > 1 else f"leeway retrain {name}",
        f"aws s3 cp {typed.path(sample)} s3://{inbox}/inbox/{name}/again.csv && leeway local advance{state} 10m",
        f"leeway local down{state}",
    ]
