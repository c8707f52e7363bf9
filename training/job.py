"""The training job: `python -m training.job`, under SAGEMAKER_BASE_DIR (default /opt/ml).

Reads the channels, makes the model (see training.making) and writes the package. Whatever goes
wrong becomes one line in output/failure (the cause, and what to do) and exit code 1. Prints what it
does, and never a value of the data.
"""

import os
import signal
import sys
import tempfile
import traceback
from functools import partial
from pathlib import Path
from typing import NoReturn

from loopwright.domain.spec import ProjectSpec
from loopwright.engines.scorer import OnnxScorer
from training.errors import JobInputError, TrainingError
from training.fitting import Made
from training.frames import read_rows
from training.inputs import Hyperparameters, JobFolder
from training.making import make_model
from training.package import card_of, probe_of, reference_of, write_package
from training.sbom import sbom
from training.stopping import Stopping
from training.trainer import Work

MAX_FAILURE_CHARACTERS = 1_000


def main() -> int:
    """Run the job of this machine; return its exit code."""
    folder = JobFolder(Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))
    stopping = Stopping(partial(_leave, folder))
    signal.signal(signal.SIGTERM, stopping.handle)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            run(folder, Path(scratch), stopping)
    except TrainingError as error:
        return fail(folder, f"{type(error).__name__}: {error}")
    except MemoryError:
        return fail(folder, "MemoryError: the rows do not fit; choose a larger instance_type")
    except Exception as error:  # noqa: BLE001 - the reason must reach output/failure whatever it is
        traceback.print_exc()
        cause = f"{type(error).__name__}: {error}"
        return fail(folder, f"{cause}; this is a defect of the trainer, please report it")
    return 0


def run(folder: JobFolder, scratch: Path, stopping: Stopping) -> None:
    """Make the model and write its package."""
    given = folder.hyperparameters()
    spec = folder.spec(given.spec)
    if spec.project != given.project:
        raise JobInputError(f"the spec is of {spec.project!r}, the run of {given.project!r}")
    rows = read_rows(folder.channel("train"), spec).dropna(subset=[spec.target])
    say(f"read {len(rows)} rows with {len(spec.features)} features")
    work = Work(spec, folder.checkpoints, say, stopping, given.found())
    made = make_model(folder, rows, scratch, work)
    if made is not None:
        _write(folder, spec, given, made)


def say(message: str) -> None:
    """Print one line of progress at once."""
    sys.stdout.write(f"training: {message}\n")
    sys.stdout.flush()


def _write(folder: JobFolder, spec: ProjectSpec, given: Hyperparameters, made: Made) -> None:
    scorer = OnnxScorer(made.onnx, made.signature)
    documents = {
        "signature.json": made.signature,
        "reference.json": reference_of(spec, folder.profile(), made.signature, made.fitted),
        "card.json": card_of(spec, given, made, folder.archives()),
        "probe.json": probe_of(made.signature, scorer, made.fitted.validation),
        "sbom.json": sbom(),
    }
    write_package(folder.model, made.onnx, documents)
    say("wrote the model package")


def fail(folder: JobFolder, reason: str) -> int:
    """Leave the reason where SageMaker looks for it; return the exit code."""
    line = " ".join(reason.split())[:MAX_FAILURE_CHARACTERS]
    folder.failure.parent.mkdir(parents=True, exist_ok=True)
    folder.failure.write_text(line + "\n")
    sys.stderr.write(f"training failed: {line}\n")
    sys.stderr.flush()
    return 1


def _leave(folder: JobFolder) -> NoReturn:
    """End at once, so that no code of the user's can swallow the stop."""
    reason = "the job was told to stop (SIGTERM) before it had a model: by a person, or its limit"
    os._exit(fail(folder, f"StoppedError: {reason}; raise max_runtime_minutes, or retry"))


if __name__ == "__main__":
    sys.exit(main())
