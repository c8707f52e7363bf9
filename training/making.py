"""Make the model of a job: fitted and exported by us, exported by a script, or given as it is."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loopwright.domain.signature import signature_of
from loopwright.domain.spec import ProjectSpec
from training.answers import features_of
from training.export.walk import export_model
from training.fitting import Fitted, Made, describe, fit_model, split
from training.frames import categories_of
from training.given import made_of, read_given
from training.hosts import joined
from training.inputs import Cluster, JobFolder
from training.parity import check_parity
from training.script import Train, defines_train, find, load_train, run_whole, unpack
from training.together import fit_together


def make_model(
    folder: JobFolder, spec: ProjectSpec, rows: Any, scratch: Path, say: Callable[[str], None]
) -> Made | None:
    """Return the model of the job's script, or of the built-in trainer when there is none.

    Of several hosts the first one returns it, the others None.
    """
    given, cluster = folder.hyperparameters(), folder.cluster()
    if not given.script:
        say("using the built-in trainer")
        if len(cluster.hosts) > 1:
            return _together(folder, spec, rows, cluster, say)
        return _fitted(folder, spec, rows, None, say)
    code = scratch / "script"
    unpack(folder.script_archive(), code)
    path = find(code, given.script)
    if path.suffix == ".onnx":
        say(f"taking {given.script} as it is: nothing is fitted")
        model = read_given(path.parent, spec, given.spec)
        _, validation = split(rows, spec)
        return made_of(
            model, spec, rows, validation, trained_by="import", fitted_on="rows not known here"
        )
    say(f"using {given.script} of the project")
    if defines_train(path):
        return _fitted(folder, spec, rows, load_train(path, given.script), say)
    return _exported(folder, spec, rows, path, say)


def _together(
    folder: JobFolder, spec: ProjectSpec, rows: Any, cluster: Cluster, say: Callable[[str], None]
) -> Made | None:
    started = time.monotonic()
    with joined(cluster) as hosts:
        fitted = fit_together(rows, spec, hosts, say)
    if fitted is None:
        say("the first host writes the package")
        return None
    return _compared(folder, spec, fitted, time.monotonic() - started, say)


def _fitted(
    folder: JobFolder,
    spec: ProjectSpec,
    rows: Any,
    train: Train | None,
    say: Callable[[str], None],
) -> Made:
    started = time.monotonic()
    fitted = fit_model(rows, spec, train, say, checkpoints=folder.checkpoints)
    return _compared(folder, spec, fitted, time.monotonic() - started, say)


def _compared(
    folder: JobFolder,
    spec: ProjectSpec,
    fitted: Fitted,
    fit_seconds: float,
    say: Callable[[str], None],
) -> Made:
    """Export, and compare the export with the estimator."""
    digest, started = folder.hyperparameters().spec, time.monotonic()
    categories = categories_of(fitted.validation)
    signature = signature_of(spec, digest, categories=categories, classes=fitted.classes)
    features = features_of(fitted.estimator, tuple(spec.features))
    exported = export_model(fitted.estimator, signature, features=features)
    say(f"exported {len(exported.onnx)} bytes; comparing with the estimator")
    export_seconds, started = time.monotonic() - started, time.monotonic()
    parity = check_parity(fitted.estimator, exported, signature, fitted.validation)
    seconds = {"fit": fit_seconds, "export": export_seconds, "parity": time.monotonic() - started}
    say(f"largest difference {parity.max_difference:.2g}, allowed {parity.tolerance:g}")
    say(", ".join(f"{name} {value:.1f} s" for name, value in seconds.items()))
    return Made(exported.onnx, signature, parity, describe(fitted.estimator), fitted)


def _exported(
    folder: JobFolder, spec: ProjectSpec, rows: Any, path: Path, say: Callable[[str], None]
) -> Made:
    """Run a script that exports its model itself; it never sees the validation rows."""
    fitting, validation = split(rows, spec)
    say(f"it has no train(data, spec): run as a whole on {len(fitting)} rows, to export its model")
    model = run_whole(path, fitting, spec)
    return made_of(
        read_given(model, spec, folder.hyperparameters().spec),
        spec,
        fitting,
        validation,
        trained_by="script that exports its model",
        fitted_on="training rows without the validation rows",
    )
