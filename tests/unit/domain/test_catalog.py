"""What the catalog keeps of a spec."""

from datetime import UTC, datetime

import pytest

from loopwright.domain.catalog import MAX_COLUMN_CHARACTERS, Quality, age_days, describe
from loopwright.domain.spec import Column
from tests.fakes.entries import a_version, an_entry
from tests.fakes.projects import COLUMNS, a_spec


def test_a_spec_is_described_in_short() -> None:
    """Its words and its columns, with their types."""
    columns = {**COLUMNS, "city": Column(type="category", description="Where they live")}
    spec = a_spec(columns=columns, sensitivity="restricted", tags=("credit",))
    found = describe(spec, digest="s1", at="2026-01-01", actor="ana")

    assert (found.project, found.owner, found.sensitivity) == ("loans", "Credit team", "restricted")
    assert [(each.name, each.type) for each in found.columns] == [
        (name, column.type) for name, column in COLUMNS.items()
    ]
    assert {each.name: each.description for each in found.columns}["city"] == "Where they live"
    assert found.columns_left_out == 0


def test_a_very_wide_spec_stays_small() -> None:
    """A page of the catalog holds many entries; the columns that are left out are counted."""
    wide = {f"column_{place:05d}": Column(type="number") for place in range(10_000)}
    found = describe(
        a_spec(columns={**COLUMNS, **wide}, description="x" * 100_000),
        digest="s1",
        at="2026-01-01",
        actor="ana",
    )

    assert sum(len(each.name) for each in found.columns) <= MAX_COLUMN_CHARACTERS
    assert len(found.columns) + found.columns_left_out == 10_006
    assert len(found.model_dump_json()) < 100_000


def test_tags_come_from_the_spec_and_from_people() -> None:
    """Each is shown once."""
    entry = an_entry(tags=("eu", "credit"))

    assert entry.all_tags == ("credit", "eu")
    assert entry.model_copy(update={"description": None}).all_tags == ("credit", "eu")


@pytest.mark.parametrize(
    ("newest_row", "days"),
    [
        ("2026-01-31T12:00:00", 0.5),
        ("2026-01-31T12:00:00+00:00", 0.5),
        ("2026-01-11", 21.0),
        ("2030-01-01", 0.0),
        ("1769000000", 30.0),
        (None, 30.0),
    ],
)
def test_data_is_as_old_as_its_newest_row(newest_row: str | None, days: float) -> None:
    """By its time column where that holds a time, else by its registration."""
    quality = Quality(dataset="d1", run="r1", verdict="pass", newest_row=newest_row)
    version = a_version(quality=quality)

    assert age_days(version, datetime(2026, 2, 1, tzinfo=UTC)) == pytest.approx(days)
    assert age_days(a_version(), datetime(2026, 2, 1, tzinfo=UTC)) == pytest.approx(30)
