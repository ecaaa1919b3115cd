"""A tick that finds a hundred models due at once, as where each has an experiment that is looked at in this minute."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from leeway import keys
from leeway.aws.table import DUE, Put, Table, Value
from localaws import LocalAWS

ROOT = Path(__file__).resolve().parent.parent
MODELS, ROUNDS = 100, 5
STACK, FUNCTION = "leeway", "leeway-tick"


def measure() -> list[Figure]:
    """Seconds of the function with the embedded AWS in the same process, the median; and its calls for each model."""
    taken, calls = [], 0
    with tempfile.TemporaryDirectory() as folder, LocalAWS(state_dir=Path(folder)) as aws:
        aws.deploy(ROOT / "template.yaml", stack=STACK)
        table = Table(aws.client("dynamodb"), STACK)
        for number in range(ROUNDS + 1):
            due = int(aws.now().timestamp()) - 1
            for model in (f"model-{n:03}" for n in range(MODELS)):
                item: dict[str, Value] = {
                    "pk": keys.model_pk(model),
                    "sk": keys.ROLLOUT,
                    "due": DUE,
                    "due_at": due,
                    "wake_pending": False,
                }
                table.put(Put(item=item))
                table.put(Put(item={"pk": keys.MODELS, "sk": model}))
            before, begun = _calls(aws), time.perf_counter()
            woken = aws.lambda_.invoke(FUNCTION, {}).result["woken"]
            assert woken == MODELS, f"{woken} woken"
            if number:  # the first one also makes the clients, and scans
                taken.append(time.perf_counter() - begun)
                calls = _calls(aws) - before
    name = f"a tick over {MODELS} models that are due"
    return [
        Figure(name=name, value=statistics.median(taken), unit="s", bar=2, note=f"the median of {ROUNDS}"),
        Figure(name=f"{name}: calls a model", value=calls / MODELS, unit="", bar=6),
    ]


def _calls(aws: LocalAWS) -> int:
    return sum(count for (caller, *_), count in aws.calls.counts.items() if caller == FUNCTION)
