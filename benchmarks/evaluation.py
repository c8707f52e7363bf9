"""How long two models are compared on a million sealed rows: `python -m benchmarks.evaluation`.

Two boosted models of scikit-learn, exported as a training job does, are scored and compared by the
code of EvaluateModel: all metrics, groups, slices and intervals, three times on one pinned core.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.data.contender import peak_mb
from cli.output import print_table
from loopwright.domain.evaluation import Contender, Evaluation, Holdout, evaluate
from loopwright.domain.evaluation_frame import ModelAnswers
from loopwright.domain.fairness_groups import group_rows
from loopwright.domain.model import Signature
from loopwright.domain.signature import signature_of
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.engines.scorer import OnnxScorer
from loopwright.engines.tables import DuckTables
from training.export.walk import export_model

NUMBERS = tuple(f"x{place}" for place in range(12))
CITIES = tuple(f"city-{place}" for place in range(8))
TABLES = DuckTables(memory_mib=512, threads=1)
SPEC = ProjectSpec.model_validate(
    {
        "project": "benchmark",
        "question": "How long does a comparison take?",
        "owner": "The benchmark",
        "intended_use": "Measures the evaluation.",
        "affected_people": "nobody: the rows are made up",
        "task": "binary",
        "target": "y",
        "favourable": True,
        "protected": ["sex", "region"],
        "columns": {
            **{name: Column(type="number", max_missing_share=0.1) for name in NUMBERS},
            "city": Column(type="category", values=CITIES),
            "member": Column(type="boolean"),
            "sex": Column(type="category", values=(1, 2)),
            "region": Column(type="category", values=tuple(range(9))),
            "y": Column(type="boolean"),
        },
    }
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100,000 rows")
    rows = 100_000 if parser.parse_args().quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        part = write_rows(Path(folder) / "part.parquet", rows)
        models = [model(part, seed) for seed in (1, 2)]
        # Not before: threads of OpenMP that wait for each other on one core wait for minutes.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        before = peak_mb()
        found, turns = zip(*(timed(part, *models) for _ in range(3)), strict=True)
    told = (
        f"{statistics.median(turns):.1f} ({min(turns):.1f} to {max(turns):.1f})",
        f"{peak_mb():.0f} ({before:.0f} before)",
        size_of(found[0]),
    )
    heads = ("sealed rows", "seconds", "peak MB", "told")
    print_table("Two models compared on one core", heads, [(f"{rows:,}", *told)])


def timed(part: Path, *models: tuple[bytes, Signature]) -> tuple[Evaluation, float]:
    """Compare once; the seconds it took."""
    began = time.perf_counter()
    found = compare(part, *models)
    return found, time.perf_counter() - began


def size_of(found: Evaluation) -> str:
    """Tell how much was computed."""
    slices = found.weak_slices.looked_at + found.lost_slices.looked_at
    metrics, groups = len(found.candidate.metrics), len(found.group_losses)
    return f"{metrics} metrics, {groups} comparisons of groups, {slices} slices"


def write_rows(path: Path, rows: int) -> Path:
    """Write rows whose outcome depends on four of the columns."""
    import duckdb

    duckdb.execute("SELECT setseed(0.42)")
    numbers = ", ".join(
        f"if(random() < 0.05, NULL, random() + random() - 1) AS {name}" for name in NUMBERS
    )
    drawn = (
        f"SELECT {numbers}, 'city-' || (i * 7919 % 8) AS city, random() < 0.3 AS member, "  # noqa: S608 - names of ours
        f"1 + (i * 31 % 2) AS sex, i * 17 % 9 AS region FROM range({rows}) AS r(i)"
    )
    outcome = (
        "coalesce(x0, 0) + coalesce(x1, 0) * coalesce(x2, 0) + member::INT + random() - 0.9 > 0"
    )
    chosen = f"SELECT *, {outcome} AS y FROM ({drawn})"  # noqa: S608 - see above
    duckdb.execute(f"COPY ({chosen}) TO '{path}' (FORMAT parquet)")
    return path


def model(part: Path, seed: int) -> tuple[bytes, Signature]:
    """Fit on a twentieth of the rows and export as a job does."""
    import pandas as pd

    columns = TABLES.columns(
        [part],
        {name: SPEC.columns[name].type for name in (*SPEC.features, "y")},
        sample_rows=50_000,
        seed=seed,
    )
    features = pd.DataFrame({name: columns[name] for name in SPEC.features})
    features["city"] = pd.Categorical(features["city"], categories=CITIES)
    features["member"] = features["member"].astype(np.float64)
    trees = HistGradientBoostingClassifier(max_iter=100 * seed, random_state=seed)
    fitted = trees.fit(features, columns["y"].astype(bool))
    signature = signature_of(SPEC, "s", categories={"city": CITIES}, classes=(False, True))
    return export_model(fitted, signature, features=tuple(SPEC.features)).onnx, signature


def compare(part: Path, *models: tuple[bytes, Signature]) -> Evaluation:
    """Score both models and compare them, as the step does."""

    def column(name: str) -> Any:
        return TABLES.columns([part], {name: SPEC.columns[name].type})[name]

    names = sorted({*SPEC.protected_columns, *SPEC.features})
    groups = {name: group_rows(name, column(name)) for name in names}
    protected = tuple(groups[name] for name in SPEC.protected_columns)
    holdout = Holdout(SPEC, "s", "d", column("y"), protected, searched=tuple(groups.values()))
    candidate, champion = (answers(part, str(place), *one) for place, one in enumerate(models))
    return evaluate(holdout, candidate, Contender("old", champion))


def answers(part: Path, name: str, onnx: bytes, signature: Signature) -> ModelAnswers:
    """Score every row."""
    types = {field.name: field.type for field in signature.fields}
    scores = OnnxScorer(onnx, signature).score(TABLES.columns([part], types))
    return ModelAnswers(name, signature.classes, scores.values, scores.probabilities)


if __name__ == "__main__":
    main()
