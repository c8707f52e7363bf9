"""How an upload becomes a version in batches: the plan, what each batch gave, and the layout."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from loopwright.domain.bins import Bins
from loopwright.domain.dataset import (
    Batch,
    ColumnSchema,
    Manifest,
    Part,
    Source,
    batches,
    buckets,
    grouped,
)
from loopwright.domain.digest import table_digest
from loopwright.domain.gate import Reason
from loopwright.domain.record import Record
from loopwright.domain.run import ProjectRecord
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import IncompletePartsError

READ_BYTES = 256_000_000
PACKED_ENDINGS = (".gz", ".zst", ".parquet")
UNPACKED_FACTOR = 5


class StoredDocument(Record):
    """Where a document lies, and the digest of its bytes."""

    key: str
    digest: str


class ReadingPlan(Record):
    """What a run reads: the project as it was when the run began, the files, and their batches."""

    schema_version: Literal[1] = 1
    run: str
    key: str
    version_id: str | None = None
    record: ProjectRecord
    sources: tuple[Source, ...]
    batches: tuple[Batch, ...]
    parents: tuple[str, ...] = ()
    actor: str
    reason: str = ""

    def sources_of(self, batch: int) -> tuple[Source, ...]:
        """Return the files of one batch."""
        keys = set(self.batches[batch].keys)
        return tuple(source for source in self.sources if source.key in keys)


class StagedBatch(Record):
    """What reading one batch gave: parts that wait in `staging/`, or the reasons why none do.

    `digest_sum` is the sum of the row digests modulo 2^256 in hexadecimal digits.
    """

    schema_version: Literal[1] = 1
    batch: int
    sources: tuple[Source, ...]
    reasons: tuple[Reason, ...] = ()
    rows: int
    digest_sum: str
    columns: tuple[ColumnSchema, ...] = ()
    training: tuple[Part, ...] = ()
    holdout: tuple[Part, ...] = ()
    quarantined_rows: int = 0
    quarantine_key: str | None = None
    summary: StoredDocument | None = None


class PlacedPart(Record):
    """A part of a version, and the staged object that it is copied from."""

    staged: str
    part: Part


class Layout(Record):
    """Which parts a version has: written once, so that of parallel runs the first one decides."""

    schema_version: Literal[1] = 1
    run: str
    training: tuple[PlacedPart, ...]
    holdout: tuple[PlacedPart, ...]
    bins: dict[str, Bins]

    @property
    def placed(self) -> tuple[PlacedPart, ...]:
        """Return all parts."""
        return (*self.training, *self.holdout)


def reading_batches(sources: Sequence[Source]) -> tuple[Batch, ...]:
    """Group whole files into at most 500 batches by the bytes that they may unpack to."""
    return grouped(((source.key, _unpacked(source)) for source in sources), bytes_each=READ_BYTES)


def _unpacked(source: Source) -> int:
    packed = source.key.lower().endswith(PACKED_ENDINGS)
    return source.bytes * (UNPACKED_FACTOR if packed else 1)


def in_order(plan: ReadingPlan, staged: Sequence[StagedBatch]) -> tuple[StagedBatch, ...]:
    """Return the batches by number; IncompletePartsError unless each of the plan is there once."""
    ordered = tuple(sorted(staged, key=lambda batch: batch.batch))
    found = [(batch.batch, tuple(source.key for source in batch.sources)) for batch in ordered]
    wanted = [(batch.index, batch.keys) for batch in plan.batches]
    if found != wanted:
        message = (
            f"run {plan.run}: {len(wanted)} batches were to be read, and these were given: "
            f"{[batch.batch for batch in ordered]}"
        )
        raise IncompletePartsError(message)
    return ordered


def version_digest(spec: ProjectSpec, staged: Sequence[StagedBatch]) -> str:
    """Return the digest of the version that the batches make together."""
    return table_digest(
        sum(int(batch.digest_sum, 16) for batch in staged),
        sum(batch.rows for batch in staged),
        staged[0].columns,
        sealed_by=spec.sealed_by,
        sealed_share=spec.holdout.share,
    )


def lay_out(
    plan: ReadingPlan, staged: Sequence[StagedBatch], digest: str, bins: Mapping[str, Bins]
) -> Layout:
    """Number the staged parts as the parts of a version."""
    project = plan.record.project
    training = [part for batch in staged for part in batch.training]
    holdout = [part for batch in staged for part in batch.holdout]
    return Layout(
        run=plan.run,
        training=tuple(_placed(training, f"datasets/{project}/{digest}/train")),
        holdout=tuple(_placed(holdout, f"holdout/{project}/{digest}")),
        bins=dict(bins),
    )


def _placed(parts: Sequence[Part], prefix: str) -> Iterator[PlacedPart]:
    for place, part in enumerate(parts):
        key = f"{prefix}/part-{place:05d}.parquet"
        yield PlacedPart(staged=part.key, part=part.model_copy(update={"key": key}))


def copies(layout: Layout, staged: Sequence[StagedBatch]) -> list[PlacedPart]:
    """Return what to copy where: from this run's own staged parts where they hold the same bytes.

    The winner of parallel runs may have been so long ago that its staged parts have expired.
    """
    own = {part.digest: part.key for batch in staged for part in (*batch.training, *batch.holdout)}
    return [
        PlacedPart(staged=own.get(placed.part.digest, placed.staged), part=placed.part)
        for placed in layout.placed
    ]


def manifest_of(
    plan: ReadingPlan,
    spec: ProjectSpec,
    staged: Sequence[StagedBatch],
    layout: Layout,
    *,
    digest: str,
    at: str,
) -> Manifest:
    """Return the manifest of the version that the batches make together."""
    training = tuple(placed.part for placed in layout.training)
    holdout = tuple(placed.part for placed in layout.holdout)
    rows = sum(batch.rows for batch in staged)
    return Manifest(
        project=plan.record.project,
        digest=digest,
        spec=plan.record.spec,
        run=plan.run,
        columns=staged[0].columns,
        sealed_by=spec.sealed_by,
        sealed_share=spec.holdout.share,
        training=training,
        holdout=holdout,
        rows=rows,
        training_rows=sum(part.rows for part in training),
        holdout_rows=sum(part.rows for part in holdout),
        quarantined_rows=sum(batch.quarantined_rows for batch in staged),
        quarantine_keys=tuple(b.quarantine_key for b in staged if b.quarantine_key is not None),
        buckets=buckets(rows, batches=len(batches((*training, *holdout)))),
        sources=tuple(source for batch in staged for source in batch.sources),
        parents=plan.parents,
        actor=plan.actor,
        registered_at=at,
    )
