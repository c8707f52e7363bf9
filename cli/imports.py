"""Take a model that exists already into a project: check it here, and store its archive."""

from pathlib import Path

from cli.failures import CommandError
from cli.projects import archive_of
from loopwright import bootstrap
from loopwright.domain.given import MODEL_FILE, SIGNATURE_FILE, given_signature
from loopwright.domain.package import archive_key
from loopwright.domain.record import digest_of
from loopwright.errors import ModelPackageError


def store_model(project: str, path: Path) -> str:
    """Store the archive of a model and return its sha256; CommandError when it does not fit.

    `path` is a folder with model.onnx and signature.json, or an ONNX file; a signature.json lies
    beside it, unless the spec says everything.
    """
    record = bootstrap.ledger().project(project)
    files = _files(path)
    try:
        signature = given_signature(
            files, bootstrap.specs().spec(project, record.spec), record.spec
        )
        bootstrap.scorers().load(files[MODEL_FILE], signature)
    except ModelPackageError as error:
        message = f"{path}: {error}"
        raise CommandError(message) from error
    archive = archive_of(files)
    digest = digest_of(archive)
    bootstrap.object_store().write(archive_key(project, digest), archive)
    return digest


def _files(path: Path) -> dict[str, bytes]:
    folder, model = (path, path / MODEL_FILE) if path.is_dir() else (path.parent, path)
    signature = folder / SIGNATURE_FILE
    if not model.is_file():
        message = f"{model} does not exist; name an ONNX file, or a folder with {MODEL_FILE}"
        raise CommandError(message)
    body = signature.read_bytes() if signature.is_file() else b"{}"
    return {MODEL_FILE: model.read_bytes(), SIGNATURE_FILE: body}
