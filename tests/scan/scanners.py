"""Scanners in an environment of their own: each gives its findings in one form."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".venv-scan/bin"
GUARD = ROOT / ".venv-node/node_modules/@cdklabs/cdk-validator-cfnguard"
CODE = ("layers/core", "functions", "cli", "localaws/localaws", "training")
# AWS Control Tower's rules for the services of the template.
RULES = ("cloudwatch", "dynamodb", "identityandaccessmanagement", "lambda", "s3", "sagemaker", "sqs")


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """One finding: the scanner's rule, the resource or file that it is about, and what it says."""

    scanner: str
    rule: str
    where: str
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why findings are let be; `rule` and `where` are regular expressions of the whole."""

    scanner: str
    rule: str
    where: str
    why: str

    def covers(self, finding: Finding) -> bool:
        """Whether it is about a finding."""
        found = re.fullmatch(self.rule, finding.rule) and re.fullmatch(self.where, finding.where)
        return finding.scanner == self.scanner and bool(found)


def reasons(scanner: str) -> list[Reason]:
    """Those for a scanner."""
    document = tomllib.loads(Path(__file__).with_name("reasons.toml").read_text(encoding="utf-8"))
    return [reason for entry in document["let"] if (reason := Reason(**entry)).scanner == scanner]


def checkov(templates: Iterable[Path]) -> Iterator[Finding]:
    """Bridgecrew's rules for CloudFormation, none of them fetched."""
    places = [word for path in templates for word in ("-f", str(path))]
    said = _json("checkov", "--skip-download", "--framework", "cloudformation", "--quiet", "-o", "json", *places)
    for report in said if isinstance(said, list) else [said]:
        assert report["summary"]["parsing_errors"] == 0
        assert report["summary"]["passed"] > 100
        for one in report["results"]["failed_checks"]:
            yield Finding(
                scanner="checkov", rule=one["check_id"], where=one["resource"].split(".")[-1], says=one["check_name"]
            )


def cfn_lint(template: Path) -> Iterator[Finding]:
    """With its info checks, and the rules for serverless applications."""
    rules = ("--append-rules", "cfn_lint_serverless.rules", "--include-checks", "I")
    for one in _json("cfn-lint", *rules, "--format", "json", "-t", str(template)):
        path = [str(word) for word in one["Location"].get("Path") or []]
        named = re.search(r"(?:function|Queue|Subscription) (\w+) ", one["Message"])
        where = named[1] if named else path[1] if len(path) > 1 else "template"
        yield Finding(scanner="cfn-lint", rule=one["Rule"]["Id"], where=where, says=one["Message"])


def cfn_guard(template: Path) -> Iterator[Finding]:
    """AWS Control Tower's proactive controls, on the translated template."""
    system = "macos" if platform.system() == "Darwin" else "ubuntu"
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    rules = [word for name in RULES for word in ("-r", str(GUARD / "rules/control-tower/cfn-guard" / name))]
    program = [str(GUARD / "bin" / system / machine / "cfn-guard"), "validate", "-d", str(template), *rules]
    answer = subprocess.run(
        [*program, "--structured", "-o", "json", "-S", "none"], capture_output=True, text=True, check=False
    )
    reports = json.loads(answer.stdout)
    assert sum(len(report["compliant"]) for report in reports) > 5
    for report in reports:
        for rule in report["not_compliant"]:
            for where in sorted(set(re.findall(r"/Resources/(\w+)", json.dumps(rule)))):
                yield Finding(scanner="cfn-guard", rule=rule["Rule"]["name"], where=where)


def parliament(policies: dict[str, Any]) -> Iterator[Finding]:
    """Actions, resources and conditions of each policy, held against AWS's own list."""
    program = """
import json, sys
from parliament import analyze_policy_string
found = [(name, one.issue, str(one.detail)) for name, policy in json.load(sys.stdin).items()
         for one in analyze_policy_string(json.dumps(policy)).findings]
json.dump(found, sys.stdout)
"""
    command = [str(PROGRAMS / "python"), "-W", "ignore", "-c", program]
    answer = subprocess.run(command, input=json.dumps(policies), capture_output=True, text=True, check=True)
    for where, rule, says in json.loads(answer.stdout):
        yield Finding(scanner="parliament", rule=rule, where=where, says=says)


def bandit() -> Iterator[Finding]:
    """The code that is shipped, or that runs on a user's machine."""
    said = _json("bandit", "-q", "-f", "json", "-r", *CODE)
    assert said["errors"] == []
    for one in said["results"]:
        where = f"{one['filename']}:{one['line_number']}"
        yield Finding(scanner="bandit", rule=one["test_id"], where=where.rsplit(":", 1)[0], says=where)


def _json(program: str, *words: str) -> Any:
    """What a scanner prints; one that has found something ends with another status."""
    answer = subprocess.run([str(PROGRAMS / program), *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.stdout, answer.stderr
    return json.loads(answer.stdout)
