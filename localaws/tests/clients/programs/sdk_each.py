"""Programs of this folder, named as arguments, each in a fork of one process: the SDK's import takes longer than they.

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
    print(json.dumps({name: forked(module.main) for name, module in modules.items()}))


def forked(program):
    """The last line of JSON that a program prints."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder, "said")
        child = os.fork()
        if child == 0:
            said.write_text(answer(program), encoding="utf-8")
            os._exit(0)
        os.waitpid(child, 0)
        return json.loads(said.read_text(encoding="utf-8"))


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
