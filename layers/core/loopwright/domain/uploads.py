"""The keys of uploads: whose they are, which objects belong to one, and what is wrong with one."""

from collections.abc import Sequence

from loopwright.domain.gate import Reason

MARKER = "_SUCCESS"
PACKINGS = ("", ".gz", ".zst")
TEXTS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
ENDINGS = (*(text + packing for text in TEXTS for packing in PACKINGS), ".parquet")
UNKNOWN = "unknown"
LEAST_PIECES = 3


def project_of(key: str) -> str:
    """Return the project of `incoming/<project>/...`; `unknown` when the key names none."""
    pieces = key.split("/")
    return pieces[1] if len(pieces) >= LEAST_PIECES and pieces[1] else UNKNOWN


def folder_of(key: str) -> str | None:
    """Return the folder that a `_SUCCESS` marker closes, or None when the key is a file."""
    folder, _, name = key.rpartition("/")
    return f"{folder}/" if name == MARKER else None


def table_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the keys whose endings are those of tables, in order."""
    return tuple(sorted(key for key in keys if key.lower().endswith(ENDINGS)))


def missing_upload(key: str) -> Reason:
    """Return the reason for a file that is not there, or a folder without a table."""
    what = (
        f"no {', '.join(TEXTS)} (.gz, .zst) or .parquet file lies there"
        if folder_of(key)
        else "no such object"
    )
    return Reason(
        code="missing_upload",
        subject=key,
        message=f"{key}: {what}",
        advice=f"Upload the file again; in a folder, upload {MARKER} after the last file.",
    )


def unknown_project(project: str, problem: str) -> Reason:
    """Return the reason for an upload to a project that does not exist."""
    return Reason(
        code="unknown_project",
        subject=project,
        message=problem,
        advice="Push the project first (`loopwright project push`), then upload the data again.",
    )


def unknown_dataset(project: str, dataset: str | None, known: Sequence[str]) -> Reason:
    """Return the reason for a dataset version that the project does not have."""
    there = ", ".join(digest[:12] for digest in known) or "none yet"
    asked = "no dataset version" if dataset is None else f"no dataset version {dataset!r}"
    return Reason(
        code="unknown_dataset",
        subject=dataset or "",
        message=f"project {project!r} has {asked}; there are: {there}",
        advice="Push data first (`loopwright data push`), or name a version that is there.",
    )
