"""Somebody else's machine, as far as one machine can be: a fresh clone at another path, with fresh environments, an
empty home folder, a temporary folder, a time zone and a number of threads of its own, and no settings.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figure import NotMeasured

ROOT = Path(__file__).resolve().parent.parent
OURS = ("AWS_", "LEEWAY_", "PYTHON", "XDG_", "LC_")
ELSEWHERE = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, kw_only=True)
class Clone:
    """`folder` holds what is committed in this one; both it and the home folder are thrown away."""

    folder: Path
    variables: dict[str, str]

    def bash(self, script: str, **more: str) -> str:
        """Standard output of lines as they are typed; a line that fails ends the measurement."""
        command = ["bash", "-euo", "pipefail", "-c", script]
        answer = subprocess.run(  # noqa: S603  our own
            command,
            check=False,
            cwd=self.folder,
            env=self.variables | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if answer.returncode:
            raise NotMeasured(f"in a fresh clone, {script.strip().splitlines()[-1]}: {answer.stderr.strip()[-500:]}")
        return answer.stdout


@contextmanager
def cloned() -> Iterator[Clone]:
    """Clone this repository, without what is not committed."""
    with tempfile.TemporaryDirectory(prefix="elsewhere-") as place:
        home, temporary, folder = (Path(place) / name for name in ("home", "tmp", "leeway"))
        home.mkdir()
        temporary.mkdir()
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(OURS) and name != "VIRTUAL_ENV"
        }
        variables = kept | {"HOME": str(home), "TMPDIR": str(temporary)} | ELSEWHERE
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], env=variables, check=True)  # noqa: S603, S607  any git
        yield Clone(folder=folder, variables=variables)
