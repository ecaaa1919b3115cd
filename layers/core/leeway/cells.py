"""What a valid cell is: the one answer, for arrivals, preparation, evaluation and serving.

Pure standard library, and the same on Python 3.10 (the training image) and on Lambda's: so no `datetime.fromisoformat`,
whose grammar grew.
A cell is stripped of blanks first. Missing are the spellings in MISSING, whatever their case, unless a category
declares one as a value. What is wrong is raised as Rejected, with column, value and what is allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone

from leeway.errors import Rejected
from leeway.spec import BINARY, MULTICLASS, REGRESSION, Column, Data

Value = float | str | None  # a number (a bool is 1.0 or 0.0), a category, or missing
Label = float | str  # of a binary model 1 or 0, of a regression a number, of a multiclass model the class as written
MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "\\n"})
TRUE = frozenset({"true", "t", "yes", "y", "on", "1", "1.0"})
FALSE = frozenset({"false", "f", "no", "n", "off", "0", "0.0"})
NAMED = 20  # names in a sentence
LARGEST = 3.4028234e38  # of float32, which is what the model sees
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)? ?(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2})?)?"
)
FIRST_YEAR = 1900  # 0001-01-01 stands for "no time" in some systems, and no window reaches back from it
EPOCH, DAY = datetime(1970, 1, 1, tzinfo=timezone.utc), timedelta(days=1)
# Seconds from 1973 to 2286 and milliseconds of the same years; between them lie 20240131 and 20240131235959.
SECONDS, MILLISECONDS = (1e8, 1e10), (1e11, 1e13)


def features(columns: Sequence[Column], cells: Sequence[str]) -> tuple[Value, ...]:
    """The values of a row's feature cells, which are in the order of the columns."""
    return tuple([parse_cell(column, cell) for column, cell in zip(columns, cells)])  # noqa: B905  lengths are checked


def parse_cell(column: Column, text: str) -> Value:
    """The value of one cell."""
    cell = text.strip()
    if cell.lower() in MISSING and cell not in column.values:
        if column.nullable:
            return None
        raise Rejected(f"{column.name} is missing; allowed: {allowed(column)}")
    value = PARSERS[column.type](column, cell)
    if value is None:
        raise Rejected(f"{column.name} is {shown(cell)}; allowed: {allowed(column)}")
    return value


def parse_id(name: str, text: str) -> str:
    """An id: any text that is not missing."""
    cell = text.strip()
    if cell.lower() in MISSING:
        raise Rejected(f"{name} is missing; it is the id of a row")
    return cell


def parse_label(data: Data, text: str, problem: str = BINARY) -> Label:
    """What is to be predicted, read as the problem has it."""
    cell = text.strip()
    if cell.lower() in MISSING and cell != data.positive and cell not in data.classes:
        raise Rejected(f"{data.label} is missing; it is the label")
    return LABELS[problem](data, cell)


def _binary(data: Data, cell: str) -> int:
    """1 for the positive class and 0 for the other."""
    if data.positive is None:
        if cell in {"0", "1", "0.0", "1.0"}:
            return int(cell[0])
        raise Rejected(f"{data.label} is {shown(cell)}; allowed: 0 or 1 (or set data.positive)")
    if cell != data.positive and cell.lower() == data.positive.lower():
        raise Rejected(f"{data.label} is {shown(cell)}, and data.positive {shown(data.positive)}; write them alike")
    return int(cell == data.positive)


def _class(data: Data, cell: str) -> str:
    if data.classes and cell not in data.classes:
        raise Rejected(f"{data.label} is {shown(cell)}; allowed: one of {listed(data.classes)}")
    return cell


def _quantity(data: Data, cell: str) -> float:
    if not NUMBER.fullmatch(cell) or abs(value := float(cell)) > LARGEST:
        raise Rejected(f"{data.label} is {shown(cell)}; allowed: a number")
    return value


LABELS: dict[str, Callable[[Data, str], Label]] = {BINARY: _binary, MULTICLASS: _class, REGRESSION: _quantity}


def parse_weight(name: str, text: str) -> float:
    """How much a row counts: a number, 0 or more."""
    cell = text.strip()
    weight = float(cell) if NUMBER.fullmatch(cell) else -1.0
    if not 0 <= weight <= LARGEST:
        what = "is missing" if cell.lower() in MISSING else f"is {shown(cell)}"
        raise Rejected(f"{name} {what}; it is the weight of a row; allowed: a number, 0 or more")
    return weight


def parse_time(name: str, text: str) -> datetime:
    """ISO 8601 (without an offset: UTC), or seconds or milliseconds since 1970; not before 1900."""
    cell = text.strip()
    try:
        return _iso_time(cell) or _epoch_time(cell)
    except (ValueError, OverflowError):
        what = "is missing" if cell.lower() in MISSING else f"is {shown(cell)}"
        raise Rejected(f"{name} {what}; allowed: a time such as 2024-01-31T12:00:00Z, or seconds since 1970") from None


def allowed(column: Column) -> str:
    """What a column takes, in words."""
    words = KINDS[column.type]
    if column.values:
        words = f"one of {listed(column.values)}"
    if column.min is not None:
        words += f" from {column.min:g}"
    if column.max is not None:
        words += f" {'up ' if column.min is None else ''}to {column.max:g}"
    return words + (" or nothing" if column.nullable else "")


def listed(names: Sequence[str]) -> str:
    """Names as they are put into a sentence: not more than people read."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def shown(text: str, limit: int = 60) -> str:
    """A value as it is put into a sentence: quoted, in one line, not too long."""
    return json.dumps(text if len(text) <= limit else text[:limit] + "…", ensure_ascii=False)


def _number(column: Column, cell: str) -> float | None:
    value = float(cell) if NUMBER.fullmatch(cell) else None
    if value is None or abs(value) > LARGEST or (column.type == "int" and not value.is_integer()):
        return None
    low, high = column.min, column.max
    return value if (low is None or value >= low) and (high is None or value <= high) else None


def _bool(_column: Column, cell: str) -> float | None:
    lower = cell.lower()
    return 1.0 if lower in TRUE else 0.0 if lower in FALSE else None


def _date(_column: Column, cell: str) -> float | None:
    """Days since 1970, with the time of day as a part of one."""
    try:
        return (parse_time("", cell) - EPOCH) / DAY
    except Rejected:
        return None


def _category(column: Column, cell: str) -> str | None:
    return cell if not column.values or cell in column.values else None


PARSERS: dict[str, Callable[[Column, str], Value]] = {
    "int": _number,
    "float": _number,
    "bool": _bool,
    "category": _category,
    "date": _date,
}
KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "category": "a text",
    "date": "a date such as 2024-01-31, or with a time",
}


def _iso_time(cell: str) -> datetime | None:
    found = TIME.fullmatch(cell)
    if found is None:
        return None
    if int(found[1]) < FIRST_YEAR:
        raise ValueError(cell)
    year, month, day, hour, minute, second, fraction, _zulu, sign, hours, minutes = found.groups()
    micros = int((fraction or "").ljust(6, "0")[:6])
    moment = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micros, timezone.utc
    )
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return moment + offset if sign == "-" else moment - offset


def _epoch_time(cell: str) -> datetime:
    number = float(cell) if NUMBER.fullmatch(cell) else 0.0
    if SECONDS[0] <= number < SECONDS[1]:
        return EPOCH + timedelta(seconds=number)
    if MILLISECONDS[0] <= number < MILLISECONDS[1]:
        return EPOCH + timedelta(milliseconds=number)
    raise ValueError(cell)
