"""The contract of a dataset version."""

from typing import Any

import pytest

from loopwright.domain.bins import Bins, CategoricalBins, ColumnCounts, Counts, NumericBins
from loopwright.domain.dataset import ColumnSchema
from loopwright.domain.facts import Broken, Crossed, CrossFacts, Example, TableFacts
from loopwright.domain.findings import shown
from loopwright.domain.profile import Profile
from loopwright.domain.spec import Column
from loopwright.domain.validation import Validation, column_reasons, validate
from loopwright.errors import IncompletePartsError
from tests.fakes.projects import COLUMNS, a_manifest, a_spec

STORED = {
    "id": "BIGINT",
    "sex": "BIGINT",
    "income": "DOUBLE",
    "city": "VARCHAR",
    "member": "BOOLEAN",
    "repaid": "VARCHAR",
}
CATEGORIES = CategoricalBins(categories=("a", "b"))
MANIFEST = a_manifest(
    columns=tuple(
        ColumnSchema(name=name, type=column.type, parquet_type=STORED[name])
        for name, column in COLUMNS.items()
    ),
    rows=200,
    training_rows=160,
    holdout_rows=40,
)
BINS: dict[str, Bins] = {
    "income": NumericBins(edges=(0.0, 5.0)),
    "city": CATEGORIES,
    "member": CATEGORIES,
}
PROFILE = Profile(
    bins=BINS,
    counts=Counts(
        rows=200,
        columns={
            "income": ColumnCounts(counts=(0, 0, 200, 0)),
            "city": ColumnCounts(counts=(0, 0, 0, 100, 100)),
            "member": ColumnCounts(counts=(0, 0, 0, 100, 100)),
        },
    ),
)
EXAMPLE = Example(part="datasets/loans/d1/train/part-00000.parquet", row=3, key="7", value="-1.0")
ALL = Crossed(check="duplicate_rows", column="", rows=0, values=0, distinct=200)


def facts_of(*broken: Broken, **changes: Any) -> TableFacts:
    """Return the facts of 200 rows."""
    document = {"rows": 200, "broken": broken, "target": ("no", "yes"), **changes}
    return TableFacts.model_validate(document)


def judged(
    *broken: Broken,
    facts: dict[str, Any] | None = None,
    crossed: tuple[Crossed, ...] = (),
    **changes: Any,
) -> Validation:
    """Return the verdict over 200 rows that break these checks."""
    found = facts_of(*broken, **(facts or {}))
    both = CrossFacts(crossed=(ALL, *crossed))
    return validate(a_spec(**changes), MANIFEST, PROFILE, found, both, screens={})


def test_a_version_that_holds_what_the_spec_says_passes() -> None:
    """The numbers it rests on are kept."""
    found = judged(Broken(check="missing", column="income", rows=7))

    assert found.verdict == "pass"
    assert found.reasons == ()
    assert found.findings == ()
    assert found.rows == 200
    assert found.missing == {"income": 7}


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            Broken(column="income", check="below_min", rows=3, examples=(EXAMPLE,)),
            "'income' breaks its limits in 3 of 200 rows: expected at least 0",
        ),
        (
            Broken(column="income", check="above_max", rows=1),
            "'income' breaks its limits in 1 of 200 rows: expected at most 1000",
        ),
        (
            Broken(column="sex", check="unknown_category", rows=2),
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
    ],
)
def test_a_broken_check_rejects_with_its_numbers(broken: Broken, message: str) -> None:
    """How many rows, which values, and what to do."""
    found = judged(broken)
    (reason,) = found.reasons

    assert found.verdict == "reject"
    assert reason.message.startswith(message)
    assert (reason.code, reason.subject) == (broken.check, broken.column)
    assert reason.count == broken.rows
    assert reason.examples == tuple(map(shown, broken.examples))
    assert reason.advice


def test_missing_values_within_their_share_pass() -> None:
    """Half of the incomes may be missing."""
    assert judged(Broken(column="income", check="missing", rows=100)).verdict == "pass"


def test_a_constant_target_rejects() -> None:
    """There is nothing to learn."""
    found = judged(facts={"target": ("no", "no")})

    assert found.verdict == "reject"
    assert found.reasons[0].code == "constant_target"


def test_too_few_rows_alone_are_insufficient_data() -> None:
    """With another reason beside it, the version is rejected."""
    few = judged(rows={"min": 201})
    both = judged(rows={"min": 201}, facts={"target": None})

    assert few.verdict == "insufficient_data"
    assert few.reasons[0].message == "200 rows, at least 201 are asked for (rows.min)"
    assert both.verdict == "reject"
    assert [reason.code for reason in both.reasons] == ["constant_target", "too_few_rows"]


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

    assert reason.code == "other_seal"
    assert reason.message == (
        "project.yaml seals rows by 'the whole row', the version was sealed by 'id'"
    )


def test_rows_that_do_not_add_up_are_breakage() -> None:
    """A part is missing: that is no verdict over the data."""
    message = "names 200 rows, the profile 200, the parts 199, the buckets 200"

    with pytest.raises(IncompletePartsError, match=message):
        judged(facts={"rows": 199})
