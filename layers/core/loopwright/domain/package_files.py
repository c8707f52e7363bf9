"""Verify the files of a model package against each other, the spec and the run."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from loopwright.domain.bins import Reference
from loopwright.domain.model import ModelManifest, PackagedFile, Signature
from loopwright.domain.package import Card, Probe, Sbom, code_digest
from loopwright.domain.record import Record, digest_of
from loopwright.domain.signature import refuse_other_signature
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import ModelPackageError


class Origin(Record):
    """What a model must have been made from, according to the run."""

    project: str
    run: str
    dataset: str
    spec: str
    code: str
    image: str


@dataclass(frozen=True)
class Package:
    """The parsed documents of a package."""

    signature: Signature
    reference: Reference
    card: Card
    probe: Probe
    sbom: Sbom


def read_package(files: Mapping[str, bytes], spec: ProjectSpec, origin: Origin) -> Package:
    """Parse the documents; ModelPackageError when one does not fit the spec or the run."""
    package = Package(
        signature=_parse(files, "signature.json", Signature),
        reference=_parse(files, "reference.json", Reference),
        card=_parse(files, "card.json", Card),
        probe=_parse(files, "probe.json", Probe),
        sbom=_parse(files, "sbom.json", Sbom),
    )
    refuse_other_signature(spec, origin.spec, package.signature)
    _refuse_other_reference(spec, package.reference)
    _refuse_other_origin(package.card, origin)
    return package


def manifest_of(files: Mapping[str, bytes], card: Card, origin: Origin) -> ModelManifest:
    """Return the manifest that names every file by its sha256."""
    return ModelManifest(
        project=origin.project,
        spec=origin.spec,
        dataset=origin.dataset,
        code=origin.code,
        image=origin.image,
        libraries=card.libraries,
        files=tuple(
            PackagedFile(name=name, bytes=len(files[name]), sha256=digest_of(files[name]))
            for name in sorted(files)
        ),
    )


def _parse[RecordT: Record](files: Mapping[str, bytes], name: str, kind: type[RecordT]) -> RecordT:
    try:
        return kind.model_validate_json(files[name])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the document"
        raise ModelPackageError(f"{name}: {where}: {first['msg']}") from error


def _refuse_other_reference(spec: ProjectSpec, reference: Reference) -> None:
    expected = {*spec.features, *spec.protected_columns}
    if set(reference.bins) != expected or set(reference.counts.columns) != expected:
        raise ModelPackageError(
            f"reference.json counts {sorted(reference.bins)}, the spec has {sorted(expected)}"
        )
    sizes = [
        (name, bins.size, len(reference.counts.columns[name].counts))
        for name, bins in reference.bins.items()
    ]
    prediction = reference.prediction_bins.size, len(reference.prediction_counts.counts)
    for name, size, found in (*sizes, (reference.prediction, *prediction)):
        if size != found:
            raise ModelPackageError(
                f"reference.json: {name!r} has {size} bins and {found} counts; expected one each"
            )


def _refuse_other_origin(card: Card, origin: Origin) -> None:
    for name in Origin.model_fields:
        found, wanted = getattr(card, name), getattr(origin, name)
        if found != wanted:
            raise ModelPackageError(f"card.json: {name} is {found!r}, the run says {wanted!r}")
    made_of = code_digest(card.bundle, card.script)
    if made_of != origin.code:
        raise ModelPackageError(
            f"card.json: bundle and script make the code {made_of!r}, the run says {origin.code!r}"
        )
