"""Audit a dataset version: who is in it, and how outcomes differ between protected groups."""

from pathlib import Path
from tempfile import TemporaryDirectory

from loopwright.domain.fairness import Audit
from loopwright.domain.fairness_dataset import audit_groups
from loopwright.domain.fairness_groups import group_rows
from loopwright.domain.gate import Evidence, Reason, Verdict
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec
from loopwright.ports import (
    Clock,
    ColumnTables,
    DatasetStore,
    EvidenceStore,
    Lineage,
    ObjectStore,
    SpecStore,
)
from loopwright.steps.download import download_parts
from loopwright.steps.gate_evidence import record_judgement, store_document


class Request(Record):
    """The dataset version to audit, and the spec that names the protected attributes."""

    run: str
    project: str
    spec: str
    dataset: str


class Result(Record):
    """The verdict, its reasons, how many findings are violations, and the document."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    findings: int
    violations: int
    evidence: Evidence


def audit_dataset(
    request: Request,
    *,
    specs: SpecStore,
    datasets: DatasetStore,
    objects: ObjectStore,
    tables: ColumnTables,
    evidence: EvidenceStore,
    lineage: Lineage,
    clock: Clock,
) -> Result:
    """Audit all training rows: group sizes and base rates of each protected attribute."""
    spec = specs.spec(request.project, request.spec)
    audit = _audit(request, spec, datasets, objects, tables)
    stored = store_document(evidence, request.project, request.run, "dataset_audit", audit)
    record_judgement(lineage, clock, request, ("dataset", request.dataset), stored)
    return Result(
        verdict=audit.verdict,
        reasons=audit.reasons,
        findings=len(audit.findings),
        violations=len(audit.violations),
        evidence=stored,
    )


def _audit(
    request: Request,
    spec: ProjectSpec,
    datasets: DatasetStore,
    objects: ObjectStore,
    tables: ColumnTables,
) -> Audit:
    manifest = datasets.manifest(request.project, request.dataset)
    names = (spec.target, *spec.protected_columns)
    keys = [part.key for part in manifest.training]
    with TemporaryDirectory() as folder:
        paths = download_parts(objects, keys, Path(folder))
        columns = tables.columns(paths, {name: spec.columns[name].type for name in names})
    return audit_groups(
        spec,
        columns[spec.target],
        [group_rows(name, columns[name]) for name in spec.protected_columns],
        spec_digest=request.spec,
        dataset=request.dataset,
    )
