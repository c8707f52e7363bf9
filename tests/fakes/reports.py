"""The documents of a run as its gates write them, made by the domain from a few hundred rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from loopwright.domain import feasibility, promotion
from loopwright.domain.evaluation import Contender, Evaluation, Holdout, evaluate
from loopwright.domain.evaluation_frame import ModelAnswers
from loopwright.domain.facts import Example
from loopwright.domain.fairness_dataset import audit_groups
from loopwright.domain.fairness_groups import group_rows
from loopwright.domain.fairness_model import audit_answers
from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.feasibility_sample import describe_sample
from loopwright.domain.feasibility_trial import CurveScores
from loopwright.domain.findings import DataFinding
from loopwright.domain.kinds import Task
from loopwright.domain.noise_ceiling import NoiseCeiling
from loopwright.domain.package import Card, ParityReport, ParityScenario, Tried
from loopwright.domain.promotion_checks import check_all
from loopwright.domain.record import canonical_json
from loopwright.domain.run import Champion
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.domain.validation import Validation
from tests.fakes.science import a_trial

ROWS = 400
DATASET, SPEC, CODE, CANDIDATE, CHAMPION = (letter * 64 for letter in "dsc12")
IMAGE = "scikit-learn:1.9-0"
A_CURVE = CurveScores(
    sizes=(100, 200, 400),
    scores=tuple((score - 0.1, score - 0.04, score) for score in (0.8, 0.82, 0.81, 0.79, 0.83)),
)
CLASSES = {"binary": (0, 1), "multiclass": ("low", "middle", "high"), "regression": ()}


def spec_of(task: Task) -> ProjectSpec:
    """Return a spec with one protected attribute."""
    columns = {
        "outcome": Column(type="number" if task == "regression" else "category"),
        "age": Column(type="integer"),
        "group": Column(type="category"),
    }
    return ProjectSpec(
        project="employment",
        question="Is this person employed?",
        owner="Statistics",
        intended_use="Estimates for regions",
        affected_people="Residents",
        task=task,
        target="outcome",
        favourable=1 if task == "binary" else None,
        protected=("group",),
        columns=columns,
    )


@dataclass(frozen=True)
class Bench:
    """Rows of one task, and models of chosen noise that answer them."""

    task: Task

    def evaluation(self, *, champion: bool = True, incomparable: str = "") -> Evaluation:
        """Evaluate a candidate, against a champion if there is one."""
        rng = np.random.default_rng(5)
        signal = rng.normal(0, 1, ROWS)
        truth = self._truth(signal + rng.normal(0, 0.4, ROWS))
        holdout = Holdout(
            spec=spec_of(self.task),
            spec_digest=SPEC,
            dataset=DATASET,
            truth=truth,
            groupings=(group_rows("group", self.groups(rng)),),
        )
        rival = None
        if champion:
            answers = None if incomparable else self._answers(CHAMPION, signal, rng, 0.8)
            rival = Contender(CHAMPION, answers, incomparable)
        return evaluate(holdout, self._answers(CANDIDATE, signal, rng, 0.1), rival)

    def groups(self, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[Any]]:
        """Return a group for every row."""
        return np.array(rng.choice(["a", "b"], ROWS).tolist(), dtype=object)

    def _truth(self, score: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
        if self.task == "regression":
            return score
        return np.array([CLASSES[self.task][place] for place in self._places(score)], dtype=object)

    def _places(self, score: np.ndarray[Any, np.dtype[Any]]) -> list[int]:
        edges = [0.0] if self.task == "binary" else [-0.5, 0.5]
        return [int(place) for place in np.digitize(score, edges)]

    def _answers(
        self,
        model: str,
        signal: np.ndarray[Any, np.dtype[Any]],
        rng: np.random.Generator,
        noise: float,
    ) -> ModelAnswers:
        score = signal + rng.normal(0, noise, ROWS)
        if self.task == "regression":
            return ModelAnswers(model, (), score.tolist(), None)
        classes = CLASSES[self.task]
        places = self._places(score)
        certain = np.eye(len(classes))[places]
        positive = 1 / (1 + np.exp(-2 * score))
        shares = np.column_stack([1 - positive, positive])
        probabilities = shares if self.task == "binary" else certain * 0.7 + 0.1
        return ModelAnswers(model, classes, [classes[place] for place in places], probabilities)


def validation(*, rejected: bool = False) -> Validation:
    """Return the contract's document, held or broken."""
    found = DataFinding(
        code="unknown_category",
        column="group",
        severity="violation",
        count=3,
        share=3 / ROWS,
        message="'group' breaks its limits in 3 of 400 rows",
        advice="Mend the rows.",
        examples=(Example(part="datasets/people/d/train/part-00000.parquet", row=7, value="c"),),
    )
    note = found.model_copy(
        update={"code": "near_unique", "severity": "note", "accepted": "They are real."}
    )
    return Validation(
        dataset=DATASET,
        verdict="reject" if rejected else "pass",
        reasons=(found.reason,) if rejected else (),
        rows=ROWS,
        missing={"age": 20 if rejected else 0, "group": 0},
        findings=(found, note) if rejected else (),
    )


