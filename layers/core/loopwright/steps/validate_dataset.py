"""Merge the profile of a dataset version and judge it by the contract of the spec."""

from collections.abc import Sequence

from loopwright.domain.catalog import Quality
from loopwright.domain.counting import ProfileDocument, merge_profile, read_bins
from loopwright.domain.dataset import Manifest
from loopwright.domain.facts import CrossFacts, merge, merge_cross
from loopwright.domain.findings_change import Previous
from loopwright.domain.findings_leakage import Screen
from loopwright.domain.gate import Evidence, Reason, Verdict
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.profile import Profile
from loopwright.domain.record import Record, canonical_json
from loopwright.domain.staging import StoredDocument
from loopwright.domain.validation import validate
from loopwright.errors import IncompletePartsError, ObjectMissingError
from loopwright.ports import (
    Catalog,
    Clock,
    DatasetStore,
    EvidenceStore,
    Ledger,
    Lineage,
    ObjectStore,
    SpecStore,
)
from loopwright.steps.documents import get_document


class ProfiledPart(Record):
    """What a ProfilePart child returned."""

    batch: int
    key: str
    digest: str


class CheckedBucket(Record):
    """What a CheckBucket child returned."""

    bucket: int
    key: str
    digest: str


class Request(Record):
    """A dataset version, the parts of its profile, of which so many are expected, its buckets."""

    run: str
    project: str
    spec: str
    dataset: str
    expected: int
    parts: tuple[ProfiledPart, ...]
    buckets: tuple[CheckedBucket, ...]


class Result(Record):
    """The verdict, its reasons, and the document that holds them."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    evidence: Evidence


def validate_dataset(  # noqa: PLR0913 - the collaborators of a gate that also fills the catalog
    request: Request,
    *,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
    evidence: EvidenceStore,
    lineage: Lineage,
    ledger: Ledger,
    catalog: Catalog,
    clock: Clock,
) -> Result:
    """Merge the profile, check the contract over all rows, and store the verdict once."""
    spec = specs.spec(request.project, request.spec)
    manifest = datasets.manifest(request.project, request.dataset)
    parts = [_document(part, objects) for part in request.parts]
    profile = _profile(request, parts, objects)
    facts = merge([part.facts for part in parts])
    crossed = _crossed(request, manifest, parts, objects)
    screens = {name: Screen(counts) for name, counts in profile.by_class.items()}
    previous = _previous(request, objects, datasets, ledger)
    found = validate(spec, manifest, profile, facts, crossed, screens=screens, previous=previous)
    body = canonical_json(found)
    stored = evidence.put(request.project, request.run, "validation.json", body)
    dataset = Node(project=request.project, kind="dataset", id=request.dataset)
    document = Node(project=request.project, kind="evidence", id=stored.digest)
    run = Node(project=request.project, kind="run", id=request.run)
    at = clock.now().isoformat()
    lineage.record(
        [
            Edge(source=dataset, relation="judged_by", target=document, at=at),
            Edge(source=document, relation="produced_by", target=run, at=at),
        ]
    )
    quality = Quality(
        dataset=request.dataset,
        run=request.run,
        verdict=found.verdict,
        violations=found.count("violation"),
        warnings=found.count("warning"),
        newest_row=None if facts.newest is None else str(facts.newest),
    )
    catalog.set_quality(request.project, quality)
    return Result(verdict=found.verdict, reasons=found.reasons, evidence=stored)


def _previous(
    request: Request, objects: ObjectStore, datasets: DatasetStore, ledger: Ledger
) -> Previous | None:
    """Return the version that was registered before, if it was profiled."""
    listed = ledger.datasets(request.project)
    place = listed.index(request.dataset) + 1 if request.dataset in listed else len(listed)
    if place == len(listed):
        return None
    manifest = datasets.manifest(request.project, listed[place])
    try:
        body = objects.read(f"datasets/{request.project}/{listed[place]}/profile.json")
    except ObjectMissingError:
        return None
    return Previous(manifest=manifest, profile=Profile.model_validate_json(body))


def _profile(request: Request, parts: Sequence[ProfileDocument], objects: ObjectStore) -> Profile:
    """Merge the parts into `profile.json`; a missing, repeated or changed part is an error."""
    version = f"datasets/{request.project}/{request.dataset}"
    bins = read_bins(objects.read(f"{version}/bins.json"))
    profile = merge_profile(bins, parts, batches=request.expected)
    objects.write(f"{version}/profile.json", canonical_json(profile))
    return profile


def _document(part: ProfiledPart, objects: ObjectStore) -> ProfileDocument:
    stored = StoredDocument(key=part.key, digest=part.digest)
    return get_document(objects, stored, ProfileDocument)


def _crossed(
    request: Request, manifest: Manifest, parts: Sequence[ProfileDocument], objects: ObjectStore
) -> CrossFacts:
    """Merge the facts of the buckets; each bucket of the version must be there once.

    A single batch has compared its rows itself.
    """
    found = sorted(bucket.bucket for bucket in request.buckets)
    if found != list(range(manifest.buckets)):
        message = f"a version of {manifest.buckets} buckets was given the buckets {found}"
        raise IncompletePartsError(message)
    stored = [StoredDocument(key=one.key, digest=one.digest) for one in request.buckets]
    compared = [part.crossed for part in parts if part.crossed is not None]
    return merge_cross([*compared, *(get_document(objects, one, CrossFacts) for one in stored)])
