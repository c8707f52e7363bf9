"""Decide whether a window of live traffic drifted from its model's reference, and how much."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from loopwright.domain import stability
from loopwright.domain.bins import (
    BELOW,
    MISSING,
    NEW,
    OTHER,
    Bins,
    ColumnCounts,
    NumericBins,
    Reference,
)
from loopwright.domain.gate import Finding
from loopwright.domain.record import Record
from loopwright.domain.spec_models import Monitoring
from loopwright.domain.stability import Stability

Cause = Literal["", "missing_values", "new_values", "out_of_range", "distribution"]
Role = Literal["feature", "context", "prediction"]
DriftVerdict = Literal["none", "detected", "material"]
MIN_ROWS = 100
SEVERITY: dict[DriftVerdict, int] = {"none": 0, "detected": 1, "material": 2}
WORDS: dict[Cause, str] = {
    "": "no change beyond chance",
    "missing_values": "values are missing more or less often",
    "new_values": "values that training never saw, or hardly ever",
    "out_of_range": "values outside the range of training",
    "distribution": "the values are distributed otherwise",
}


class DriftFinding(Finding):
    """What was found in one column: `value` is the bias-corrected PSI, with its interval.

    The shares are those of the live rows.
    """

    grade: DriftVerdict
    role: Role
    cause: Cause = ""
    psi: float
    p_value: float
    missing_share: float
    new_share: float
    out_of_range_share: float


class DriftReport(Record):
    """The verdict on one window: the worst grade of its columns."""

    verdict: DriftVerdict
    rows: int
    findings: tuple[DriftFinding, ...]

    def graded(self, *grades: DriftVerdict) -> tuple[DriftFinding, ...]:
        """Return the findings of these grades, the largest PSI first."""
        chosen = [finding for finding in self.findings if finding.grade in grades]
        return tuple(sorted(chosen, key=lambda finding: -(finding.value or 0)))

    @property
    def reason(self) -> str:
        """Return one sentence that says what was found."""
        if self.verdict == "none":
            return f"no column of {self.rows:,} rows differs from the reference beyond chance"
        columns = self.graded(self.verdict)
        named = "; ".join(f"{one.subject} ({one.message})" for one in columns[:5])
        more = f"; and {len(columns) - 5} more" if len(columns) > 5 else ""  # noqa: PLR2004 - as many as a sentence holds
        return f"{self.verdict} drift in {self.rows:,} rows: {named}{more}"


def is_due(rows: int, opened_at: datetime, now: datetime, policy: Monitoring) -> bool:
    """Tell whether a window is full, or old with at least 100 rows."""
    age = now - opened_at
    old = age >= timedelta(hours=policy.window_max_age_hours)
    return rows >= policy.window_rows or (old and rows >= MIN_ROWS)


def assess(
    reference: Reference,
    live: Mapping[str, ColumnCounts],
    policy: Monitoring,
    *,
    context: tuple[str, ...] = (),
) -> DriftReport:
    """Compare a window's counts with the reference, column by column.

    A column is `detected` when its PSI test is a discovery at the false discovery rate over all
    columns, and `material` when moreover its bias-corrected PSI exceeds the spec's limit.
    """
    columns = _comparable(reference, live)
    draws = stability.draws_for(len(columns), policy.false_discovery_rate) if columns else 0
    p_values = [
        stability.p_value(baseline.counts, now.counts, draws=draws)
        for _, baseline, now in columns.values()
    ]
    found = stability.discoveries(p_values, policy.false_discovery_rate)
    findings = tuple(
        _finding(name, column, _role(name, reference, context), p, policy, drifted=drifted)
        for (name, column), p, drifted in zip(columns.items(), p_values, found, strict=True)
    )
    rows = live[reference.prediction].rows if reference.prediction in live else 0
    verdict: DriftVerdict = "none"
    for finding in findings:
        verdict = max(verdict, finding.grade, key=SEVERITY.__getitem__)
    return DriftReport(verdict=verdict, rows=rows, findings=findings)


_Column = tuple[Bins, ColumnCounts, ColumnCounts]


def _comparable(reference: Reference, live: Mapping[str, ColumnCounts]) -> dict[str, _Column]:
    """Return bins, baseline and live counts of the columns that both hold rows of."""
    bins = {**reference.bins, reference.prediction: reference.prediction_bins}
    baseline = {**reference.counts.columns, reference.prediction: reference.prediction_counts}
    return {
        name: (bins[name], baseline[name], live[name])
        for name in bins
        if name in live and live[name].rows and baseline[name].rows
    }


def _role(name: str, reference: Reference, context: tuple[str, ...]) -> Role:
    if name == reference.prediction:
        return "prediction"
    return "context" if name in context else "feature"


def _finding(
    name: str, column: _Column, role: Role, p_value: float, policy: Monitoring, *, drifted: bool
) -> DriftFinding:
    bins, baseline, live = column
    found = stability.measure(baseline.counts, live.counts)
    grade: DriftVerdict = "none"
    if drifted:
        grade = "material" if found.corrected > policy.material_psi else "detected"
    cause = _cause(bins, found) if drifted else ""
    return DriftFinding(
        subject=name,
        grade=grade,
        measure="psi",
        value=round(found.corrected, 6),
        low=round(found.low, 6),
        high=round(found.high, 6),
        limit=policy.material_psi,
        rows=live.rows,
        message=f"PSI {found.corrected:.3f}: {WORDS[cause]}",
        role=role,
        cause=cause,
        psi=round(found.psi, 6),
        p_value=p_value,
        **{
            f"{kind}_share": _share(bins, live, kind) for kind in ("missing", "new", "out_of_range")
        },
    )


def _cause(bins: Bins, found: Stability) -> Cause:
    """Return the kind of bins that contributes most to the PSI."""
    groups: dict[Cause, float] = {
        "missing_values": _sum(found.terms, _places(bins, "missing")),
        "new_values": _sum(found.terms, _places(bins, "new")),
        "out_of_range": _sum(found.terms, _places(bins, "out_of_range")),
    }
    groups["distribution"] = found.psi - sum(groups.values())
    return max(groups, key=groups.__getitem__)


def _places(bins: Bins, kind: str) -> tuple[int, ...]:
    """Return the positions of the bins of one kind."""
    if kind == "missing":
        return (MISSING,)
    if isinstance(bins, NumericBins):
        return (BELOW, len(bins.edges) + 1) if kind == "out_of_range" else ()
    return (NEW, OTHER) if kind == "new" else ()


def _sum(terms: tuple[float, ...], places: tuple[int, ...]) -> float:
    return sum(terms[place] for place in places)


def _share(bins: Bins, counts: ColumnCounts, kind: str) -> float:
    rows = sum(counts.counts[place] for place in _places(bins, kind))
    return round(rows / counts.rows, 6)
