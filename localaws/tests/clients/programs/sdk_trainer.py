"""SageMaker SDK v3: ModelTrainer with a folder of code, a channel of data and hyperparameters, and its model."""

import io
import json
import tarfile
import tempfile
from pathlib import Path

import boto3
from sagemaker.core.helper.iam_role_resolver import IamRoleResolver
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.shapes import StoppingCondition
from sagemaker.core.training.configs import Compute, InputData, SourceCode
from sagemaker.train.model_trainer import ModelTrainer

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
CODE = """
import argparse, os, pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int)
parser.add_argument("--name")
given = parser.parse_args()
rows = (pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]) / "rows.csv").read_text()
assert os.environ["SM_HP_ROUNDS"] == "3", os.environ["SM_HP_ROUNDS"]
model = pathlib.Path(os.environ["SM_MODEL_DIR"]) / "model.txt"
model.write_text(f"{given.name} {given.rounds} {len(rows.split())}")
print("trained", given.name)
"""


def main() -> None:
    role = IamRoleResolver().create_execution_role("training")
    bucket, s3 = "sagemaker-trainer", boto3.client("s3")
    s3.create_bucket(Bucket=bucket)
    session = Session(default_bucket=bucket)
    s3.put_object(Bucket=bucket, Key="rows/rows.csv", Body=b"1,2\n3,4\n")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "train.py").write_text(CODE)
        trainer = ModelTrainer(
            training_image=IMAGE,
            source_code=SourceCode(source_dir=folder, entry_script="train.py"),
            compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=120),
            hyperparameters={"rounds": 3, "name": "churn"},
            base_job_name="fit",
            role=role,
            sagemaker_session=session,
        )
        trainer.train(input_data_config=[InputData(channel_name="train", data_source=f"s3://{bucket}/rows")], wait=True)
    job = trainer._latest_training_job
    job.refresh()
    place = job.model_artifacts.s3_model_artifacts.removeprefix(f"s3://{bucket}/")
    with tarfile.open(fileobj=io.BytesIO(s3.get_object(Bucket=bucket, Key=place)["Body"].read())) as archive:
        model = archive.extractfile("model.txt").read().decode()
    print(json.dumps({"status": job.training_job_status, "model": model}))


if __name__ == "__main__":
    main()
