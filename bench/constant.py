"""`python -m bench.constant PORT`: a server of one answer, for what client and socket cost by themselves."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = (
    b'{"ModelName": "bench", "ModelArn": "arn:aws:sagemaker:us-east-1:123456789012:model/bench", "CreationTime": 1.0}'
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response_only(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    do_POST = do_PUT = do_GET = _answer  # noqa: N815  the base class's names


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Handler).serve_forever()
