"""A file's header against a specification that has grown since."""

from __future__ import annotations

import pytest

from leeway.errors import Rejected
from leeway.rows import Row, Table, read_header
from leeway.spec import Column, Data

pytestmark = pytest.mark.unit
DATA = Data(
    id="id",
    label="y",
    weight="w",
    columns=(Column(name="a", type="int"), Column(name="new", type="float", nullable=True)),
)


def only(header: str, line: str) -> Row:
    (row,) = Table([header, line], DATA)
    assert isinstance(row, Row), row
    return row


def test_a_nullable_column_that_a_file_lacks_is_missing_in_its_rows() -> None:
    assert read_header("id,y,w,a", DATA).absent == ("new",)
    assert read_header("id,y,w,a,new", DATA).absent == ()
    assert only("id,y,w,a\n", "r1,1,2,3\n").values == (3.0, None)
    assert only("new;a;w;y;id\n", "4;3;2;1;r1\n").values == (3.0, 4.0)


@pytest.mark.parametrize("name", ["id", "y", "w", "a"])
def test_any_other_column_that_a_file_lacks_refuses_it(name: str) -> None:
    names = [column for column in ("id", "y", "w", "a", "new") if column != name]
    with pytest.raises(Rejected, match=f"the header lacks {name}; it is: "):
        read_header(",".join(names), DATA)


def test_the_weight_of_a_row_is_read_with_it() -> None:
    assert only("id,y,w,a,new\n", "r1,1,0.5,3,4\n").weight == 0.5
    (bad,) = Table(["id,y,w,a,new\n", "r1,1,-1,3,4\n"], DATA)
    assert not isinstance(bad, Row)
    assert bad.reason.startswith('w is "-1"; it is the weight of a row')
