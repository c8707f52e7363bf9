"""Make the model of a job: fitted and exported by us, exported by a script, or given as it is."""

import time
from pathlib import Path
from typing import Any

from loopwright.domain.signature import signature_of
from training.answers import features_of
from training.export.walk import export_model
from training.fitting import Fitted, Made, describe, fit_model
from training.frames import categories_of, model_columns, split
from training.given import made_of, read_given
from training.hosts import joined
from training.inputs import Cluster, JobFolder
from training.parity import check_parity
from training.script import Train, defines_train, find, load_train, run_whole, unpack
from training.together import fit_together
from training.trainer import Work


def make_model(folder: JobFolder, rows: Any, scratch: Path, work: Work) -> Made | None:
    """Return the model of the job's script, or of the built-in trainer when there is none.

    Of several hosts the first one returns it, the others None.
    """
    given, cluster = folder.hyperparameters(), folder.cluster()
    if not given.script:
        work.say("using the built-in trainer")
        if len(cluster.hosts) > 1:
            return _together(rows, cluster, given.spec, work)
        return _fitted(rows, None, given.spec, work)
    code = scratch / "script"
    unpack(folder.script_archive(), code)
    path = find(code, given.script)
    if path.suffix == ".onnx":
        return _imported(rows, path, given.spec, work)
    work.say(f"using {given.script} of the project")
    if defines_train(path):
        return _fitted(rows, load_train(path, given.script), given.spec, work)
    return _exported(rows, path, given.spec, work)


def _together(rows: Any, cluster: Cluster, digest: str, work: Work) -> Made | None:
    started = time.monotonic()
    with joined(cluster) as hosts:
        fitted = fit_together(rows, work.spec, hosts, work.say)
    if fitted is None:
        work.say("the first host writes the package")
        return None
    return _compared(fitted, digest, time.monotonic() - started, work)


def _fitted(rows: Any, train: Train | None, digest: str, work: Work) -> Made:
    started = time.monotonic()
    fitted = fit_model(rows, work, train)
    return _compared(fitted, digest, time.monotonic() - started, work)


def _compared(fitted: Fitted, digest: str, fit_seconds: float, work: Work) -> Made:
    """Export, and compare the export with the estimator."""
    spec, started = work.spec, time.monotonic()
    categories = categories_of(fitted.validation)
    signature = signature_of(spec, digest, categories=categories, classes=fitted.classes)
    features = features_of(fitted.estimator, tuple(spec.features))
    exported = export_model(fitted.estimator, signature, features=features)
    work.say(f"exported {len(exported.onnx)} bytes; comparing with the estimator")
    export_seconds, started = time.monotonic() - started, time.monotonic()
    parity = check_parity(fitted.estimator, exported, signature, fitted.validation)
    seconds = {"fit": fit_seconds, "export": export_seconds, "parity": time.monotonic() - started}
    work.say(f"largest difference {parity.max_difference:.2g}, allowed {parity.tolerance:g}")
    work.say(", ".join(f"{name} {value:.1f} s" for name, value in seconds.items()))
    return Made(exported.onnx, signature, parity, describe(fitted.estimator), fitted)


def _imported(rows: Any, path: Path, digest: str, work: Work) -> Made:
    work.say(f"taking {path.name} as it is: nothing is fitted")
    model = read_given(path.parent, work.spec, digest)
    _, validation = split(rows, work.spec)
    return made_of(
        model,
        work.spec,
        rows,
        validation,
        trained_by="import",
        fitted_on="rows not known here",
    )


def _exported(rows: Any, path: Path, digest: str, work: Work) -> Made:
    """Run a script that exports its model itself; it never sees the validation rows."""
    fitting, validation = split(rows, work.spec)
    work.say(f"it has no train(data, spec): run as a program on {len(fitting)} rows")
    folder = run_whole(path, fitting[list(model_columns(work.spec))], work.spec)
    return made_of(
        read_given(folder, work.spec, digest),
        work.spec,
        fitting,
        validation,
        trained_by="script that exports its model",
        fitted_on="training rows without the validation rows",
    )
