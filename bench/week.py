"""`python -m bench.week`: a week of the stack in virtual time, with 10,000 predictions a day."""

import json
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench import serving
from localaws import Asked, LocalAWS

DAYS, PREDICTIONS = 7, 10_000
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """A week of ticks and predictions, evenly spread over it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalAWS(state_dir=Path(folder), image_python=Path(sys.executable)) as aws,
    ):
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        serving.make(aws.client)
        aws.advance(timedelta(minutes=1))
        start = aws.now()
        gap, answered = timedelta(days=1) / PREDICTIONS, 0
        for day in range(DAYS):
            morning = start + timedelta(days=day)
            calls = [Asked(at=morning + gap * number, body=b"1,2,3") for number in range(PREDICTIONS)]
            answered += sum(one.status == 200 for one in aws.traffic(serving.ENDPOINT, calls))
        aws.advance_to(start + timedelta(days=DAYS, minutes=5))
        page = aws.client("s3").list_objects_v2(Bucket=serving.BUCKET, Prefix="capture/")
        ticks = aws.logs("leeway-tick").count("REPORT")
        about = {"answered": answered, "ticks": ticks, "files": page["KeyCount"], "processor": time.process_time()}
        print(json.dumps(about))


if __name__ == "__main__":
    main()
