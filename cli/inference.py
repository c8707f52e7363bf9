"""Draft a project from a file: settle how it is written, describe it, write the draft."""

from pathlib import Path

from cli.failures import CommandError
from loopwright import bootstrap
from loopwright.domain.inference import Draft, draft_project, project_name
from loopwright.domain.inference_dialect import settled_dialect
from loopwright.domain.inference_facts import TableSketch
from loopwright.domain.spec import Dialect
from loopwright.domain.spec_file import SPEC_FILE

ROUNDS = 3


def infer_project(file: Path, *, target: str, name: str | None) -> Draft:
    """Return the draft of a project for a file; without a name it is the file's."""
    project = project_name(name or file.name.partition(".")[0])
    if name is not None and project != name:
        message = f"--name: {name!r} is no name of a project; {project!r} would be one"
        raise CommandError(message)
    return draft_project(sketch(file), target=target, project=project)


def sketch(file: Path) -> TableSketch:
    """Describe a file; it is read again when its values tell how it is written."""
    found = bootstrap.tables().sketch(file, dialect=Dialect())
    for _ in range(ROUNDS):
        dialect = settled_dialect(found)
        if dialect == found.dialect:
            break
        found = bootstrap.tables().sketch(file, dialect=dialect)
    return found


def write_draft(draft: Draft, folder: Path) -> Path:
    """Write the draft as `project.yaml` in a folder; CommandError when there is one."""
    path = folder / SPEC_FILE
    if path.exists():
        message = f"{path} exists; name another folder with --out"
        raise CommandError(message)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(draft.text, encoding="utf-8")
    return path