def feasibility_report(task: Task, *, rows: int = ROWS) -> FeasibilityReport:
    """Return the feasibility gate's document; a few rows are insufficient data."""
    spec = spec_of(task)
    classes = CLASSES[task]
    target = [classes[place % len(classes)] if classes else float(place) for place in range(rows)]
    sample = describe_sample(
        spec, target, unlabelled_rows=7, training_rows=4_000, protected={}, entities=None
    )
    subject = feasibility.Subject(spec, SPEC, DATASET, 3.5, 0.01)
    trial = a_trial(0.8, 0.82, 0.81, 0.79, 0.83, curve=A_CURVE) if rows == ROWS else None
    noise = NoiseCeiling(value=0.97, rows=rows, repeated_rows=20, contradictory_rows=6)
    return feasibility.assess(subject, sample, trial, noise)


def card(task: Task, *, tried: bool = True) -> Card:
    """Return a model card."""
    return Card(
        project="employment",
        run="run-1",
        question="Is this person employed?",
        owner="Statistics",
        intended_use="Estimates for regions",
        affected_people="Residents",
        not_for="Decisions about a person",
        task=task,
        target="outcome",
        features=("age",),
        protected=("group",),
        dataset=DATASET,
        spec=SPEC,
        code=CODE,
        bundle=CODE,
        script=None,
        image=IMAGE,
        trained_by="built-in trainer",
        estimator="LogisticRegression",
        tried=(Tried(name="logistic", metric="roc_auc", value=0.9),) if tried else (),
        fitted_on="all training rows",
        training_rows=1_600,
        validation_rows=320,
        metrics={"roc_auc": 0.9},
        parity=ParityReport(
            tolerance=1e-9,
            through_skl2onnx=(),
            scenarios=(ParityScenario(name="real_rows", rows=100, max_difference=2e-16),),
        ),
        libraries={"scikit-learn": "1.9.0"},
    )


def documents(task: Task, *, champion: bool = True, incomparable: str = "") -> dict[str, bytes]:
    """Return every document of a run whose candidate was promoted, by file name."""
    spec, bench = spec_of(task), Bench(task)
    evaluation = bench.evaluation(champion=champion, incomparable=incomparable)
    audit = audit_answers(spec, evaluation)
    checks = check_all(spec, evaluation, audit)
    rng = np.random.default_rng(8)
    classes = CLASSES[task]
    target = (
        np.array([classes[place % len(classes)] for place in range(ROWS)], dtype=object)
        if classes
        else rng.normal(0, 1, ROWS)
    )
    decision = promotion.Decision(
        project="employment",
        run="run-1",
        spec=SPEC,
        dataset=DATASET,
        model=CANDIDATE,
        champion=CHAMPION if champion else None,
        metric=evaluation.metric,
        outcome=promotion.decide(spec, checks),
        checks=checks,
        reasons=promotion.reasons_of(checks),
        approval_timeout_seconds=60,
        evidence=(),
    )
    pointer = Champion(
        project="employment",
        model=CANDIDATE,
        previous=CHAMPION if champion else None,
        run="run-1",
        at="2026-01-05T12:00:00+00:00",
        actor="ann",
        reason="better",
    )
    groupings = (group_rows("group", bench.groups(rng)),)
    found: dict[str, Any] = {
        "validation.json": validation(),
        "feasibility.json": feasibility_report(task),
        "dataset_audit.json": audit_groups(
            spec, target, groupings, spec_digest=SPEC, dataset=DATASET
        ),
        "training.json": {"schema_version": 1, "card": card(task).model_dump(mode="json")},
        "evaluation.json": evaluation,
        "model_audit.json": audit,
        "decision.json": decision,
        "promotion.json": {"outcome": "model_promoted", **pointer.model_dump(mode="json")},
    }
    return {name: canonical_json(document) for name, document in found.items()}
