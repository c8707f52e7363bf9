"""What other data is worth to a question: matches, gains, leaks and their order."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from loopwright.domain.learning_curve import Estimate
from loopwright.domain.suggestion import (
    Folds,
    KeyMatch,
    Suggestion,
    added_gain,
    answer_of,
    best_match,
    found_share,
    leaking_columns,
    ranked,
)

DRAWN = np.random.default_rng(3)
SURE, OPEN, NONE = Estimate(value=0.2, low=0.1, high=0.3), Estimate(value=0.1, low=-0.1), Estimate()


def match(found: int = 5, repeated: int = 0, column: str = "id") -> KeyMatch:
    """Of ten keys so many are found."""
    return KeyMatch(column=column, keys=10, found=found, repeated=repeated)


def test_the_column_that_finds_the_most_keys_is_joined_by() -> None:
    """One with repeated keys only where times choose among their rows."""
    repeated = match(9, repeated=2, column="entity")

    assert best_match([match(3), match(5, column="key")], in_time=False) == match(5, column="key")
    assert best_match([match(5), repeated], in_time=False) == match(5)
    assert best_match([match(5), repeated], in_time=True) == repeated
    assert best_match([match(0), repeated], in_time=False) is None


def test_the_share_of_keys_has_wilsons_interval() -> None:
    """As scipy gives it; without keys nothing is known."""
    bounds = stats.binomtest(5, 10).proportion_ci(method="wilson")
    found = found_share(match(5))

    assert (found.value, found.low, found.high) == pytest.approx((0.5, bounds.low, bounds.high))
    assert KeyMatch(column="id", keys=0, found=0, repeated=0).share == 0.0


def test_a_gain_has_the_interval_of_nadeau_and_bengio() -> None:
    """Mean 0.1 of four folds; by hand t(3) * sqrt((1/4 + 1/4) * s^2)."""
    folds = Folds((0.5, 0.5, 0.5, 0.5), (0.7, 0.5, 0.6, 0.6), 0.25, 1)
    half = stats.t.ppf(0.975, 3) * np.sqrt(0.5 * np.var([0.2, 0.0, 0.1, 0.1], ddof=1))
    gain = added_gain(folds)

    assert (gain.value, gain.low, gain.high) == pytest.approx((0.1, 0.1 - half, 0.1 + half))
    assert added_gain(Folds((0.5,) * 3, (0.4,) * 3, 0.25, -1)).value == pytest.approx(0.1)


def test_a_dataset_adds_only_when_that_is_sure() -> None:
    """Where nothing is left to learn from it, that is the answer."""
    assert answer_of(SURE, (), ("x",)) == "adds"
    assert answer_of(OPEN, (), ("x",)) == "not_shown_to_add"
    assert answer_of(NONE, ("x",), ()) == "leaks"
    assert answer_of(NONE, (), ()) == "no_columns"


@pytest.mark.parametrize("task", ["classes", "numbers"])
def test_columns_that_tell_the_target_are_found_and_others_are_not(task: str) -> None:
    """A copy of two hundred outcomes as numbers and as names, among noise and what merely helps."""
    numbers = DRAWN.normal(size=400)
    target: Any = (
        numbers if task == "numbers" else np.where(numbers > 0, "yes", "no").astype(object)
    )
    names = np.array([f"n{round(value)}" for value in DRAWN.normal(size=400)], dtype=object)
    told = target.copy() if task == "classes" else np.array([f"{x > 1}" for x in numbers], object)
    columns = {
        "copy": numbers,
        "told": told,
        "noise": DRAWN.normal(size=400),
        "names": names,
        "helps": numbers + DRAWN.normal(size=400),
    }
    columns["names"][:9] = None
    expected = ("copy", "told") if task == "classes" else ("copy",)

    assert leaking_columns(columns, target) == expected


def test_the_most_useful_come_first() -> None:
    """By answer, the sure part of the gain, the keys found, and freshness."""
    found = [
        Suggestion(project="f", answer="not_joinable"),
        Suggestion(project="e", answer="leaks"),
        Suggestion(project="d", answer="not_shown_to_add", gain=OPEN, age_days=9),
        Suggestion(project="c", answer="not_shown_to_add", gain=OPEN, age_days=1),
        Suggestion(project="b", answer="adds", gain=SURE, found=Estimate(value=0.5)),
        Suggestion(project="a", answer="adds", gain=SURE, found=Estimate(value=0.9)),
    ]

    assert [one.project for one in ranked(found)] == ["a", "b", "c", "d", "e", "f"]
