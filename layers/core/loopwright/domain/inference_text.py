"""Write a drafted spec as `project.yaml`: each guess with its reason, each decision marked."""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from loopwright.domain.inference_columns import DraftColumn
from loopwright.domain.inference_facts import TableSketch
from loopwright.domain.inference_limits import least_rows
from loopwright.domain.inference_roles import Roles
from loopwright.domain.inference_target import DraftTarget
from loopwright.domain.reading import shown
from loopwright.domain.spec import NoProtected, ProjectSpec

PLACEHOLDER = "REPLACE:"
DECIDE = "DECIDE:"
NO_PROTECTED = f"{PLACEHOLDER} no name or value suggests one; say why none is held"
BAD_SLACK = 1.5


def draft_text(
    table: TableSketch,
    project: str,
    target: DraftTarget,
    roles: Roles,
    columns: Sequence[DraftColumn],
    *,
    with_reasons: bool,
) -> str:
    """Return the text of a drafted `project.yaml`; without reasons it is a third as long."""
    lines = [
        *_head(table, project, target),
        *_parts(target, roles),
        "",
        "columns:",
        *(line for one in columns for line in _column(one, with_reasons=with_reasons)),
        "",
        *_limits(table, columns),
    ]
    return "\n".join(lines) + "\n"


def placeholders(spec: ProjectSpec) -> tuple[str, ...]:
    """Return the keys that still hold what a draft put there for a person to replace."""
    texts = {
        "question": spec.question,
        "owner": spec.owner,
        "intended_use": spec.intended_use,
        "affected_people": spec.affected_people,
    }
    if isinstance(spec.protected, NoProtected):
        texts["protected.none"] = spec.protected.none
    return tuple(name for name, text in texts.items() if text.startswith(PLACEHOLDER))


def scalar(value: Any) -> str:
    """Return a value as YAML on one line that reads as this value."""
    if isinstance(value, str) and not value.isprintable():
        return _dumped(value, default_style='"').removesuffix("\n")
    return _dumped([value], default_flow_style=True).strip()[1:-1]


def _dumped(value: Any, **style: Any) -> str:
    return str(yaml.safe_dump(value, width=float("inf"), allow_unicode=True, **style))


def _head(table: TableSketch, project: str, target: DraftTarget) -> Iterator[str]:
    name = shown(table.file)[1:-1]
    yield f"# Drafted by `loopwright project infer` from {name} ({table.rows:,} rows,"
    yield f"# {len(table.columns)} columns), which it passes. Replace what says {PLACEHOLDER} and"
    yield f"# look at what says {DECIDE} nobody can read that off the data."
    if target.warning:
        yield f"# {DECIDE} {target.warning}."
    yield f"project: {scalar(project)}"
    name = target.draft.name
    for key, what in (
        ("question", f"which question does {name!r} answer?"),
        ("owner", "who answers for this project"),
        ("intended_use", "what the predictions are used for, and by whom"),
        ("affected_people", "who is affected by the predictions"),
    ):
        yield f"{key}: {scalar(f'{PLACEHOLDER} {what}')}"
    yield f"# {DECIDE} who may see these rows: public, internal, confidential or restricted"
    yield "sensitivity: internal"
    yield ""


def _parts(target: DraftTarget, roles: Roles) -> Iterator[str]:
    yield f"task: {target.task}"
    yield f"target: {scalar(target.draft.name)}"
    if target.favourable is not None:
        yield f"# {DECIDE} the value that is good for the person. {_said(target.favourable_reason)}"
        yield f"favourable: {scalar(target.favourable)}"
    for role, none in (
        ("key", "no column differs in every row and names something: repeated rows are not told"),
        ("entity", ""),
        ("time", "no column holds times: freshness is not checked"),
    ):
        found = getattr(roles, role)
        if found is None and not none:
            continue
        yield from _because(roles.reasons.get(role, [none]), "")
        yield f"{role}: {scalar(found)}" if found is not None else f"# {role}:"
    yield f"# {DECIDE} whose groups must be compared? Protected columns are never features."
    yield from _because(roles.reasons.get("protected", ()), "")
    if roles.protected:
        yield f"protected: [{', '.join(scalar(name) for name in roles.protected)}]"
    else:
        yield f"protected: {{none: {scalar(NO_PROTECTED)}}}"


def _column(draft: DraftColumn, *, with_reasons: bool) -> Iterator[str]:
    keys = draft.column.model_dump(mode="json", exclude_unset=True)
    found = {key: value for key, value in keys.items() if not _is_default(key, value)}
    if not with_reasons:
        inside = ", ".join(f"{key}: {_value(value)}" for key, value in found.items())
        yield f"  {scalar(draft.name)}: {{{inside}}}"
        return
    yield f"  {scalar(draft.name)}:"
    yield from _because(draft.reasons, "    ")
    for key, value in found.items():
        yield f"    {key}: {_value(value)}"


def _is_default(key: str, value: Any) -> bool:
    return key == "max_missing_share" and not value


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(scalar(one) for one in value)}]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return scalar(value)


def _because(reasons: Sequence[str], indent: str) -> Iterator[str]:
    for reason in reasons:
        yield f"{indent}# {_said(reason)}"


def _said(text: str) -> str:
    """Return a reason as one line that YAML can carry in a comment."""
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _limits(table: TableSketch, columns: Sequence[DraftColumn]) -> Iterator[str]:
    dialect = {k: v for k, v in table.dialect.model_dump(mode="json").items() if v}
    if dialect:
        yield "# how the file is written; `missing` lists texts that stand for no value"
        yield "dialect:"
        for key, value in dialect.items():
            yield f"  {key}: {_value(value)}"
    yield "rows:"
    yield "  # half of the rows seen, so that a file which was cut off is noticed"
    yield f"  min: {least_rows(table.rows)}"
    unreadable = table.unreadable_rows + sum(one.unreadable for one in columns)
    share = unreadable / (table.rows + table.unreadable_rows)
    if share * BAD_SLACK > _default_share():
        yield f"  # {DECIDE} {unreadable:,} rows cannot be read; mend them rather than allow them"
        yield f"  max_unreadable_share: {min(1.0, round(share * BAD_SLACK + 0.001, 3))}"


def _default_share() -> float:
    return float(ProjectSpec.model_fields["rows"].default.max_unreadable_share)
