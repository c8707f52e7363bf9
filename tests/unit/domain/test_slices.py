from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

from loopwright.domain.fairness_groups import group_rows
from loopwright.domain.slices import MIN_ROWS, SliceSearch, find_slices, searched_rows

ROWS = 8_000
TESTED = ~searched_rows(ROWS)


def columns_of(seed: int, rows: int = ROWS) -> dict[str, NDArray[Any]]:
    """Return columns that have nothing to do with each other."""
    random = np.random.default_rng(seed)
    cities = np.array(["Bonn", "Köln", "Rome", "Oslo"], dtype=object)
    return {
        "city": cities[random.integers(0, 4, rows)],
        "age": random.integers(18, 90, rows).astype(np.float64),
        "member": random.integers(0, 2, rows).astype(np.float64),
        "income": random.lognormal(size=rows),
    }


def search(
    columns: dict[str, NDArray[Any]], loss: NDArray[Any], *, relative: bool = True
) -> SliceSearch:
    """Search over all columns."""
    groupings = [group_rows(name, values) for name, values in columns.items()]
    return find_slices(groupings, loss.astype(np.float64), relative=relative)


def test_a_planted_slice_of_two_conditions_is_found() -> None:
    """One wrong in ten, but four in ten of the members in Rome."""
    columns, random = columns_of(1), np.random.default_rng(2)
    planted = (columns["city"] == "Rome") & (columns["member"] == 1)
    found = search(columns, random.random(ROWS) < np.where(planted, 0.4, 0.1)).found
    first = found[0]

    assert set(first.conditions) == {"city=Rome", "member=1"}
    assert first.low < 0.3 < first.high
    assert first.p_value < 1e-9
    assert first.rows == planted[TESTED].sum()


def test_a_slice_is_told_as_welch_would_on_the_half_that_was_not_searched() -> None:
    """The numbers are those of scipy's test over the tested rows alone."""
    columns, random = columns_of(3), np.random.default_rng(4)
    loss = np.abs(random.normal(size=ROWS)) + 0.2 * (columns["city"] == "Oslo")
    found = search(columns, loss)
    oslo = next(one for one in found.found if one.conditions == ("city=Oslo",))
    inside = columns["city"][TESTED] == "Oslo"
    test = stats.ttest_ind(
        loss[TESTED][inside], loss[TESTED][~inside], equal_var=False, alternative="greater"
    )
    level = 1 - 0.05 / len(found.found)
    interval = test.confidence_interval(level)

    assert oslo.value == pytest.approx(
        loss[TESTED][inside].mean() - loss[TESTED][~inside].mean(), abs=1e-12
    )
    assert oslo.p_value == pytest.approx(test.pvalue * len(found.found), rel=0.05)
    assert oslo.low == pytest.approx(
        stats.ttest_ind(loss[TESTED][inside], loss[TESTED][~inside], equal_var=False)
        .confidence_interval(level)
        .low,
        abs=2e-4,
    )
    assert interval.low > oslo.low


def test_p_values_are_holms() -> None:
    """Against statsmodels, from the p values of the tested half; scipy's are Student's."""
    columns, random = columns_of(5), np.random.default_rng(6)
    loss = random.normal(size=ROWS) + 0.1 * (columns["city"] == "Bonn") + 0.05 * columns["member"]
    found = search(columns, loss).found
    raw = [_one_sided(columns, loss, one.conditions) for one in found]

    assert [one.p_value for one in found] == pytest.approx(
        sorted(multipletests(raw, method="holm")[1]), rel=0.1
    )


def _one_sided(
    columns: dict[str, NDArray[Any]], loss: NDArray[Any], conditions: Sequence[str]
) -> float:
    inside = np.ones(len(loss), dtype=bool)
    for condition in conditions:
        name, group = condition.split("=")
        inside &= group_rows(name, columns[name]).rows_of(group)
    inside, tested = inside[TESTED], loss[TESTED]
    test = stats.ttest_ind(tested[inside], tested[~inside], equal_var=False, alternative="greater")
    return float(test.pvalue)


def test_of_pure_noise_hardly_anything_is_certain() -> None:
    """Of 60 searches about 3 may claim one slice at 5 %; 9 would be chance once in 400."""
    claims = sum(
        any(one.p_value < 0.05 for one in search(columns_of(seed), _noise(seed)).found)
        for seed in range(60)
    )

    assert claims <= 8


def _noise(seed: int) -> NDArray[np.bool_]:
    return np.asarray(np.random.default_rng(1_000 + seed).random(ROWS) < 0.2)


def test_a_difference_of_two_models_is_held_against_zero() -> None:
    """Worse by 0.2 for the old, better elsewhere: compared with the rest it would be more."""
    columns, random = columns_of(7), np.random.default_rng(8)
    old = columns["age"] >= 72
    loss = random.normal(np.where(old, 0.2, -0.1), 0.5)
    first = search(columns, loss, relative=False).found[0]

    assert first.conditions[0].startswith("age=")
    assert first.value == first.mean == pytest.approx(0.2, abs=0.05)


def test_too_few_rows_are_not_searched() -> None:
    """Below a hundred in each half nothing can be told."""
    columns = columns_of(9, rows=2 * MIN_ROWS - 2)

    assert search(columns, np.ones(len(columns["age"]))).looked_at == 0
    assert find_slices([], np.zeros(0), relative=True) == SliceSearch(looked_at=0, found=())


def test_a_loss_without_variation_is_no_finding() -> None:
    """All rows are answered alike well."""
    assert search(columns_of(10), np.zeros(ROWS)).found == ()


def test_rows_that_are_nearly_the_same_are_told_once() -> None:
    """A copy of a column adds no second slice."""
    columns, random = columns_of(11), np.random.default_rng(12)
    columns = {"city": columns["city"], "town": columns["city"]}
    loss = random.random(ROWS) < np.where(columns["city"] == "Rome", 0.5, 0.1)
    found = [one for one in search(columns, loss).found if one.p_value < 0.05]

    assert len(found) == 1
