"""What a fresh machine downloads before the demonstration runs: the wheels of the locks that `make demo` installs."""

import subprocess
import tempfile
from pathlib import Path

from bench.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
# lock → the environment that it is for
LOCKS = {"uv": ".tools", "run": ".venv", "image": ".venv-image", "wheels": ".venv-image"}
BAR = 400


def measure() -> list[Figure]:
    """Megabytes a lock, and their sum against the bar. Python itself is not in it: most machines have it."""
    sizes = {lock: megabytes(lock, environment) for lock, environment in LOCKS.items()}
    parts = ", ".join(f"{lock} {size:.0f}" for lock, size in sizes.items())
    return [Figure(name="download for make demo", value=sum(sizes.values()), unit="MB", bar=BAR, note=parts)]


def megabytes(lock: str, environment: str) -> float:
    """Size of the wheels that pip takes for this machine and that environment's Python."""
    with tempfile.TemporaryDirectory() as folder:
        command: list[str | Path] = [
            *(ROOT / ".tools/bin/python", "-m", "pip", "--python", ROOT / environment / "bin/python", "download"),
            *("--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"),
            *("--dest", folder, "--requirement", ROOT / f"requirements/{lock}.txt"),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  our own
        return sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
