"""Scoring raw values through small hand-made models."""

import subprocess
import sys
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from loopwright.domain.model import Field, Signature
from loopwright.engines.scorer import OnnxScorer, OnnxScorers, encode
from loopwright.errors import ModelPackageError

FIELDS = (
    Field(name="age", type="integer", nullable=True),
    Field(name="member", type="boolean", nullable=True),
    Field(name="colour", type="category", categories=("red", "blue"), nullable=True),
)


def signature(**changes: Any) -> Signature:
    """Make the signature of a binary model with one field of each kind."""
    values: dict[str, Any] = {
        "project": "people",
        "spec": "s",
        "task": "binary",
        "target": "y",
        "fields": FIELDS,
        "context": (),
        "classes": (0, 1),
    }
    return Signature(**{**values, **changes})


def model(nodes: list[Any], initializers: list[Any] | None = None, *, output: str) -> bytes:
    """Make a model file over one number `x`."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, 1])],
        [helper.make_tensor_value_info(output, TensorProto.DOUBLE, None)],
        initializers or [],
    )
    opsets = [helper.make_opsetid("", 18)]
    body: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    return body


def pair_model() -> bytes:
    """Answer the probabilities (1 - x, x)."""
    nodes = [
        helper.make_node("Sub", ["one", "x"], ["rest"]),
        helper.make_node("Concat", ["rest", "x"], ["probabilities"], axis=1),
    ]
    return model(nodes, [numpy_helper.from_array(np.ones((1, 1)), "one")], output="probabilities")


def x_signature(**changes: Any) -> Signature:
    """Make a signature over one number `x`."""
    return signature(fields=(Field(name="x", type="number"),), **changes)


def test_raw_values_become_numbers_and_codes() -> None:
    """None and NaN are missing, a category outside the list is unknown."""
    columns = {
        "age": [30, None],
        "member": [True, None],
        "colour": ["blue", None],
    }
    tensors = encode(signature(), columns)

    np.testing.assert_array_equal(tensors["age"], [[30.0], [np.nan]])
    np.testing.assert_array_equal(tensors["member"], [[1.0], [np.nan]])
    np.testing.assert_array_equal(tensors["colour"], [[1], [-2]])
    assert encode(signature(), columns | {"colour": ["green", np.nan]})["colour"].tolist() == [
        [-1],
        [-2],
    ]


def test_columns_of_tables_are_taken_as_they_are() -> None:
    """Numbers come as float64 arrays, categories as object arrays of Python values."""
    columns = {
        "age": np.array([1.0, np.nan]),
        "member": np.array([True, None], dtype=object),
        "colour": np.array(["red", None], dtype=object),
    }
    tensors = encode(signature(), columns)

    assert tensors["age"].dtype == np.float64
    assert tensors["colour"].dtype == np.int64
    assert tensors["colour"].tolist() == [[0], [-2]]


def test_categories_that_are_numbers_are_found_in_float_columns() -> None:
    """A code of 3 is the category 3, also when a column with gaps holds it as 3.0."""
    field = Field(name="grade", type="category", categories=(1, 3))
    tensors = encode(signature(fields=(field,)), {"grade": np.array([3.0, np.nan, 2.0])})

    assert tensors["grade"].tolist() == [[1], [-2], [-1]]


def test_a_binary_model_answers_its_favourable_class_from_the_threshold_upwards() -> None:
    """The threshold is one of the favourable class, wherever that stands in the list."""
    rows = {"x": [0.2, 0.4, 0.9]}
    last = OnnxScorer(pair_model(), x_signature(threshold=0.4)).score(rows)
    first = OnnxScorer(pair_model(), x_signature(favourable=0, threshold=0.4)).score(rows)

    assert last.values == [0, 1, 1]
    assert first.values == [0, 0, 1]
    assert last.probabilities is not None
    np.testing.assert_allclose(last.probabilities.ravel(), [0.8, 0.2, 0.6, 0.4, 0.1, 0.9])


def test_a_multiclass_model_answers_the_likeliest_class() -> None:
    """Classes are answered as the signature lists them."""
    scorer = OnnxScorer(pair_model(), x_signature(task="multiclass", classes=("no", "yes")))

    assert scorer.score({"x": [0.1, 0.8]}).values == ["no", "yes"]


def test_a_regression_answers_numbers() -> None:
    """There are no probabilities."""
    body = model([helper.make_node("Identity", ["x"], ["prediction"])], output="prediction")
    scores = OnnxScorers().load(body, x_signature(task="regression", classes=())).score({"x": [2]})

    assert scores.values == [2.0]
    assert scores.probabilities is None


@pytest.mark.parametrize("body", [b"", b"not a model", b"\x08\x07" * 50])
def test_bytes_that_are_no_model_are_refused(body: bytes) -> None:
    """The message says which file it is about."""
    with pytest.raises(ModelPackageError, match=r"model\.onnx"):
        OnnxScorer(body, x_signature())


def test_a_model_with_other_inputs_than_its_signature_is_refused() -> None:
    """It would be scored with the wrong columns."""
    with pytest.raises(ModelPackageError, match="its signature says"):
        OnnxScorer(pair_model(), signature())


def test_a_model_with_another_answer_is_refused() -> None:
    """A classifier must answer probabilities."""
    body = model([helper.make_node("Identity", ["x"], ["prediction"])], output="prediction")

    with pytest.raises(ModelPackageError, match="expected 'probabilities'"):
        OnnxScorer(body, x_signature())


@pytest.mark.parametrize("location", ["w.bin", "../w.bin", "/etc/hostname"])
def test_external_data_is_refused(location: str, tmp_path: Any, monkeypatch: Any) -> None:
    """A model must not read files, wherever they lie."""
    (tmp_path / "w.bin").write_bytes(bytes(8))
    monkeypatch.chdir(tmp_path)
    weight = TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=[1])
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": "8"}.items():
        weight.external_data.append(onnx.StringStringEntryProto(key=key, value=value))
    nodes = [helper.make_node("Mul", ["x", "w"], ["prediction"])]
    body = model(nodes, [weight], output="prediction")

    with pytest.raises(ModelPackageError, match="cannot be loaded"):
        OnnxScorer(body, x_signature(task="regression", classes=()))


def test_a_custom_operator_is_refused() -> None:
    """Nothing that is not part of ONNX is ever run."""
    node = helper.make_node("Shell", ["x"], ["prediction"], domain="com.example")
    graph = onnx.load_from_string(model([node], output="prediction"))
    graph.opset_import.append(helper.make_opsetid("com.example", 1))

    with pytest.raises(ModelPackageError, match=r"cannot be loaded.*Shell"):
        OnnxScorer(graph.SerializeToString(), x_signature(task="regression", classes=()))


def test_the_scorer_imports_no_slow_library() -> None:
    """predict starts with it."""
    code = (
        "import sys, loopwright.engines.scorer\n"
        "print([m for m in ('pandas', 'sklearn', 'onnx', 'boto3', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
