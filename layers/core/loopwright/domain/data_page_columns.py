"""The cards of a data page: one per column, drawn from the profile alone."""

from collections.abc import Mapping, Sequence

from loopwright.domain.bin_labels import summarise
from loopwright.domain.bins import MISSING, NumericBins
from loopwright.domain.data_histogram import (
    Histogram,
    Split,
    category_histogram,
    numeric_histogram,
)
from loopwright.domain.data_page import ColumnCard
from loopwright.domain.data_page_facts import column_facts
from loopwright.domain.profile import Profile
from loopwright.domain.report_text import share
from loopwright.domain.spec import ProjectSpec

MOST_CARDS = 120
MOST_LINES = 880


def ordered(spec: ProjectSpec, troubled: Sequence[str]) -> list[str]:
    """Return the columns in the order of the page: target, what has findings, protected, others."""
    first = (spec.target, *troubled, *spec.protected_columns, *spec.features, *spec.columns)
    return [name for name in dict.fromkeys(first) if name in spec.columns]


def column_card(
    name: str, spec: ProjectSpec, profile: Profile, findings: Sequence[int], split: Split
) -> ColumnCard:
    """Return the card of one column; `findings` are places in the page's list."""
    column = spec.columns[name]
    counts = profile.counts.columns[name].counts
    return ColumnCard(
        name=name,
        type=column.type,
        part=part_of(name, spec),
        description=column.description,
        rows=profile.counts.rows,
        missing=counts[MISSING],
        facts=column_facts(name, profile),
        histogram=_histogram(name, spec, profile, split),
        findings=tuple(findings),
    )


def column_line(name: str, spec: ProjectSpec, profile: Profile) -> tuple[str, ...]:
    """Return a column that has no card as one row of a table."""
    found = summarise(name, profile.bins[name], profile.counts.columns[name])
    kind = spec.columns[name].type
    return (name, kind, part_of(name, spec), share(found.missing_share), found.typical)


def part_of(name: str, spec: ProjectSpec) -> str:
    """Return the part that a column plays in the project."""
    parts: Mapping[str, Sequence[str | None]] = {
        "target": (spec.target,),
        "key": (spec.key,),
        "entity": (spec.entity,),
        "time": (spec.time,),
        "protected": spec.protected_columns,
        "feature": tuple(spec.features),
    }
    return ", ".join(part for part, names in parts.items() if name in names) or "context"


def _histogram(name: str, spec: ProjectSpec, profile: Profile, split: Split) -> Histogram:
    bins = profile.bins[name]
    if isinstance(bins, NumericBins):
        whole = spec.columns[name].type == "integer" or bins.measure == "length"
        return numeric_histogram(bins, split, whole=whole)
    return category_histogram(bins, split)
