"""Shared column definitions: add a version, and show who uses which."""

from itertools import pairwise

from cli.failures import CommandError
from cli.output import console, print_json, print_table
from loopwright import bootstrap
from loopwright.domain.definitions import (
    Definition,
    changed_keys,
    next_version,
    parse_definition,
)
from loopwright.domain.lineage import Node
from loopwright.errors import NotFoundError


def add_definition(name: str, text: str, *, actor: str) -> None:
    """Store the definition of a file as a new version, unless the newest one says the same."""
    given = parse_definition(text, name)
    number = next_version(given, bootstrap.catalog().definitions(name))
    if number is None:
        return
    at = bootstrap.clock().now().isoformat()
    new = Definition(name=name, version=number, given=given, actor=actor, defined_at=at)
    if not bootstrap.catalog().put_definition(new):
        message = f"somebody else has just stored {new.reference}; read it, and define yours again"
        raise CommandError(message)


def users_of(definition: Definition) -> list[str]:
    """Return the projects whose spec of today uses a version of a definition."""
    edges = bootstrap.lineage().downstream(definition.node)
    return sorted({edge.source.project for edge in edges if _is_current(edge.source)})


def print_definitions(name: str, *, as_json: bool) -> None:
    """Print the versions of a definition, what each changed, and the projects that use them."""
    versions = bootstrap.catalog().definitions(name)
    if not versions:
        message = f"there is no shared definition {name!r}; give a file to make its first version"
        raise CommandError(message)
    users = {version.reference: users_of(version) for version in versions}
    affected = sorted(
        {project for version in versions[:-1] for project in users[version.reference]}
    )
    if as_json:
        print_json({"versions": versions, "users": users, "affected": affected})
        return
    given = [{}, *(version.given for version in versions)]
    changes = ["\n".join(changed_keys(*pair)) for pair in pairwise(given)]
    rows = [
        (version.reference, version.defined_at[:19], change, ", ".join(users[version.reference]))
        for version, change in zip(versions, changes, strict=True)
    ]
    print_table(f"Definition {name}", ("version", "defined", "what it changed", "used by"), rows)
    newest = versions[-1].reference
    for project in affected:
        line = f"- {project} uses an older version: say `use: {newest}` there, and push it again"
        console.print(line, highlight=False, markup=False)


def _is_current(spec: Node) -> bool:
    try:
        return bootstrap.ledger().project(spec.project).spec == spec.id
    except NotFoundError:
        return False
