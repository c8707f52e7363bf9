"""Merge the profile of a dataset version and judge it by the contract of the spec."""

import tempfile
from pathlib import Path

from loopwright.domain.bins import Profile
from loopwright.domain.catalog import Quality
from loopwright.domain.counting import ProfileDocument, merge_profile, read_bins
from loopwright.domain.dataset import Manifest
from loopwright.domain.facts import CrossFacts, TableFacts
from loopwright.domain.findings_change import Previous
from loopwright.domain.findings_leakage import Screen
from loopwright.domain.gate import Evidence, Reason, Verdict
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.record import Record, canonical_json, digest_of
from loopwright.domain.spec import ProjectSpec
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
    Tables,
)
from loopwright.steps.download import download_parts


class ProfiledPart(Record):
    """What a ProfilePart child returned."""

    batch: int
    key: str
    digest: str


class Request(Record):
    """A dataset version, and the parts of its profile, of which so many are expected."""

    run: str
    project: str
    spec: str
    dataset: str
    expected: int
    parts: tuple[ProfiledPart, ...]


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
    tables: Tables,
    clock: Clock,
) -> Result:
    """Merge the profile, check the contract over all rows, and store the verdict once."""
    spec = specs.spec(request.project, request.spec)
    manifest = datasets.manifest(request.project, request.dataset)
    profile = _profile(request, objects)
    facts, crossed, screens = _facts(spec, manifest, profile, objects, tables)
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


def _profile(request: Request, objects: ObjectStore) -> Profile:
    """Merge the parts into `profile.json`; a missing, repeated or changed part is an error."""
    version = f"datasets/{request.project}/{request.dataset}"
    bins = read_bins(objects.read(f"{version}/bins.json"))
    parts = [_document(part, objects) for part in request.parts]
    profile = merge_profile(bins, parts, batches=request.expected)
    objects.write(f"{version}/profile.json", canonical_json(profile))
    return profile


def _document(part: ProfiledPart, objects: ObjectStore) -> ProfileDocument:
    body = objects.read(part.key)
    if digest_of(body) != part.digest:
        message = f"{part.key}: expected digest {part.digest}, found {digest_of(body)}"
        raise IncompletePartsError(message)
    return ProfileDocument.model_validate_json(body)


def _facts(
    spec: ProjectSpec, manifest: Manifest, profile: Profile, objects: ObjectStore, tables: Tables
) -> tuple[TableFacts, CrossFacts, dict[str, Screen]]:
    keys = [part.key for part in (*manifest.training, *manifest.holdout)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = dict(zip(keys, download_parts(objects, keys, folder), strict=True))
        buckets = tables.spread(parts, spec, folder, buckets=1)
        by_class = tables.by_class(list(parts.values()), profile.bins, spec)
        return (
            tables.facts(parts, spec),
            tables.cross_check([buckets[0]], spec),
            {name: Screen(counts) for name, counts in by_class.items()},
        )
