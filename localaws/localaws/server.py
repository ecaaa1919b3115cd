"""The port: HTTP/1.1 with connections kept alive, in front of the same application that in-process clients reach."""

import errno
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any, cast
from urllib.parse import unquote_to_bytes

from werkzeug.serving import DechunkedInput

from localaws.bodies import Incoming
from localaws.errors import StateError
from localaws.faults import ConnectionFault, Crash
from localaws.wire import Answer, Environ

Application = Callable[[Environ], Answer]


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Server"

    def _serve(self) -> None:
        environ = self._environ()
        body: Incoming = environ["wsgi.input"]
        try:
            answer = self.server.application(environ)
        except (ConnectionFault, Crash):
            self.close_connection = True
            return
        body.drain()
        self._send(answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815  the base class's names

    def handle_expect_100(self) -> bool:
        """Sends the interim answer at once: clients wait a second for it before they send their body."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def _environ(self) -> Environ:
        # As it stands in the request: the base class takes slashes away where a path begins with several.
        target = self.requestline.split(" ")[1]
        path, _, query = target.partition("?")
        length = self.headers.get("Content-Length", "0")
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        # What follows the last chunk is not read, so the connection cannot be used again.
        self.close_connection = self.close_connection or chunked
        environ: Environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "RAW_URI": target,
            "QUERY_STRING": query,
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": Incoming(
                DechunkedInput(cast("IO[bytes]", self.rfile)) if chunked else self.rfile,
                None if chunked else int(length),
            ),
            "wsgi.errors": None,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        return environ | self._header_variables()

    def _header_variables(self) -> Environ:
        variables: Environ = {"localaws.headers": self.headers.items()}
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            variables[key] = f"{variables[key]},{value}" if key in variables else value
        return variables

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        empty = self.command == "HEAD" or answer.status in (204, 304)
        for name, value in answer.headers:
            if empty or name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        if not empty:
            self.send_header("Content-Length", str(answer.stream.length if answer.stream else len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not empty:
            self.wfile.write(answer.body)
        if answer.stream:
            with answer.stream as part:
                self.wfile.flush()
                part.send(self.connection.fileno())

    def log_message(self, *_: Any) -> None:
        """The call log is elsewhere."""


class Server(ThreadingHTTPServer):
    """Listens at once, so that a port that is taken is known before anything else is done."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        self.application: Application = _starting
        try:
            super().__init__((host, port), _Handler)
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:
                raise
            raise StateError(f"port {port} is taken: stop what listens there, or choose another by --port") from exc

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


def _starting(_: Environ) -> Answer:
    return Answer(status=503, headers=[("Content-Type", "text/plain")], body=b"localaws is starting\n")
