from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from loopwright.domain import drift
from loopwright.domain.bins import ColumnCounts, Reference
from loopwright.domain.counting import count_values
from loopwright.domain.spec_models import Monitoring
from tests.fakes.serving import reference

POLICY = Monitoring()
REFERENCE = reference(20_000)
BINS = {**REFERENCE.bins, "__prediction__": REFERENCE.prediction_bins}
SHARES = {
    **{name: one.counts for name, one in REFERENCE.counts.columns.items()},
    "__prediction__": REFERENCE.prediction_counts.counts,
}


def window(
    rows: int, values: Mapping[str, Sequence[object]] | None = None, *, seed: int = 0
) -> dict[str, ColumnCounts]:
    """Return counts drawn from the reference itself, but for the columns given."""
    generator = np.random.default_rng(seed)
    counts = {
        name: ColumnCounts(counts=tuple(generator.multinomial(rows, np.array(c) / sum(c)).tolist()))
        for name, c in SHARES.items()
    }
    return counts | {
        name: count_values(BINS[name], given) for name, given in (values or {}).items()
    }


def finding(name: str, live: dict[str, ColumnCounts]) -> drift.DriftFinding:
    """Return the finding of one column."""
    report = drift.assess(REFERENCE, live, POLICY, context=("sex",))
    return next(one for one in report.findings if one.subject == name)


def test_traffic_like_the_training_data_has_no_drift() -> None:
    """No column is reported, and the reason says so."""
    report = drift.assess(REFERENCE, window(2_000), POLICY)

    assert report.verdict == "none"
    assert report.reason == "no column of 2,000 rows differs from the reference beyond chance"
    assert {one.cause for one in report.findings} == {""}


def test_false_alarms_are_as_rare_as_the_rate_says() -> None:
    """Of 200 windows without drift, at a false discovery rate of 5 %, about 10 may alarm."""
    policy = Monitoring(false_discovery_rate=0.05)
    alarms = sum(
        drift.assess(REFERENCE, window(500, seed=seed), policy).verdict != "none"
        for seed in range(200)
    )

    assert 2 <= alarms <= 20


def test_a_small_real_shift_is_detected_and_not_material() -> None:
    """Certain statistically, and of no practical weight: both are said."""
    ages = [20 + i % 40 for i in range(1_840)] + [25] * 160
    found = finding("age", window(2_000, {"age": ages}))

    assert found.grade == "detected"
    assert found.value is not None
    assert 0 < found.value < POLICY.material_psi
    assert found.cause == "distribution"


def test_a_large_shift_is_material() -> None:
    """The verdict is that of the worst column, and its reason names it first."""
    report = drift.assess(REFERENCE, window(2_000, {"age": [55] * 1_500 + [25] * 500}), POLICY)

    assert report.verdict == "material"
    assert report.reason.startswith("material drift in 2,000 rows: age (PSI ")
    assert report.graded("material")[0].low > POLICY.material_psi  # type: ignore[operator]  # a drift finding has an interval


@pytest.mark.parametrize(
    ("name", "values", "cause"),
    [
        ("job", ["astronaut"] * 200 + ["clerk", "nurse", "smith"] * 600, "new_values"),
        ("children", [None] * 600 + [0, 1, 2, 3] * 350, "missing_values"),
        ("age", [99.0] * 300 + [20 + i % 40 for i in range(1_700)], "out_of_range"),
        ("owner", [True] * 1_500 + [False] * 500, "distribution"),
    ],
)
def test_the_cause_is_the_kind_of_values_that_moved_the_most(
    name: str, values: Sequence[object], cause: str
) -> None:
    """A person knows from it where to look."""
    found = finding(name, window(2_000, {name: values}))

    assert found.cause == cause
    assert drift.WORDS[found.cause] in found.message


def test_the_shares_of_unusual_values_are_told() -> None:
    """Worked by hand: 200 of 2,000 rows."""
    job = finding("job", window(2_000, {"job": ["astronaut"] * 200 + ["clerk"] * 1_800}))
    age = finding("age", window(2_000, {"age": [None] * 200 + [99] * 200 + [25] * 1_600}))

    assert (job.new_share, job.out_of_range_share, job.missing_share) == (0.1, 0.0, 0.0)
    assert (age.new_share, age.out_of_range_share, age.missing_share) == (0.0, 0.1, 0.1)


def test_a_handful_of_unseen_values_is_found() -> None:
    """A bin that the baseline leaves empty needs few rows."""
    values = ["astronaut"] * 8 + [("clerk", "nurse", "smith")[i % 3] for i in range(1_992)]
    found = finding("job", window(2_000, {"job": values}))

    assert (found.grade, found.cause) == ("detected", "new_values")


def test_each_column_has_its_role() -> None:
    """Context and the model's own answers are watched too."""
    roles = {
        one.subject: one.role
        for one in drift.assess(REFERENCE, window(500), POLICY, context=("sex",)).findings
    }

    assert roles["sex"] == "context"
    assert roles["__prediction__"] == "prediction"
    assert roles["age"] == "feature"


def test_columns_that_nobody_sent_are_not_assessed() -> None:
    """Without rows there is nothing to compare, and a window without columns has no drift."""
    live = window(500)
    del live["owner"]
    live["sex"] = ColumnCounts(counts=(0,) * len(live["sex"].counts))
    report = drift.assess(REFERENCE, live, POLICY)
    empty = drift.assess(REFERENCE, {}, POLICY)

    assert {one.subject for one in report.findings} == {"age", "children", "job", "__prediction__"}
    assert (empty.verdict, empty.rows, empty.findings) == ("none", 0, ())


def test_a_long_list_of_columns_is_cut_in_the_reason() -> None:
    """Five are named, the others counted."""
    shifted: dict[str, Sequence[object]] = {
        "age": [25] * 2_000,
        "children": [3] * 2_000,
        "job": ["clerk"] * 2_000,
        "owner": [True] * 2_000,
        "sex": [1] * 2_000,
        "__prediction__": [0.25] * 2_000,
    }
    report = drift.assess(REFERENCE, window(2_000, shifted), POLICY)

    assert report.reason.endswith("; and 1 more")


@pytest.mark.parametrize(
    ("rows", "hours", "due"),
    [(2_000, 0, True), (1_999, 23, False), (1_999, 24, True), (100, 24, True), (99, 500, False)],
)
def test_a_window_is_due_when_it_is_full_or_old(rows: int, hours: int, due: bool) -> None:
    """An old window needs rows enough to say anything."""
    now = datetime(2026, 1, 5, tzinfo=UTC)

    assert drift.is_due(rows, now - timedelta(hours=hours), now, POLICY) is due


def test_the_report_is_the_same_whenever_it_is_computed() -> None:
    """Draws are seeded by the counts."""
    live = window(2_000, {"age": [55] * 400 + [25 + i % 30 for i in range(1_600)]})
    again: Reference = Reference.model_validate_json(REFERENCE.model_dump_json())

    assert drift.assess(REFERENCE, live, POLICY) == drift.assess(again, live, POLICY)
