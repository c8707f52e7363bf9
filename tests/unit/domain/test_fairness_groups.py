import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.fairness_groups import (
    ErrorSums,
    OutcomeCounts,
    count_groups,
    group_rows,
)
from loopwright.domain.metrics_estimates import Answers


def _objects(*values: object) -> np.ndarray:
    return np.array(values, dtype=object)


def test_each_category_is_a_group_and_missing_is_one_too() -> None:
    """Numbers come in the order of size, texts after them, missing last."""
    grouping = group_rows("race", _objects(10, 2, "b", None, 2, True))

    assert grouping.groups == ("True", "2", "10", "b", "(missing)")
    assert grouping.positions.tolist() == [2, 1, 3, 4, 1, 0]


def test_few_numbers_are_groups_of_their_own() -> None:
    """Codes that are stored as numbers are not put into bands."""
    grouping = group_rows("sex", np.array([2.0, 1.0, np.nan, 2.0]))

    assert grouping.groups == ("1", "2", "(missing)")
    assert grouping.positions.tolist() == [1, 0, 2, 1]


def test_many_numbers_fall_into_bands_between_the_quartiles() -> None:
    """By numpy: the quartiles of 0 to 100 are 25, 50 and 75."""
    grouping = group_rows("age", np.array([*range(101), np.nan], dtype=float))

    assert grouping.groups == ("below 25", "25 to 50", "50 to 75", "75 or more", "(missing)")
    assert np.bincount(grouping.positions).tolist() == [25, 25, 25, 26, 1]


def test_a_group_keeps_its_rows_when_rows_are_taken() -> None:
    """`at` takes rows, `rows_of` finds those of a group."""
    grouping = group_rows("sex", _objects("a", "b", "a")).at(np.array([True, False, True]))

    assert grouping.rows_of("a").tolist() == [True, True]


def test_outcomes_are_counted_by_group() -> None:
    """By hand: six rows of two groups; a group without rows is left out."""
    answers = Answers(
        truth=np.array([1, 1, 0, 0, 1, 0]),
        predicted=np.array([1, 0, 1, 0, 1, 0]),
        probabilities=np.zeros((6, 2)),
        positive=1,
    )
    first, second = count_groups(group_rows("g", _objects("a", "a", "a", "b", "b", "b")), answers)

    assert isinstance(first, OutcomeCounts)
    assert isinstance(second, OutcomeCounts)
    assert (first.rows, first.correct, first.positives, first.negatives, first.selected) == (
        3,
        1,
        2,
        1,
        2,
    )
    assert (second.true_positives, second.true_negatives, second.correct) == (1, 2, 3)


def test_without_a_favourable_outcome_only_correct_answers_are_counted() -> None:
    """A multiclass spec may name none."""
    answers = Answers(np.array([0, 1, 2]), np.array([0, 1, 1]), np.zeros((3, 3)))
    (found,) = count_groups(group_rows("g", _objects("a", "a", "a")), answers)

    assert found == OutcomeCounts(attribute="g", group="a", rows=3, correct=2)


def test_errors_are_summed_by_group() -> None:
    """By hand: errors 1 and -3."""
    answers = Answers(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
    (found,) = count_groups(group_rows("g", _objects("a", "a")), answers)

    assert found == ErrorSums(
        attribute="g",
        group="a",
        rows=2,
        error_sum=-2.0,
        squared_error_sum=10.0,
        absolute_error_sum=4.0,
    )


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1), st.integers(0, 1)), min_size=1)
)
def test_the_counts_of_all_groups_add_up_to_all_rows(rows: list[tuple[str, int, int]]) -> None:
    """No row is lost or counted twice."""
    truth, predicted = (np.array([row[place] for row in rows]) for place in (1, 2))
    answers = Answers(truth, predicted, np.zeros((len(rows), 2)), 1)
    counts = count_groups(group_rows("g", _objects(*(row[0] for row in rows))), answers)
    outcomes = [one for one in counts if isinstance(one, OutcomeCounts)]

    assert sum(one.rows for one in outcomes) == len(rows)
    assert sum(one.selected for one in outcomes) == predicted.sum()
    assert sum(one.positives for one in outcomes) == truth.sum()
    assert all(one.positives + one.negatives == one.rows for one in outcomes)


@pytest.mark.parametrize("repeats", [1, 50])
def test_bands_of_equal_quartiles_collapse(repeats: int) -> None:
    """A value that fills several quartiles makes one edge."""
    values = np.array([7.0] * repeats * 60 + [float(value) for value in range(20)])
    grouping = group_rows("age", values)

    assert grouping.groups[-1] == "(missing)"
    assert len(set(grouping.groups)) == len(grouping.groups)
