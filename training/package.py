"""Write the model package: the documents that stand beside model.onnx."""

from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from loopwright.domain.bins import ColumnCounts, NumericBins, Reference, without_common
from loopwright.domain.counting import categorical_bins, count_values, numeric_bins
from loopwright.domain.model import Signature
from loopwright.domain.package import Card, Probe
from loopwright.domain.profile import Profile
from loopwright.domain.receipt import Prediction
from loopwright.domain.record import Record, canonical_json
from loopwright.domain.spec import ProjectSpec
from loopwright.engines.scorer import OnnxScorer, positive_index
from training.errors import JobInputError
from training.fitting import Fitted, Made
from training.frames import raw_columns
from training.inputs import Archives, Hyperparameters

LIBRARIES = ("scikit-learn", "numpy", "pandas", "onnx", "onnxruntime", "skl2onnx", "pydantic")

# The model that answers is fitted again on all rows: equal steps compare it with the first fit,
# where quantiles would tell 0.00001 from 0.0001.
PROBABILITY_EDGES = tuple(step / 20 for step in range(21))


def reference_of(
    spec: ProjectSpec, profile: Profile, signature: Signature, fitted: Fitted
) -> Reference:
    """Return what live traffic is compared with: the profile's columns and the predictions."""
    names = [*spec.features, *spec.protected_columns]
    absent = [name for name in names if name not in profile.bins]
    if absent:
        raise JobInputError(f"profile.json does not count the columns {absent}; validate again")
    counts = profile.counts
    values, bins = _predictions(signature, fitted)
    return Reference(
        bins={name: without_common(profile.bins[name]) for name in names},
        counts=counts.model_copy(
            update={"columns": {name: counts.columns[name] for name in names}}
        ),
        prediction_bins=bins,
        prediction_counts=ColumnCounts(counts=count_values(bins, values).counts),
    )


def card_of(
    spec: ProjectSpec,
    given: Hyperparameters,
    made: Made,
    archives: Archives,
) -> Card:
    """Return the model card."""
    fitted = made.fitted
    return Card(
        project=spec.project,
        run=given.run,
        question=spec.question,
        owner=spec.owner,
        intended_use=spec.intended_use,
        affected_people=spec.affected_people,
        not_for="Any use other than the intended one, and people unlike those of the dataset.",
        task=spec.task,
        target=spec.target,
        features=tuple(spec.features),
        protected=spec.protected_columns,
        dataset=given.dataset,
        spec=given.spec,
        code=given.code,
        bundle=archives.bundle,
        script=archives.script,
        image=given.image,
        settings=given.settings,
        trained_by=fitted.trained_by,
        estimator=made.estimator,
        tried=fitted.tried,
        searched=fitted.searched,
        fitted_on=fitted.fitted_on,
        training_rows=fitted.training_rows,
        validation_rows=len(fitted.validation),
        metrics=fitted.metrics,
        parity=made.parity,
        libraries={name: metadata.version(name) for name in LIBRARIES},
    )


def probe_of(signature: Signature, scorer: OnnxScorer, rows: Any) -> Probe:
    """Return one row that a request may hold, and the exported model's answer to it."""
    names = [field.name for field in signature.fields]
    required = [field.name for field in signature.fields if not field.nullable]
    complete = rows[names].dropna(subset=required).head(1)
    if complete.empty:
        raise JobInputError(f"no validation row has a value in each of {required}; see the data")
    raw = raw_columns(complete)
    scores = scorer.score(raw)
    probabilities = None
    if scores.probabilities is not None:
        probabilities = tuple(scores.probabilities[0].tolist())
    return Probe(
        instance={name: values[0] for name, values in raw.items()},
        prediction=Prediction(value=scores.values[0], probabilities=probabilities),
    )


def write_package(folder: Path, model_onnx: bytes, documents: dict[str, Record]) -> None:
    """Write model.onnx and the documents, each as canonical JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model_onnx)
    for name, document in documents.items():
        (folder / name).write_bytes(canonical_json(document))


def _predictions(signature: Signature, fitted: Fitted) -> tuple[Any, Any]:
    """Return the validation rows' prediction column (see Reference) and its bins."""
    if signature.task == "multiclass":
        chosen = [signature.classes[at] for at in fitted.answers.argmax(axis=1).tolist()]
        return chosen, categorical_bins({value: chosen.count(value) for value in signature.classes})
    column = 0 if signature.task == "regression" else positive_index(signature)
    values = np.asarray(fitted.answers[:, column], dtype=np.float64)
    if signature.task == "binary":
        return values, NumericBins(edges=PROBABILITY_EDGES)
    return values, numeric_bins(values)
