"""A model that exists already: `model.onnx` and `signature.json` in one folder.

They come from a script that exports its model itself, or from a model that is imported. The inputs
of the model are the spec's features, each (rows, 1): int64 for a category (its position in
`categories`; -1 is an unknown one, -2 a missing one), double for all else. It answers
`probabilities` (rows, classes) or `prediction` (rows, 1), in double precision.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.given import (
    MODEL_FILE,
    SIGNATURE_FILE,
    GivenSignature,
    given_signature,
    whole_signature,
)
from loopwright.domain.model import Signature
from loopwright.domain.package import FittedOn, ParityReport, TrainedBy
from loopwright.domain.record import canonical_json
from loopwright.domain.spec import ProjectSpec
from loopwright.engines.scorer import OnnxScorer
from loopwright.errors import ModelPackageError
from training.answers import features_of, measure
from training.errors import GivenModelError
from training.export.walk import export_model
from training.fitting import Fitted, Made
from training.frames import categories_of, raw_columns
from training.parity import check_parity

# Two machines may sum single-precision numbers in another order.
TOLERANCE = 1e-5
MAX_SHARE_ERROR = 1e-4


def write_model(estimator: Any, spec: ProjectSpec, rows: Any, folder: Path) -> ParityReport:
    """Export a fitted estimator as a folder that can be imported, and compare the two on `rows`.

    `rows` is a DataFrame of the features with the spec's dtypes (see training.frames.typed).
    Raises UnsupportedEstimatorError or ParityError when the model cannot be exported faithfully.
    """
    given = GivenSignature(categories=categories_of(rows[list(spec.features)]))
    classes = getattr(estimator, "classes_", None)
    if classes is not None:
        given = given.model_copy(update={"classes": tuple(np.asarray(classes).tolist())})
    signature = whole_signature(spec, "", given)
    features = features_of(estimator, tuple(spec.features))
    exported = export_model(estimator, signature, features=features)
    parity = check_parity(estimator, exported, signature, rows)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(exported.onnx)
    (folder / SIGNATURE_FILE).write_bytes(canonical_json(given))
    return parity


def read_given(folder: Path, spec: ProjectSpec, spec_digest: str) -> tuple[bytes, Signature]:
    """Read a given model and its whole signature; GivenModelError says what is wrong."""
    names = (MODEL_FILE, SIGNATURE_FILE)
    files = {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
    try:
        signature = given_signature(files, spec, spec_digest)
    except ModelPackageError as error:
        raise GivenModelError(str(error)) from error
    return files[MODEL_FILE], signature


def made_of(
    given: tuple[bytes, Signature],
    spec: ProjectSpec,
    rows: Any,
    validation: Any,
    *,
    trained_by: TrainedBy,
    fitted_on: FittedOn,
) -> Made:
    """Let the given model answer the validation rows, and return it with what it did there."""
    onnx, signature = given
    answers = _answers(onnx, signature, validation)
    truth = validation[spec.target].tolist()
    strange = sorted(set(truth) - set(signature.classes), key=str)
    if spec.task != "regression" and strange:
        raise GivenModelError(
            f"{SIGNATURE_FILE}: classes {signature.classes} lack {strange}, which the data have"
        )
    fitted = Fitted(
        estimator=None,
        trained_by=trained_by,
        fitted_on=fitted_on,
        tried=(),
        searched=(),
        validation=validation,
        answers=answers,
        classes=signature.classes,
        metrics=measure(spec, signature.classes, truth, answers),
        training_rows=len(rows),
    )
    parity = ParityReport(tolerance=TOLERANCE, through_skl2onnx=(), scenarios=())
    return Made(onnx, signature, parity, MODEL_FILE, fitted)


def _answers(onnx: bytes, signature: Signature, rows: Any) -> NDArray[np.float64]:
    names = [field.name for field in signature.fields]
    try:
        scores = OnnxScorer(onnx, signature).score(raw_columns(rows[names]))
    except (ModelPackageError, ValueError, IndexError) as error:
        raise GivenModelError(" ".join(str(error).split())) from error
    found = scores.probabilities
    if found is None:
        found = np.array(scores.values, dtype=np.float64).reshape(-1, 1)
    width = len(signature.classes) or 1
    if found.shape != (len(rows), width):
        raise GivenModelError(
            f"{MODEL_FILE} answers {found.shape} to {len(rows)} rows; expected {(len(rows), width)}"
        )
    _refuse_strange(found, is_share=scores.probabilities is not None)
    return found


def _refuse_strange(answers: NDArray[np.float64], *, is_share: bool) -> None:
    wrong = ~np.isfinite(answers).all(axis=1)
    if is_share:
        sums = np.abs(answers.sum(axis=1) - 1)
        wrong |= (answers < 0).any(axis=1) | ~(sums <= MAX_SHARE_ERROR)
    if wrong.any():
        expected = "probabilities that add up to 1" if is_share else "finite numbers"
        raise GivenModelError(
            f"{MODEL_FILE} does not answer {expected} to {int(wrong.sum())} of {len(wrong)} "
            f"validation rows, the first of them row {int(wrong.argmax())}"
        )
