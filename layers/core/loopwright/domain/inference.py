"""Draft a `project.yaml` from the facts of a table; the draft passes the table it was made from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from loopwright.domain.inference_columns import DraftColumn, draft_column
from loopwright.domain.inference_facts import TableSketch
from loopwright.domain.inference_roles import Roles, guess_roles, identity
from loopwright.domain.inference_target import DraftTarget, draft_target
from loopwright.domain.inference_text import draft_text
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_file import MAX_BYTES, parse_spec
from loopwright.errors import SpecError

LONGEST_NAME = 40
NAMELESS = "my-project"


@dataclass(frozen=True)
class Draft:
    """A drafted spec: its text, what it parses to, and what the person must hear at once."""

    text: str
    spec: ProjectSpec
    warnings: tuple[str, ...]


def draft_project(
    table: TableSketch, *, target: str, project: str, max_bytes: int = MAX_BYTES
) -> Draft:
    """Return the draft; SpecError when the table has no such target, or leaves no feature.

    Reasons are left out of a draft that would be longer than `max_bytes` with them.
    """
    aimed = draft_target(table, target)
    drafts = {one.name: draft_column(one, table.rows) for one in table.columns}
    drafts[target] = aimed.draft
    roles = guess_roles(table.columns, drafts, target, table.rows)
    for one in table.columns:
        if one.name in (roles.key, roles.entity):
            drafts[one.name] = identity(drafts[one.name], one)
    _check_features(drafts, roles, target)
    texts = _texts(table, project, aimed, roles, drafts)
    text = next((one for one in texts if len(one.encode()) <= max_bytes), None)
    if text is None:
        message = (
            f"a project.yaml of {len(drafts):,} columns is longer than {max_bytes:,} bytes; keep "
            "the columns that the question needs, and infer again"
        )
        raise SpecError(message)
    warnings = (aimed.warning,) if aimed.warning else ()
    return Draft(text, parse_spec(text), warnings)


def project_name(text: str) -> str:
    """Return the name of a project that is nearest to a text: letters, digits and dashes."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    plain = re.sub(r"^[0-9-]+", "", plain)[:LONGEST_NAME].rstrip("-")
    return plain if len(plain) > 1 else NAMELESS


def _check_features(drafts: Mapping[str, DraftColumn], roles: Roles, target: str) -> None:
    others = {target, roles.key, roles.entity, roles.time, *roles.protected}
    if any(one.column.feature for name, one in drafts.items() if name not in others):
        return
    parts = "; ".join(f"{one.name}: {one.column.type}" for one in list(drafts.values())[:50])
    message = (
        "no column is left that a model could learn from: the target, key, entity, time and "
        f"protected columns are no features, nor are texts and times ({parts})"
    )
    raise SpecError(message)


def _texts(
    table: TableSketch,
    project: str,
    target: DraftTarget,
    roles: Roles,
    drafts: Mapping[str, DraftColumn],
) -> Iterator[str]:
    """Yield the text with its reasons, then without."""
    for with_reasons in (True, False):
        columns = list(drafts.values())
        yield draft_text(table, project, target, roles, columns, with_reasons=with_reasons)
