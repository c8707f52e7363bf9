"""The contract of a dataset version."""

from typing import Any

import pytest

from loopwright.domain.bins import ColumnCounts, Counts, Profile
from loopwright.domain.dataset import ColumnSchema, Manifest, Source
from loopwright.domain.facts import Broken, TableFacts
from loopwright.domain.spec import Column
from loopwright.domain.validation import Validation, column_reasons, validate
from loopwright.errors import IncompletePartsError
from tests.fakes.projects import COLUMNS, a_spec

STORED = {
    "id": "BIGINT",
    "sex": "BIGINT",
    "income": "DOUBLE",
    "city": "VARCHAR",
    "member": "BOOLEAN",
    "repaid": "VARCHAR",
}
MANIFEST = Manifest(
    project="loans",
    digest="d1",
    spec="s1",
    columns=tuple(
        ColumnSchema(name=name, type=column.type, parquet_type=STORED[name])
        for name, column in COLUMNS.items()
    ),
    key="id",
    training=(),
    holdout=(),
    rows=200,
    training_rows=160,
    holdout_rows=40,
    quarantined_rows=0,
    source=Source(key="incoming/loans/a.csv", bytes=1),
    actor="ana",
    registered_at="2026-01-01T00:00:00+00:00",
)
PROFILE = Profile(
    bins={}, counts=Counts(rows=200, columns={"income": ColumnCounts(counts=(7, 0, 193, 0))})
)


def judged(*broken: Broken, target_values: int = 2, **changes: Any) -> Validation:
    """Return the verdict over 200 rows that break these checks."""
    facts = TableFacts(rows=200, target_values=target_values, broken=broken)
    return validate(a_spec(**changes), MANIFEST, PROFILE, facts)


def test_a_version_that_holds_what_the_spec_says_passes() -> None:
    """The numbers it rests on are kept."""
    found = judged()

    assert found.verdict == "pass"
    assert found.reasons == ()
    assert found.rows == 200
    assert found.missing == {"income": 7}


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            Broken(column="income", check="below_min", rows=3, examples=("-1.0",)),
            "'income' breaks its limits in 3 of 200 rows: expected at least 0",
        ),
        (
            Broken(column="income", check="above_max", rows=1),
            "'income' breaks its limits in 1 of 200 rows: expected at most 1000",
        ),
        (
            Broken(column="sex", check="unknown_category", rows=2, examples=("3",)),
            "'sex' breaks its limits in 2 of 200 rows: expected one of the values listed in pro",
        ),
        (
            Broken(column="income", check="missing", rows=101),
            "'income' is missing in 101 of 200 rows, at most 50.00% may be",
        ),
        (
            Broken(column="repaid", check="missing", rows=1),
            "'repaid' is missing in 1 of 200 rows, at most 0.00% may be",
        ),
        (
            Broken(column="id", check="duplicate_key", rows=4, examples=("7",)),
            "the key 'id' is repeated in 4 rows, each must be there once",
        ),
    ],
)
def test_a_broken_check_rejects_with_its_numbers(broken: Broken, message: str) -> None:
    """How many rows, which values, and what to do."""
    found = judged(broken)
    (reason,) = found.reasons

    assert found.verdict == "reject"
    assert reason.message.startswith(message)
    assert (reason.code, reason.subject) == (broken.check, broken.column)
    assert (reason.count, reason.examples) == (broken.rows, broken.examples)
    assert reason.advice


def test_missing_values_within_their_share_pass() -> None:
    """Half of the incomes may be missing."""
    assert judged(Broken(column="income", check="missing", rows=100)).verdict == "pass"


def test_a_constant_target_rejects() -> None:
    """There is nothing to learn."""
    found = judged(target_values=1)

    assert found.verdict == "reject"
    assert found.reasons[0].code == "constant_target"


def test_too_few_rows_alone_are_insufficient_data() -> None:
    """With another reason beside it, the version is rejected."""
    few = judged(rows={"min": 201})
    both = judged(rows={"min": 201}, target_values=1)

    assert few.verdict == "insufficient_data"
    assert few.reasons[0].message == "200 rows, at least 201 are asked for (rows.min)"
    assert both.verdict == "reject"
    assert [reason.code for reason in both.reasons] == ["too_few_rows", "constant_target"]


def test_a_version_of_other_columns_is_named_column_by_column() -> None:
    """A column more, a column less, and another type."""
    columns = {name: column for name, column in COLUMNS.items() if name != "city"}
    columns |= {"sex": Column(type="integer"), "age": Column(type="integer")}
    reasons = column_reasons(a_spec(columns=columns), MANIFEST)

    assert [reason.message for reason in reasons] == [
        "column 'age': project.yaml says integer as BIGINT, the version holds no such column",
        ("column 'city': project.yaml says no such column, the version holds category as VARCHAR"),
        ("column 'sex': project.yaml says integer as BIGINT, the version holds category as BIGINT"),
    ]
    assert judged(columns={**COLUMNS, "sex": Column(type="integer")}).verdict == "reject"


def test_a_version_that_was_sealed_by_another_key_is_refused() -> None:
    """Its sealed rows are other entities than those of today."""
    (reason,) = column_reasons(a_spec(key=None), MANIFEST)

    assert reason.code == "other_key"
    assert reason.message == "project.yaml says key None, the version was sealed by key 'id'"


def test_rows_that_do_not_add_up_are_breakage() -> None:
    """A part is missing: that is no verdict over the data."""
    facts = TableFacts(rows=199, target_values=2, broken=())

    with pytest.raises(
        IncompletePartsError, match="names 200 rows, the profile 200, the parts 199"
    ):
        validate(a_spec(), MANIFEST, PROFILE, facts)
