"""Trainings that register what they judged: reports and artefact lie where the pipeline's jobs would put them."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from leeway import keys
from leeway.journal import Entry
from leeway.retraining.run import Run
from leeway.spec import Approval, ModelSpec, Retraining
from tests.local import onboarding
from tests.local.onboarding import ARTIFACTS
from tests.local.registered import SERVING_CODE, archive
from tests.local.trainings import GROUP, MINUTE, REGISTERS, Trainings

CODE = f"s3://{ARTIFACTS}/code/x/sourcedir.tar.gz"


def registers() -> list[dict[str, Any]]:
    """The step Register, of an artefact in the folder of its run."""
    steps = copy.deepcopy(REGISTERS)
    [container] = steps[0]["Arguments"]["InferenceSpecification"]["Containers"]
    container["ModelDataUrl"] = {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.RunPrefix"}, "model.tar.gz"]}}
    container["Environment"] = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": CODE}
    return steps


@dataclass(frozen=True, kw_only=True)
class Judged(Trainings):
    """A model whose specification says who approves."""

    def begin(self, mode: str = "auto") -> None:
        """Specification, pipeline and serving code are there."""
        self.onboard(registers())
        self.specify(mode)
        self.put("code/x/sourcedir.tar.gz", archive(inference__py=SERVING_CODE))
        self.table.put(onboarding.Put(item={"pk": keys.MODELS, "sk": "churn"}))

    def specify(self, mode: str, **gate: Any) -> ModelSpec:
        """Another specification, under the same pipeline."""
        rules = onboarding.spec(quiet_period=MINUTE, min_rows=10)
        rules = replace(rules, approval=Approval(mode=mode), retraining=Retraining(daily_cap=10))
        rules = replace(rules, gate=replace(rules.gate, **gate))
        onboarding.onboard(self.aws, rules)
        return rules

    def train(self, name: str, **gate: Any) -> Run:
        """Drop data and let the training go as far as its last step, with what the steps before it wrote."""
        self.drop(name)
        self._begun(len(self.runs()))
        return self._judge(name, **gate)

    def train_by_hand(self, name: str) -> None:
        """The same, asked for by hand, as a model that is paused is trained; to its end."""
        self.drop(name)
        self.aws.settle()
        known = len(self.runs())
        self.request()
        self._begun(known)
        self._judge(name)
        self.end()

    def _begun(self, known: int) -> None:
        """Until another run than those is under way."""
        for _ in range(20):
            if len(self.runs()) > known and self.runs()[-1].status == "Executing":
                return
            self.aws.advance(MINUTE / 4)
        raise AssertionError("no training has begun")

    def _judge(self, name: str, **gate: Any) -> Run:
        run = self.runs()[-1]
        artefact = archive(name=name.encode())
        self.put(f"{run.folder}/model.tar.gz", artefact)
        self.report("evaluate/gate.json", self._gate(run, **gate))
        self.report("evaluate/lineage.json", self._lineage(artefact))
        return run

    def end(self) -> None:
        """The training ends, and what comes of it."""
        self.aws.advance(8 * MINUTE)

    def status(self, version: int) -> str:
        found = self.sagemaker.describe_model_package(ModelPackageName=self.arn(version))
        return str(found["ModelApprovalStatus"])

    def decide(self, version: int, status: str) -> None:
        self.sagemaker.update_model_package(ModelPackageArn=self.arn(version), ModelApprovalStatus=status)

    def arn(self, version: int) -> str:
        return f"arn:aws:sagemaker:us-east-1:{self.aws.account}:model-package/{GROUP}/{version}"

    def said(self, what: str) -> list[str]:
        """Why, of all entries that say `what`."""
        entries = [Entry.from_item(item) for item in self.table.query(keys.model_pk("churn"), keys.JOURNAL)]
        return [entry.why for entry in entries if entry.what == what]

    def approvals(self) -> int:
        """How often the approver told the registry."""
        return int(self.aws.calls.count(operation="UpdateModelPackage", caller="leeway-approver"))

    def put(self, key: str, body: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=body)

    def _gate(self, run: Run, **changes: Any) -> dict[str, Any]:
        other = None if run.champion.endswith("/none") else 0.79
        found = {"passed": 1, "outcome": "passed", "reason": "good", "metric": "auc", "value": 0.81, "min": 0.7}
        return found | {"champion_value": other} | changes

    def _lineage(self, artefact: bytes) -> dict[str, Any]:
        pointer = self.table.get(keys.model_pk("churn"), keys.SPEC) or {}
        return {
            "model": "churn",
            "artifact_sha256": hashlib.sha256(artefact).hexdigest(),
            "spec_sha256": pointer["spec_sha256"],
        }

    def answer(self) -> str:
        """What the endpoint says, which is the name of the version that serves."""
        runtime = self.aws.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(EndpointName=GROUP, Body=b"1", ContentType="text/csv")
        return json.dumps(answer["Body"].read().decode()).strip('"')
