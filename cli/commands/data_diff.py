"""`loopwright data diff`: what changed between two versions of a project's data."""

from typing import Annotated

import typer
from rich.text import Text

from cli.comparison import compare_versions
from cli.failures import CommandError
from cli.output import print_fields, print_json, print_table, short
from cli.session import Session
from cli.versions import find_version
from loopwright import bootstrap
from loopwright.domain.dataset import Manifest
from loopwright.domain.diff import ColumnChange, Diff

STYLES = {"same": "dim", "slight": "", "moderate": "yellow", "large": "bold red"}
BAR_CELLS = 10
FULL_BAR_PSI = 0.5
Version = Annotated[str | None, typer.Argument(help="The beginning of a version's digest.")]


def diff(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    before: Version = None,
    after: Version = None,
    *,
    key: Annotated[
        str | None, typer.Option(help="Match rows by this column; without one, by the spec's key.")
    ] = None,
    sealed: Annotated[
        bool, typer.Option(help="Compare the sealed rows too; needs the right to read them.")
    ] = False,
) -> None:
    """Compare two versions: schema, rows, keys, and how far every column moved."""
    session: Session = context.obj
    _ = session.stack
    old, new = _pair(project, before, after)
    found = compare_versions(old, new, key=key, sealed=sealed)
    if session.as_json:
        print_json(found)
        return
    print_diff(found)


def print_diff(found: Diff) -> None:
    """Print a difference so that it can be read at a glance."""
    old, new = found.before, found.after
    fields = {
        "registered": f"{old.registered_at[:19]} -> {new.registered_at[:19]}",
        "spec": f"{short(old.spec)} -> {short(new.spec)}",
        "rows": f"{old.rows:,} -> {new.rows:,} ({new.rows - old.rows:+,})",
        "sealed rows": f"{old.holdout_rows:,} -> {new.holdout_rows:,} ({_sealed(found)})",
        **_row_fields(found),
    }
    print_fields(f"{found.project}: {short(old.digest)} -> {short(new.digest)}", fields)
    schema = [(one.column, one.before, one.after) for one in found.schema_changes]
    if schema:
        print_table("Schema", ("column", "before", "after"), schema)
    columns = (
        *("column", "moved", "PSI", "95 % interval", "distance"),
        *("missing", "most of it", "changed rows"),
    )
    print_table("Columns", columns, [_column_row(found, one) for one in found.columns])


def _pair(project: str, before: str | None, after: str | None) -> tuple[Manifest, Manifest]:
    """Return two versions; what is left out is the newest one, and the one before it."""
    new = find_version(project, after)
    if before is not None:
        return find_version(project, before), new
    known = bootstrap.ledger().datasets(project)
    place = known.index(new.digest) + 1
    if place == len(known):
        message = f"{project} has no version before {short(new.digest)} to compare it with"
        raise CommandError(message)
    return find_version(project, known[place]), new


def _sealed(found: Diff) -> str:
    return "compared too" if found.sealed_rows_compared else "not compared; see --sealed"


def _row_fields(found: Diff) -> dict[str, str]:
    rows, what = found.rows, "rows" if found.rows.key is None else f"{found.rows.key}s"
    fields = {
        f"{what} added": _with_examples(rows.added, rows.added_examples),
        f"{what} removed": _with_examples(rows.removed, rows.removed_examples),
    }
    if rows.key is not None:
        fields[f"{what} changed"] = _with_examples(rows.changed, rows.changed_examples)
    fields[f"{what} unchanged"] = f"{rows.unchanged:,}"
    if rows.repeated:
        fields[f"{what} repeated"] = f"{rows.repeated:,} (not compared)"
    return fields


def _with_examples(count: int, examples: tuple[str, ...]) -> str:
    return f"{count:,}" + (f" (such as {', '.join(examples)})" if examples else "")


def _column_row(found: Diff, change: ColumnChange) -> tuple[object, ...]:
    style, cells = STYLES[change.size], min(BAR_CELLS, round(change.psi / FULL_BAR_PSI * BAR_CELLS))
    missing = f"{change.missing_before:.1%} -> {change.missing_after:.1%}"
    shift = change.shift
    return (
        change.column,
        Text(f"{change.size:<8} {'█' * cells}", style=style),
        f"{change.psi:.3f}",
        f"{change.low:.3f} to {change.high:.3f}",
        "-" if change.distance is None else f"{change.distance:.3f}",
        "-" if change.missing_before == change.missing_after else missing,
        f"{shift.label}: {shift.before:.1%} -> {shift.after:.1%}",
        f"{found.rows.columns.get(change.column, 0):,}" if found.rows.key else "-",
    )
