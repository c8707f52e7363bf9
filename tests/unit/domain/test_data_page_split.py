"""What the bars of a data page are split by."""

import pytest

from loopwright.domain.bins import Bins, CategoricalBins, ColumnCounts, Counts, NumericBins
from loopwright.domain.data_histogram import Split
from loopwright.domain.data_page import Legend
from loopwright.domain.data_page_split import Outcome, legend_of, outcome_of, split_of
from loopwright.domain.profile import ByBin, Profile
from loopwright.domain.profile_details import ColumnDetails, NumberDetails
from loopwright.domain.spec import Column, ProjectSpec
from tests.fakes.projects import COLUMNS, a_spec

SEX = CategoricalBins(categories=(1, 2))
SEX_COUNTS = (0, 0, 0, 30, 10)


def a_profile(target: Bins, counts: tuple[int, ...], by_class: ByBin) -> Profile:
    """The profile of 40 rows of sex and a target."""
    columns = {"sex": ColumnCounts(counts=SEX_COUNTS), "repaid": ColumnCounts(counts=counts)}
    details = {}
    if isinstance(target, NumericBins):
        sums = (0, 0, 10 * 2**29, 30 * 3 * 2**29, 0)
        details = {"repaid": ColumnDetails(numbers=NumberDetails(sums=sums, squares=0))}
    return Profile(
        bins={"sex": SEX, "repaid": target},
        counts=Counts(rows=40, columns=columns),
        details=details,
        by_class={"sex": by_class},
    )


def with_target(kind: str, task: str, **changes: object) -> ProjectSpec:
    """The loans project with another target."""
    column = Column.model_validate({"type": kind, **changes})
    favourable = "yes" if task == "binary" else None
    return a_spec(task=task, favourable=favourable, columns={**COLUMNS, "repaid": column})


def test_bars_of_a_binary_target_have_two_parts_and_the_share_of_the_favourable() -> None:
    """Of 30 men 20 repaid, of 10 women none."""
    spec = with_target("category", "binary", values=("yes", "no"))
    target = CategoricalBins(categories=("no", "yes"))
    profile = a_profile(target, (0, 0, 0, 20, 20), ((0, 0), (0, 0), (0, 0), (20, 10), (0, 10)))
    outcome = outcome_of(spec, profile)

    assert outcome.classes == ("yes", "no")
    assert split_of("sex", spec, profile, outcome) == Split(
        ([0, 0, 0, 20, 0], [0, 0, 0, 10, 10]), [0, 0, 0, 20, 0], [0, 0, 0, 30, 10]
    )
    assert split_of("repaid", spec, profile, outcome) == Split(([0, 0, 0, 0, 20], [0, 0, 0, 20, 0]))
    assert legend_of(outcome, []) == Legend(
        classes=("yes", "no"), level="share of yes in each bar, 0 to 100 %"
    )


def test_of_many_classes_the_commonest_have_a_part_each() -> None:
    """Seven classes: five, and two others together; no share is drawn of so many."""
    values = tuple("abcdefg")
    spec = with_target("category", "multiclass", values=values)
    table = ((0,) * 7, (0,) * 7, (0,) * 7, (9, 1, 5, 5, 5, 1, 4), (0,) * 7)
    profile = a_profile(CategoricalBins(categories=values), (0, 0, 0, 9, 1, 5, 5, 5, 1, 4), table)
    outcome = outcome_of(spec, profile)

    assert outcome.classes == ("a", "c", "d", "e", "g", "2 other classes")
    assert [part[3] for part in split_of("sex", spec, profile, outcome).by_class] == [
        9, 5, 5, 5, 4, 2,
    ]  # fmt: skip
    assert [sum(part) for part in split_of("repaid", spec, profile, outcome).by_class] == [
        9, 5, 5, 5, 4, 2,
    ]  # fmt: skip
    assert legend_of(outcome, []).level == ""


def test_bars_of_few_classes_have_no_level() -> None:
    """Three classes, of which one is not in the data."""
    spec = with_target("category", "multiclass", values=("a", "b", "c"))
    table = ((0,) * 3, (0,) * 3, (0,) * 3, (20, 10, 0), (0, 10, 0))
    profile = a_profile(CategoricalBins(categories=("a", "b")), (0, 0, 0, 20, 20), table)
    outcome = outcome_of(spec, profile)

    assert split_of("sex", spec, profile, outcome).levels is None
    assert split_of("repaid", spec, profile, outcome).by_class[2] == [0] * 5


def test_bars_of_a_regression_have_the_mean_of_the_target() -> None:
    """Its bins are the classes: 10 rows of mean 0.25 and 30 of 0.75, by their sums."""
    spec = with_target("number", "regression")
    bins = NumericBins(edges=(0.0, 0.5, 1.0))
    table = ((0,) * 4, (0,) * 4, (0,) * 4, (0, 10, 20, 0), (0, 0, 10, 0))
    profile = a_profile(bins, (0, 0, 10, 30, 0), table)
    outcome = outcome_of(spec, profile)
    split = split_of("sex", spec, profile, outcome)

    assert split.by_class == ([0, 0, 0, 30, 10],)
    assert split.levels == pytest.approx([0, 0, 0, 17.5, 7.5])
    assert split_of("repaid", spec, profile, outcome) == Split(((0, 0, 10, 30, 0),))
    assert legend_of(outcome, [split, Split(((1, 2),))]) == Legend(
        level="mean of repaid in each bar, 0.5833 to 0.75", level_ends=(17.5 / 30, 0.75)
    )


def test_nothing_is_split_where_rows_were_not_counted_by_class() -> None:
    """Profiles of before, targets of too many classes, and sums that are not there."""
    spec, regression = a_spec(), with_target("number", "regression")
    counted = a_profile(CategoricalBins(categories=()), (0, 40, 0), ())
    table = ((0,), (0,), (0,), (30,), (10,))
    old = a_profile(NumericBins(edges=(0.0,)), (0, 0, 40), table)
    bare = old.model_copy(update={"details": {}})

    assert outcome_of(spec, counted) == outcome_of(regression, bare) == Outcome()
    assert split_of("sex", spec, counted, Outcome()) == Split((SEX_COUNTS,))
    assert legend_of(Outcome(), []) == Legend()
