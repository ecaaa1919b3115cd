"""Read: the files of a manifest that came to this instance, each judged by itself, for Prepare to merge."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from leeway.spec import ModelSpec
from steps import states
from steps.engine import database, mounted
from steps.files import only, read_json
from steps.reading import named, read


def main(arguments: Sequence[str]) -> None:
    """Entry: folders of the job's inputs and of its output; of the data, those files that are there."""
    parser = argparse.ArgumentParser(prog="read", description=__doc__)
    for name in ("manifest", "data", "spec", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--wheels", type=Path, help="folder of what the image lacks, where it does")
    options = parser.parse_args(arguments)
    manifest = read_json(only(options.manifest, "manifest.json"))
    spec = ModelSpec.from_json(read_json(only(options.spec, "*.json")))
    files = named(manifest, options.data)
    share = [file for file in files if file.path.is_file()]
    with mounted(options.wheels), database() as base:
        states.save(base, read(base, share, spec), spec, manifest, options.output)
    print(f"{len(share)} of {len(files)} files came to this instance; {sum(file.good for file in share)} good rows")
