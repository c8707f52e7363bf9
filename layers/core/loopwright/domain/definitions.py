"""Column definitions that projects share: numbered versions, used as `use: NAME@VERSION`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from loopwright.domain.lineage import Edge, Node
from loopwright.domain.record import Record, canonical_json
from loopwright.domain.spec import Column
from loopwright.domain.spec_file import read_document
from loopwright.domain.spec_types import Slug
from loopwright.errors import SpecError

USE = "use"
SHARED = "shared"
MAX_BYTES = 65_536
_REFERENCE = re.compile(r"([a-z][a-z0-9-]{1,39})@([1-9]\d{0,4})")


class Definition(Record):
    """One version of a shared column definition; `given` keeps what its author wrote."""

    schema_version: Literal[1] = 1
    name: Slug
    version: int
    given: dict[str, Any]
    actor: str
    defined_at: str

    @property
    def reference(self) -> str:
        """Return `name@version`, as project.yaml says it."""
        return f"{self.name}@{self.version}"

    @property
    def node(self) -> Node:
        """Return the definition's place in the lineage, which no project owns."""
        return Node(project=SHARED, kind="definition", id=self.reference)


def parse_definition(text: str, name: str) -> dict[str, Any]:
    """Return what a definition's file says of a column; SpecError names what is wrong."""
    document = read_document(text, f"definition {name}")
    try:
        given = Column.model_validate(document).model_dump(mode="json", exclude_unset=True)
        size = len(canonical_json(given))
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        message = f"definition {name}: {found} (expected the keys of one column of project.yaml)"
        raise SpecError(message) from error
    except ValueError as error:
        message = f"definition {name}: expected finite numbers ({error})"
        raise SpecError(message) from error
    if size > MAX_BYTES:
        message = f"definition {name}: {size} bytes, at most {MAX_BYTES} are kept"
        raise SpecError(message)
    return given


def uses(document: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """Return the shared definition (name, version) that each column of a project.yaml uses."""
    columns = document.get("columns")
    if not isinstance(columns, dict):
        return {}
    return {
        str(column): _parsed(str(column), body[USE])
        for column, body in columns.items()
        if isinstance(body, dict) and USE in body
    }


def resolve(document: dict[str, Any], found: Mapping[str, Definition]) -> dict[str, Any]:
    """Return the document with each column's definition written out; its own keys win."""
    if not found:
        return document
    columns = dict(document["columns"])
    for column, definition in found.items():
        own = {key: value for key, value in columns[column].items() if key != USE}
        columns[column] = {**definition.given, **own}
    return {**document, "columns": columns}


def next_version(given: Mapping[str, Any], known: Sequence[Definition]) -> int | None:
    """Return the number of a new version; None when the newest one says the same."""
    if known and known[-1].given == given:
        return None
    return known[-1].version + 1 if known else 1


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what an edit changed, one text per key."""
    return tuple(
        f"{key}: {before.get(key)!r} -> {after.get(key)!r}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    )


def use_edges(
    project: str, spec: str, definitions: Mapping[str, Definition], *, at: str
) -> list[Edge]:
    """Return the lineage of a spec that uses definitions."""
    source = Node(project=project, kind="spec", id=spec)
    nodes = dict.fromkeys(definition.node for definition in definitions.values())
    return [Edge(source=source, relation="uses", target=node, at=at) for node in nodes]


def _parsed(column: str, value: object) -> tuple[str, int]:
    match = _REFERENCE.fullmatch(str(value))
    if match is None:
        message = f"columns.{column}.use: expected NAME@VERSION such as postcode@2, found {value!r}"
        raise SpecError(message)
    return match[1], int(match[2])
