"""Condition operators, rule by rule.

Each case quotes its rule: IAM User Guide, "IAM JSON policy elements: Condition operators" (operators), "Condition
operators with multivalued keys" (sets).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.errors import AwsError, NotEmulated
from localaws.iam.conditions import condition

pytestmark = pytest.mark.contract

ARN = "arn:aws:events:us-east-1:123456789012:rule/leeway-arrivals"


@pytest.mark.parametrize(
    ("operator", "wanted", "given_values", "holds"),
    [
        # "Exact matching, case sensitive"
        pytest.param("StringEquals", ["a"], ["a"], True, id="equal"),
        pytest.param("StringEquals", ["a"], ["A"], False, id="capitals-count"),
        pytest.param("StringEquals", ["a*"], ["ab"], False, id="no-wildcards-in-equals"),
        # "… multiple values for a key, those values are evaluated using a logical OR"
        pytest.param("StringEquals", ["a", "b"], ["b"], True, id="or"),
        # where it is negated, with "a logical NOR"
        pytest.param("StringNotEquals", ["a", "b"], ["b"], False, id="nor"),
        pytest.param("StringNotEquals", ["a", "b"], ["c"], True, id="nor-of-neither"),
        pytest.param("StringEqualsIgnoreCase", ["a"], ["A"], True, id="ignore-case"),
        pytest.param("StringNotEqualsIgnoreCase", ["a"], ["A"], False, id="not-ignore-case"),
        # a * for "multi-character match", a ? for "single-character match"
        pytest.param("StringLike", ["/aws/sagemaker/*"], ["/aws/sagemaker/a/b"], True, id="star"),
        pytest.param("StringLike", ["a?c"], ["abc"], True, id="question-mark"),
        pytest.param("StringLike", ["a?c"], ["ac"], False, id="question-mark-is-one"),
        pytest.param("StringLike", ["a.c"], ["abc"], False, id="a-dot-is-a-dot"),
        pytest.param("StringNotLike", ["a*"], ["abc"], False, id="not-like"),
        pytest.param("NumericLessThan", ["10"], ["9"], True, id="less"),
        pytest.param("NumericLessThan", ["10"], ["10"], False, id="not-less"),
        pytest.param("NumericLessThanEquals", ["10"], ["10"], True, id="less-or-equal"),
        pytest.param("NumericGreaterThan", ["10"], ["9"], False, id="greater"),
        pytest.param("NumericGreaterThanEquals", ["10"], ["10"], True, id="greater-or-equal"),
        pytest.param("NumericEquals", ["10"], ["10.0"], True, id="numbers-not-texts"),
        pytest.param("NumericNotEquals", ["10"], ["10.0"], False, id="number-differs"),
        pytest.param("NumericEquals", ["10"], ["ten"], False, id="no-number"),
        pytest.param("Bool", ["false"], ["false"], True, id="bool"),
        pytest.param("Bool", ["false"], ["true"], False, id="bool-differs"),
        # "Each of the six colon-delimited components of the ARN is checked separately"
        pytest.param("ArnEquals", [ARN], [ARN], True, id="arn"),
        pytest.param("ArnLike", ["arn:aws:events:*:123456789012:rule/leeway-*"], [ARN], True, id="arn-like"),
        # "ArnEquals and ArnLike behave identically"
        pytest.param("ArnEquals", ["arn:aws:events:*:123456789012:rule/*"], [ARN], True, id="arn-equals-is-like"),
        pytest.param("ArnLike", ["arn:aws:events:*:rule/*:*"], [ARN], False, id="star-stays-in-its-segment"),
        pytest.param("ArnNotEquals", [ARN], [ARN], False, id="arn-not"),
        pytest.param("ArnLike", [ARN], ["no arn"], False, id="what-is-no-arn"),
        # "If the key … is not present … the values do not match and the condition is false", negated "true"
        pytest.param("StringEquals", ["a"], None, False, id="missing"),
        pytest.param("StringNotEquals", ["a"], None, True, id="missing-negated"),
        pytest.param("ArnNotEquals", [ARN], None, True, id="missing-arn-negated"),
        pytest.param("Bool", ["false"], None, False, id="missing-bool"),
        # "If the condition key is not present … evaluate the condition element as true"
        pytest.param("StringEqualsIfExists", ["a"], None, True, id="if-exists-missing"),
        pytest.param("StringEqualsIfExists", ["a"], ["b"], False, id="if-exists-differs"),
        # Null: "true" where the key is missing, "false" where it is there
        pytest.param("Null", ["true"], None, True, id="null"),
        pytest.param("Null", ["true"], ["a"], False, id="null-of-something"),
        pytest.param("Null", ["false"], ["a"], True, id="not-null"),
        pytest.param("Null", ["false"], None, False, id="not-null-of-nothing"),
        # ForAllValues "returns true if there are no context keys in the request"
        pytest.param("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True, id="all"),
        pytest.param("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False, id="not-all"),
        pytest.param("ForAllValues:StringEquals", ["a"], None, True, id="all-of-none"),
        # ForAnyValue without a key "returns false"
        pytest.param("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True, id="any"),
        pytest.param("ForAnyValue:StringLike", ["a*"], ["ba", "ca"], False, id="not-any"),
        pytest.param("ForAnyValue:StringEquals", ["a"], None, False, id="any-of-none"),
        pytest.param("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True, id="any-but"),
    ],
)
def test_operators(operator: str, wanted: list[str], given_values: list[str] | None, holds: bool) -> None:
    context = {} if given_values is None else {"aws:sourcearn": tuple(given_values)}
    assert condition(operator, "AWS:SourceArn", tuple(wanted)).holds(context) is holds


@pytest.mark.parametrize(
    "operator", ["StringEqual", "DateLessThan", "IpAddress", "NullIfExists", "ForSomeValue:StringEquals", "Bool:Bool"]
)
def test_an_operator_that_is_not_known_is_named(operator: str) -> None:
    with pytest.raises(NotEmulated, match=f"the condition operator {operator} in a policy is not emulated"):
        condition(operator, "aws:SourceArn", ("a",))


def test_a_key_that_is_not_known_is_named() -> None:
    with pytest.raises(NotEmulated, match="the condition key aws:SourceIp in a policy"):
        condition("StringEquals", "aws:SourceIp", ("a",))


def test_several_values_need_a_quantifier() -> None:
    """What AWS makes of it is undefined ("overly permissive or overly restrictive")."""
    with pytest.raises(NotEmulated, match="which has several values"):
        condition("StringEquals", "events:source", ("a",)).holds({"events:source": ("a", "b")})


@pytest.mark.parametrize("operator", ["NumericEquals", "NumericLessThan"])
def test_a_number_is_a_number(operator: str) -> None:
    with pytest.raises(AwsError, match="no number"):
        condition(operator, "s3:prefix", ("ten",))


TEXTS = st.text(alphabet="ab:/*?é.\n", max_size=6)


@given(operator=st.sampled_from(["StringEquals", "StringLike", "NumericEquals"]), wanted=TEXTS, value=TEXTS | st.none())
def test_a_negation_holds_where_the_operator_does_not(operator: str, wanted: str, value: str | None) -> None:
    values = ("3",) if operator == "NumericEquals" else (wanted,)
    context = {} if value is None else {"s3:prefix": (value,)}
    plain = condition(operator, "s3:prefix", values).holds(context)
    negated = condition(operator.replace("Equals", "NotEquals").replace("Like", "NotLike"), "s3:prefix", values)
    assert negated.holds(context) is not plain


@given(text=TEXTS)
def test_every_text_is_like_itself_with_stars_for_its_parts(text: str) -> None:
    context = {"s3:prefix": (text,)}
    assert condition("StringLike", "s3:prefix", ("*",)).holds(context)
    assert condition("StringLike", "s3:prefix", ("?" * len(text),)).holds(context)
    assert condition("StringLike", "s3:prefix", (text[:2] + "*",)).holds(context)
    assert not condition("StringLike", "s3:prefix", (f"{'?' * len(text)}?",)).holds(context)
