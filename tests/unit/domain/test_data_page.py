from typing import Any

import pytest

from loopwright.domain import data_page_build, data_page_columns
from loopwright.domain.bins import Bins, CategoricalBins, ColumnCounts, Counts, NumericBins
from loopwright.domain.data_histogram import Histogram, Split
from loopwright.domain.data_page import ColumnCard
from loopwright.domain.data_page_build import build_data_page
from loopwright.domain.data_page_columns import column_line, ordered, part_of
from loopwright.domain.data_page_findings import page_findings
from loopwright.domain.dataset import ColumnSchema
from loopwright.domain.facts import Example
from loopwright.domain.findings import DataFinding
from loopwright.domain.gate import Reason
from loopwright.domain.profile import Profile
from loopwright.domain.validation import Validation
from tests.fakes import reports
from tests.fakes.projects import COLUMNS, a_manifest, a_spec

BINS: dict[str, Bins] = {
    "id": NumericBins(edges=(1.0, 4.0), measure="length"),
    "sex": CategoricalBins(categories=(1, 2)),
    "income": NumericBins(edges=(0.0, 1_000.0)),
    "repaid": CategoricalBins(categories=("no", "yes")),
}
COUNTS = {
    "id": (0, 0, 10, 0),
    "sex": (0, 0, 0, 4, 6),
    "income": (2, 0, 8, 0),
    "repaid": (0, 0, 0, 3, 7),
}
PROFILE = Profile(
    bins=BINS,
    counts=Counts(rows=10, columns={name: ColumnCounts(counts=c) for name, c in COUNTS.items()}),
)
MANIFEST = a_manifest(
    rows=10,
    holdout_rows=2,
    columns=[ColumnSchema(name=name, type="integer", parquet_type="INT64") for name in BINS],
    quarantined_rows=3,
    parents=("p" * 64,),
)


def a_finding(**changes: Any) -> DataFinding:
    """A finding about `income`, with some fields changed."""
    fields = {"code": "above_max", "column": "income", "severity": "violation", "count": 2}
    more = {"share": 0.2, "message": "too high", "advice": "Mend them."}
    return DataFinding.model_validate({**fields, **more, **changes})


def a_validation(*findings: DataFinding, reasons: tuple[Reason, ...] = ()) -> Validation:
    """The contract's document with these findings."""
    verdict = "reject" if findings or reasons else "pass"
    document = {"dataset": "d1", "verdict": verdict, "reasons": reasons, "rows": 10}
    return Validation.model_validate({**document, "missing": {}, "findings": findings})


def test_the_page_of_a_version_without_a_verdict_shows_its_columns() -> None:
    """The target comes first; what has no bins has no card."""
    page = build_data_page(a_spec(), MANIFEST, PROFILE)

    assert (page.project, page.dataset, page.verdict) == ("loans", "d1", "registered")
    assert [card.name for card in page.cards] == ["repaid", "sex", "income", "id"]
    assert [card.part for card in page.cards] == ["target", "protected", "feature", "key"]
    assert page.answer is None
    assert [(figure.name, figure.value) for figure in page.figures] == [
        ("rows", "10"),
        ("columns", "4"),
        ("missing values", "5.0%"),
        ("findings", "0"),
    ]
    assert dict(page.summary)["rows kept apart"] == "3 could not be read"
    assert dict(page.summary)["made from"] == "p" * 12


def test_a_version_that_counts_nothing_has_no_share_of_missing_values() -> None:
    """Nor do rows stand apart that were all read."""
    empty = Profile(bins={}, counts=Counts(rows=0, columns={}))
    page = build_data_page(a_spec(), a_manifest(), empty)

    assert page.figures[2].value == "-"
    assert "rows kept apart" not in dict(page.summary)


def test_cards_of_columns_with_findings_come_after_the_target_and_lead_to_them() -> None:
    """A reader sees trouble first; the figure counts each severity."""
    findings = (a_finding(), a_finding(code="odd", severity="note"), a_finding(severity="note"))
    page = build_data_page(a_spec(), MANIFEST, PROFILE, validation=a_validation(*findings))

    assert [(card.name, card.findings) for card in page.cards][:2] == [
        ("repaid", ()),
        ("income", (0, 1, 2)),
    ]
    assert page.figures[3].note == "1 violation, 2 notes"
    assert page.verdict == "reject"


def test_a_card_tells_what_is_missing_and_what_is_typical() -> None:
    """A key is described by its length, a category by its bars alone."""
    cards = {card.name: card for card in build_data_page(a_spec(), MANIFEST, PROFILE).cards}

    assert cards["income"].missing_share == pytest.approx(0.2)
    assert cards["income"].facts == (
        ("missing", "2 (20.0%)"),
        ("typical", "median 0 to 1000"),
    )
    assert cards["id"].facts == (("characters", "median 1 letters to 4 letters"),)
    assert cards["sex"].facts == (("distinct", "2"),)
    assert [bar.rows for bar in cards["sex"].histogram.bars] == [(6.0,), (4.0,)]


