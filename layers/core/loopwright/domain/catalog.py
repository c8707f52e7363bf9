"""What the catalog knows of a project's data: words, versions, and how good the newest one is.

Entries are small, because a search reads them by the page: long texts are cut, and columns beyond
a limit are counted only. The whole of it lies in the spec and the manifests.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

from loopwright.domain.dataset import Manifest
from loopwright.domain.gate import Verdict
from loopwright.domain.kinds import ColumnType, Task
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec, Sensitivity

MAX_TEXT_CHARACTERS = 2_000
MAX_COLUMN_CHARACTERS = 20_000
MAX_NOTE_CHARACTERS = 200
MAX_TAGS = 50


class ColumnNote(Record):
    """A column as the catalog lists it."""

    name: str
    type: ColumnType
    description: str = ""


class Description(Record):
    """What a project says of its data: its spec, in short."""

    project: str
    spec: str
    owner: str
    question: str
    description: str = ""
    sensitivity: Sensitivity
    task: Task
    target: str
    key: str | None = None
    entity: str | None = None
    time: str | None = None
    tags: tuple[str, ...] = ()
    columns: tuple[ColumnNote, ...] = ()
    columns_left_out: int = 0
    described_at: str
    actor: str


class Quality(Record):
    """The verdict of the contract over a version; `newest_row` is by its time column."""

    dataset: str
    run: str
    verdict: Verdict
    violations: int = 0
    warnings: int = 0
    newest_row: str | None = None


class VersionEntry(Record):
    """A dataset version as the catalog lists it."""

    digest: str
    spec: str
    rows: int
    holdout_rows: int
    quarantined_rows: int
    bytes: int
    parts: int
    registered_at: str
    actor: str
    parents: tuple[str, ...] = ()
    quality: Quality | None = None


class Entry(Record):
    """One project's data in the catalog; what was not stored yet is None."""

    schema_version: Literal[1] = 1
    project: str
    description: Description | None = None
    version: VersionEntry | None = None
    tags: tuple[str, ...] = ()

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Return the tags of the spec and those that people added, sorted."""
        own = () if self.description is None else self.description.tags
        return tuple(sorted({*own, *self.tags}))


class Page(Record):
    """Some entries by project, and the project after which the next page begins."""

    entries: tuple[Entry, ...]
    after: str | None = None


def describe(spec: ProjectSpec, *, digest: str, at: str, actor: str) -> Description:
    """Return what the catalog keeps of a spec: long texts are cut, too many columns counted."""
    notes = tuple(
        ColumnNote(
            name=name, type=column.type, description=column.description[:MAX_NOTE_CHARACTERS]
        )
        for name, column in spec.columns.items()
    )
    kept = _fitting(notes)
    return Description(
        project=spec.project,
        spec=digest,
        owner=spec.owner[:MAX_NOTE_CHARACTERS],
        question=spec.question[:MAX_TEXT_CHARACTERS],
        description=spec.description[:MAX_TEXT_CHARACTERS],
        sensitivity=spec.sensitivity,
        task=spec.task,
        target=spec.target,
        key=spec.key,
        entity=spec.entity,
        time=spec.time,
        tags=spec.tags[:MAX_TAGS],
        columns=kept,
        columns_left_out=len(notes) - len(kept),
        described_at=at,
        actor=actor,
    )


def version_entry(manifest: Manifest) -> VersionEntry:
    """Return what the catalog keeps of a manifest."""
    parts = (*manifest.training, *manifest.holdout)
    return VersionEntry(
        digest=manifest.digest,
        spec=manifest.spec,
        rows=manifest.rows,
        holdout_rows=manifest.holdout_rows,
        quarantined_rows=manifest.quarantined_rows,
        bytes=sum(part.bytes for part in parts),
        parts=len(parts),
        registered_at=manifest.registered_at,
        actor=manifest.actor,
        parents=manifest.parents,
    )


def age_days(version: VersionEntry, now: datetime) -> float:
    """Return the days since the newest row by its time column, else since the registration."""
    newest = None if version.quality is None else version.quality.newest_row
    try:
        at = datetime.fromisoformat(newest or version.registered_at)
    except ValueError:
        at = datetime.fromisoformat(version.registered_at)
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (now - aware) / timedelta(days=1))


def _fitting(notes: tuple[ColumnNote, ...]) -> tuple[ColumnNote, ...]:
    """Return the first columns whose names and descriptions fit into the limit."""
    used, count = 0, 0
    for note in notes:
        used += len(note.name) + len(note.description)
        if used > MAX_COLUMN_CHARACTERS:
            break
        count += 1
    return notes[:count]
