"""What no knowledge of the features can score, against many random answers."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from loopwright.domain.chance import chance_f1, chance_macro_f1

DRAWN = np.random.default_rng(5)
TRUTH = DRAWN.choice(3, 3_000, p=(0.6, 0.25, 0.15))


def test_f1_of_always_positive_is_scikit_learns() -> None:
    """A third of the rows are positive: 2/3 : 4/3."""
    truth = np.array([1, 0, 0] * 10)

    assert chance_f1(truth, truth) == pytest.approx(0.5)
    assert chance_f1(truth, truth) == pytest.approx(f1_score(truth, np.ones(30)))


def test_macro_f1_of_chance_is_that_of_answers_drawn_from_the_shares() -> None:
    """The mean of 200 random answers, by scikit-learn."""
    scores = [
        f1_score(TRUTH, DRAWN.permutation(TRUTH), average="macro", zero_division=0)
        for _ in range(200)
    ]

    assert chance_macro_f1(TRUTH, TRUTH) == pytest.approx(np.mean(scores), abs=2e-3)
    assert chance_macro_f1(TRUTH, TRUTH) == pytest.approx(1 / 3)


@pytest.mark.parametrize("shares", [(1.0, 0.0, 0.0), (0.34, 0.33, 0.33), (0.8, 0.1, 0.1)])
def test_no_other_shares_of_random_answers_score_more(shares: tuple[float, ...]) -> None:
    """A constant, equal shares, and leaning on the frequent class."""
    other = f1_score(TRUTH, DRAWN.choice(3, 3_000, p=shares), average="macro", zero_division=0)

    assert other < chance_macro_f1(TRUTH, TRUTH) + 5e-3


def test_a_class_that_is_on_one_side_only_scores_nothing() -> None:
    """By hand: one of two classes that occur is never answered."""
    assert chance_macro_f1(np.zeros(4, int), np.array([0, 0, 1, 1])) == pytest.approx(1 / 3)
