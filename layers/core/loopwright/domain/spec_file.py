"""Read `project.yaml`: text in, a validated spec out, every problem at once."""

import difflib
import json
from collections.abc import Hashable
from typing import Any, override

import yaml
from pydantic import BaseModel, ValidationError

from loopwright.domain.spec import Column, ProjectSpec, RowRule
from loopwright.domain.spec_problems import problems
from loopwright.errors import SpecError

MAX_BYTES = 262_144
SPEC_FILE = "project.yaml"
MAX_SHOWN = 60
EITHER_PROTECTED = "expected a list of column names, or `none: <a reason of 10 letters or more>`"


class _Loader(yaml.SafeLoader):
    """Safe YAML without what hides mistakes: aliases and keys given twice."""

    @override
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call] # gap in the stubs
            message = "anchors and aliases are not used in project.yaml"
            raise yaml.constructor.ConstructorError(None, None, message, mark)
        return super().compose_node(parent, index)

    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                message = f"the key {key!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, message, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def parse_spec(text: str | bytes) -> ProjectSpec:
    """Return the spec that a `project.yaml` holds; SpecError lists every problem found."""
    return spec_of(read_document(text))


def spec_of(document: dict[str, Any]) -> ProjectSpec:
    """Return the spec that a document holds; SpecError lists every problem found."""
    try:
        spec = ProjectSpec.model_validate(document)
    except ValidationError as error:
        found = dict.fromkeys(_explain(document, dict(item)) for item in error.errors())
        raise SpecError(_message(list(found))) from None
    broken = problems(spec)
    if broken:
        raise SpecError(_message(list(broken)))
    return spec


def spec_text(spec: ProjectSpec) -> str:
    """Return a `project.yaml` that parses to this spec."""
    document = spec.model_dump(mode="json", exclude_unset=True)
    return yaml.safe_dump(document, sort_keys=False)


def schema_text() -> str:
    """Return the published JSON Schema of `project.yaml` (docs/reference/project.schema.json)."""
    return json.dumps(ProjectSpec.model_json_schema(), indent=2) + "\n"


def read_document(text: str | bytes, name: str = SPEC_FILE) -> dict[str, Any]:
    """Return the keys and values of a YAML file; SpecError names the file and what is wrong."""
    body = text.encode() if isinstance(text, str) else text
    if len(body) > MAX_BYTES:
        message = f"{name}: {len(body)} bytes, at most {MAX_BYTES} are read"
        raise SpecError(message)
    try:
        document = yaml.load(body.decode(), Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except UnicodeDecodeError as error:
        message = f"{name}: not UTF-8 at byte {error.start}; save the file as UTF-8"
        raise SpecError(message) from error
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        message = f"{name}: not valid YAML: {' '.join(str(error).split())}"
        raise SpecError(message) from error
    if not isinstance(document, dict):
        message = f"{name}: expected keys and values (`project: my-project`, ...)"
        raise SpecError(message)
    return document


def _message(found: list[str]) -> str:
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    return f"project.yaml has {count}:\n" + "\n".join(f"- {problem}" for problem in found)


def _explain(document: dict[str, Any], error: dict[str, Any]) -> str:
    """Return one line for a validation error: the key path and what was expected."""
    if error["loc"][0] == "protected" and "protected" in document:
        return f"protected: {EITHER_PROTECTED}"
    path = _path(document, error["loc"], missing=error["type"] == "missing")
    name = ".".join(path)
    if error["type"] == "extra_forbidden":
        return f"{name}: unknown key{_nearest(path)}"
    if error["type"] == "missing":
        return f"{name}: missing; {_description(path)}"
    return f"{name}: {error['msg']}, found {_shown(error['input'])}"


def _path(document: object, location: tuple[Any, ...], *, missing: bool) -> list[str]:
    """Return the part of pydantic's location that lies in the document (union tags do not)."""
    path: list[str] = []
    node: Any = document
    for piece in location:
        inside = piece in node if isinstance(node, dict) else isinstance(node, list)
        if not inside:
            return [*path, str(piece)] if missing else path
        path.append(str(piece))
        node = node[piece]
    return path


def _section(path: list[str]) -> type[BaseModel]:
    """Return the model whose keys stand beside the last piece of a path."""
    if len(path) == 1:
        return ProjectSpec
    annotation = ProjectSpec.model_fields[path[0]].annotation
    listed: dict[str, type[BaseModel]] = {"columns": Column, "rules": RowRule}
    return listed.get(path[0]) or (annotation if isinstance(annotation, type) else ProjectSpec)


def _nearest(path: list[str]) -> str:
    known = list(_section(path).model_fields)
    near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f" (known keys: {', '.join(known)})"


def _description(path: list[str]) -> str:
    expected = EXPECTED.get(path[-1], "the key is required")
    return f"expected {expected}" if path[-1] in EXPECTED else expected


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


EXPECTED = {
    "project": "a short name such as `employment`",
    "question": "the question that the model answers",
    "owner": "who answers for the project",
    "intended_use": "what the predictions are used for, and by whom",
    "affected_people": "who is affected by the predictions",
    "task": "`binary`, `multiclass` or `regression`",
    "target": "the name of the column to predict",
    "protected": "a list of column names, or `none: <the reason why there are none>`",
    "columns": "every column of the data with its type",
    "type": "`integer`, `number`, `category`, `boolean`, `text` or `timestamp`",
}
