import numpy as np
import pytest

from loopwright.domain.noise_ceiling import identical_rows, noise_ceiling


def _objects(*values: object) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


FEATURES = {
    "city": _objects("a", "a", "a", "b", None, None),
    "age": np.array([1.0, 1.0, 1.0, 2.0, np.nan, np.nan]),
}


def test_rows_alike_in_every_feature_have_one_number() -> None:
    """Missing values are alike."""
    groups = identical_rows(FEATURES)

    assert groups[0] == groups[1] == groups[2]
    assert groups[4] == groups[5]
    assert len(set(groups.tolist())) == 3


def test_it_stops_where_no_two_rows_are_alike() -> None:
    """A later column cannot make them alike."""
    groups = identical_rows({"id": np.arange(6.0), **FEATURES})

    assert len(set(groups.tolist())) == 6


def test_no_model_is_more_accurate_than_the_most_frequent_outcome_of_each_group() -> None:
    """Of three alike two are yes; of two alike one is: 2 + 1 + 1 of 6."""
    target = _objects("yes", "yes", "no", "no", "yes", "no")
    found = noise_ceiling(identical_rows(FEATURES), target, task="binary", metric="accuracy")

    assert found.value == pytest.approx(4 / 6)
    assert (found.rows, found.repeated_rows, found.contradictory_rows) == (6, 5, 5)


def test_several_classes_have_a_bound_too() -> None:
    """Only the last two rows contradict each other."""
    target = _objects("x", "x", "x", "y", "z", "y")
    found = noise_ceiling(identical_rows(FEATURES), target, task="multiclass", metric="accuracy")

    assert found.value == pytest.approx(5 / 6)
    assert found.contradictory_rows == 2


def test_a_metric_without_such_a_bound_has_none() -> None:
    """The best answer for F1 is not the most frequent one."""
    target = _objects("yes", "yes", "no", "no", "yes", "no")
    found = noise_ceiling(identical_rows(FEATURES), target, task="binary", metric="f1")

    assert found.value is None


def test_numbers_are_bound_by_the_spread_within_groups() -> None:
    """By hand: squares within are 2 + 0 + 8, mae by medians (2 + 0 + 4) / 6."""
    target = np.array([1.0, 2.0, 3.0, 5.0, 4.0, 8.0])
    groups = identical_rows(FEATURES)
    r2 = noise_ceiling(groups, target, task="regression", metric="r2")
    mae = noise_ceiling(groups, target, task="regression", metric="mae")

    assert r2.value == pytest.approx(1 - 10 / ((target - target.mean()) ** 2).sum())
    assert mae.value == pytest.approx(1.0)
    assert r2.contradictory_rows == 5
