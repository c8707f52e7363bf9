"""Entries of the catalog to test with."""

from typing import Any

from loopwright.domain.catalog import Description, Entry, VersionEntry, describe
from tests.fakes.projects import a_spec


def a_description(project: str = "loans", **changes: Any) -> Description:
    """Return what the project says of its data, with some fields of the spec changed."""
    spec = a_spec(project=project, **changes)
    return describe(spec, digest="spec-digest", at="2026-01-01T00:00:00+00:00", actor="ana")


def a_version(digest: str = "d1", **changes: Any) -> VersionEntry:
    """Return a version of 200 rows, with some fields changed."""
    document = {
        "digest": digest,
        "spec": "spec-digest",
        "rows": 200,
        "holdout_rows": 40,
        "quarantined_rows": 0,
        "bytes": 9_000,
        "parts": 2,
        "registered_at": "2026-01-02T00:00:00+00:00",
        "actor": "ana",
        **changes,
    }
    return VersionEntry.model_validate(document)


def an_entry(project: str = "loans", *, tags: tuple[str, ...] = (), **changes: Any) -> Entry:
    """Return an entry without a version, with some fields of the spec changed."""
    return Entry(project=project, description=a_description(project, **changes), tags=tags)
