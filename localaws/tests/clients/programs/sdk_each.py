"""Programs of this folder, named as arguments, each in a fork of one process: the SDK's import takes longer than they.

They run side by side, since they wait for most of their time.
Prints a JSON object of what each has printed last, or of how it failed.
"""

import contextlib
import importlib
import io
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path


def main() -> None:
    modules = {name: importlib.import_module(name) for name in sys.argv[1:]}
    with tempfile.TemporaryDirectory() as folder:
        children = [forked(module.main, Path(folder, name)) for name, module in modules.items()]
        for child in children:
            os.waitpid(child, 0)
        print(json.dumps({name: json.loads(Path(folder, name).read_text(encoding="utf-8")) for name in modules}))


def forked(program, said):
    """The process that runs a program and writes its last line of JSON."""
    child = os.fork()
    if child == 0:
        said.write_text(answer(program), encoding="utf-8")
        os._exit(0)
    return child


def answer(program):
    """In the child: JSON, whatever happens."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            program()
        return next(line for line in reversed(printed.getvalue().splitlines()) if line.startswith("{"))
    except BaseException:  # noqa: BLE001  whatever it is, the test is told
        return json.dumps({"failed": traceback.format_exc()[-6000:], "printed": printed.getvalue()[-3000:]})


if __name__ == "__main__":
    main()
