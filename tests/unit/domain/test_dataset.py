"""How parts are grouped into batches and rows into buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.dataset import MAX_BATCHES, buckets, grouped


@given(
    sizes=st.lists(st.integers(0, 10_000), max_size=1_500),
    bytes_each=st.integers(1, 20_000),
)
def test_every_key_is_in_one_of_at_most_500_batches(sizes: list[int], bytes_each: int) -> None:
    """In order, and no batch of several objects holds more than its limit."""
    keys = [(str(place), size) for place, size in enumerate(sizes)]
    found = grouped(keys, bytes_each=bytes_each)
    limit = max(bytes_each, -(-2 * sum(sizes) // (MAX_BATCHES - 1)))

    assert [key for batch in found for key in batch.keys] == [key for key, _ in keys]
    assert [batch.index for batch in found] == list(range(len(found)))
    assert len(found) <= MAX_BATCHES or limit == bytes_each
    assert all(
        len(batch.keys) == 1 or sum(sizes[int(key)] for key in batch.keys) <= limit
        for batch in found
    )


def test_ten_thousand_large_files_make_at_most_500_batches() -> None:
    """A batch grows where its usual size would not do."""
    found = grouped(((str(n), 1_000_000_000) for n in range(10_000)), bytes_each=1)

    assert len(found) <= MAX_BATCHES


@pytest.mark.parametrize(
    ("rows", "expected"), [(0, 1), (20_000_000, 1), (20_000_001, 2), (10_000_000_000, 64)]
)
def test_buckets_grow_with_the_rows(rows: int, expected: int) -> None:
    """One for every 20 million, at most 64."""
    assert buckets(rows, batches=2) == expected


def test_the_rows_of_a_single_batch_need_no_bucket() -> None:
    """They are compared where they are counted."""
    assert buckets(30_000_000, batches=1) == 0
