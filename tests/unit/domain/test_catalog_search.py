"""Search in the catalog, and data that nobody answers for."""

import pytest

from loopwright.domain.catalog import Entry
from loopwright.domain.catalog_search import owner_finding, search
from loopwright.domain.spec import Column
from tests.fakes.entries import an_entry
from tests.fakes.projects import COLUMNS

LOANS = an_entry("loans", description="Loans of small firms", tags=("eu",))
HOMES = an_entry(
    "homes",
    owner="Café team",
    columns={**COLUMNS, "loans": Column(type="integer", description="How many mortgages")},
)
NEW = Entry(project="new-loans")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("loans", ["loans", "new-loans", "homes"]),
        ("LOANS firms", ["loans"]),
        ("cafe", ["homes"]),
        ("mortgage", ["homes"]),
        ("eu small", ["loans"]),
        ("income", ["homes", "loans"]),
        ("weather", []),
        ("loans weather", []),
        ("", ["homes", "loans", "new-loans"]),
    ],
)
def test_every_word_must_occur_and_names_count_most(text: str, found: list[str]) -> None:
    """A whole name before a part of one, a name before a column, a column before a text."""
    hits = search([HOMES, NEW, LOANS], text)

    assert [hit.entry.project for hit in hits] == found


def test_a_hit_says_where_the_words_were_found() -> None:
    """So that a person sees why it is there."""
    [hit] = search([LOANS], "loans income firms")

    assert hit.where == ("project", "column", "text")


@pytest.mark.parametrize("owner", ["TBD", "n/a", "N.A.", "unknown", "???", "To be determined"])
def test_an_owner_who_is_nobody_is_a_finding(owner: str) -> None:
    """The spec demands an owner; some are given to be rid of the question."""
    finding = owner_finding(an_entry(owner=owner))

    assert finding is not None
    assert (finding.subject, finding.grade, finding.measure) == ("loans", "violation", "owner")
    assert repr(owner) in finding.message


def test_data_without_a_pushed_project_has_no_owner_and_a_team_is_one() -> None:
    """Registered before there was a catalog."""
    finding = owner_finding(NEW)

    assert finding is not None
    assert "not pushed yet" in finding.message
    assert owner_finding(LOANS) is None
    assert owner_finding(HOMES) is None
