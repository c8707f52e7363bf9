"""Findings about single columns, beyond the contract."""

from collections.abc import Iterator, Mapping

from loopwright.domain.bins import MISSING, NEW, OTHER, CategoricalBins, NumericBins
from loopwright.domain.facts import TableFacts
from loopwright.domain.findings import DataFinding, finding
from loopwright.domain.numbering import numbers_rows
from loopwright.domain.profile import Profile
from loopwright.domain.sentinels import SHOWN_TIMES, is_isolated
from loopwright.domain.spec import ProjectSpec

# So many distinct values, the commonest looked at, that hardly a row shares one: it names rows.
UNIQUE_SHARE = 0.95
MIN_UNIQUE_ROWS = 100
# Below this, folds and groups hold a handful of rows of the class.
RARE_SHARE = 0.01


def column_findings(
    spec: ProjectSpec, profile: Profile, facts: TableFacts
) -> Iterator[DataFinding]:
    """Yield warnings: constant and near-unique columns, values that stand in, rare classes."""
    for name in spec.features:
        yield from _constant(name, profile)
        yield from _near_unique(name, profile)
    for name, tally in facts.stand_ins.items():
        yield from _stand_ins(name, tally, profile, facts.rows)
    yield from _imbalance(spec, facts)


def _constant(name: str, profile: Profile) -> Iterator[DataFinding]:
    bins, counts = profile.bins[name], profile.counts.columns[name].counts
    filled = [place for place, rows in enumerate(counts) if rows and place != MISSING]
    rows = profile.counts.rows
    single = isinstance(bins, CategoricalBins) or len({*bins.edges, *bins.atoms}) == 1
    spread = isinstance(bins, CategoricalBins) and {NEW, OTHER} & set(filled)
    if rows and len(filled) <= 1 and single and not spread:
        what = "has one value in every row" if filled else "has no value in any row"
        yield finding(
            "constant_column",
            name,
            "warning",
            count=rows,
            rows=rows,
            message=f"{name!r} {what}: a model learns nothing from it",
            advice=f"Take {name!r} out, or find out why it does not change.",
        )


def _near_unique(name: str, profile: Profile) -> Iterator[DataFinding]:
    bins, counts = profile.bins[name], profile.counts.columns[name]
    present = counts.rows - counts.counts[MISSING]
    if isinstance(bins, CategoricalBins):
        values = len(bins.categories) + len(bins.others)
        of_those = present - counts.counts[NEW]
        unique = present >= MIN_UNIQUE_ROWS and values >= UNIQUE_SHARE * of_those
        seen = f"its {values} commonest values stand in {of_those} rows"
    else:
        details = profile.details.get(name)
        unique = details is not None and numbers_rows(bins, counts, details)
        seen = "its whole numbers hardly repeat, though they fill their range"
    if unique:
        yield finding(
            "near_unique",
            name,
            "warning",
            count=present,
            rows=profile.counts.rows,
            message=f"{name!r} differs in nearly every row: {seen}",
            advice=f"If {name!r} names rows or people, say `feature: false`, `key` or `entity`.",
        )


def _stand_ins(
    name: str, tally: Mapping[str, int], profile: Profile, rows: int
) -> Iterator[DataFinding]:
    bins = profile.bins.get(name)
    if not isinstance(bins, NumericBins) or bins.measure == "length":
        return
    for text, count in tally.items():
        value = float(text)
        if is_isolated(value, bins):
            shown = SHOWN_TIMES[value] if bins.measure == "epoch" else f"{value:g}"
            yield finding(
                "stand_in_value",
                name,
                "warning",
                count=count,
                rows=rows,
                message=(
                    f"{name!r} is {shown} in {count} of {rows} rows, far from all its other "
                    "values: it seems to stand for a missing one"
                ),
                advice=(
                    f"Leave the value empty and raise columns.{name}.max_missing_share, or accept "
                    "the finding when the value is true."
                ),
            )


def _imbalance(spec: ProjectSpec, facts: TableFacts) -> Iterator[DataFinding]:
    total = sum(facts.classes.values())
    for name, count in facts.classes.items():
        if count < RARE_SHARE * total:
            yield finding(
                "imbalanced_classes",
                spec.target,
                "warning",
                count=count,
                rows=facts.rows,
                message=f"class {name!r} of the target has {count} of {facts.rows} rows",
                advice="Upload more rows of it, and mind that accuracy says little here.",
            )
