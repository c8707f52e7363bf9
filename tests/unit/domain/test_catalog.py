"""What the catalog keeps of a spec."""

from loopwright.domain.catalog import MAX_COLUMN_CHARACTERS, describe
from loopwright.domain.spec import Column
from tests.fakes.entries import an_entry
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
