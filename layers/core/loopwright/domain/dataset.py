"""A dataset version: immutable Parquet parts, a manifest, and a sealed holdout."""

from typing import Literal

from pydantic import Field

from loopwright.domain.record import Record


class Part(Record):
    """One Parquet part of a dataset version."""

    key: str
    rows: int
    bytes: int
    digest: str


class Batch(Record):
    """The parts that one ProfilePart child counts."""

    index: int
    keys: tuple[str, ...]


class Source(Record):
    """The uploaded object that a dataset version was made from."""

    key: str
    version_id: str | None = None
    bytes: int
    sniffed: dict[str, str] = Field(default_factory=dict)


class ColumnSchema(Record):
    """A stored column: its type in the spec and its type in Parquet."""

    name: str
    type: str
    parquet_type: str


class Manifest(Record):
    """What a dataset version holds. Its `digest` names the rows, not the file that brought them."""

    schema_version: Literal[1] = 1
    project: str
    digest: str
    spec: str
    columns: tuple[ColumnSchema, ...]
    key: str | None = None
    training: tuple[Part, ...]
    holdout: tuple[Part, ...]
    rows: int
    training_rows: int
    holdout_rows: int
    quarantined_rows: int
    quarantine_key: str | None = None
    source: Source
    parents: tuple[str, ...] = ()
    actor: str
    registered_at: str

    @property
    def batches(self) -> tuple[Batch, ...]:
        """Return the parts to profile, one batch per part; the holdout is profiled too."""
        parts = (*self.training, *self.holdout)
        return tuple(Batch(index=index, keys=(part.key,)) for index, part in enumerate(parts))
