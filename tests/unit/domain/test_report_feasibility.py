from typing import Any

from loopwright.domain.feasibility_report import Permuted, SingleFeature
from loopwright.domain.feasibility_trial import Splitting
from loopwright.domain.gate import Finding
from loopwright.domain.learning_curve import Estimate
from loopwright.domain.record import canonical_json
from loopwright.domain.report import Section, Table
from loopwright.domain.report_feasibility import feasibility_section
from tests.fakes import reports


def _section(rows: int = reports.ROWS, **changes: Any) -> Section:
    found = reports.feasibility_report("binary", rows=rows)
    return feasibility_section(canonical_json(found.model_copy(update=changes)))


def _table(section: Section, title: str) -> Table:
    return next(table for table in section.tables if table.title == title)


def test_the_gain_stands_against_its_margin_and_the_curve_beside_it() -> None:
    """The mean of .80 .82 .81 .79 .83 is .81, against .5 of the dummy."""
    section = _section()
    table = _table(section, "Gain over a dummy by roc auc")

    assert section.text[0].startswith("Yes: a simple learner scored roc_auc 0.810")
    assert table.rows[0][:2] == ("0.8100", "0.5000")
    assert [series.name for series in section.charts[0].series] == ["measured", "foretold"]
    assert section.charts[0].series[0].at == (2.0, 2.3010299956639813, 2.6020599913279625)
    assert section.charts[1].series[0].values == (0.8, 0.82, 0.81, 0.79, 0.83)
    assert ("bound by contradictory rows", "0.9700") in _table(
        section, "What the learning curve foretells"
    ).rows


def test_what_else_was_found_is_shown() -> None:
    """The target, the rows that it needs, single columns, luck, and what there was no time for."""
    section = _section(
        target_score=0.9,
        rows_needed=Estimate(value=5_000, low=4_000),
        more_rows=Estimate(value=1_000, low=0, high=9_000),
        findings=(
            *reports.feasibility_report("binary").findings,
            Finding(subject="group=a", grade="inconclusive", measure="too_few_rows_of_group"),
        ),
        single_feature=SingleFeature(column="age", score=0.7, gain=0.1, low=0.0, high=0.2),
        permuted=Permuted(score=0.51, gain=0.3, low=0.2, high=0.4),
        left_out=("repeat 2",),
        splitting=Splitting(kind="shuffled", note="too few times"),
        noise_ceiling=None,
    )
    foretold = _table(section, "What the learning curve foretells").rows

    assert _table(section, "Findings").rows[0][0] == "group=a"
    assert ("rows needed in all", "5,000 [4,000, -]") in foretold
    assert ("more rows to upload", "1,000 [0, 9,000]") in foretold
    assert ("the column age alone", "0.7000") in _table(section, "Scores").rows
    assert section.charts[0].series[1].name == "target"
    assert "(too few times)" in section.text[1]
    assert "For want of time without repeat 2" in section.text[1]


def test_without_a_trial_only_outcomes_are_shown() -> None:
    """Nothing was fitted, so nothing is drawn."""
    section = _section(rows=10, findings=())

    assert section.verdict == "insufficient_data"
    assert [table.title for table in section.tables] == ["Outcomes"]
    assert section.charts == ()
    assert _section(rows=10, findings=(), classes={}).tables == ()
    assert _section(curve=None, findings=_section_findings()).charts[0].kind == "bars"


def _section_findings() -> tuple[Any, ...]:
    return reports.feasibility_report("binary").findings[:1]
