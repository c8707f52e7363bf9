"""Make the data page of a dataset version from what is stored of it."""

from pathlib import Path

from cli.failures import CommandError
from cli.versions import find_version
from loopwright import bootstrap
from loopwright.domain.data_page_build import build_data_page
from loopwright.domain.dataset import Manifest
from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.profile import Profile
from loopwright.domain.run import Run
from loopwright.domain.validation import Validation

MOST_RUNS = 500


def write_data_page(project: str, version: str | None, folder: Path) -> Path:
    """Write the page of a version into a folder; without a version, of the newest one."""
    manifest = find_version(project, version)
    key = f"datasets/{project}/{manifest.digest}/profile.json"
    objects = bootstrap.object_store()
    if key not in objects.keys(key):
        message = f"version {manifest.digest[:12]} has no profile yet: its run has not come so far"
        raise CommandError(message)
    run = _newest_run(manifest)
    validation, feasibility = (
        None if run is None else bootstrap.evidence().find(project, run.id, name)
        for name in ("validation.json", "feasibility.json")
    )
    page = build_data_page(
        bootstrap.specs().spec(project, run.spec if run and run.spec else manifest.spec),
        manifest,
        Profile.model_validate_json(objects.read(key)),
        validation=validation and Validation.model_validate_json(validation[1]),
        feasibility=feasibility and FeasibilityReport.model_validate_json(feasibility[1]),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{project}-data-{manifest.digest[:12]}.html"
    path.write_text(bootstrap.reports().render_data(page), encoding="utf-8")
    return path


def _newest_run(manifest: Manifest) -> Run | None:
    """Return the newest run that judged a version."""
    runs = bootstrap.ledger().runs(manifest.project, limit=MOST_RUNS)
    judged = (run for run in runs if run.dataset == manifest.digest)
    return next(
        (
            run
            for run in judged
            if bootstrap.evidence().find(run.project, run.id, "validation.json")
        ),
        None,
    )
