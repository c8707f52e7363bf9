"""Tables, a learner and models that need no engine, and a project with two models to judge."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.aws.stores import StoredDatasets, StoredEvidence, StoredModels, StoredSpecs
from loopwright.domain.dataset import Manifest, Part
from loopwright.domain.feasibility_trial import (
    LearnerScores,
    Question,
    SampledRows,
    Splitting,
    Trial,
)
from loopwright.domain.kinds import ColumnType
from loopwright.domain.model import Field, ModelManifest, PackagedFile, Signature
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.run import Champion
from loopwright.domain.spec import ProjectSpec
from tests.fakes.catalog import InMemoryLedger, InMemoryLineage
from tests.fakes.projects import a_manifest, a_spec
from tests.fakes.services import InMemoryEventBus, KeyedSignatures, ManualClock
from tests.fakes.storage import InMemoryObjectStore


class JsonTables:
    """Reads parts that are JSON objects of columns."""

    def columns(
        self,
        paths: Sequence[Path],
        columns: Mapping[str, ColumnType],
        *,
        sample_rows: int | None = None,
        seed: int = 0,
        evenly: str | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Return the columns of all parts; a sample is their first rows."""
        parts = [json.loads(path.read_text()) for path in paths]
        return {
            name: _array([value for part in parts for value in part[name]][:sample_rows], kind)
            for name, kind in columns.items()
        }


class ScriptedLearner:
    """Answers with the scores it was given, and keeps what it was asked."""

    def __init__(self, *scores: float, dummy_score: float = 0.5) -> None:
        """Answer one fold per score."""
        self._trial = a_trial(*scores, dummy_score=dummy_score)
        self.asked: dict[str, Any] = {}

    def try_out(self, rows: SampledRows, question: Question) -> Trial:
        """Return the scripted scores."""
        self.asked = {"rows": rows, "question": question}
        return self._trial


def a_trial(*scores: float, dummy_score: float = 0.5, **changes: Any) -> Trial:
    """Return a trial in which the boosting has these scores, and the linear model lower ones."""
    return Trial(
        splitting=Splitting(kind="shuffled"),
        learners=(
            LearnerScores(name="gradient_boosting", scores=scores),
            LearnerScores(name="linear", scores=tuple(score - 0.01 for score in scores)),
        ),
        train_rows=(80,) * len(scores),
        test_rows=(20,) * len(scores),
        dummy=(dummy_score,) * len(scores),
        first=len(scores),
    ).model_copy(update=changes)


@dataclass(frozen=True)
class AHost:
    """A function whose time falls by a second with every look at it."""

    memory_limit_in_mb: int = 2_048
    looks: list[int] = field(default_factory=list)

    def get_remaining_time_in_millis(self) -> int:
        """Return a second less than before."""
        self.looks.append(1)
        return 61_000 - 1_000 * len(self.looks)


@dataclass(frozen=True)
class RuleScores:
    """What a rule answered."""

    probabilities: NDArray[np.float64] | None
    values: list[Any]


class RuleScorer:
    """A model whose file says how likely the last class is for each city."""

    def __init__(self, rule: Mapping[str, float], signature: Signature) -> None:
        """Answer by the rule."""
        self._rule = rule
        self._classes = signature.classes

    def score(self, columns: Mapping[str, Any]) -> RuleScores:
        """Look each city up."""
        share = np.array([self._rule[city] for city in columns["city"]])
        values = [self._classes[int(one >= 0.5)] for one in share]
        return RuleScores(np.column_stack([1 - share, share]), values)


class RuleScorers:
    """Loads rules."""

    def load(self, model_onnx: bytes, signature: Signature) -> RuleScorer:
        """Read a rule from the model's file."""
        return RuleScorer(json.loads(model_onnx), signature)


