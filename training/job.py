"""The training job: `python -m training.job`, under SAGEMAKER_BASE_DIR (default /opt/ml).

Reads the channels, fits, exports, passes the parity gate and writes the package. Whatever goes
wrong becomes one line in output/failure (the cause, and what to do) and exit code 1. Prints what it
does, and never a value of the data.
"""

import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from loopwright.domain.signature import signature_of
from loopwright.domain.spec import ProjectSpec
from loopwright.engines.scorer import OnnxScorer
from training.answers import features_of
from training.errors import JobInputError, TrainingError
from training.export.walk import export_model
from training.fitting import Fitted, fit_model
from training.frames import categories_of, read_rows
from training.inputs import Hyperparameters, JobFolder
from training.package import card_of, probe_of, reference_of, write_package
from training.parity import check_parity
from training.sbom import sbom
from training.script import Train, load_train

MAX_FAILURE_CHARACTERS = 1_000


def main() -> int:
    """Run the job of this machine; return its exit code."""
    folder = JobFolder(Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))
    signal.signal(signal.SIGTERM, _stopper(folder))
    try:
        with tempfile.TemporaryDirectory() as scratch:
            run(folder, Path(scratch))
    except TrainingError as error:
        return _fail(folder, f"{type(error).__name__}: {error}")
    except MemoryError:
        return _fail(folder, "MemoryError: the rows do not fit; choose a larger instance_type")
    except Exception as error:  # noqa: BLE001 - the reason must reach output/failure whatever it is
        traceback.print_exc()
        cause = f"{type(error).__name__}: {error}"
        return _fail(folder, f"{cause}; this is a defect of the trainer, please report it")
    return 0


def run(folder: JobFolder, scratch: Path) -> None:
    """Train, export, compare and write the package."""
    given = folder.hyperparameters()
    spec = folder.spec(given.spec)
    if spec.project != given.project:
        raise JobInputError(f"the spec is of {spec.project!r}, the run of {given.project!r}")
    train = _train(folder, spec, scratch)
    rows = read_rows(folder.channel("train"), spec).dropna(subset=[spec.target])
    say(f"read {len(rows)} rows with {len(spec.features)} features")
    started = time.monotonic()
    fitted = fit_model(rows, spec, train, say, checkpoints=folder.checkpoints)
    _export(folder, spec, given, fitted, categories_of(rows), time.monotonic() - started)


def say(message: str) -> None:
    """Print one line of progress at once."""
    sys.stdout.write(f"training: {message}\n")
    sys.stdout.flush()


def _train(folder: JobFolder, spec: ProjectSpec, scratch: Path) -> Train | None:
    if spec.training.script is None:
        say("using the built-in trainer")
        return None
    say(f"using {spec.training.script} of the project")
    return load_train(folder.script_archive(), spec.training.script, scratch / "script")


def _export(
    folder: JobFolder,
    spec: ProjectSpec,
    given: Hyperparameters,
    fitted: Fitted,
    categories: dict[str, Any],
    fit_seconds: float,
) -> None:
    started = time.monotonic()
    signature = signature_of(spec, given.spec, categories=categories, classes=fitted.classes)
    features = features_of(fitted.estimator, tuple(spec.features))
    exported = export_model(fitted.estimator, signature, features=features)
    say(f"exported {len(exported.onnx)} bytes; comparing with the estimator")
    export_seconds, started = time.monotonic() - started, time.monotonic()
    parity = check_parity(fitted.estimator, exported, signature, fitted.validation)
    seconds = {"fit": fit_seconds, "export": export_seconds, "parity": time.monotonic() - started}
    say(f"largest difference {parity.max_difference:.2g}, allowed {parity.tolerance:g}")
    say(", ".join(f"{name} {value:.1f} s" for name, value in seconds.items()))
    scorer = OnnxScorer(exported.onnx, signature)
    documents = {
        "signature.json": signature,
        "reference.json": reference_of(spec, folder.profile(), signature, fitted),
        "card.json": card_of(spec, given, fitted, parity, folder.archives()),
        "probe.json": probe_of(signature, scorer, fitted.validation),
        "sbom.json": sbom(),
    }
    write_package(folder.model, exported.onnx, documents)
    say("wrote the model package")


def _fail(folder: JobFolder, reason: str) -> int:
    line = " ".join(reason.split())[:MAX_FAILURE_CHARACTERS]
    folder.failure.parent.mkdir(parents=True, exist_ok=True)
    folder.failure.write_text(line + "\n")
    sys.stderr.write(f"training failed: {line}\n")
    sys.stderr.flush()
    return 1


def _stopper(folder: JobFolder) -> Callable[[int, FrameType | None], NoReturn]:
    """Return a handler that leaves at once, so that no code of the user's can swallow the stop."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        reason = "the job was told to stop (SIGTERM): by a person or by its time limit"
        os._exit(_fail(folder, f"StoppedError: {reason}; raise max_runtime_minutes, or retry"))

    return stop


if __name__ == "__main__":
    sys.exit(main())
