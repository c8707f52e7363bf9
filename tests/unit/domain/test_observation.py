from typing import Any

import pytest

from loopwright.domain.bins import CategoricalBins, NumericBins
from loopwright.domain.counting import count_values
from loopwright.domain.observation import (
    combine,
    count_receipt,
    is_counted,
    prediction_values,
    total,
)
from loopwright.domain.receipt import Prediction, Receipt
from tests.fakes.serving import GOOD, SIGNATURE, reference


def receipt(name: str, ages: list[float], context: list[dict[str, Any]] | None = None) -> Receipt:
    """Return a receipt with one instance per age."""
    return Receipt(
        id=name,
        project="loans",
        model="m",
        at=f"2026-01-0{len(name)}T00:00:00+00:00",
        actor="ann",
        instances=tuple({**GOOD, "age": age} for age in ages),
        context=tuple(context or [{} for _ in ages]),
        predictions=tuple(
            Prediction(value=1, probabilities=(1 - age / 100, age / 100)) for age in ages
        ),
    )


@pytest.mark.parametrize(
    ("sequence", "checkpoint", "counted"),
    [("9", "10", True), ("10", "10", True), ("100", "99", False), ("1", None, False)],
)
def test_sequence_numbers_are_compared_as_numbers(
    sequence: str, checkpoint: str | None, counted: bool
) -> None:
    """As text, 9 would come after 10."""
    assert is_counted(sequence, checkpoint) is counted


def test_a_receipt_is_counted_over_the_bins_of_its_model() -> None:
    """Expected counts come from the bins by hand: ages 25 and 70, edges at 20, 30, ... 60."""
    live = count_receipt(receipt("a", [25.0, 70.0]), reference(), SIGNATURE)

    assert live.counts.rows == 2
    assert live.counts.columns["age"].counts == (0, 0, 1, 0, 0, 0, 1)
    assert live.counts.columns["__prediction__"].counts == (0, 0, 1, 0, 0, 0, 1)
    assert live.counts.columns["job"].counts == (0, 0, 0, 0, 2, 0)


def test_context_counts_only_the_instances_that_sent_it() -> None:
    """A column that a client does not send has not drifted."""
    live = count_receipt(receipt("a", [25.0, 30.0], [{"sex": 2}, {}]), reference(), SIGNATURE)

    assert live.counts.columns["sex"].rows == 1
    assert live.counts.columns["age"].rows == 2


def test_text_among_numbers_counts_as_missing() -> None:
    """Context has no types, so text can come for a number."""
    numbers = reference().model_copy(update={"bins": {"sex": NumericBins(edges=(1.0, 2.0))}})
    live = count_receipt(receipt("a", [25.0, 30.0], [{"sex": "f"}, {"sex": 1}]), numbers, SIGNATURE)

    assert live.counts.columns["sex"].counts == (1, 0, 1, 0)


def test_the_prediction_column_is_the_probability_of_the_favourable_class() -> None:
    """Without a favourable class the last one is meant; other tasks count the value."""
    answers = [Prediction(value=0, probabilities=(0.7, 0.3)), Prediction(value=0)]
    last = SIGNATURE.model_copy(update={"favourable": None})
    first = SIGNATURE.model_copy(update={"favourable": 0})
    many = SIGNATURE.model_copy(update={"task": "multiclass"})

    assert prediction_values(SIGNATURE, answers) == [0.3, None]
    assert prediction_values(last, answers) == [0.3, None]
    assert prediction_values(first, answers) == [0.7, None]
    assert prediction_values(many, answers) == [0, 0]


def test_combined_receipts_count_as_all_their_rows_at_once() -> None:
    """Adding counts is exact."""
    ages = [[21.0, 35.0], [35.0, 59.0, 80.0]]
    parts = [
        count_receipt(receipt("a" * (i + 1), a), reference(), SIGNATURE) for i, a in enumerate(ages)
    ]
    both = combine(parts, batch="b")

    assert both.counts.rows == 5
    assert both.counts.columns["age"] == count_values(reference().bins["age"], [*ages[0], *ages[1]])
    assert (both.first_at[:10], both.last_at[:10]) == ("2026-01-01", "2026-01-02")


def test_batches_without_a_column_add_nothing_to_it() -> None:
    """A context column may be absent from a whole batch."""
    bins = reference().bins
    without = reference().model_copy(update={"bins": {"age": bins["age"]}})
    parts = [
        count_receipt(receipt("a", [25.0], [{"sex": 1}]), reference(), SIGNATURE),
        count_receipt(receipt("b", [25.0]), without, SIGNATURE),
    ]
    counts = total(parts)

    assert counts["sex"].rows == 1
    assert counts["age"].rows == 2
    assert isinstance(bins["sex"], CategoricalBins)
