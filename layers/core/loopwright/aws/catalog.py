"""The catalog of data on the catalog table: what can be searched lies in one partition.

| item | pk | sk |
|---|---|---|
| a project's data: words, newest version, tags | CATALOG | <project> |
| a dataset version and its verdict | CATALOG#<project> | <digest> |
| a version of a shared column definition | DEFINITION#<name> | <number, five digits> |

A page is one Query of the first partition, which holds at most 1 MB. Each writer sets attributes
of its own, so none overwrites another's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from loopwright.aws.items import Item, Table, item, key, values
from loopwright.domain.catalog import Description, Entry, Page, Quality, VersionEntry
from loopwright.domain.definitions import Definition
from loopwright.domain.record import Record, canonical_json
from loopwright.errors import NotFoundError

_ENTRIES = "CATALOG"
_NEW = "attribute_not_exists(pk)"
_EXISTS = "attribute_exists(pk)"


class DynamoCatalog:
    """Entries, versions and shared column definitions in one table."""

    def __init__(self, table: Table) -> None:
        """Keep everything in `table`."""
        self._table = table

    def describe(self, description: Description) -> None:
        """Store what a project says of its data; the newest stays."""
        self._update(
            key(_ENTRIES, description.project),
            "SET description = :description",
            {":description": _text(description)},
        )

    def add_version(self, project: str, version: VersionEntry) -> None:
        """List a version, and show it with its project if it is the newest; again is no error."""
        listed = {":version": _text(version), **values(at=version.registered_at)}
        self._update(
            key(_pk(project), version.digest),
            "SET version = :version, registered_at = :at",
            listed,
            condition=_NEW,
        )
        self._update(
            key(_ENTRIES, project),
            "SET version = :version, registered_at = :at, digest = :digest REMOVE quality",
            {**listed, **values(digest=version.digest)},
            condition="attribute_not_exists(registered_at) OR registered_at < :at",
        )

    def set_quality(self, project: str, quality: Quality) -> None:
        """Keep the verdict over a version, and show it with its project if that shows it."""
        judged = {":quality": _text(quality)}
        self._update(
            key(_pk(project), quality.dataset),
            "SET quality = :quality",
            judged,
            condition=_EXISTS,
        )
        self._update(
            key(_ENTRIES, project),
            "SET quality = :quality",
            {**judged, **values(digest=quality.dataset)},
            condition="digest = :digest",
        )

    def tag(self, project: str, *, add: Sequence[str], remove: Sequence[str]) -> Entry:
        """Add and remove tags; NotFoundError when the catalog does not know the project."""
        for verb, tags in (("ADD", add), ("DELETE", remove)):
            if tags and not self._update(
                key(_ENTRIES, project),
                f"{verb} tags :tags",
                {":tags": {"SS": sorted(set(tags))}},
                condition=_EXISTS,
            ):
                break
        return self.entry(project)

    def entry(self, project: str) -> Entry:
        """Return a project's entry; NotFoundError when there is none."""
        found = self._table.get(_ENTRIES, project)
        if found is None:
            message = (
                f"the catalog has no data of a project {project!r}; see `loopwright catalog list`, "
                "or push the project again if it was pushed before there was a catalog"
            )
            raise NotFoundError(message)
        return _entry(found)

    def page(self, *, after: str | None = None, limit: int = 50) -> Page:
        """Return entries by project, by one query: at most `limit`, and at most 1 MB."""
        rows, more = self._table.page(
            "pk = :pk",
            values(pk=_ENTRIES),
            after=None if after is None else key(_ENTRIES, after),
            limit=limit + 1,
        )
        kept = tuple(_entry(row) for row in rows[:limit])
        has_more = kept and (more or len(rows) > limit)
        return Page(entries=kept, after=kept[-1].project if has_more else None)

    def versions(self, project: str) -> list[VersionEntry]:
        """Return a project's versions, newest first."""
        rows = self._table.query("pk = :pk", values(pk=_pk(project)))
        found = [version for row in rows if (version := _version(row)) is not None]
        return sorted(found, key=lambda version: version.registered_at, reverse=True)

    def put_definition(self, definition: Definition) -> bool:
        """Store a version of a definition once; False when that number is taken."""
        sk = f"{definition.version:05d}"
        return self._table.put(item(_definition_pk(definition.name), sk, definition), _NEW)

    def definitions(self, name: str) -> list[Definition]:
        """Return the versions of a shared definition, oldest first."""
        rows = self._table.query("pk = :pk", values(pk=_definition_pk(name)))
        return [Definition.model_validate_json(row["document"]["S"]) for row in rows]

    def _update(
        self, at: Item, expression: str, expected: Mapping[str, Any], condition: str | None = None
    ) -> bool:
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "Key": at,
            "UpdateExpression": expression,
            "ExpressionAttributeValues": dict(expected),
        }
        if condition is not None:
            request["ConditionExpression"] = condition
        return self._table.write([{"Update": request}])


def _entry(row: Item) -> Entry:
    description = row.get("description")
    return Entry(
        project=row["sk"]["S"],
        description=description and Description.model_validate_json(description["S"]),
        version=_version(row),
        tags=tuple(sorted(row.get("tags", {}).get("SS", ()))),
    )


def _version(row: Item) -> VersionEntry | None:
    if "version" not in row:
        return None
    version = VersionEntry.model_validate_json(row["version"]["S"])
    if "quality" not in row:
        return version
    quality = Quality.model_validate_json(row["quality"]["S"])
    return version.model_copy(update={"quality": quality})


def _text(document: Record) -> dict[str, str]:
    return {"S": canonical_json(document).decode()}


def _pk(project: str) -> str:
    return f"CATALOG#{project}"


def _definition_pk(name: str) -> str:
    return f"DEFINITION#{name}"
