"""What a report says of the gates on data: the contract, and both audits."""

from collections.abc import Iterator

from loopwright.domain.fairness import Audit
from loopwright.domain.findings import shown
from loopwright.domain.gate import Finding
from loopwright.domain.report import Figure, Section, Table
from loopwright.domain.report_text import bound, interval, number, share, span, words
from loopwright.domain.validation import Validation

MOST_ROWS = 60
TWO_SIDED = frozenset({"false_positive_rate_difference"})


def validation_section(document: bytes) -> Section:
    """Show the contract: rows, what is missing, and which limits are broken."""
    found = Validation.model_validate_json(document)
    missing = {name: rows for name, rows in found.missing.items() if rows}
    text = f"{found.rows:,} rows were checked against project.yaml."
    if not missing:
        text += " No value is missing."
    return Section(
        title="Data against the contract",
        verdict=found.verdict,
        reasons=found.reasons,
        text=(text,),
        tables=tuple(_validation_tables(found, missing)),
    )


def _validation_tables(found: Validation, missing: dict[str, int]) -> Iterator[Table]:
    if found.findings:
        rows = tuple(
            (
                one.severity,
                words(one.code),
                one.column,
                number(one.count),
                share(one.share),
                "; ".join(map(shown, one.examples)),
                f"Accepted: {one.accepted}" if one.accepted else one.advice,
            )
            for one in found.findings[:MOST_ROWS]
        )
        columns = ("severity", "finding", "column", "rows", "share", "for example", "what to do")
        yield Table(title="Findings", columns=columns, rows=rows)
    if missing:
        by_rows = sorted(missing.items(), key=lambda item: (-item[1], item[0]))[:MOST_ROWS]
        shares = tuple((name, number(rows), share(rows / found.rows)) for name, rows in by_rows)
        yield Table(title="Missing values", columns=("column", "rows", "share"), rows=shares)


def audit_section(document: bytes) -> Section:
    """Show the groups, and each measure of each group against its limit."""
    found = Audit.model_validate_json(document)
    of_the = "model's answers" if found.kind == "model" else "data"
    text = "Each group is compared with all others of its attribute. A comparison is inconclusive "
    text += "when its interval holds the limit, or when there are too few rows; that is no pass."
    return Section(
        title=f"Disparity audit of the {of_the}",
        verdict=found.verdict,
        reasons=found.reasons,
        text=(text,) if found.findings else (),
        tables=(*_groups(found), *_measures(found)),
        figures=(_audit_figure(found, of_the),) if found.findings else (),
    )


def _audit_figure(found: Audit, of_the: str) -> Figure:
    count = len(found.violations)
    unsure = sum(finding.grade == "inconclusive" for finding in found.findings)
    return Figure(
        name=f"disparity in the {of_the}",
        value=f"{count} violation{'' if count == 1 else 's'}",
        note=f"{unsure} of {len(found.findings)} comparisons inconclusive",
    )


def _groups(found: Audit) -> Iterator[Table]:
    if found.groups:
        known = any(one.value is not None for one in found.groups)
        value = "mean target" if found.favourable is None else "base rate"
        yield Table(
            title="Groups",
            columns=("group", "rows", "share", *([f"{value} [interval]"] if known else [])),
            rows=tuple(
                (f"{one.attribute}={one.group}", number(one.rows), share(one.share))
                + ((interval(one),) if known else ())
                for one in found.groups[:MOST_ROWS]
            ),
            spans=tuple(span(one) for one in found.groups[:MOST_ROWS]) if known else (),
        )


def _measures(found: Audit) -> Iterator[Table]:
    by_measure: dict[str, list[Finding]] = {}
    for finding in found.findings:
        by_measure.setdefault(finding.measure, []).append(finding)
    for measure, findings in by_measure.items():
        shown, both = findings[:MOST_ROWS], measure in TWO_SIDED
        yield Table(
            title=words(measure).capitalize(),
            columns=("group", "grade", "value [interval]", "limit", "rows"),
            rows=tuple(_finding(one, both_sides=both) for one in shown),
            spans=tuple(
                span(one, one.limit, -one.limit if both and one.limit else None) for one in shown
            ),
        )


def _finding(one: Finding, *, both_sides: bool) -> tuple[str, ...]:
    limit = f"±{bound(one.limit)}" if both_sides else bound(one.limit)
    grade = "recorded" if one.grade == "none" else one.grade
    return (one.subject, grade, interval(one), limit, number(one.rows))
