"""`python -m bench.caller URL SECONDS`: an application that asks a function's URL, one signed request after the other.

It says `ready`, begins at a line of its input, and prints in JSON how many were answered in how many seconds, and
how many milliseconds the median and the slowest but one in a hundred took. What is not answered with 200 ends it.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import time
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.asked import body

WARM = 50


def main(url: str, seconds: float) -> None:
    """Ask for that long, on one connection that is kept."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc)
    signer = SigV4Auth(Credentials("bench", "bench"), "lambda", "us-east-1")

    def ask(number: int) -> None:
        request = AWSRequest("POST", url, {"Content-Type": "application/json"}, body(number))
        signer.add_auth(request)
        connection.request("POST", where.path, request.data, dict(request.headers))
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {said.decode(errors='replace')}")

    for number in range(WARM):
        ask(number)
    print("ready", flush=True)
    sys.stdin.readline()
    took: list[float] = []
    begun = last = time.perf_counter()
    while last - begun < seconds:
        ask(len(took))
        now = time.perf_counter()
        took.append((now - last) * 1000)
        last = now
    slow = statistics.quantiles(took, n=100)[-1]
    print(json.dumps({"answered": len(took), "seconds": last - begun, "median": statistics.median(took), "p99": slow}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
