"""Assess whether the question can be answered, before a training job is paid for."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from loopwright.domain import feasibility
from loopwright.domain.cost import function_cents
from loopwright.domain.dataset import Part
from loopwright.domain.evaluation_frame import is_known
from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.feasibility_sample import (
    Sample,
    describe_sample,
    rows_to_sample,
    shortages,
)
from loopwright.domain.feasibility_trial import Question, SampledRows, Trial
from loopwright.domain.gate import Evidence, Reason, Verdict
from loopwright.domain.noise_ceiling import identical_rows, noise_ceiling
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec
from loopwright.ports import (
    Clock,
    ColumnTables,
    DatasetStore,
    EvidenceStore,
    Host,
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
NAME = "feasibility"
# Of the function's time; the rest is for the last fit that was begun, and for the document.
TRIED_SHARE = 0.5


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
    host: Host,
) -> Result:
    """Try simple learners on a bounded sample of the training rows, and judge what they find.

    What the run has judged already is not judged again: the seconds would differ.
    """
    judged = _judged_before(request, evidence)
    if judged is None:
        began = host.get_remaining_time_in_millis()
        spec = specs.spec(request.project, request.spec)
        manifest = datasets.manifest(request.project, request.dataset)
        columns = _columns(spec, spread(manifest.training), objects, tables)
        known = is_known(columns[spec.target])
        sample = _describe(spec, columns, known, manifest.training_rows)
        rows = _rows(spec, columns, known)
        enough = not shortages(spec, sample)
        trial = learner.try_out(rows, _question(spec, host)) if enough else None
        report = _judge(request, spec, sample, rows, trial, _spent(began, host))
        judged = report, store_document(evidence, request.project, request.run, NAME, report)
    report, stored = judged
    record_judgement(lineage, clock, request, ("dataset", request.dataset), stored)
    return Result(verdict=report.verdict, reasons=report.reasons, evidence=stored)


def spread(parts: Sequence[Part]) -> list[Part]:
    """Return at most eight parts, evenly spread, so that what is downloaded stays bounded."""
    step = max(1, -(-len(parts) // MOST_PARTS))
    return list(parts[::step])


def _judged_before(
    request: Request, evidence: EvidenceStore
) -> tuple[FeasibilityReport, Evidence] | None:
    found = evidence.find(request.project, request.run, f"{NAME}.json")
    if found is None:
        return None
    report = FeasibilityReport.model_validate_json(found[1])
    same = (report.spec, report.dataset) == (request.spec, request.dataset)
    return (report, found[0]) if same else None


def _columns(
    spec: ProjectSpec, parts: Sequence[Part], objects: ObjectStore, tables: ColumnTables
) -> "dict[str, NDArray[Any]]":
    others = (spec.entity, spec.time, *spec.protected_columns)
    names = dict.fromkeys((*spec.features, spec.target, *(name for name in others if name)))
    types = {name: spec.columns[name].type for name in names}
    rows = rows_to_sample(spec, len(types))
    with TemporaryDirectory() as folder:
        paths = download_parts(objects, [part.key for part in parts], Path(folder))
        return tables.columns(paths, types, sample_rows=rows, seed=SEED, evenly=spec.target)


def _describe(
    spec: ProjectSpec,
    columns: "dict[str, NDArray[Any]]",
    known: "NDArray[Any]",
    training_rows: int,
) -> Sample:
    return describe_sample(
        spec,
        columns[spec.target][known].tolist(),
        unlabelled_rows=int((~known).sum()),
        training_rows=training_rows,
        protected={name: columns[name][known].tolist() for name in spec.protected_columns},
        entities=None if spec.entity is None else columns[spec.entity][known].tolist(),
    )


def _rows(
    spec: ProjectSpec, columns: "dict[str, NDArray[Any]]", known: "NDArray[Any]"
) -> SampledRows:
    return SampledRows(
        features={name: columns[name][known] for name in spec.features},
        target=columns[spec.target][known],
        entity=None if spec.entity is None else columns[spec.entity][known],
        time=None if spec.time is None else columns[spec.time][known],
    )


def _question(spec: ProjectSpec, host: Host) -> Question:
    return Question(
        task=spec.task,
        metric=feasibility.metric_of(spec),
        folds=spec.feasibility.folds,
        repeats=spec.feasibility.repeats,
        seed=SEED,
        seconds=TRIED_SHARE * host.get_remaining_time_in_millis() / 1_000,
        positive=spec.favourable,
    )


def _spent(began_ms: int, host: Host) -> tuple[float, float]:
    """Return the seconds since the step began, and their cents."""
    seconds = round((began_ms - host.get_remaining_time_in_millis()) / 1_000, 1)
    return seconds, function_cents(seconds, int(host.memory_limit_in_mb))


def _judge(
    request: Request,
    spec: ProjectSpec,
    sample: Sample,
    rows: SampledRows,
    trial: Trial | None,
    spent: tuple[float, float],
) -> FeasibilityReport:
    subject = feasibility.Subject(spec, request.spec, request.dataset, *spent)
    noise = None
    if trial is not None:
        groups = identical_rows(rows.features)
        noise = noise_ceiling(groups, rows.target, task=spec.task, metric=subject.metric)
    return feasibility.assess(subject, sample, trial, noise)
