"""Evaluate a candidate on the sealed holdout, beside the champion and a dummy."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numpy.typing import NDArray

from loopwright.domain.evaluation import Contender, Evaluation, Holdout, evaluate
from loopwright.domain.evaluation_frame import ModelAnswers
from loopwright.domain.fairness_groups import group_rows
from loopwright.domain.gate import Evidence
from loopwright.domain.lineage import Edge, Node, NodeKind, Relation
from loopwright.domain.model import Signature
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec
from loopwright.ports import (
    Clock,
    ColumnTables,
    DatasetStore,
    EvidenceStore,
    Ledger,
    Lineage,
    ModelStore,
    ObjectStore,
    Scorers,
    SpecStore,
)
from loopwright.steps.download import download_parts
from loopwright.steps.gate_evidence import record_judgement, store_document


class Request(Record):
    """The candidate, and the dataset version whose sealed rows it is scored on."""

    run: str
    project: str
    spec: str
    dataset: str
    model: str


class Result(Record):
    """The champion that the candidate was compared with, and the document."""

    champion: str | None
    evidence: Evidence


@dataclass(frozen=True)
class Bench:
    """What scores a model on the holdout's parts."""

    project: str
    paths: Sequence[Path]
    models: ModelStore
    tables: ColumnTables
    scorers: Scorers

    def signature(self, model: str) -> Signature:
        """Return a model's signature."""
        return Signature.model_validate_json(
            self.models.file(self.project, model, "signature.json")
        )

    def column(self, spec: ProjectSpec, name: str) -> NDArray[Any]:
        """Return one column of every row; one at a time, they are never all in memory."""
        return self.tables.columns(self.paths, {name: spec.columns[name].type})[name]

    def answers(self, model: str, signature: Signature) -> ModelAnswers:
        """Score every row with one model, by the model's own signature."""
        types = {field.name: field.type for field in signature.fields}
        scorer = self.scorers.load(self.models.file(self.project, model, "model.onnx"), signature)
        scores = scorer.score(self.tables.columns(self.paths, types))
        return ModelAnswers(model, signature.classes, scores.values, scores.probabilities)


def evaluate_model(  # noqa: PLR0913 - its collaborators, by keyword
    request: Request,
    *,
    specs: SpecStore,
    datasets: DatasetStore,
    models: ModelStore,
    objects: ObjectStore,
    tables: ColumnTables,
    scorers: Scorers,
    ledger: Ledger,
    evidence: EvidenceStore,
    lineage: Lineage,
    clock: Clock,
) -> Result:
    """Score candidate and champion on the same sealed rows, and store the comparison."""
    champion = ledger.champion(request.project)
    rival = None if champion is None else champion.model
    spec = specs.spec(request.project, request.spec)
    manifest = datasets.manifest(request.project, request.dataset)
    keys = [part.key for part in manifest.holdout]
    with TemporaryDirectory() as folder:
        paths = download_parts(objects, keys, Path(folder))
        bench = Bench(request.project, paths, models, tables, scorers)
        found = _evaluate(request, spec, bench, rival, _Uses(lineage, request))
    stored = store_document(evidence, request.project, request.run, "evaluation", found)
    record_judgement(lineage, clock, request, ("model", request.model), stored)
    _record_uses(lineage, clock, request, rival)
    return Result(champion=rival, evidence=stored)


@dataclass(frozen=True)
class _Uses:
    """Counts the models that a dataset or a champion has judged, the candidate among them."""

    lineage: Lineage
    request: Request

    def of(self, kind: NodeKind, name: str, relation: Relation) -> int:
        node = Node(project=self.request.project, kind=kind, id=name)
        edges = self.lineage.downstream(node)
        judged = {edge.source.id for edge in edges if edge.relation == relation}
        return len(judged | {self.request.model})


def _evaluate(
    request: Request, spec: ProjectSpec, bench: Bench, rival: str | None, uses: _Uses
) -> Evaluation:
    names = {spec.target, *spec.protected_columns, *spec.promotion.segments, *spec.features}
    truth = bench.column(spec, spec.target)
    groups = {
        name: group_rows(name, bench.column(spec, name)) for name in sorted(names - {spec.target})
    }
    holdout = Holdout(
        spec=spec,
        spec_digest=request.spec,
        dataset=request.dataset,
        truth=truth,
        groupings=tuple(groups[name] for name in spec.protected_columns),
        segments=tuple(groups[name] for name in spec.promotion.segments),
        searched=tuple(groups.values()),
        uses=uses.of("dataset", request.dataset, "scored_on"),
    )
    candidate = bench.answers(request.model, bench.signature(request.model))
    return evaluate(
        holdout, candidate, None if rival is None else _contend(spec, bench, rival, uses)
    )


def _contend(spec: ProjectSpec, bench: Bench, model: str, uses: _Uses) -> Contender:
    """Score the champion, unless it answers another question or needs other columns."""
    signature = bench.signature(model)
    obstacle = _obstacle(spec, signature)
    if obstacle:
        return Contender(model=model, answers=None, incomparable=obstacle)
    challenges = uses.of("model", model, "compared_with")
    return Contender(model, bench.answers(model, signature), challenges=challenges)


def _obstacle(spec: ProjectSpec, signature: Signature) -> str:
    if (signature.task, signature.target) != (spec.task, spec.target):
        return f"it answers {signature.task} of {signature.target!r}"
    declared = {name: column.type for name, column in spec.columns.items()}
    changed = [one.name for one in signature.fields if declared.get(one.name) != one.type]
    return f"the spec dropped or retyped {', '.join(changed)}, which it needs" if changed else ""


def _record_uses(lineage: Lineage, clock: Clock, request: Request, rival: str | None) -> None:
    """Record whose rows judged the candidate, and which champion it was compared with."""
    at = clock.now().isoformat()
    candidate = Node(project=request.project, kind="model", id=request.model)
    dataset = Node(project=request.project, kind="dataset", id=request.dataset)
    edges = [Edge(source=candidate, relation="scored_on", target=dataset, at=at)]
    if rival is not None:
        champion = Node(project=request.project, kind="model", id=rival)
        edges.append(Edge(source=candidate, relation="compared_with", target=champion, at=at))
    lineage.record(edges)
