"""Assess whether the question can be answered, before a training job is paid for."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from loopwright.domain import feasibility
from loopwright.domain.dataset import Part
from loopwright.domain.evaluation_frame import is_known
from loopwright.domain.gate import Evidence, Reason, Verdict
from loopwright.domain.metrics import default_metric
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec
from loopwright.ports import (
    Clock,
    ColumnTables,
    DatasetStore,
    EvidenceStore,
    Learner,
    Lineage,
    ObjectStore,
    SpecStore,
)
from loopwright.steps.download import download_parts
from loopwright.steps.gate_evidence import record_judgement, store_document

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PARTS = 8
SEED = 0


class Request(Record):
    """The dataset version to assess, and the spec that asks the question."""

    run: str
    project: str
    spec: str
    dataset: str


class Result(Record):
    """The verdict, its reasons, and the document behind them."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    evidence: Evidence


def assess_feasibility(  # noqa: PLR0913 - its collaborators, by keyword
    request: Request,
    *,
    specs: SpecStore,
    datasets: DatasetStore,
    objects: ObjectStore,
    tables: ColumnTables,
    learner: Learner,
    evidence: EvidenceStore,
    lineage: Lineage,
    clock: Clock,
) -> Result:
    """Cross-validate a simple learner on a bounded sample of the training rows, and judge it."""
    spec = specs.spec(request.project, request.spec)
    manifest = datasets.manifest(request.project, request.dataset)
    columns = _sample(spec, spread(manifest.training), objects, tables)
    report = _judge(request, spec, columns, learner)
    stored = store_document(evidence, request.project, request.run, "feasibility", report)
    record_judgement(lineage, clock, request, ("dataset", request.dataset), stored)
    return Result(verdict=report.verdict, reasons=report.reasons, evidence=stored)


def spread(parts: Sequence[Part]) -> list[Part]:
    """Return at most eight parts, evenly spread, so that what is downloaded stays bounded."""
    step = max(1, -(-len(parts) // MOST_PARTS))
    return list(parts[::step])


def _sample(
    spec: ProjectSpec, parts: Sequence[Part], objects: ObjectStore, tables: ColumnTables
) -> "dict[str, NDArray[Any]]":
    names = [*spec.features, spec.target]
    types = {name: spec.columns[name].type for name in names}
    keys = [part.key for part in parts]
    with TemporaryDirectory() as folder:
        paths = download_parts(objects, keys, Path(folder))
        return tables.columns(paths, types, sample_rows=spec.feasibility.sample_rows, seed=SEED)


def _judge(
    request: Request, spec: ProjectSpec, columns: "dict[str, NDArray[Any]]", learner: Learner
) -> feasibility.FeasibilityReport:
    target = columns[spec.target]
    known = is_known(target)
    features = {name: columns[name][known] for name in spec.features}
    outcome = target[known]
    sample = feasibility.describe_sample(spec, outcome.tolist(), int((~known).sum()))
    folds: tuple[feasibility.Fold, ...] = ()
    if not feasibility.shortages(spec, sample):
        folds = learner.cross_validate(
            features,
            outcome,
            task=spec.task,
            metric=spec.promotion.metric or default_metric(spec.task),
            folds=spec.feasibility.folds,
            seed=SEED,
        )
    return feasibility.assess(
        spec, sample, folds, spec_digest=request.spec, dataset=request.dataset
    )
