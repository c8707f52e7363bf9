"""The digest of a table: the rows count, their order does not."""

import hashlib
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.dataset import ColumnSchema
from loopwright.domain.digest import add_rows, row_digest, table_digest, value_text

COLUMNS = (
    ColumnSchema(name="a", type="integer", parquet_type="BIGINT"),
    ColumnSchema(name="b", type="category", parquet_type="VARCHAR"),
)
rows = st.lists(st.fixed_dictionaries({"a": st.none() | st.integers(), "b": st.text()}))


def digest(found: list[dict[str, Any]], share: float = 0.2) -> str:
    """Return the digest of rows."""
    total = add_rows(row_digest(row) for row in found)
    return table_digest(total, len(found), COLUMNS, sealed_by=None, sealed_share=share)


def test_values_have_one_text() -> None:
    """By hand."""
    values = (None, True, False, -3, 0.1, -0.0, 1e16, 1e-7, "é")

    assert [value_text(v) for v in values] == [
        *(None, "true", "false", "-3", "0.1", "0.0", "1e+16", "1e-07", "é"),
    ]


def test_a_row_is_hashed_column_by_column() -> None:
    """By hand: texts after their length in bytes, a minus for a missing value."""
    text = "5;" + "2:é;" + "-;"

    assert row_digest({"b": "é", "c": None, "a": 5}) == hashlib.sha256(text.encode()).hexdigest()


@given(found=rows, seed=st.integers(0, 99))
def test_the_order_of_rows_and_columns_does_not_matter(
    found: list[dict[str, Any]], seed: int
) -> None:
    """Shuffled rows are the same table."""
    shuffled = [dict(reversed(row.items())) for row in found]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - any order

    assert digest(shuffled) == digest(found)


@given(found=rows.filter(bool))
def test_every_row_counts(found: list[dict[str, Any]]) -> None:
    """A row more, a row twice, and another value are other tables."""
    changed = [{**found[0], "b": str(found[0]["b"]) + "x"}, *found[1:]]

    assert len({digest(found), digest(found[1:]), digest([*found, found[0]]), digest(changed)}) == 4


def test_types_and_what_decides_the_split_count() -> None:
    """Another type has other bins, other entities or another share is another split."""
    as_category = (COLUMNS[0].model_copy(update={"type": "category"}), COLUMNS[1])
    first = table_digest(0, 0, COLUMNS, sealed_by=None, sealed_share=0.2)

    assert table_digest(0, 0, COLUMNS[::-1], sealed_by=None, sealed_share=0.2) == first
    assert table_digest(0, 0, as_category, sealed_by=None, sealed_share=0.2) != first
    assert table_digest(0, 0, COLUMNS, sealed_by="a", sealed_share=0.2) != first
    assert table_digest(0, 0, COLUMNS, sealed_by=None, sealed_share=0.3) != first
