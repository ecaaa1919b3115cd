"""Attribute values, kept as they go over the wire: checked, numbers in one spelling, compared and measured.

Source: DynamoDB Developer Guide, "Supported data types and naming rules", "Item sizes and formats", "Quotas".
"""

from __future__ import annotations

import base64
import binascii
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Underflow
from functools import lru_cache
from typing import Any

from localaws.errors import AwsError

Value = dict[str, Any]  # one key, the type
Item = dict[str, Value]
DIGITS, DEEPEST = 38, 32
_NUMBERS = Context(prec=DIGITS, Emax=125, Emin=-130, traps=[InvalidOperation, Inexact, Overflow, Underflow])
_SCALARS = {"S", "N", "B"}
_SETS = {"SS": "S", "NS": "N", "BS": "B"}


def invalid(message: str) -> AwsError:
    """What all that is refused is called."""
    return AwsError("ValidationException", message)


def checked(value: Any, depth: int = 1) -> Value:
    """A value as it is kept; ValidationException for what DynamoDB does not take."""
    if not isinstance(value, dict) or len(value) != 1:
        raise invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the types")
    ((kind, content),) = value.items()
    if kind == "S" and isinstance(content, str):
        return value
    if kind == "N":
        return {"N": number(content)}
    if kind == "B":
        octets(content)
        return value
    if kind == "BOOL" and isinstance(content, bool):
        return value
    if kind == "NULL":
        if content is not True:
            raise invalid(
                "One or more parameter values were invalid: Null attribute value types must have the value of true"
            )
        return value
    return {kind: _several(kind, content, depth)}


def _several(kind: str, content: Any, depth: int) -> Any:
    if kind in _SETS:
        return _members(kind, content)
    if depth > DEEPEST:
        raise invalid("Nesting Levels have exceeded supported limits: Attributes have exceeded the nesting limit")
    if kind == "L" and isinstance(content, list):
        return [checked(one, depth + 1) for one in content]
    if kind == "M" and isinstance(content, dict):
        return {name: checked(one, depth + 1) for name, one in content.items()}
    raise AwsError("SerializationException", f"Unexpected value of the type {kind}")


def _members(kind: str, content: Any) -> list[Any]:
    if not isinstance(content, list) or not content:
        raise invalid(f"One or more parameter values were invalid: An {_NAMES[kind]} may not be empty")
    members = [checked({_SETS[kind]: one})[_SETS[kind]] for one in content]
    if len(set(members)) < len(members):
        raise invalid(f"One or more parameter values were invalid: Input collection {members} contains duplicates.")
    return members


_NAMES = {"SS": "string set", "NS": "number set", "BS": "binary set"}


@lru_cache(10_000)
def number(text: Any) -> str:
    """The one spelling of a number, without an exponent or trailing zeros."""
    try:
        found = _NUMBERS.create_decimal(text) if isinstance(text, str) else None
    except Inexact as exc:
        raise invalid(f"Attempting to store more than {DIGITS} significant digits in a Number") from exc
    except (Overflow, Underflow) as exc:
        raise invalid(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        ) from exc
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    plain = f"{found:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"-0", ""} else plain


def octets(content: Any) -> bytes:
    """The bytes of a B."""
    try:
        return base64.b64decode(content, validate=True)
    except (TypeError, ValueError, binascii.Error) as exc:
        raise AwsError("SerializationException", "Base64 encoded length is unexpected or content is invalid") from exc


def comparable(value: Value) -> Any:
    """What stands for a string, a number or bytes in comparisons: strings go by their UTF-8."""
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    return octets(content) if kind == "B" else content


def kind_of(value: Value) -> str:
    """The type: S, N, B and so on."""
    return next(iter(value))


def ordered(value: Value) -> bool:
    """Whether values of this type are greater and less."""
    return kind_of(value) in _SCALARS


def equal(one: Value, other: Value) -> bool:
    """Whether two values are the same; sets have no order."""
    if one == other:
        return True
    kind = kind_of(one)
    if kind != kind_of(other):
        return False
    if kind in _SETS:
        return set(one[kind]) == set(other[kind])
    if kind == "L":
        return len(one["L"]) == len(other["L"]) and all(map(equal, one["L"], other["L"]))
    if kind == "M":
        return one["M"].keys() == other["M"].keys() and all(
            equal(one["M"][name], other["M"][name]) for name in one["M"]
        )
    return False


def length(value: Value) -> int | None:
    """What `size` of an expression answers: characters' bytes, or members; None for what has no size."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode("utf-8", "surrogatepass"))
    if kind == "B":
        return len(octets(content))
    return len(content) if kind in {*_SETS, "L", "M"} else None


def weight(item: Item) -> int:
    """The bytes of an item: names and values in UTF-8."""
    return sum(len(name.encode("utf-8", "surrogatepass")) + _weight(value) for name, value in item.items())


def _weight(value: Value) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return len(content.strip("-0.").replace(".", "")) // 2 + 2
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind in _SETS:
        return sum(_weight({_SETS[kind]: one}) for one in content)
    if kind == "L":
        return 3 + sum(1 + _weight(one) for one in content)
    if kind == "M":
        return 3 + weight(content) + len(content)
    return length(value) or 0
