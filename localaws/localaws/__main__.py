"""`python -m localaws serve`: the embedded AWS as a process of its own, on one port."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from localaws.admin import Admin
from localaws.embedded import LocalAWS
from localaws.errors import LocalAwsError, StateError
from localaws.lifecycle import Lifecycle
from localaws.server import Server


def main(arguments: list[str] | None = None) -> int:
    """Serves until a signal; 0 when stopped by one, 1 when it cannot start, or can keep its state no more."""
    options = _parser().parse_args(arguments)
    _log_to_stderr()
    try:
        return _serve(options)
    except (LocalAwsError, OSError) as exc:
        print(f"localaws: {exc}", file=sys.stderr)
        return 1


def _serve(options: argparse.Namespace) -> int:
    stopped, broken = threading.Event(), list[str]()
    out = sys.stdout  # a function that runs already has its own in its place
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    server = Server(options.host, options.port)
    threading.Thread(target=server.serve_forever, name="localaws-port", daemon=True).start()
    seconds: dict[str, Any] = {name: float(value) for name, value in options.lifecycle}
    lifecycle = Lifecycle(**seconds, model_monitor=options.model_monitor)
    with LocalAWS(
        state_dir=options.state,
        account=options.account,
        region=options.region,
        lifecycle=lifecycle,
        image_python=options.image_python,
        keep=True,
        address=_address(options, server.server_port),
    ) as aws:
        aws.world.broken = partial(_break, broken, stopped)
        if options.template:
            aws.deploy(options.template, options.stack, dict(options.parameter))
        server.application = Admin(aws, server.server_port)
        aws.pump.start()
        _announce(options, server.server_port, aws, out)
        stopped.wait()
        (options.state / "localaws.json").unlink(missing_ok=True)
        server.shutdown()
        server.server_close()
    if broken:
        raise StateError(broken[0])
    return 0


def _break(broken: list[str], stopped: threading.Event, why: str) -> None:
    broken.append(why)
    stopped.set()


def _address(options: argparse.Namespace, port: int) -> str:
    return f"http://{'127.0.0.1' if options.host == '0.0.0.0' else options.host}:{port}"  # noqa: S104  a comparison


def _log_to_stderr() -> None:
    """Our own log alone: the root logger belongs to the functions, whose log files it fills."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logger = logging.getLogger("localaws")
    logger.addHandler(handler)
    logger.propagate = False


def _announce(options: argparse.Namespace, port: int, aws: LocalAWS, out: TextIO) -> None:
    """Writes the state file, whose being there means ready, and one line on standard output."""
    url = _address(options, port)
    about = {"pid": os.getpid(), "port": port, "url": url, "stack": options.stack}
    file = options.state / "localaws.json"
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(about | {"account": aws.account, "region": aws.region}))
    partial.replace(file)
    functions = f"{len(aws.lambda_.functions)} functions of stack {options.stack}"
    print(f"localaws ready on {url} ({functions})", file=out, flush=True)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localaws", description="The embedded AWS.")
    serve = parser.add_subparsers(dest="command", required=True).add_parser("serve", help="serve until a signal")
    serve.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets containers in")
    serve.add_argument("--port", type=int, default=4566, help="0 takes a free one")
    serve.add_argument("--state", type=Path, default=Path(".leeway"), help="folder for the clock, logs and jobs")
    serve.add_argument("--template", type=Path, help="deploys this SAM or CloudFormation template")
    serve.add_argument("--stack", default="leeway")
    serve.add_argument("--parameter", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    serve.add_argument("--account", default="123456789012")
    serve.add_argument("--region", default="us-east-1")
    serve.add_argument("--image-python", type=Path, default=_default_image_python(), help="runs training jobs")
    serve.add_argument("--model-monitor", action="store_true", help="as for accounts that had it before July 2026")
    serve.add_argument("--lifecycle", type=_pair, action="append", default=[], metavar="NAME=SECONDS")
    return parser


def _default_image_python() -> Path | None:
    usual = Path(".venv-image/bin/python")
    return usual if usual.exists() else None


if __name__ == "__main__":
    sys.exit(main())