class Court:
    """A project `loans` with one dataset version, in which models can be judged."""

    def __init__(self, *, spec: ProjectSpec | None = None, rows: int = 200) -> None:
        """Store the spec and a dataset whose outcome follows the city."""
        self.objects = InMemoryObjectStore()
        self.specs = StoredSpecs(self.objects)
        self.datasets = StoredDatasets(self.objects)
        self.models = StoredModels(self.objects, KeyedSignatures())
        self.evidence = StoredEvidence(self.objects)
        self.ledger = InMemoryLedger()
        self.lineage = InMemoryLineage()
        self.events = InMemoryEventBus()
        self.clock = ManualClock()
        self.spec = spec or a_spec()
        self.spec_digest = self.specs.put_spec(self.spec)
        self.dataset = "data-digest"
        halves = [some_columns(rows // 2, first=first) for first in (0, 1)]
        training = self._parts("datasets", halves)
        self.datasets.put_manifest(_manifest(self, training, self._parts("holdout", halves[:1])))

    @property
    def request(self) -> dict[str, str]:
        """Return the fields that every gate is asked with."""
        return {
            "run": "run-1",
            "project": "loans",
            "spec": self.spec_digest,
            "dataset": self.dataset,
        }

    def add_model(self, rule: Mapping[str, float], **changes: Any) -> str:
        """Store a model that answers by a rule; change fields of its signature."""
        fields = {
            "project": "loans",
            "spec": self.spec_digest,
            "task": "binary",
            "target": "repaid",
            "fields": (Field(name="city", type="category", categories=("Köln", "Rome")),),
            "context": ("id", "sex"),
            "classes": ("no", "yes"),
            "favourable": "yes",
            **changes,
        }
        files = {
            "model.onnx": json.dumps(dict(rule)).encode(),
            "signature.json": canonical_json(Signature.model_validate(fields)),
        }
        packaged = tuple(
            PackagedFile(name=name, bytes=len(body), sha256=digest_of(body))
            for name, body in files.items()
        )
        manifest = ModelManifest(
            project="loans",
            spec=self.spec_digest,
            dataset=self.dataset,
            code="code",
            image="image",
            libraries={},
            files=packaged,
        )
        return self.models.put_package(manifest, files)

    def crown(self, model: str, *, expected: str | None = None) -> None:
        """Make a model the champion."""
        champion = Champion(
            project="loans", model=model, at="2026-01-01", actor="ana", reason="because"
        )
        self.ledger.move_champion(champion, expected=expected)

    def _parts(self, area: str, contents: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
        parts = []
        for place, columns in enumerate(contents):
            key, body = f"{area}/loans/{self.dataset}/{place}.parquet", json.dumps(columns).encode()
            self.objects.write(key, body)
            rows = len(columns["id"])
            parts.append(Part(key=key, rows=rows, bytes=len(body), digest=digest_of(body)))
        return tuple(parts)


def some_columns(rows: int, *, first: int = 0) -> dict[str, list[Any]]:
    """Return rows of `loans`: Köln pays back nine times in ten, Rome once in ten."""
    places = range(rows)
    cities = ["Köln" if place % 2 else "Rome" for place in places]
    odd = [(place // 4) % 10 == first % 10 for place in places]
    return {
        "id": [first * rows + place for place in places],
        "sex": [1 + (place // 2) % 2 for place in places],
        "income": [float(place) for place in places],
        "city": cities,
        "member": [None if place % 7 == 0 else place % 3 == 0 for place in places],
        "repaid": [
            "yes" if (city == "Köln") != other else "no"
            for city, other in zip(cities, odd, strict=True)
        ],
    }


def _manifest(court: Court, training: tuple[Part, ...], holdout: tuple[Part, ...]) -> Manifest:
    return a_manifest(
        digest=court.dataset,
        spec=court.spec_digest,
        training=training,
        holdout=holdout,
        rows=sum(part.rows for part in (*training, *holdout)),
        training_rows=sum(part.rows for part in training),
        holdout_rows=sum(part.rows for part in holdout),
    )


def _array(values: Sequence[Any], kind: ColumnType) -> NDArray[Any]:
    if kind in {"integer", "number"}:
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
