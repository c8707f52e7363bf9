"""Score ONNX models with onnxruntime: raw values in, probabilities and values out.

Runs on Lambda and inside the training job (Python 3.12), and imports nothing that is slow to load.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.model import Field, Signature
from loopwright.errors import ModelPackageError

UNKNOWN_CODE = -1
MISSING_CODE = -2
_LOAD_ERRORS = (
    ort.capi.onnxruntime_pybind11_state.InvalidProtobuf,
    ort.capi.onnxruntime_pybind11_state.Fail,
    ort.capi.onnxruntime_pybind11_state.InvalidArgument,
    ort.capi.onnxruntime_pybind11_state.InvalidGraph,
    ort.capi.onnxruntime_pybind11_state.NotImplemented,
    ort.capi.onnxruntime_pybind11_state.RuntimeException,
)
# No external data is ever read: onnxruntime refuses paths outside this folder, which cannot exist.
_NO_FOLDER = "/nonexistent/loopwright"


@dataclass(frozen=True)
class OnnxScores:
    """Probabilities (rows, classes) of a classifier, or None; one value per row."""

    probabilities: NDArray[np.float64] | None
    values: list[CategoryValue | float]


class OnnxScorer:
    """One loaded model; `score` may be called from several threads."""

    def __init__(self, model_onnx: bytes, signature: Signature, *, threads: int = 1) -> None:
        """Load a model; ModelPackageError when it is no model or does not fit its signature."""
        self._signature = signature
        self._session = _load(model_onnx, threads)
        self._output = "prediction" if signature.task == "regression" else "probabilities"
        _refuse_other_tensors(self._session, signature, self._output)

    def score(self, columns: Mapping[str, Any]) -> OnnxScores:
        """Answer raw values, one entry per row and field; None or NaN is a missing value."""
        (answer,) = self._session.run([self._output], encode(self._signature, columns))
        return decide(self._signature, answer)


class OnnxScorers:
    """Loads models for steps, without running any code of theirs."""

    def __init__(self, *, threads: int = 1) -> None:
        """Bound the threads of each model."""
        self._threads = threads

    def load(self, model_onnx: bytes, signature: Signature) -> OnnxScorer:
        """Return a model that is ready to score; ModelPackageError when it cannot be loaded."""
        return OnnxScorer(model_onnx, signature, threads=self._threads)


def encode(signature: Signature, columns: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the model's input tensors, each (rows, 1): see Signature."""
    return {field.name: _tensor(field, columns[field.name]) for field in signature.fields}


def decide(signature: Signature, answer: NDArray[np.float64]) -> OnnxScores:
    """Turn the model's output into values: the likeliest class, or the number.

    A binary model answers its positive class (see `positive_index`) from `threshold` upwards.
    """
    if signature.task == "regression":
        return OnnxScores(None, [float(value) for value in answer[:, 0]])
    if signature.task == "binary":
        positive = positive_index(signature)
        chosen = np.where(answer[:, positive] >= signature.threshold, positive, 1 - positive)
    else:
        chosen = answer.argmax(axis=1)
    return OnnxScores(answer, [signature.classes[index] for index in chosen.tolist()])


def positive_index(signature: Signature) -> int:
    """Return the position of a binary model's favourable class, or of its last one."""
    if signature.favourable is None:
        return len(signature.classes) - 1
    return signature.classes.index(signature.favourable)


def _load(model_onnx: bytes, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", _NO_FOLDER
    )
    try:
        return ort.InferenceSession(model_onnx, options, providers=["CPUExecutionProvider"])
    except _LOAD_ERRORS as error:
        message = f"model.onnx cannot be loaded: {error}"
        raise ModelPackageError(message) from error


def _refuse_other_tensors(session: ort.InferenceSession, signature: Signature, output: str) -> None:
    found = {tensor.name: tensor.type for tensor in session.get_inputs()}
    expected = {field.name: _tensor_type(field) for field in signature.fields}
    if found != expected:
        message = f"model.onnx takes {found}; its signature says {expected}"
        raise ModelPackageError(message)
    outputs = {tensor.name: tensor.type for tensor in session.get_outputs()}
    if outputs.get(output) != "tensor(double)":
        message = f"model.onnx answers {outputs}; expected {output!r} as tensor(double)"
        raise ModelPackageError(message)


def _tensor_type(field: Field) -> str:
    return "tensor(int64)" if field.type == "category" else "tensor(double)"


def _tensor(field: Field, values: Any) -> NDArray[Any]:
    if field.type == "category":
        return _codes(field, values).reshape(-1, 1)
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values.astype(np.float64).reshape(-1, 1)
    numbers = [math.nan if value is None else float(value) for value in values]
    return np.array(numbers, dtype=np.float64).reshape(-1, 1)


def _codes(field: Field, values: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
    positions = {category: code for code, category in enumerate(field.categories or ())}
    plain = values.tolist() if isinstance(values, np.ndarray) else values
    codes = [_code(positions, value) for value in plain]
    return np.array(codes, dtype=np.int64)


def _code(positions: Mapping[CategoryValue, int], value: Any) -> int:
    if value is None or value != value:  # noqa: PLR0124 - NaN is the value that differs from itself
        return MISSING_CODE
    return positions.get(value, UNKNOWN_CODE)
