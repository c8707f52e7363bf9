"""The oracle is the law itself: its rows are solved by hand."""

import numpy as np
import pytest

from loopwright.domain.learning_curve import FittedCurve, curve_sizes, fit_curve

SIZES = curve_sizes(8_000)


def _fit(scores: np.ndarray, *, sign: int = 1, best: float = 1.0) -> FittedCurve:
    found = fit_curve(SIZES, scores, sign=sign, best=best, test_share=0.25, seed=0)
    assert found is not None
    return found


def _law(ceiling: float, amplitude: float, exponent: float) -> np.ndarray:
    return np.tile(ceiling - amplitude * np.array(SIZES) ** -exponent, (5, 1))


def test_sizes_are_geometric() -> None:
    """From a sixteenth, from a hundred, or from a half."""
    assert SIZES == (500, 1_000, 2_000, 4_000, 8_000)
    assert curve_sizes(400)[0] == 100
    assert curve_sizes(80)[0] == 40


def test_an_exact_law_is_found_again() -> None:
    """0.9 - 1.2 n^-.5 reaches 0.88 at (1.2 / .02)^2 = 3600 rows."""
    found = _fit(_law(0.9, 1.2, 0.5))

    assert found.ceiling.value == pytest.approx(0.9, abs=1e-3)
    assert found.rows_for(0.88, most=1e6).value == pytest.approx(3_600, rel=0.02)
    assert found.rows_for(0.95, most=1e6).value is None


def test_a_loss_falls_to_its_floor() -> None:
    """The same law upside down."""
    found = _fit(1 - _law(0.9, 1.2, 0.5), sign=-1, best=0.0)

    assert found.ceiling.value == pytest.approx(0.1, abs=1e-3)
    assert found.rows_for(0.12, most=1e6).value == pytest.approx(3_600, rel=0.02)


def test_no_ceiling_is_above_the_best_score() -> None:
    """A steep curve is held at one."""
    found = _fit(_law(1.5, 2.0, 0.2))

    assert found.ceiling.value == pytest.approx(1.0)


def test_a_flat_curve_promises_nothing() -> None:
    """Its ceiling is its mean."""
    found = _fit(np.full((5, 5), 0.7))

    assert found.ceiling.value == pytest.approx(0.7)
    assert found.rows_for(0.71, most=1e9).value is None


def test_the_rows_are_within_a_factor_of_two_under_noise() -> None:
    """Binomial noise of 2000 tested rows on a known law; a small run of `make study`."""
    generator = np.random.default_rng(7)
    chances = _law(0.9, 1.2, 0.5)
    ratios = []
    for _ in range(20):
        found = _fit(generator.binomial(2_000, chances) / 2_000)
        ratios.append((found.rows_for(0.88, most=1e6).value or np.inf) / 3_600)

    assert np.mean([0.5 <= ratio <= 2 for ratio in ratios]) >= 0.9


def test_two_folds_or_one_size_make_no_curve() -> None:
    """There is no variance, or no slope."""
    assert fit_curve(SIZES, np.ones((2, 5)), sign=1, best=1.0, test_share=0.2, seed=0) is None
    assert fit_curve((9,), np.ones((5, 1)), sign=1, best=1.0, test_share=0.2, seed=0) is None