def test_a_card_without_rows_misses_nothing() -> None:
    """None of none."""
    histogram = Histogram(kind="value")
    card = ColumnCard(
        name="x", type="number", part="feature", rows=0, missing=0, histogram=histogram
    )

    assert card.missing_share == 0.0


def test_of_many_columns_and_findings_the_first_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out is counted."""
    monkeypatch.setattr(data_page_build, "MOST_CARDS", 1)
    monkeypatch.setattr(data_page_build, "MOST_LINES", 2)
    monkeypatch.setattr(data_page_build, "MOST_FINDINGS", 1)
    found = a_validation(a_finding(), a_finding(column="sex"))
    page = build_data_page(a_spec(), MANIFEST, PROFILE, validation=found)

    assert [card.name for card in page.cards] == ["repaid"]
    assert [line[0] for line in page.lines] == ["income", "sex"]
    assert (page.left_out, page.findings_left_out) == (1, 1)


def test_a_line_says_what_a_card_would() -> None:
    """Name, type, part, missing share, and what is typical."""
    line = column_line("income", a_spec(), PROFILE)

    assert line == ("income", "number", "feature", "20.0%", "median 0 to 1000")


def test_a_column_may_play_two_parts_or_none() -> None:
    """What is neither learned from nor compared is context."""
    columns = {**COLUMNS, "city": COLUMNS["city"].model_copy(update={"feature": False})}
    spec = a_spec(entity="id", columns=columns)

    assert part_of("id", spec) == "key, entity"
    assert part_of("city", spec) == "context"
    assert ordered(spec, ("", "city"))[:3] == ["repaid", "city", "sex"]


@pytest.mark.parametrize("measure", ["epoch", "length", "value"])
def test_times_have_no_typical_value_in_words(measure: str) -> None:
    """Their axis tells; a length and a number have their middle."""
    bins = NumericBins.model_validate({"edges": (0.0, 86_400.0), "measure": measure})
    counts = Counts(rows=4, columns={"income": ColumnCounts(counts=(0, 0, 4, 0))})
    profile = Profile(bins={"income": bins}, counts=counts)
    card = data_page_columns.column_card("income", a_spec(), profile, (), Split(((0, 0, 4, 0),)))

    assert bool(card.facts) == (measure != "epoch")
    assert card.histogram.kind == measure


def test_the_answer_holds_the_words_and_the_curve_of_the_gate() -> None:
    """No line is said twice."""
    found = reports.feasibility_report("binary")
    page = build_data_page(a_spec(), MANIFEST, PROFILE, feasibility=found)

    assert page.answer is not None
    assert page.answer.text[0] == found.answer
    assert len(set(page.answer.text)) == len(page.answer.text)
    assert page.answer.curve is not None
    assert found.curve is not None
    assert page.answer.curve.points == found.curve.points
    assert page.figures[-1].name.startswith("simple learner")


def test_an_answer_from_too_few_rows_has_no_curve_and_no_score() -> None:
    """The words say what to do."""
    found = reports.feasibility_report("binary", rows=40)
    page = build_data_page(a_spec(), MANIFEST, PROFILE, feasibility=found)

    assert page.answer is not None
    assert page.answer.curve is None
    assert page.figures[-1].name == "findings"


def test_a_reason_that_is_no_finding_stands_before_the_findings() -> None:
    """Reasons that repeat a finding are told once."""
    finding = a_finding()
    other = Reason(code="too_few_rows", message="10 rows, 500 wanted", advice="Upload more.")
    found = page_findings(a_validation(finding, reasons=(finding.reason, other)))

    assert [(one.title, one.message) for one in found] == [
        ("too few rows", "10 rows, 500 wanted"),
        ("above max", "too high"),
    ]


@pytest.mark.parametrize(
    ("count", "share", "text"),
    [
        (0, 0.0, ""),
        (1, 0.00001, "1 row, under 0.01%"),
        (1_200, 0.12, "1,200 rows, 12.00%"),
    ],
)
def test_a_finding_says_how_many_rows_it_is_about(count: int, share: float, text: str) -> None:
    """One that is not about rows says none."""
    [found] = page_findings(a_validation(a_finding(count=count, share=share)))

    assert found.share == text
    assert found.examples is None


def test_example_rows_name_their_part_and_place() -> None:
    """A person finds the row again."""
    example = Example(part="datasets/loans/d1/train/part-00000.parquet", row=7, value="1e9")
    [found] = page_findings(a_validation(a_finding(examples=(example,))))

    assert found.examples is not None
    assert found.examples.rows == (("1e9", "", "train/part-00000.parquet", "7"),)
