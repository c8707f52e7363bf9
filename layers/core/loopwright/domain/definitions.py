"""Column definitions that projects share: numbered versions, used as `use: NAME@VERSION`."""

import re
from collections.abc import Mapping
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from loopwright.domain.lineage import Edge, Node
from loopwright.domain.record import Record
from loopwright.domain.spec import Column, Slug
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
    if len(text.encode()) > MAX_BYTES:
        message = f"definition {name}: at most {MAX_BYTES} bytes are read"
        raise SpecError(message)
    try:
        document = yaml.safe_load(text)
        Column.model_validate(document)
    except yaml.YAMLError as error:
        message = f"definition {name}: not valid YAML: {' '.join(str(error).split())}"
        raise SpecError(message) from error
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors()
        )
        message = f"definition {name}: {found} (expected the keys of one column of project.yaml)"
        raise SpecError(message) from error
    found: dict[str, Any] = document
    return found


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
    columns = dict(document["columns"])
    for column, definition in found.items():
        own = {key: value for key, value in columns[column].items() if key != USE}
        columns[column] = {**definition.given, **own}
    return {**document, "columns": columns}


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
