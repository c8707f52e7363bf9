"""The details of a profile: what is added, what is kept, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.bins import CategoricalBins, ColumnCounts, NumericBins
from loopwright.domain.counting import count_values
from loopwright.domain.distinct import Sketch, hashes_of
from loopwright.domain.packing import pack_registers
from loopwright.domain.profile_details import (
    ColumnDetails,
    Distinct,
    NumberDetails,
    TextDetails,
    distinct_values,
    merge_details,
    top_values,
)
from loopwright.domain.profile_kernels import NumberTally
from loopwright.errors import IncompletePartsError

BINS = NumericBins(edges=(0.0, 1.5, 9.0), atoms=(2.0,), common=(1.0, 3.5))
numbers = st.lists(
    st.just(float("nan")) | st.floats(-1e12, 1e12) | st.sampled_from((1.0, 2.0, 3.5)), max_size=30
)


def details(values: list[float]) -> dict[str, ColumnDetails]:
    """Return the details of a number and of its text, as one batch would tell them."""
    array = np.array(values, dtype=np.float64)
    tally, sketch = NumberTally(BINS), Sketch(4)
    tally.add(array)
    sketch.add(hashes_of(array[~np.isnan(array)]))
    lengths = [len(str(value)) for value in values]
    forms = {"number": len(values)} if values else {}
    texts = TextDetails(
        forms=forms,
        shortest=min(lengths, default=None),
        longest=max(lengths, default=None),
        characters=sum(lengths),
    )
    packed = pack_registers(sketch.registers)
    return {"x": ColumnDetails(numbers=tally.details, texts=texts, sketch=packed)}


@given(data=st.data(), values=numbers)
def test_any_split_in_any_order_merges_to_the_same_details(
    data: st.DataObject, values: list[float]
) -> None:
    """Bit for bit: sums of numbers that floats would round, ends, forms and registers."""
    parts = data.draw(st.integers(1, 5))
    places = [data.draw(st.integers(0, parts - 1)) for _ in values]
    split = [[v for v, at in zip(values, places, strict=True) if at == n] for n in range(parts)]

    assert merge_details([details(part) for part in split]) == details(values)


def test_details_of_other_columns_or_bins_cannot_be_merged() -> None:
    """A sum over other bins would be of nothing."""
    one = details([1.0])
    shorter = ColumnDetails(numbers=NumberDetails(sums=(0, 0), squares=0))
    sketched = one["x"].model_copy(update={"sketch": pack_registers(Sketch(5).registers)})

    with pytest.raises(IncompletePartsError, match="not of the same columns"):
        merge_details([one, {"y": one["x"]}])
    for other in (shorter, sketched, one["x"].model_copy(update={"texts": None})):
        with pytest.raises(IncompletePartsError, match="'x' were not taken over the same bins"):
            merge_details([one, {"x": other}])


def test_the_commonest_values_come_first_with_their_rows() -> None:
    """Atoms and common values of numbers, listed categories of others; none that does not occur."""
    values = [2.0, 2.0, 2.0, 3.5, 1.0, 1.0, 7.0]
    categories = CategoricalBins(categories=("b", "a", "never"), others=("rare",))
    tally = count_values(categories, ["a", "b", "a", "new", None])
    nothing = ColumnDetails()

    assert top_values(BINS, count_values(BINS, values), details(values)["x"]) == (
        (2.0, 3),
        (1.0, 2),
        (3.5, 1),
    )
    assert top_values(categories, tally, nothing) == (("a", 2), ("b", 1))
    assert top_values(BINS, count_values(BINS, values), nothing) == ((2.0, 3),)


def test_distinct_values_are_told_only_where_they_are_known() -> None:
    """Exactly of listed categories, about by a sketch; of new categories without one not at all."""
    categories = CategoricalBins(categories=("a", "b"), others=("c",))
    known, new = ColumnCounts(counts=(0, 0, 0, 3, 1)), ColumnCounts(counts=(0, 2, 0, 3, 1))
    sketched = details([1.0, 2.0, 2.0])["x"]

    assert distinct_values(categories, known, ColumnDetails()) == Distinct(3, exact=True)
    assert distinct_values(categories, new, ColumnDetails()) is None
    assert distinct_values(categories, new, sketched) == Distinct(2, exact=False)
