"""Models that a job does not fit: exported by the project's script, or brought as they are."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from loopwright.domain.model import Signature
from loopwright.domain.package import Card
from loopwright.domain.package_files import read_package
from loopwright.engines.scorer import OnnxScorer
from tests.integration.training.job_folder import COLOURS, COLUMNS, PYTHON, Job, scripted, spec

# Answers 1 / (1 + exp(40 - age)), whatever else the row holds.
WHOLE_SCRIPT = """
import json, os, sys
from pathlib import Path
import numpy as np, onnx, pandas as pd
from onnx import TensorProto, helper

def main():
    rows = pd.read_parquet(os.environ["SM_CHANNEL_TRAIN"])
    spec = json.loads(Path(os.environ["SM_CHANNEL_SPEC"], "spec.json").read_text())
    print("rows", len(rows), spec["target"])
    kinds = {"colour": TensorProto.INT64}
    inputs = [
        helper.make_tensor_value_info(name, kinds.get(name, TensorProto.DOUBLE), [None, 1])
        for name in ("age", "pay", "colour", "member")
    ]
    constant = lambda name, value: helper.make_node(
        "Constant", [], [name], value=helper.make_tensor(name, TensorProto.DOUBLE, [1], [value]))
    nodes = [
        constant("middle", 40.0), constant("one", 1.0),
        helper.make_node("Sub", ["age", "middle"], ["over"]),
        helper.make_node("Sigmoid", ["over"], ["yes"]),
        helper.make_node("Sub", ["one", "yes"], ["no"]),
        helper.make_node("Concat", ["no", "yes"], ["probabilities"], axis=1),
    ]
    output = helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, 2])
    graph = helper.make_graph(nodes, "mine", inputs, [output])
    folder = Path(os.environ["SM_MODEL_DIR"])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, folder / "model.onnx")
    (folder / "signature.json").write_text(json.dumps({"classes": [0, 1]}))
    return 0

if __name__ == "__main__":
    sys.exit(main())
"""


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The two files that the script above makes."""
    job = Job(tmp_path_factory.mktemp("made"), scripted(), WHOLE_SCRIPT)
    job.run()
    return {
        "model.onnx": job.files["model.onnx"],
        "signature.json": json.dumps({"classes": [0, 1]}).encode(),
    }


def importing(base: Path, files: dict[str, bytes], **changes: Any) -> Job:
    """Lay out a job that imports the files."""
    return Job(base, spec(**changes), files=files, script="model.onnx")


def test_a_script_without_train_exports_its_model_itself(tmp_path: Path) -> None:
    """It never sees the validation rows, which the model is then measured on."""
    job = Job(tmp_path, scripted(), WHOLE_SCRIPT)
    code, printed = job.run()

    assert code == 0, printed
    card = Card.model_validate_json(job.files["card.json"])
    assert f"rows {card.training_rows} stays" in printed
    assert card.training_rows + card.validation_rows == 1_200
    assert card.trained_by == "script that exports its model"
    assert card.fitted_on == "training rows without the validation rows"
    assert card.parity.scenarios == ()
    assert 0.5 < card.metrics["roc_auc"] <= 1
    read_package(job.files, job.spec, job.origin)
    signature = Signature.model_validate_json(job.files["signature.json"])
    row = {"age": [41], "pay": [None], "colour": ["red"], "member": [True]}
    scores = OnnxScorer(job.files["model.onnx"], signature).score(row)
    assert scores.values == [1]
    assert scores.probabilities is not None
    assert scores.probabilities[0, 1] == pytest.approx(0.7310585786300049)  # 1 / (1 + 1/e)


def test_an_import_is_taken_as_it_is(tmp_path: Path, brought: dict[str, bytes]) -> None:
    """Nothing is fitted, and the card says that nobody here knows its rows."""
    job = importing(tmp_path, brought)
    code, printed = job.run()

    assert code == 0, printed
    card = Card.model_validate_json(job.files["card.json"])
    assert job.files["model.onnx"] == brought["model.onnx"]
    assert (card.trained_by, card.fitted_on) == ("import", "rows not known here")
    assert (card.training_rows, card.tried) == (1_200, ())
    read_package(job.files, job.spec, job.origin)


def test_an_import_of_an_import_leaves_the_same_bytes(
    tmp_path: Path, brought: dict[str, bytes]
) -> None:
    """Nothing in the package depends on when or where."""
    jobs = [importing(tmp_path / name, brought) for name in ("one", "two")]

    assert [job.run()[0] for job in jobs] == [0, 0]
    assert jobs[0].files == jobs[1].files


BAD_IMPORTS: dict[str, tuple[dict[str, Any], dict[str, bytes], str]] = {
    "no signature": ({}, {"signature.json": b""}, "GivenModelError: signature.json: "),
    "an unknown field": ({}, {"signature.json": b'{"classess": []}'}, "classess: Extra inputs"),
    "other classes": ({}, {"signature.json": b'{"classes": [0, 2]}'}, "classes are (0, 2)"),
    "one class": ({}, {"signature.json": b'{"classes": [0]}'}, "needs both classes"),
    "no model": ({}, {"model.onnx": b"not really"}, "model.onnx cannot be loaded"),
    "another task": (
        {
            "task": "regression",
            "target": "pay",
            "favourable": None,
            "columns": {k: v for k, v in COLUMNS.items() if k != "stays"},
        },
        {},
        "model.onnx takes",
    ),
    "open categories that are not listed": (
        {"columns": {**COLUMNS, "colour": COLUMNS["colour"].model_copy(update={"values": None})}},
        {},
        "categories: list those of ['colour'] in the order of their codes",
    ),
}


