"""Exact facts about the rows of a dataset version, which merge by addition in any order.

`TableFacts` need one row at a time and are counted per batch of parts; `CrossFacts` compare rows of
all parts and are counted per bucket of a hash.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from loopwright.domain.record import Record

MAX_EXAMPLES = 5
MAX_VALUE_LETTERS = 60
Moment = int | float | str


class Example(Record):
    """One row that a finding speaks of: the key of its part, its row in it (from 0), its value."""

    part: str
    row: int
    key: str | None = None
    value: str | None = None


class Broken(Record):
    """How many rows break one check of one column (or of one rule), and the first of them."""

    check: str
    column: str
    rows: int
    examples: tuple[Example, ...] = ()


class Crossed(Record):
    """What comparing rows told of one check of one column.

    Of `distinct` values (entities, rows) so many `values` break the check, in so many `rows`.
    """

    check: str
    column: str
    rows: int
    values: int
    distinct: int
    examples: tuple[Example, ...] = ()


class TableFacts(Record):
    """Exact facts about the rows of parts, each row looked at alone.

    `target` holds the smallest and the largest value, `classes` the rows of each class,
    `newest` the largest value of the time column. `equals_target` and `after_time` are rows by
    column; `stand_ins` the rows of numbers and times that may stand for a missing value, by column;
    `failed_rules` says why a rule could not be run.
    """

    rows: int
    broken: tuple[Broken, ...] = ()
    target: tuple[Moment, Moment] | None = None
    classes: dict[str, int] = Field(default_factory=dict)
    newest: Moment | None = None
    equals_target: dict[str, int] = Field(default_factory=dict)
    after_time: dict[str, int] = Field(default_factory=dict)
    stand_ins: dict[str, dict[str, int]] = Field(default_factory=dict)
    failed_rules: dict[str, str] = Field(default_factory=dict)


class CrossFacts(Record):
    """Exact facts that compare rows: for one bucket, or for all of them."""

    crossed: tuple[Crossed, ...] = ()


def profile_key(project: str, dataset: str, spec: str, batch: int) -> str:
    """Return where the profile and the facts of a batch lie."""
    return f"datasets/{project}/{dataset}/profiles/{spec}/{batch}.json"


def bucket_key(project: str, dataset: str, spec: str, batch: int, bucket: int) -> str:
    """Return where lies what a batch holds of a hash bucket."""
    return f"datasets/{project}/{dataset}/buckets/{spec}/{batch}/{bucket}.parquet"


def cross_key(project: str, dataset: str, spec: str, bucket: int) -> str:
    """Return where the facts of a hash bucket lie."""
    return f"datasets/{project}/{dataset}/cross/{spec}/{bucket}.json"


def first_examples(examples: Iterable[Example]) -> tuple[Example, ...]:
    """Return the five examples of the first parts and rows: the same ones in any order."""
    ordered = sorted(examples, key=lambda example: (example.part, example.row))
    return tuple(ordered[:MAX_EXAMPLES])


def merge(facts: Sequence[TableFacts]) -> TableFacts:
    """Return the facts of all parts: any split of them, in any order, gives the same."""
    targets = [value for one in facts for value in one.target or ()]
    moments = [one.newest for one in facts if one.newest is not None]
    return TableFacts(
        rows=sum(one.rows for one in facts),
        broken=_merge_broken(one for each in facts for one in each.broken),
        target=(_least(targets), _most(targets)) if targets else None,
        classes=_sum(one.classes for one in facts),
        newest=_most(moments) if moments else None,
        equals_target=_sum(one.equals_target for one in facts),
        after_time=_sum(one.after_time for one in facts),
        stand_ins={
            name: _sum(one.stand_ins.get(name, {}) for one in facts)
            for name in sorted({name for one in facts for name in one.stand_ins})
        },
        failed_rules=dict(sorted(item for one in facts for item in one.failed_rules.items())),
    )


def merge_cross(facts: Sequence[CrossFacts]) -> CrossFacts:
    """Return the facts of all buckets."""
    groups: dict[tuple[str, str], list[Crossed]] = {}
    for one in (one for each in facts for one in each.crossed):
        groups.setdefault((one.check, one.column), []).append(one)
    return CrossFacts(crossed=tuple(_merge_crossed(groups[key]) for key in sorted(groups)))


def _merge_broken(broken: Iterable[Broken]) -> tuple[Broken, ...]:
    groups: dict[tuple[str, str], list[Broken]] = {}
    for one in broken:
        groups.setdefault((one.check, one.column), []).append(one)
    return tuple(
        Broken(
            check=check,
            column=column,
            rows=sum(one.rows for one in group),
            examples=first_examples(example for one in group for example in one.examples),
        )
        for (check, column), group in sorted(groups.items())
    )


def _merge_crossed(group: Sequence[Crossed]) -> Crossed:
    return Crossed(
        check=group[0].check,
        column=group[0].column,
        rows=sum(one.rows for one in group),
        values=sum(one.values for one in group),
        distinct=sum(one.distinct for one in group),
        examples=first_examples(example for one in group for example in one.examples),
    )


def _least(values: Iterable[Moment]) -> Moment:
    """Return the smallest of the values of one column, which are all texts or all numbers."""
    return min(values)


def _most(values: Iterable[Moment]) -> Moment:
    """Return the largest of the values of one column, which are all texts or all numbers."""
    return max(values)


def _sum(tallies: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for tally in tallies:
        total.update(tally)
    return dict(sorted(total.items()))
