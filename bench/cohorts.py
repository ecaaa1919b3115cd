"""A cohort of a million captured predictions with their labels, counted as the rollout counts it."""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figure import Figure, NotMeasured
from leeway.counting import connected
from leeway.experiment.assignment import Arm, Assignment, Attributes
from leeway.outcomes.act import MEMORY
from leeway.outcomes.cohorts import count
from leeway.outcomes.plan import Slice
from leeway.outcomes.truth import UNIT_ID, Question
from leeway.spec import Data

PREDICTIONS, FEATURES = 1_000_000, 10
BEGIN = datetime(2026, 3, 2, 3, tzinfo=UTC)
ARMS = tuple(Arm(version=version, endpoint="e", slot=slot) for version, slot in ((1, "a"), (2, "b")))
ASSIGNMENT = Assignment(experiment="churn-2", epoch=1, champion=ARMS[0], challenger=ARMS[1], share=30, begin=BEGIN)
HALF = '{"observedContentType":"text/csv","mode":"%s","data":"%s\\n","encoding":"CSV"}'
CAPTURE = (
    f'{{"captureData":{{"endpointInput":{HALF % ("INPUT", "%s")},"endpointOutput":{HALF % ("OUTPUT", "%s")}}},'
    '"eventMetadata":{"eventId":"%s","customAttributes":["%s"],"inferenceTime":"%s"},"eventVersion":"0"}\n'
)
LABEL = '{"groundTruthData":{"data":"%d","encoding":"CSV"},"eventMetadata":{"eventId":"%s"},"eventVersion":"0"}\n'


def measure() -> list[Figure]:
    """Seconds and peak memory of a process of its own, for named units and for requests."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        for unit in ("unit_id", "request"):
            command = [sys.executable, "-m", "bench.cohorts", folder, unit]
            answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own
            if answer.returncode:
                raise NotMeasured(f"the cohort was not counted: {answer.stderr[-500:]}")
            said = json.loads(answer.stdout)
            name, note = f"a cohort of a million, by {unit}", f"{said['processor']:.1f} s of the processor"
            figures.append(Figure(name=name, value=said["seconds"], unit="s", bar=4, note=note))
            figures.append(Figure(name=f"{name}, peak", value=said["peak_mb"], unit="MB", bar=300))
    return figures


def write(folder: Path) -> None:
    """Captures of both arms, and their labels."""
    chance = random.Random(1)
    with (folder / "a").open("w") as one, (folder / "b").open("w") as two, (folder / "labels").open("w") as labels:
        for number in range(PREDICTIONS):
            arm = ARMS[chance.random() < ASSIGNMENT.share / 100]
            event, score = str(uuid.UUID(int=chance.getrandbits(128))), round(chance.random(), 4)
            said = Attributes(epoch=ASSIGNMENT.epoch, version=arm.version, unit=f"{chance.getrandbits(64):016x}")
            at = f"{BEGIN + timedelta(hours=number / PREDICTIONS):%Y-%m-%dT%H:%M:%SZ}"
            row = ",".join(f"{100 * chance.random():.2f}" for _ in range(FEATURES))
            (two if arm is ARMS[1] else one).write(CAPTURE % (row, score, event, said, at))
            labels.write(LABEL % (chance.random() < score, event))


def main(arguments: Sequence[str]) -> None:
    """Count, and say what it took."""
    folder, unit = Path(arguments[0]), arguments[1]
    question = Question(data=Data(id="id", label="label", columns=()), problem="binary", unit=unit)
    piece = Slice(assignment=ASSIGNMENT, begin=BEGIN, end=BEGIN + timedelta(hours=1))
    files = [folder / name if unit == UNIT_ID else direct(folder / name) for name in ("a", "b")]
    wall, processor = time.monotonic(), time.process_time()
    captured = ([files[0]], [files[1]])
    found = count(connected(folder, MEMORY), captured, [folder / "labels"], piece, question, keep=folder / "seen")
    took = {"seconds": time.monotonic() - wall, "processor": time.process_time() - processor}
    if sum(found.labelled) != PREDICTIONS or found.unused:
        raise SystemExit(f"counted {found}")
    print(json.dumps(took | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def direct(path: Path) -> Path:
    """The same of callers who go to the endpoint by themselves, and say nothing of a unit."""
    bare = path.with_name(f"{path.name}-direct")
    with path.open() as source, bare.open("w") as target:
        target.writelines(_without_attributes(source))
    return bare


def _without_attributes(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        before, _, rest = line.partition('"customAttributes":[')
        yield before + rest.partition("],")[2]


if __name__ == "__main__":
    main(sys.argv[1:])
