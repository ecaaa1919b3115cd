"""pandas on S3, by s3fs: files written and read, with the environment's endpoint and with one of its own."""

import json
import sys

import pandas as pd

BUCKET, URL = sys.argv[1], sys.argv[2]


def main() -> None:
    rows = pd.DataFrame({"id": ["ä", "b", "c"], "n": [1, 2, 3], "part": ["x", "y", "x"]})
    rows.to_csv(f"s3://{BUCKET}/inbox/rows with space+plus.csv", index=False)
    rows.to_parquet(f"s3://{BUCKET}/rows.parquet")
    rows.to_parquet(f"s3://{BUCKET}/folder", partition_cols=["part"])
    own = {"key": "test", "secret": "test", "client_kwargs": {"endpoint_url": URL, "region_name": "us-east-1"}}
    big = pd.DataFrame({"n": range(1_200_000)})  # s3fs sends it in parts
    big.to_csv(f"s3://{BUCKET}/big.csv", index=False, storage_options=own)
    try:
        pd.read_csv(f"s3://{BUCKET}/none.csv")
        missing = ""
    except FileNotFoundError as error:
        missing = type(error).__name__
    csv = pd.read_csv(f"s3://{BUCKET}/inbox/rows with space+plus.csv", storage_options=own)
    folder = pd.read_parquet(f"s3://{BUCKET}/folder", columns=["id"])
    print(
        json.dumps(
            {
                "csv": csv.equals(rows),
                "parquet": pd.read_parquet(f"s3://{BUCKET}/rows.parquet").equals(rows),
                "folder": sorted(folder["id"]),
                "big": [len(pd.read_csv(f"s3://{BUCKET}/big.csv")), int(big["n"].iloc[-1])],
                "missing": missing,
            }
        )
    )


if __name__ == "__main__":
    main()
