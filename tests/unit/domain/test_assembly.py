"""Which labelled predictions become rows of a retraining set."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loopwright.domain.assembly import assemble, fits
from loopwright.domain.receipt import Labels, Prediction, Receipt
from loopwright.domain.spec import Column
from tests.fakes.projects import COLUMNS, a_spec, some_rows

ROWS = some_rows(6)
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def labelled(
    receipt: str, at: str, rows: list[dict[str, Any]], labels: dict[int, Any]
) -> tuple[Receipt, Labels]:
    """Return a receipt that was asked about rows, and its labels."""
    return (
        Receipt(
            id=receipt,
            project="loans",
            model="m",
            at=at,
            actor="ana",
            instances=tuple({n: row[n] for n in ("income", "city", "member")} for row in rows),
            context=tuple({n: row[n] for n in ("id", "sex") if n in row} for row in rows),
            predictions=tuple(Prediction(value="no") for _ in rows),
        ),
        Labels(receipt=receipt, project="loans", labels=labels, at=at, actor="ana"),
    )


def test_every_labelled_prediction_becomes_a_row() -> None:
    """Instance, context and label together; unlabelled ones are left out."""
    found = assemble(a_spec(), [labelled("r1", "t1", ROWS[:3], {0: "no", 2: "yes"})], now=NOW)

    assert found.rows == (ROWS[0] | {"repaid": "no"}, ROWS[2] | {"repaid": "yes"})
    assert (found.replaced, found.misfits) == (0, 0)


def test_the_newest_receipt_of_a_key_wins() -> None:
    """In whatever order the labels came."""
    newer = labelled("r2", "t2", ROWS[:1], {0: "yes"})
    older = labelled("r1", "t1", ROWS[:1], {0: "no"})
    found = assemble(a_spec(), [newer, older], now=NOW)

    assert found.rows == (ROWS[0] | {"repaid": "yes"},)
    assert found.replaced == 1


def test_without_a_key_every_prediction_stays() -> None:
    """Nothing says that two receipts speak of the same entity."""
    pairs = [labelled("r1", "t1", ROWS[:1], {0: "no"}), labelled("r2", "t2", ROWS[:1], {0: "no"})]

    assert len(assemble(a_spec(key=None), pairs, now=NOW).rows) == 2


def test_a_row_without_its_key_is_a_misfit() -> None:
    """The request did not carry it, so the row cannot be kept unique."""
    row = {name: value for name, value in ROWS[0].items() if name != "id"}
    found = assemble(a_spec(), [labelled("r1", "t1", [row], {0: "no"})], now=NOW)

    assert found.rows == ()
    assert found.misfits == 1


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("income", 0, True),
        ("income", 1_000.0, True),
        ("income", -0.1, False),
        ("income", 1_000.5, False),
        ("income", "12", False),
        ("income", True, False),
        ("income", None, True),
        ("sex", 2, True),
        ("sex", 3, False),
        ("sex", None, False),
        ("id", 7.0, True),
        ("id", 7.5, False),
        ("city", "Rome", True),
        ("city", 5, False),
        ("member", False, True),
        ("member", 1, False),
    ],
)
def test_only_values_that_the_spec_allows_fit(column: str, value: object, expected: bool) -> None:
    """Type, limits, listed categories, and missing values."""
    assert fits(a_spec(), {**ROWS[1], column: value}) is expected


def test_a_column_without_limits_takes_any_number() -> None:
    """Limits are optional."""
    spec = a_spec(columns={**COLUMNS, "income": Column(type="number")})

    assert fits(spec, {**ROWS[1], "income": -1e300})


def test_labels_that_are_too_old_are_passed_over() -> None:
    """A concept that moved is learned from what is recent, when the spec says so."""
    spec = a_spec(retraining={"max_label_age_days": 30})
    old = labelled("r1", "2026-05-31T00:00:00+00:00", ROWS[:1], {0: "no"})
    recent = labelled("r2", "2026-06-01T00:00:00+00:00", ROWS[1:2], {0: "yes"})
    found = assemble(spec, [old, recent], now=NOW)

    assert found.rows == (ROWS[1] | {"repaid": "yes"},)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"seen": "2024-01-01T05:00:00+02:00"}, True),
        ({"seen": "2023-12-31"}, False),
        ({"seen": "2024-02-01"}, False),
        ({"seen": "yesterday"}, False),
        ({"seen": 5}, False),
        ({"phone": "none"}, False),
        ({"phone": 5}, False),
    ],
)
def test_texts_and_times_of_the_context_fit_their_columns(
    changes: dict[str, object], *, expected: bool
) -> None:
    """They came as a request sent them."""
    columns = {
        "seen": Column(type="timestamp", earliest="2024-01-01", latest="2024-01-31"),
        "any": Column(type="timestamp", feature=False),
        "phone": Column(type="text", pattern="[0-9]+"),
    }
    spec = a_spec(columns=columns)
    row = {"seen": "2024-01-02", "any": "1970-01-01", "phone": "030", **changes}

    assert fits(spec, row) is expected
