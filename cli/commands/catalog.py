"""`loopwright catalog`: what data there is, who answers for it, and how good it is."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import suggestions
from cli.catalog_page import print_data_of, row_of
from cli.definitions import add_definition, print_definitions
from cli.failures import CommandError
from cli.output import console, print_json, print_table
from cli.session import Session
from cli.suggestion_page import print_suggestions
from loopwright import bootstrap
from loopwright.domain.catalog import MAX_TAGS, Entry, Page
from loopwright.domain.catalog_search import owner_finding, search
from loopwright.domain.gate import Finding

app = typer.Typer(help="The catalog: the data of every project.", no_args_is_help=True)
After = Annotated[str | None, typer.Option(help="Begin after this project: the next page.")]
TAG = re.compile(r"[a-z][a-z0-9-]{1,39}")
COLUMNS = ("project", "owner", "sensitivity", "rows", "quality", "newest row", "tags")


@app.command("list")
def list_entries(
    context: typer.Context,
    *,
    after: After = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Projects on a page.")] = 50,
) -> None:
    """List the data of every project, a page at a time."""
    session: Session = context.obj
    _ = session.stack
    page = bootstrap.catalog().page(after=after, limit=limit)
    if session.as_json:
        print_json(_document(page, page.entries))
        return
    now = bootstrap.clock().now()
    print_table("Catalog", COLUMNS, [row_of(entry, now) for entry in page.entries])
    _print_findings(page.entries)
    _print_next(page)


@app.command("search")
def search_entries(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(help="Words that must all occur.")],
    *,
    after: After = None,
    limit: Annotated[
        int, typer.Option(min=1, max=500, help="Projects that a page looks through.")
    ] = 500,
) -> None:
    """Find data by words of its name, tags, owner, descriptions and columns."""
    session: Session = context.obj
    _ = session.stack
    page = bootstrap.catalog().page(after=after, limit=limit)
    hits = search(page.entries, " ".join(words))
    if session.as_json:
        found = _document(page, tuple(hit.entry for hit in hits))
        print_json({**found, "where": {hit.entry.project: hit.where for hit in hits}})
        return
    now = bootstrap.clock().now()
    rows = [(*row_of(hit.entry, now), ", ".join(hit.where)) for hit in hits]
    title = f"{len(hits)} of {len(page.entries)} projects hold {' '.join(words)!r}"
    print_table(title, (*COLUMNS, "found in"), rows)
    _print_next(page)


@app.command()
def show(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
) -> None:
    """Show the data of a project: words, schema, profile, versions, and who uses it."""
    session: Session = context.obj
    _ = session.stack
    print_data_of(bootstrap.catalog().entry(project), as_json=session.as_json)


@app.command()
def suggest(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project that asks.")],
    *,
    target: Annotated[str | None, typer.Option(help="Another of its columns to foretell.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The column to join by; else the entity, else the key.")
    ] = None,
) -> None:
    """Rank the other projects' data by what it would add to a project's question."""
    session: Session = context.obj
    _ = session.stack
    found = suggestions.suggest(project, target=target, key=key)
    if session.as_json:
        print_json(found)
        return
    print_suggestions(found)


@app.command()
def tag(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    *,
    add: Annotated[list[str] | None, typer.Option(help="A tag to add; may be repeated.")] = None,
    remove: Annotated[
        list[str] | None, typer.Option(help="A tag to take away; may be repeated.")
    ] = None,
) -> None:
    """Add tags to a project's data, and take tags away."""
    session: Session = context.obj
    _ = session.stack
    added, removed = _slugs(add), _slugs(remove)
    known = bootstrap.catalog().entry(project)
    _check_tags(known, added, removed)
    entry = bootstrap.catalog().tag(project, add=added, remove=removed)
    if session.as_json:
        print_json(entry)
        return
    console.print(f"tags of {project}: {', '.join(entry.all_tags) or 'none'}", highlight=False)


@app.command()
def define(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name of the shared definition.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="YAML with the keys of one column; without one, show.", exists=True),
    ] = None,
) -> None:
    """Share a column definition under a new version, and list the projects that an edit affects."""
    session: Session = context.obj
    _ = session.stack
    if TAG.fullmatch(name) is None:
        message = f"{name!r}: expected a-z, 0-9 and dashes, 2 to 40 characters, a letter first"
        raise CommandError(message)
    if file is not None:
        add_definition(name, file.read_text(), actor=session.actor)
    print_definitions(name, as_json=session.as_json)


def _slugs(tags: list[str] | None) -> list[str]:
    wrong = [one for one in tags or [] if TAG.fullmatch(one) is None]
    if wrong:
        message = f"tags {wrong}: expected a-z, 0-9 and dashes, 2 to 40 characters, a letter first"
        raise CommandError(message)
    return tags or []


def _check_tags(entry: Entry, added: list[str], removed: list[str]) -> None:
    own = set() if entry.description is None else set(entry.description.tags)
    if own & set(removed):
        message = f"{sorted(own & set(removed))} are given in project.yaml: take them out there"
        raise CommandError(message)
    if len({*entry.tags, *added}) > MAX_TAGS:
        message = f"{entry.project} would have more than {MAX_TAGS} tags; take some away first"
        raise CommandError(message)


def _document(page: Page, entries: tuple[Entry, ...]) -> dict[str, Any]:
    return {"entries": entries, "findings": _findings(entries), "after": page.after}


def _findings(entries: tuple[Entry, ...]) -> list[Finding]:
    return [finding for entry in entries if (finding := owner_finding(entry)) is not None]


def _print_findings(entries: tuple[Entry, ...]) -> None:
    for finding in _findings(entries):
        console.print(f"- {finding.grade}: {finding.message}", highlight=False, markup=False)


def _print_next(page: Page) -> None:
    if page.after is not None:
        console.print(f"more: --after {page.after}", highlight=False)
