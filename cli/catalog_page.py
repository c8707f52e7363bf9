"""One project's data in the catalog, as a person sees it."""

from datetime import datetime
from typing import Any

from cli.output import age, cell, console, print_fields, print_json, print_table, short, size
from loopwright import bootstrap
from loopwright.domain.bin_labels import ColumnSummary, summarise
from loopwright.domain.catalog import Entry, VersionEntry, age_days
from loopwright.domain.catalog_search import owner_finding
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.profile import Profile
from loopwright.errors import ObjectMissingError

MAX_VERSIONS = 20
MAX_RUNS = 10


def row_of(entry: Entry, now: datetime) -> tuple[Any, ...]:
    """Return an entry as a row of a table."""
    words, version = entry.description, entry.version
    return (
        entry.project,
        "nobody" if owner_finding(entry) else words and words.owner,
        words and words.sensitivity,
        None if version is None else f"{version.rows:,}",
        quality_of(version),
        age(None if version is None else age_days(version, now)),
        ", ".join(entry.all_tags) or None,
    )


def quality_of(version: VersionEntry | None) -> str:
    """Return the verdict over a version in words."""
    if version is None:
        return "no data yet"
    if version.quality is None:
        return "not judged"
    counts = {"violations": version.quality.violations, "warnings": version.quality.warnings}
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return version.quality.verdict + (f" ({said})" if said else "")


def print_data_of(entry: Entry, *, as_json: bool) -> None:
    """Print all that is known of a project's data."""
    versions = bootstrap.catalog().versions(entry.project)
    profile = _profile(entry)
    edges = _uses(entry.project, versions)
    finding = owner_finding(entry)
    runs = [
        run
        for run in bootstrap.ledger().runs(entry.project, limit=500)
        if run.dataset in {version.digest for version in versions}
    ]
    if as_json:
        document = {"entry": entry, "versions": versions, "profile": profile, "used_by": edges}
        print_json({**document, "runs": runs[:MAX_RUNS], "findings": [finding] if finding else []})
        return
    _print_words(entry)
    if finding is not None:
        console.print(f"- {finding.grade}: {finding.message}", highlight=False, markup=False)
    _print_schema(entry, profile)
    _print_versions(versions)
    print_table(
        "Used by",
        ("what", "how", "version"),
        [(str(edge.source), edge.relation, short(edge.target.id)) for edge in edges],
    )
    print_table(
        "Runs on it",
        ("run", "outcome", "version"),
        [(run.id, run.outcome or "running", short(run.dataset)) for run in runs[:MAX_RUNS]],
    )


def _profile(entry: Entry) -> list[ColumnSummary]:
    """Return the newest version's columns at a glance; empty when it was not profiled."""
    if entry.version is None:
        return []
    key = f"datasets/{entry.project}/{entry.version.digest}/profile.json"
    try:
        profile = Profile.model_validate_json(bootstrap.object_store().read(key))
    except ObjectMissingError:
        return []
    columns = profile.counts.columns
    return [summarise(name, bins, columns[name]) for name, bins in profile.bins.items()]


def _uses(project: str, versions: list[VersionEntry]) -> list[Edge]:
    """Return what was made from the newest versions: models, and other dataset versions."""
    nodes = [
        Node(project=project, kind="dataset", id=version.digest)
        for version in versions[:MAX_VERSIONS]
    ]
    return [edge for node in nodes for edge in bootstrap.lineage().downstream(node)]


def _print_words(entry: Entry) -> None:
    words, now = entry.description, bootstrap.clock().now()
    fields: dict[str, Any] = {}
    if words is not None:
        fields = {
            "owner": words.owner,
            "question": words.question,
            "description": words.description or None,
            "sensitivity": words.sensitivity,
            "target": f"{words.target} ({words.task})",
            "key, entity, time": ", ".join(
                name or "-" for name in (words.key, words.entity, words.time)
            ),
        }
    fields["tags"] = ", ".join(entry.all_tags) or None
    fields["quality"] = quality_of(entry.version)
    if entry.version is not None:
        fields["rows"] = f"{entry.version.rows:,} ({entry.version.holdout_rows:,} of them sealed)"
        fields["newest row"] = age(age_days(entry.version, now))
    print_fields(f"Data of {entry.project}", fields)


def _print_schema(entry: Entry, profile: list[ColumnSummary]) -> None:
    if entry.description is None:
        return
    found = {each.name: each for each in profile}
    rows = []
    for column in entry.description.columns:
        summary = found.get(column.name)
        missing = None if summary is None else f"{summary.missing_share:.1%}"
        typical = None if summary is None else summary.typical
        rows.append((column.name, column.type, missing, typical, column.description))
    print_table("Columns", ("column", "type", "missing", "typical", "description"), rows)
    if entry.description.columns_left_out:
        console.print(f"and {entry.description.columns_left_out} more columns, in project.yaml")


def _print_versions(versions: list[VersionEntry]) -> None:
    columns = ("version", "registered", "rows", "sealed", "size", "quality", "parents")
    rows = [
        (
            short(version.digest),
            version.registered_at[:19],
            f"{version.rows:,}",
            f"{version.holdout_rows:,}",
            size(version.bytes),
            quality_of(version),
            cell(", ".join(map(short, version.parents)) or None),
        )
        for version in versions
    ]
    print_table("Versions", columns, rows)