@pytest.mark.parametrize(("changes", "files", "reason"), BAD_IMPORTS.values(), ids=BAD_IMPORTS)
def test_an_import_that_does_not_fit_is_refused(
    tmp_path: Path,
    brought: dict[str, bytes],
    changes: dict[str, Any],
    files: dict[str, bytes],
    reason: str,
) -> None:
    """One line says what differs; there is no package."""
    job = importing(tmp_path, brought | files, **changes)
    code, printed = job.run()

    assert code == 1, printed
    assert reason in job.failure
    assert job.failure.count("\n") == 1
    assert job.files == {}


def of_another_library(model: onnx.ModelProto) -> None:
    """Let a node be one of an operator that only a library of the sender knows."""
    model.opset_import.append(onnx.helper.make_opsetid("sender", 1))
    node = next(node for node in model.graph.node if node.op_type == "Sigmoid")
    node.op_type, node.domain = "Run", "sender"


def of_another_file(model: onnx.ModelProto) -> None:
    """Let a constant lie in a file of the machine that loads the model."""
    tensor = onnx.helper.make_tensor("far", onnx.TensorProto.DOUBLE, [1], [1.0])
    tensor.ClearField("double_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": "../../../../etc/passwd", "length": "8"}.items():
        tensor.external_data.append(onnx.StringStringEntryProto(key=key, value=value))
    model.graph.initializer.append(tensor)
    node = next(node for node in model.graph.node if node.op_type == "Sub")
    node.input[1] = "far"


@pytest.mark.parametrize("spoil", [of_another_library, of_another_file])
def test_a_model_that_reaches_out_of_itself_is_refused(
    tmp_path: Path, brought: dict[str, bytes], spoil: Callable[[onnx.ModelProto], None]
) -> None:
    """Custom operators and external data: nothing but the graph is ever loaded."""
    model = onnx.load_model_from_string(brought["model.onnx"])
    spoil(model)
    job = importing(tmp_path, brought | {"model.onnx": model.SerializeToString()})
    code, printed = job.run()

    assert code == 1, printed
    assert "GivenModelError: model.onnx cannot be loaded" in job.failure
    assert job.files == {}


BAD_SCRIPTS = {
    "leaves nothing": ("x = 1\n", "there is no model.onnx and no signature.json"),
    "exits with a code": (
        "import sys\nsys.exit(3)\n",
        "ScriptError: train.py, line 2: SystemExit: 3",
    ),
    "answers no shares": (
        WHOLE_SCRIPT.replace('"no", "yes"], ["probabilities"]', '"yes", "yes"], ["probabilities"]'),
        "does not answer probabilities that add up to 1",
    ),
    "answers too many": (
        WHOLE_SCRIPT.replace('"no", "yes"], ["prob', '"no", "yes", "yes"], ["prob').replace(
            "[None, 2]", "[None, 3]"
        ),
        "expected (",
    ),
    "answers NaN": (
        WHOLE_SCRIPT.replace('["age", "middle"]', '["pay", "middle"]'),
        "does not answer probabilities that add up to 1",
    ),
}


@pytest.mark.parametrize(("script", "reason"), BAD_SCRIPTS.values(), ids=BAD_SCRIPTS)
def test_a_script_that_exports_badly_fails_with_its_reason(
    tmp_path: Path, script: str, reason: str
) -> None:
    """Also where the model loads and answers."""
    job = Job(tmp_path, scripted(), script)
    code, printed = job.run()

    assert code == 1, printed
    assert reason in job.failure
    assert job.files == {}


EXPORT = """
import sys
from pathlib import Path
import pandas as pd
from sklearn.tree import DecisionTreeClassifier
from loopwright.domain.spec import ProjectSpec
from training.frames import typed
from training.given import write_model

spec = ProjectSpec.model_validate_json(Path(sys.argv[1]).read_bytes())
rows = typed(pd.read_parquet(sys.argv[2]), spec)
tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(rows[["age"]], rows["stays"])
print(write_model(tree, spec, rows, Path(sys.argv[3])).max_difference)
"""


def test_an_estimator_of_ones_own_becomes_a_folder_to_import(tmp_path: Path) -> None:
    """Where the estimator lives, without a pickle: compared, written, imported."""
    job = Job(tmp_path / "job", spec())
    command = [str(PYTHON), "-c", EXPORT, *map(str, (job.spec_file, job.part, tmp_path / "mine"))]
    said = subprocess.run(command, check=True, env=job.environment, capture_output=True, text=True)
    files = {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()}
    taken = importing(tmp_path / "import", files)
    code, printed = taken.run()

    assert float(said.stdout) <= 1e-12
    assert json.loads(files["signature.json"]) == {
        "categories": {"colour": list(COLOURS)},
        "classes": [0, 1],
    }
    assert code == 0, printed
    assert taken.files["model.onnx"] == files["model.onnx"]
