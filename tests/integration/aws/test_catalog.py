"""The catalog's contract, on the fake and on DynamoDB."""

import pytest

from loopwright.domain.catalog import Quality
from loopwright.domain.definitions import Definition
from loopwright.errors import NotFoundError
from tests.fakes.entries import a_description, a_version
from tests.integration.aws.adapters import Adapters

GOOD = Quality(dataset="d1", run="r1", verdict="pass", newest_row="2026-01-01")
NEWER = {"registered_at": "2026-02-01T00:00:00+00:00"}


def test_an_entry_gathers_what_three_writers_know(adapters: Adapters) -> None:
    """In whatever order they write: words at the push, a version, its verdict."""
    catalog = adapters.catalog
    catalog.add_version("loans", a_version())
    catalog.describe(a_description())
    catalog.set_quality("loans", GOOD)
    catalog.describe(a_description(owner="Another team"))
    found = catalog.entry("loans")

    assert found.description == a_description(owner="Another team")
    assert found.version == a_version(quality=GOOD)


def test_only_the_newest_version_is_shown_and_all_are_listed(adapters: Adapters) -> None:
    """A verdict over an older one does not change what is shown."""
    catalog = adapters.catalog
    catalog.describe(a_description())
    for version in (a_version("d2", **NEWER), a_version(), a_version("d2", **NEWER)):
        catalog.add_version("loans", version)
    catalog.set_quality("loans", GOOD)

    assert catalog.entry("loans").version == a_version("d2", **NEWER)
    assert catalog.versions("loans") == [a_version("d2", **NEWER), a_version(quality=GOOD)]
    assert catalog.versions("homes") == []


def test_the_same_version_again_keeps_its_verdict(adapters: Adapters) -> None:
    """A step may be called twice."""
    catalog = adapters.catalog
    catalog.add_version("loans", a_version())
    catalog.set_quality("loans", GOOD)
    catalog.add_version("loans", a_version())

    assert catalog.entry("loans").version == a_version(quality=GOOD)
    assert catalog.versions("loans") == [a_version(quality=GOOD)]


def test_a_verdict_over_a_version_that_is_not_listed_is_dropped(adapters: Adapters) -> None:
    """It was registered before there was a catalog."""
    adapters.catalog.describe(a_description())
    adapters.catalog.set_quality("loans", GOOD)

    assert adapters.catalog.entry("loans").version is None
    assert adapters.catalog.versions("loans") == []


def test_pages_follow_each_other_without_gap_or_repeat(adapters: Adapters) -> None:
    """The last one says that it is the last."""
    catalog = adapters.catalog
    for project in ("loans", "homes", "cards", "heat"):
        catalog.describe(a_description(project))
    first = catalog.page(limit=2)
    second = catalog.page(after=first.after, limit=2)

    assert [entry.project for entry in first.entries] == ["cards", "heat"]
    assert [entry.project for entry in second.entries] == ["homes", "loans"]
    assert (first.after, second.after) == ("heat", None)
    assert catalog.page(after="loans").entries == ()


def test_tags_are_added_and_removed(adapters: Adapters) -> None:
    """Twice is once, and what is not there can be removed."""
    catalog = adapters.catalog
    catalog.describe(a_description(tags=("credit",)))
    catalog.tag("loans", add=["monthly", "eu", "eu"], remove=[])
    found = catalog.tag("loans", add=["eu"], remove=["monthly", "other"])

    assert found == catalog.entry("loans")
    assert found.tags == ("eu",)
    assert found.all_tags == ("credit", "eu")


def test_an_unknown_project_is_refused(adapters: Adapters) -> None:
    """A tag makes no entry."""
    with pytest.raises(NotFoundError, match="'laons'"):
        adapters.catalog.entry("laons")
    with pytest.raises(NotFoundError, match="'laons'"):
        adapters.catalog.tag("laons", add=["eu"], remove=["us"])


def test_a_number_of_a_definition_is_given_once(adapters: Adapters) -> None:
    """Two people who edit at once get different numbers."""
    first = a_definition(1, pattern="[0-9]{5}")
    stored = [
        adapters.catalog.put_definition(each)
        for each in (first, a_definition(1, pattern="[A-Z]"), a_definition(10), a_definition(2))
    ]

    assert stored == [True, False, True, True]
    assert adapters.catalog.definitions("postcode") == [first, a_definition(2), a_definition(10)]
    assert adapters.catalog.definitions("other") == []


def a_definition(version: int, **given: str) -> Definition:
    """Return a version of the definition of a postcode."""
    return Definition(
        name="postcode",
        version=version,
        given={"type": "text", "feature": False, **given},
        actor="ana",
        defined_at="2026-01-01T00:00:00+00:00",
    )
