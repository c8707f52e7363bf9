"""Build the data page of a dataset version from its manifest, profile and gate documents."""

from collections.abc import Mapping, Sequence

from loopwright.domain.bins import MISSING
from loopwright.domain.data_page import Answer, Curve, DataPage, PageFinding
from loopwright.domain.data_page_columns import (
    MOST_CARDS,
    MOST_LINES,
    column_card,
    column_line,
    ordered,
)
from loopwright.domain.data_page_findings import page_findings
from loopwright.domain.data_page_split import legend_of, outcome_of, split_of
from loopwright.domain.dataset import Manifest
from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.profile import Profile
from loopwright.domain.report import Figure
from loopwright.domain.report_text import number, share, short, words
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.validation import Validation

MOST_FINDINGS = 200


def build_data_page(
    spec: ProjectSpec,
    manifest: Manifest,
    profile: Profile,
    *,
    validation: Validation | None = None,
    feasibility: FeasibilityReport | None = None,
) -> DataPage:
    """Return the page; the gates' documents are there as far as the run came."""
    findings = () if validation is None else page_findings(validation)
    shown = findings[:MOST_FINDINGS]
    places = _places(shown)
    names = [name for name in ordered(spec, tuple(places)) if name in profile.bins]
    cards, rest = names[:MOST_CARDS], names[MOST_CARDS:]
    outcome = outcome_of(spec, profile)
    splits = {name: split_of(name, spec, profile, outcome) for name in cards}
    return DataPage(
        project=manifest.project,
        dataset=manifest.digest,
        verdict="registered" if validation is None else validation.verdict,
        figures=tuple(_figures(manifest, profile, findings, feasibility)),
        summary=tuple(_summary(manifest)),
        answer=None if feasibility is None else _answer(feasibility),
        findings=shown,
        findings_left_out=len(findings) - len(shown),
        legend=legend_of(outcome, splits.values()),
        cards=tuple(
            column_card(name, spec, profile, places.get(name, ()), split)
            for name, split in splits.items()
        ),
        lines=tuple(column_line(name, spec, profile) for name in rest[:MOST_LINES]),
        left_out=len(rest[MOST_LINES:]),
        identities=(("dataset", manifest.digest), ("spec", manifest.spec)),
    )


def _places(findings: Sequence[PageFinding]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, finding in enumerate(findings):
        places.setdefault(finding.column, []).append(place)
    return places


def _figures(
    manifest: Manifest,
    profile: Profile,
    findings: Sequence[PageFinding],
    feasibility: FeasibilityReport | None,
) -> list[Figure]:
    cells = sum(one.rows for one in profile.counts.columns.values())
    missing = sum(one.counts[MISSING] for one in profile.counts.columns.values())
    sealed = f"{manifest.holdout_rows:,} of them sealed for the evaluation"
    figures = [
        Figure(name="rows", value=number(manifest.rows), note=sealed),
        Figure(name="columns", value=number(len(manifest.columns))),
        Figure(name="missing values", value=share(missing / cells) if cells else "-"),
        Figure(name="findings", value=str(len(findings)), note=_severities(findings)),
    ]
    if feasibility is not None and feasibility.score is not None:
        dummy = f"a dummy: {number(feasibility.dummy_score)}"
        name = f"simple learner, {words(feasibility.metric)}"
        figures.append(Figure(name=name, value=number(feasibility.score), note=dummy))
    return figures


def _severities(findings: Sequence[PageFinding]) -> str:
    counted: Mapping[str, int] = {
        severity: sum(one.severity == severity for one in findings)
        for severity in ("violation", "warning", "note")
    }
    return ", ".join(f"{n} {s}{'' if n == 1 else 's'}" for s, n in counted.items() if n)


def _summary(manifest: Manifest) -> list[tuple[str, str]]:
    summary = [
        ("registered", f"{manifest.registered_at[:19]} by {manifest.actor}"),
        ("sources", ", ".join(one.key for one in manifest.sources[:5])),
        ("made from", ", ".join(short(one) for one in manifest.parents)),
    ]
    if manifest.quarantined_rows:
        summary.append(("rows kept apart", f"{manifest.quarantined_rows:,} could not be read"))
    return [(name, text) for name, text in summary if text]


def _answer(found: FeasibilityReport) -> Answer:
    reasons = tuple(f"{one.message} {one.advice}".strip() for one in found.reasons)
    more = (line for line in reasons if line.lower() not in found.answer.lower())
    text = tuple(dict.fromkeys(line for line in (found.answer, *more) if line))
    curve = None
    if found.curve is not None:
        curve = Curve(
            metric=words(found.metric),
            points=found.curve.points,
            outlook=found.curve.outlook,
            goal=found.target_score,
            ceiling=found.curve.ceiling.value,
        )
    return Answer(verdict=found.verdict, text=text, curve=curve)
