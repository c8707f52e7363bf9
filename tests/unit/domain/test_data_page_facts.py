"""What a card says of its column in words."""

import numpy as np

from loopwright.domain.bins import Bins, CategoricalBins, ColumnCounts, Counts, NumericBins
from loopwright.domain.data_page_facts import column_facts
from loopwright.domain.distinct import Sketch, hashes_of
from loopwright.domain.packing import pack_counts, pack_registers
from loopwright.domain.profile import Profile
from loopwright.domain.profile_details import ColumnDetails, NumberDetails, TextDetails


def facts(bins: Bins, counts: tuple[int, ...], details: ColumnDetails) -> dict[str, str]:
    """The facts of a column with these bins, counts and details."""
    rows = sum(counts)
    profile = Profile(
        bins={"x": bins},
        counts=Counts(rows=rows, columns={"x": ColumnCounts(counts=counts)}),
        details={"x": details},
    )
    return dict(column_facts("x", profile))


def test_a_number_has_moments_ends_and_common_values() -> None:
    """Four values over a span of one: 0, 0, 0.5, 1 and a missing one."""
    sketch = Sketch(12)
    sketch.add(hashes_of(np.array([0.0, 0.0, 0.5, 1.0])))
    numbers = NumberDetails(
        sums=(0, 0, 3 * 2**30, 0, 0),
        squares=5 * 2**38,
        least=0.0,
        greatest=1.0,
        common=pack_counts((1,)),
    )
    bins = NumericBins(edges=(0.5, 1.0), atoms=(0.0,), common=(0.5,))
    found = facts(
        bins,
        (1, 0, 2, 0, 2),
        ColumnDetails(numbers=numbers, sketch=pack_registers(sketch.registers)),
    )

    assert found == {
        "missing": "1 (20.0%)",
        "typical": "median 0",
        "mean, deviation": "0.375, 0.4146",
        "range": "0 to 1",
        "commonest": "0 (50.0%), 0.5 (25.0%)",
        "distinct": "about 3",
    }


def test_a_time_has_its_first_and_last_moment() -> None:
    """A mean of times says little."""
    bins = NumericBins(measure="epoch", edges=(0.0, 86_400.0))
    numbers = NumberDetails(sums=(0, 0, 0, 0), squares=0, least=0.0, greatest=86_399.0)

    assert facts(bins, (0, 0, 2, 0), ColumnDetails(numbers=numbers)) == {
        "range": "1970-01-01 00:00 to 1970-01-01 23:59"
    }


def test_a_text_has_lengths_and_forms() -> None:
    """Three forms at the most, the commonest first."""
    bins = NumericBins(measure="length", edges=(1.0, 20.0))
    texts = TextDetails(
        forms={"code": 1, "date": 5, "number": 2, "uuid": 1},
        shortest=1,
        longest=1_200,
        characters=90,
    )

    lengths = NumberDetails(sums=(0, 0, 0, 0), squares=0, least=1.0, greatest=1_200.0)

    assert facts(bins, (0, 0, 10, 0), ColumnDetails(texts=texts, numbers=lengths)) == {
        "characters": "1 to 1,200, 9.0 on average",
        "looks like": "date (50.0%), number (20.0%), code (10.0%)",
    }
    plain = TextDetails(forms={}, shortest=2, longest=2, characters=20)
    assert "looks like" not in facts(bins, (0, 0, 10, 0), ColumnDetails(texts=plain))


def test_categories_are_counted_and_a_column_without_values_only_misses_them() -> None:
    """What is not known is not said."""
    bins = CategoricalBins(categories=("a", "b"), others=("c",))

    assert facts(bins, (0, 0, 1, 3, 2), ColumnDetails()) == {"distinct": "3"}
    assert facts(bins, (3, 0, 0, 0, 0), ColumnDetails()) == {"missing": "3 (100.0%)"}
