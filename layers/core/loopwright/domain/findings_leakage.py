"""Findings about columns that tell the target too well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from loopwright.domain.bins import MISSING
from loopwright.domain.facts import TableFacts
from loopwright.domain.findings import DataFinding, finding
from loopwright.domain.leakage import ByClass, mistakes, ranking
from loopwright.domain.spec import ProjectSpec

# Equal in all rows but one in a thousand: no other measurement agrees so well with an outcome.
EQUAL_SHARE = 0.999
# The low end of the area under the ROC curve. The best honest measurements of public tables stay
# below: 0.982 (petal length of irises), 0.960 (cell sizes that doctors diagnose by).
RANKING_LIMIT = 0.985
# A function of the target but for errors of entry: 3 % of the mistakes of a constant guess (petal
# width of irises: 6 %).
MISTAKE_SHARE = 0.03
# Fewer rows outside the commonest class separate by chance.
MIN_OTHER_ROWS = 30
# Whether a value is there may say something; ranked by it alone, honest tables stay far below.
MISSING_LIMIT = 0.8
LEAK_ADVICE = (
    "Find out when and from what {0!r} is known. When it follows from the outcome, say "
    "`feature: false` for it; when it is known before, accept the finding with the reason."
)


@dataclass(frozen=True)
class Screen:
    """What the profile counted of a column: for each bin the rows of each class."""

    by_class: ByClass


def leakage_findings(
    spec: ProjectSpec, facts: TableFacts, screens: Mapping[str, Screen]
) -> Iterator[DataFinding]:
    """Yield at most one finding for each feature that tells the target too well."""
    for name in spec.features:
        equal = facts.equals_target.get(name, 0)
        if facts.rows >= MIN_OTHER_ROWS and equal >= EQUAL_SHARE * facts.rows:
            yield _leak(
                "equals_target", name, "violation", equal, facts.rows, "has the target's own value"
            )
        elif name in screens:
            yield from screened(name, screens[name].by_class, facts.rows)
    yield from _known_later(spec, facts)


def screened(name: str, by_class: ByClass, rows: int) -> Iterator[DataFinding]:
    """Yield at most one finding about a column whose bins hold so many rows of each class."""
    missed, others = mistakes(by_class)
    if others < MIN_OTHER_ROWS:
        return
    known = [row for place, row in enumerate(by_class) if place != MISSING]
    absent = [by_class[MISSING], [sum(column) for column in zip(*known, strict=True)]]
    found, by_absence = ranking(by_class), ranking(absent)
    if missed <= MISTAKE_SHARE * others:
        says = f"decides the target: but for {missed} rows, each of its bins has one outcome"
        yield _leak("determines_target", name, "violation", rows - missed, rows, says)
    elif by_absence.low >= MISSING_LIMIT:
        count = sum(by_class[MISSING])
        area = f"{by_absence.value:.3f}"
        says = f"tells the target by being missing (area under the curve {area})"
        yield _leak("missing_tells_target", name, "warning", count, rows, says)
    elif found.low >= RANKING_LIMIT:
        area = f"area under the curve {found.value:.3f}, low end {found.low:.3f}"
        says = f"alone ranks the outcomes almost without error ({area})"
        yield _leak("predicts_target", name, "warning", sum(map(sum, by_class)), rows, says)


def _known_later(spec: ProjectSpec, facts: TableFacts) -> Iterator[DataFinding]:
    for name, count in facts.after_time.items():
        yield finding(
            "later_than_time",
            name,
            "note",
            count=count,
            rows=facts.rows,
            message=f"{name!r} is later than the time of its row ({spec.time!r}) in {count} rows",
            advice=f"What {name!r} is taken from was not known yet: make no feature from it.",
        )


def _leak(code: str, name: str, severity: str, count: int, rows: int, says: str) -> DataFinding:
    return finding(
        code,
        name,
        "violation" if severity == "violation" else "warning",
        count=count,
        rows=rows,
        message=f"{name!r} {says} ({count} of {rows} rows)",
        advice=LEAK_ADVICE.format(name),
    )
