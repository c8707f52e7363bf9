"""Findings that compare whole rows: copies, and what lies on both sides of the holdout."""

from collections.abc import Iterator

from loopwright.domain.facts import Crossed, CrossFacts
from loopwright.domain.findings import DataFinding, finding
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import ConflictError

# Less are typing errors, and move no score.
COPIES_SHARE = 0.001
# Of the rows that agree with another in every other column, so many must agree in all: then they
# are copies. Rows of few possible values agree by chance, and in half of the columns much more
# often (people of a census who are alike in all that was asked: 0.54).
COPY_RATIO = 0.9
# A column names entities when it has many values (one in 50 rows at least) that come back.
ENTITY_SHARE = 0.02
MIN_ENTITIES = 50


def row_findings(spec: ProjectSpec, crossed: CrossFacts, rows: int) -> Iterator[DataFinding]:
    """Yield a warning for copies of rows, and for what the holdout shares with the training rows.

    An entity on both sides is a broken promise of the split: ConflictError.
    """
    found = {(one.check, one.column): one for one in crossed.crossed}
    if _are_copies(found):
        yield from _copies(found["duplicate_rows", ""], rows)
        yield from _twins(found.get(("twins", "")), rows)
    for (check, name), one in found.items():
        if check == "on_both_sides" and name == spec.entity and one.values:
            raise ConflictError(
                f"{one.values} values of the entity {name!r} lie on both sides of the holdout; the "
                "version was not split by project.yaml: register the data again"
            )
        if check == "on_both_sides" and spec.sealed_by != name:
            yield from _entity(one, rows)


def _are_copies(found: dict[tuple[str, str], Crossed]) -> bool:
    """Tell whether equal rows are copies, and no rows that happen to agree."""
    copies, alike = found.get(("duplicate_rows", "")), found.get(("alike_rows", ""))
    if copies is None or alike is None:
        return False
    return copies.rows >= COPY_RATIO * alike.rows


def _copies(one: Crossed, rows: int) -> Iterator[DataFinding]:
    if one.rows > COPIES_SHARE * rows:
        yield finding(
            "duplicate_rows",
            "",
            "warning",
            count=one.rows,
            rows=rows,
            message=f"{one.rows} of {rows} rows are copies of another row in all but the key",
            advice="Upload each row once: copies count double, and make scores look surer.",
            examples=one.examples,
        )


def _twins(one: Crossed | None, rows: int) -> Iterator[DataFinding]:
    if one is not None and one.rows > COPIES_SHARE * rows:
        yield finding(
            "copies_in_holdout",
            "",
            "warning",
            count=one.rows,
            rows=rows,
            message=(
                f"{one.rows} sealed rows have a copy with the same features and target among the "
                "training rows, so the holdout flatters the model"
            ),
            advice="Upload each row once, or name the `entity` that the copies belong to.",
            examples=one.examples,
        )


def _entity(one: Crossed, rows: int) -> Iterator[DataFinding]:
    many = one.distinct >= max(MIN_ENTITIES, ENTITY_SHARE * rows)
    if one.values and many:
        yield finding(
            "entity_on_both_sides",
            one.column,
            "warning",
            count=one.rows,
            rows=rows,
            message=(
                f"{one.column!r} looks as if it named people or things: {one.values} of its "
                f"{one.distinct} values lie on both sides of the holdout"
            ),
            advice=f"Say `entity: {one.column}` in project.yaml, or accept the finding.",
            examples=one.examples,
        )
