"""Conditions of statements.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Single-valued vs. multivalued context keys".
A key that is missing makes an operator false and its negation true; IfExists makes it true.
ForAllValues of none is true and ForAnyValue of none false. Names of keys do not count their capitals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from localaws.iam.patterns import arn_like, like
from localaws.iam.refusals import malformed, unknown

Context = Mapping[str, tuple[str, ...]]
Test = Callable[[str, str], bool]

# What the calls and deliveries here fill in, or leave out just where AWS does. A policy that asks for another one is
# refused: whether AWS would have had it is not known here.
KEYS = frozenset(
    name.lower()
    for name in (
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalIsAWSService",
        "aws:PrincipalServiceName",
        "aws:PrincipalType",
        "aws:RequestedRegion",
        "aws:ResourceAccount",
        "aws:SecureTransport",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceOwner",
        "cloudwatch:namespace",
        "events:detail-type",
        "events:source",
        "iam:AWSServiceName",
        "iam:PassedToService",
        "lambda:FunctionUrlAuthType",
        "lambda:InvokedViaFunctionUrl",
        "s3:delimiter",
        "s3:prefix",
        "sagemaker:ModelApprovalStatus",
    )
)


def _number(compare: Callable[[Decimal, Decimal], bool]) -> Test:
    return lambda wanted, given: _is_number(given) and compare(Decimal(given), Decimal(wanted))


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


# Each compares one value of the policy with one of the request.
_TESTS: dict[str, Test] = {
    "StringEquals": lambda wanted, given: wanted == given,
    "StringEqualsIgnoreCase": lambda wanted, given: wanted.casefold() == given.casefold(),
    "StringLike": like,
    "Bool": lambda wanted, given: wanted.lower() == given.lower(),
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "NumericEquals": _number(lambda given, wanted: given == wanted),
    "NumericLessThan": _number(lambda given, wanted: given < wanted),
    "NumericLessThanEquals": _number(lambda given, wanted: given <= wanted),
    "NumericGreaterThan": _number(lambda given, wanted: given > wanted),
    "NumericGreaterThanEquals": _number(lambda given, wanted: given >= wanted),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}
_QUANTIFIERS: dict[str, Callable[..., bool]] = {"ForAllValues": all, "ForAnyValue": any}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One operator on one key; `name` is the operator as the policy spells it."""

    name: str
    key: str
    values: tuple[str, ...]
    test: Test
    negated: bool
    if_exists: bool
    quantifier: Callable[..., bool] | None

    def holds(self, context: Context) -> bool:
        """Whether a request fulfils it."""
        given = context.get(self.key)
        if self.name == "Null":
            return self.values[0].lower() == str(given is None).lower()
        if self.quantifier is not None:
            return self.quantifier(self._fits(value) for value in given or ())
        if given is None:
            return self.if_exists or self.negated
        if len(given) > 1:
            raise unknown(f"{self.name} without ForAllValues or ForAnyValue on {self.key}, which has several values,")
        return self._fits(given[0])

    def _fits(self, given: str) -> bool:
        return any(self.test(wanted, given) for wanted in self.values) != self.negated


def condition(name: str, key: str, values: tuple[str, ...]) -> Condition:
    """A condition as it is written; an operator or key that is not known is an error by its name."""
    quantified, colon, operator = name.rpartition(":")
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    plain = _NEGATED.get(operator, operator)
    if (colon and quantified not in _QUANTIFIERS) or (plain not in _TESTS and name != "Null"):
        raise unknown(f"the condition operator {name}")
    if key.lower() not in KEYS:
        raise unknown(f"the condition key {key}")
    if colon and if_exists:
        raise unknown(f"the condition operator {name} (a quantifier decides by itself what none is)")
    if plain.startswith("Numeric") and not all(map(_is_number, values)):
        raise malformed(f"Syntax errors in policy: {name} compares {', '.join(values)}, which is no number.")
    return Condition(
        name=name,
        key=key.lower(),
        values=values,
        test=_TESTS.get(plain, _TESTS["Bool"]),
        negated=operator in _NEGATED,
        if_exists=if_exists,
        quantifier=_QUANTIFIERS.get(quantified),
    )
