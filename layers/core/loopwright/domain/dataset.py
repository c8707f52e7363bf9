"""A dataset version: immutable Parquet parts, a manifest, and a sealed holdout."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from loopwright.domain.record import Record

MAX_BATCHES = 500
PROFILE_BYTES = 64_000_000
BUCKET_ROWS = 20_000_000
MAX_BUCKETS = 64


class Part(Record):
    """One Parquet part of a dataset version."""

    key: str
    rows: int
    bytes: int
    digest: str


class Batch(Record):
    """The objects that one child of a Map works on."""

    index: int
    keys: tuple[str, ...]


class Source(Record):
    """An uploaded object that a dataset version was made from, and what was found out about it."""

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
    """What a dataset version holds. Its `digest` names the rows, not the files that brought them.

    `run` registered it first. A row is sealed by its `sealed_by` column, or as a whole.
    """

    schema_version: Literal[2] = 2
    project: str
    digest: str
    spec: str
    run: str
    columns: tuple[ColumnSchema, ...]
    sealed_by: str | None
    sealed_share: float
    training: tuple[Part, ...]
    holdout: tuple[Part, ...]
    rows: int
    training_rows: int
    holdout_rows: int
    quarantined_rows: int
    quarantine_keys: tuple[str, ...] = ()
    buckets: int
    sources: tuple[Source, ...]
    parents: tuple[str, ...] = ()
    actor: str
    registered_at: str

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return all parts, those for training first."""
        return (*self.training, *self.holdout)

    @property
    def batches(self) -> tuple[Batch, ...]:
        """Return the parts to profile in batches of about equal bytes, sealed ones included."""
        return batches(self.parts)


def batches(parts: Sequence[Part]) -> tuple[Batch, ...]:
    """Group parts by their bytes into at most 500 batches, in order."""
    return grouped(((part.key, part.bytes) for part in parts), bytes_each=PROFILE_BYTES)


def buckets(rows: int, *, batches: int) -> int:
    """Return how many hash buckets the checks across rows need: one per 20M rows, at most 64.

    None for a single batch, whose rows are compared where they are counted.
    """
    if batches == 1:
        return 0
    return min(MAX_BUCKETS, max(1, -(-rows // BUCKET_ROWS)))


def grouped(sizes: Iterable[tuple[str, int]], *, bytes_each: int) -> tuple[Batch, ...]:
    """Group keys by the bytes of their objects, in order, into at most 500 batches.

    A batch holds `bytes_each` at most, or more where 500 batches would not do; a larger object is
    a batch of its own. Two neighbours hold more than one limit together, so 2 * total / 499 bytes
    each are always enough.
    """
    listed = list(sizes)
    total = sum(size for _, size in listed)
    limit = max(bytes_each, -(-2 * total // (MAX_BATCHES - 1)))
    groups: list[list[str]] = []
    filled = 0
    for key, size in listed:
        if not groups or filled + size > limit:
            groups.append([])
            filled = 0
        groups[-1].append(key)
        filled += size
    return tuple(Batch(index=index, keys=tuple(keys)) for index, keys in enumerate(groups))
