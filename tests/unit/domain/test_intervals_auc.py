"""Oracles: scikit-learn, and DeLong's components counted pair by pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from loopwright.domain.intervals_auc import auc_interval, delong


def _components(scores: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compare every positive with every negative."""
    wins = scores[positive][:, None] - scores[~positive][None, :]
    table = (wins > 0) + 0.5 * (wins == 0)
    return table.mean(axis=1), table.mean(axis=0)


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return two scores with ties, and which rows are positive."""
    random = np.random.default_rng(3)
    positive = random.random(200) < 0.3
    first = np.round(random.normal(size=200) + positive, 1)
    second = np.round(first + random.normal(size=200), 1)
    return first, second, positive


def test_the_area_agrees_with_scikit_learn(sample: tuple[np.ndarray, ...]) -> None:
    """Ties count half."""
    first, _, positive = sample

    assert delong(first, positive).value == pytest.approx(roc_auc_score(positive, first))


def test_the_variance_is_that_of_the_components(sample: tuple[np.ndarray, ...]) -> None:
    """S10/m + S01/n, with the components counted pair by pair."""
    first, _, positive = sample
    above, below = _components(first, positive)
    expected = above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below)

    assert delong(first, positive).variance == pytest.approx(expected)


def test_paired_areas_share_their_covariance(sample: tuple[np.ndarray, ...]) -> None:
    """The variance of the difference is that of the differences of the components."""
    first, second, positive = sample
    (above, below), (other_above, other_below) = (
        _components(first, positive),
        _components(second, positive),
    )
    expected = (above - other_above).var(ddof=1) / len(above)
    expected += (below - other_below).var(ddof=1) / len(below)
    difference = delong(first, positive).influence - delong(second, positive).influence

    assert (difference @ difference) / len(difference) ** 2 == pytest.approx(expected)


def test_separated_classes_are_not_certain() -> None:
    """The variance is zero, so Wilson's interval over the smaller class is taken: 4 of 4."""
    positive = np.array([True] * 4 + [False] * 6)
    area = delong(positive.astype(float), positive)
    found = auc_interval(area, 4)

    assert area.value == 1.0
    assert found.low == pytest.approx(4 / (4 + 1.959964**2), rel=1e-6)
    assert found.high == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=3, max_size=60).filter(
        lambda rows: len({label for _, label in rows}) == 2
    )
)
def test_the_interval_contains_the_area_and_mirrors(rows: list[tuple[int, bool]]) -> None:
    """Reversing the scores mirrors the area around a half."""
    scores = np.array([score for score, _ in rows], dtype=float)
    positive = np.array([label for _, label in rows])
    smaller = int(min(positive.sum(), (~positive).sum()))
    area, mirrored = delong(scores, positive), delong(-scores, positive)
    found = auc_interval(area, smaller)

    assert 0 <= found.low <= area.value <= found.high <= 1
    assert mirrored.value == pytest.approx(1 - area.value)
    assert mirrored.variance == pytest.approx(area.variance)
