import json

import pytest

from loopwright.domain.fairness import Audit
from loopwright.domain.gate import Evidence, Finding, Grade, Reason
from loopwright.domain.kinds import Task
from loopwright.domain.package import ParityReport, Trial
from loopwright.domain.record import canonical_json
from loopwright.domain.report import RunReport, Section, Table
from loopwright.domain.report_data import audit_section
from loopwright.domain.report_sections import build_report
from loopwright.domain.report_text import DASH
from loopwright.domain.run import Run
from loopwright.domain.slices import Slice, SliceSearch
from loopwright.domain.spec_gates import Audit as Policy
from tests.fakes import reports

RUN = Run(
    id="run-1",
    project="employment",
    execution="arn",
    trigger="upload",
    actor="ann",
    started_at="2026-01-05T12:00:00+00:00",
    ended_at="2026-01-05T12:03:20+00:00",
    outcome="model_promoted",
    dataset=reports.DATASET,
    model=reports.CANDIDATE,
    champion=reports.CHAMPION,
    evidence=(Evidence(name="validation.json", key="k", digest="e"),),
)


def report_of(task: Task = "binary", *, champion: bool = True, incomparable: str = "") -> RunReport:
    """Build the report of a run that has every document."""
    found = reports.documents(task, champion=champion, incomparable=incomparable)
    return build_report(RUN, found)


def section_of(report: RunReport, title: str) -> Section:
    """Return the section whose title starts so."""
    return next(section for section in report.sections if section.title.startswith(title))


def table_of(section: Section, title: str) -> Table:
    """Return the table whose title starts so."""
    return next(table for table in section.tables if table.title.startswith(title))


def test_the_sections_stand_in_the_order_of_the_gates() -> None:
    """A reader follows the run as it went."""
    report = report_of()

    assert [section.title for section in report.sections] == [
        "Data against the contract",
        "Feasibility: can the question be answered?",
        "Disparity audit of the data",
        "Training",
        "Evaluation on the sealed holdout",
        "Disparity audit of the model's answers",
        "Decision",
        "Promotion",
    ]


def test_the_head_says_how_the_run_ended_and_how_long_it_took() -> None:
    """The first screen answers what happened."""
    report = report_of()

    assert (report.title, report.outcome) == ("Run run-1", "model_promoted")
    assert report.meaning.startswith("The candidate is the champion now")
    assert dict(report.summary)["took"] == "3 min 20 s"
    assert dict(report.summary)["candidate"] == "1" * 12
    assert dict(report.identities)["candidate"] == "1" * 64


def test_a_run_that_goes_on_has_a_report_too() -> None:
    """A person may look at it before the end."""
    report = build_report(RUN.model_copy(update={"outcome": None, "ended_at": None}), {})

    assert (report.outcome, report.meaning) == ("", "The run has not ended.")
    assert "took" not in dict(report.summary)


def test_a_short_run_took_seconds() -> None:
    """No run takes zero minutes."""
    ended = RUN.model_copy(update={"ended_at": "2026-01-05T12:00:41+00:00", "dataset": None})

    assert dict(build_report(ended, {}).summary)["took"] == "41 s"


def test_the_last_of_repeated_documents_is_shown() -> None:
    """A run that judged again is shown with the judgement that counted."""
    again = reports.validation(rejected=True)
    found = {
        "validation.json": canonical_json(reports.validation()),
        "validation-2.json": canonical_json(reports.validation(rejected=True)),
        "validation-10.json": canonical_json(again.model_copy(update={"rows": 12345})),
    }
    [section] = build_report(RUN, found).sections

    assert section.verdict == "reject"
    assert section.text == ("12,345 rows were checked against project.yaml.",)


def test_a_broken_contract_is_shown_by_column() -> None:
    """The reader sees which columns, how many rows, and a few values."""
    body = canonical_json(reports.validation(rejected=True))
    [section] = build_report(RUN, {"validation.json": body}).sections

    assert table_of(section, "Findings").rows == (
        (
            "violation",
            "unknown category",
            "group",
            "3",
            "0.8%",
            "c (train/part-00000.parquet row 7)",
            "Mend the rows.",
        ),
        (
            "note",
            "near unique",
            "group",
            "3",
            "0.8%",
            "c (train/part-00000.parquet row 7)",
            "Accepted: They are real.",
        ),
    )
    assert table_of(section, "Missing").rows == (("age", "20", "5.0%"),)
    assert [reason.code for reason in section.reasons] == ["unknown_category"]


def test_a_reason_of_the_run_is_not_told_twice() -> None:
    """What stands at the head is left out of the section."""
    document = reports.validation(rejected=True)
    run = RUN.model_copy(update={"reasons": document.reasons})
    [section] = build_report(run, {"validation.json": canonical_json(document)}).sections

    assert section.reasons == ()


def test_the_audit_of_the_data_shows_the_base_rate_of_each_group() -> None:
    """Each group has a row with its interval, and the finding against its limit another."""
    section = section_of(report_of(), "Disparity audit of the data")

    assert table_of(section, "Groups").columns[-1] == "base rate [interval]"
    assert [row[0] for row in table_of(section, "Base rate ratio").rows] == ["group=a", "group=b"]
    assert len(table_of(section, "Base rate ratio").spans) == 2


def test_a_two_sided_limit_is_shown_on_both_sides() -> None:
    """A difference may lie too high or too low."""
    table = table_of(section_of(report_of(), "Disparity audit of the model"), "False positive")

    assert table.rows[0][3] == "±0.2"
    assert [len(span.limits) for span in table.spans if span] == [2, 2]
    assert sum(limit for span in table.spans if span for limit in span.limits) == 0


def test_violations_and_open_questions_are_counted_on_the_first_screen() -> None:
    """One violation is not called violations."""
    grades: tuple[Grade, ...] = ("violation", "inconclusive", "none")
    findings = [Finding(subject=f"g={g}", grade=g, measure="ratio", value=0.5) for g in grades]
    audit = Audit(
        kind="model",
        project="p",
        spec="s",
        dataset="d",
        favourable=1,
        policy=Policy(),
        findings=tuple(findings),
        verdict="pass",
        reasons=(),
    )
    section = audit_section(canonical_json(audit))

    assert section.figures[0].value == "1 violation"
    assert section.figures[0].note == "1 of 3 comparisons inconclusive"
    assert [row[1] for row in section.tables[0].rows] == ["violation", "inconclusive", "recorded"]


def test_a_project_without_protected_attributes_says_why() -> None:
    """No comparison is no pass: the reason is what there is to show."""
    reason = Reason(code="no_protected_attribute", message="machines have no age")
    audit = Audit(
        kind="dataset",
        project="p",
        spec="s",
        dataset="d",
        favourable=None,
        policy=Policy(),
        findings=(),
        verdict="pass",
        reasons=(reason,),
    )
    section = audit_section(canonical_json(audit))

    assert (section.reasons, section.tables, section.figures) == ((reason,), (), ())


def test_training_shows_what_was_tried_and_the_parity() -> None:
    """The exported model is compared with the estimator in the open."""
    section = section_of(report_of(), "Training")

    assert table_of(section, "What was tried").rows == (
        ("logistic", "the usual ones", "roc auc", "0.9000", "0"),
    )
    assert table_of(section, "The exported").rows == (("real rows", "100", "2e-16", "1e-09", ""),)


def test_the_settings_of_a_search_are_all_shown() -> None:
    """Also those that could not be measured."""
    trials = (
        Trial(name="xgboost", parameters={}, value=0.8),
        Trial(name="xgboost", parameters={"reg_lambda": 0.123456, "max_depth": 3}, value=None),
    )
    changed = reports.card("binary", tried=True).model_copy(update={"searched": trials})
    card = changed.model_dump(mode="json")
    [section] = build_report(RUN, {"training.json": canonical_json({"card": card})}).sections

    assert table_of(section, "Settings that were searched").rows == (
        ("xgboost", "the usual ones", "0.8000"),
        ("xgboost", "max depth 3, reg lambda 0.1235", DASH),
    )


def test_of_an_import_it_is_said_that_nobody_here_knows_its_rows() -> None:
    """And nothing is said of an export that was not compared."""
    told = {"trained_by": "import", "fitted_on": "rows not known here", "tried": ()}
    parity = ParityReport(tolerance=1e-5, through_skl2onnx=(), scenarios=())
    changed = reports.card("binary", tried=False).model_copy(update={**told, "parity": parity})
    card = changed.model_dump(mode="json")
    [section] = build_report(RUN, {"training.json": canonical_json({"card": card})}).sections

    assert "by the import, fitted on rows not known here" in section.text[0]
    assert "flatters it" in section.text[2]
    assert not [table for table in section.tables if "exported" in table.title]


def test_a_script_tries_nothing_else() -> None:
    """Only the built-in trainer chooses between estimators."""
    card = reports.card("binary", tried=False).model_dump(mode="json")
    [section] = build_report(RUN, {"training.json": canonical_json({"card": card})}).sections

    assert "What was tried" not in [table.title for table in section.tables]


def test_the_evaluation_compares_candidate_champion_and_dummy() -> None:
    """The numbers are those of the document, by model."""
    evaluation = json.loads(reports.documents("binary")["evaluation.json"])
    report = report_of()
    metrics = table_of(section_of(report, "Evaluation"), "Metrics")
    auc = evaluation["candidate"]["metrics"][0]

    assert metrics.columns == ("metric", "better", "candidate", "champion", "dummy")
    assert metrics.rows[0][:2] == ("roc auc", "higher")
    assert metrics.rows[0][2] == f"{auc['value']:.4f} [{auc['low']:.4f}, {auc['high']:.4f}]"
    assert [f.name for f in report.figures][1:4] == [
        "roc auc of the candidate",
        "roc auc of the champion",
        "roc auc of the dummy",
    ]


@pytest.mark.parametrize(
    ("task", "charts"),
    [
        (
            "binary",
            ["ROC", "Calibration", "The candidate's probabilities of the favourable outcome"],
        ),
        ("multiclass", []),
        ("regression", ["Predicted and actual, by tenths of the rows"]),
    ],
)
def test_each_task_has_its_charts(task: Task, charts: list[str]) -> None:
    """What a task does not have is not drawn."""
    section = section_of(report_of(task), "Evaluation")

    assert [chart.title for chart in section.charts] == charts
    assert all(chart.series[-1].name in {"chance", "exact", "other"} for chart in section.charts)


def test_classes_have_a_table_of_outcomes_and_answers() -> None:
    """One row per outcome, one column per answer; the cells add up to the rows."""
    section = section_of(report_of("multiclass"), "Evaluation")
    table = table_of(section, "Outcomes and answers of the candidate")

    assert [row[0] for row in table.rows] == ["low", "middle", "high"]
    assert sum(int(cell) for row in table.rows for cell in row[1:]) == reports.ROWS


def test_gains_of_a_regression_share_no_scale() -> None:
    """r2 has no unit, rmse has that of the target."""
    section = section_of(report_of("regression"), "Evaluation")

    assert table_of(section, "Gain over the champion").spans == ()
    assert len(table_of(section_of(report_of(), "Evaluation"), "Gain over the dummy").spans) > 1


def test_a_first_candidate_is_compared_with_the_dummy_alone() -> None:
    """There is no champion to lose against."""
    report = report_of(champion=False)
    section = section_of(report, "Evaluation")

    assert [t.title for t in section.tables if t.title.startswith("Gain")] == [
        "Gain over the dummy: above zero is better"
    ]
    assert "against no champion" in section_of(report, "Decision").text[0]
    assert section_of(report, "Promotion").text[0].endswith(", the first champion.")


def test_a_champion_that_cannot_be_scored_is_explained() -> None:
    """A person must decide, and learns why."""
    report = report_of(incomparable="the spec dropped age")
    results = [row[3] for row in section_of(report, "Decision").tables[0].rows]

    assert section_of(report, "Evaluation").text[-1].endswith("these rows: the spec dropped age.")
    assert "a person decides" in results


def test_the_slices_that_lose_are_shown_with_their_intervals() -> None:
    """Both searches, each with how many slices it looked at."""
    lost = Slice(
        conditions=("group=a", "age=30 to 40"),
        rows=240,
        mean=0.3,
        value=0.2,
        low=0.1,
        high=0.3,
        p_value=0.0012,
    )
    search = SliceSearch(looked_at=1_234, found=(lost,)).model_dump(mode="json")
    document = json.loads(reports.documents("binary")["evaluation.json"])
    document |= {"weak_slices": search, "lost_slices": search}
    [section] = build_report(RUN, {"evaluation.json": canonical_json(document)}).sections
    weak, against = table_of(section, "Where the candidate is"), table_of(section, "Where the cand")

    assert weak.rows == (
        ("group=a and age=30 to 40", "240", "0.3000", "0.2000 [0.1000, 0.3000]", "0.0012"),
    )
    assert "(1,234 slices looked at)" in against.title


def test_sealed_rows_without_an_outcome_are_counted() -> None:
    """They are not evaluated, and not hidden."""
    document = json.loads(reports.documents("binary")["evaluation.json"]) | {"unlabelled_rows": 9}
    [section] = build_report(RUN, {"evaluation.json": canonical_json(document)}).sections

    assert section.text[1].startswith("9 more sealed rows have no outcome")


def test_the_decision_holds_numbers_against_limits() -> None:
    """Each check has its value, its limit and its result."""
    rows = section_of(report_of(), "Decision").tables[0].rows

    assert rows[0][0] == "metric gain: roc_auc"
    assert (rows[0][2], rows[0][3]) == ("0", "passed")


@pytest.mark.parametrize("body", [b"not json", b"{}", b"[]", b"null"])
@pytest.mark.parametrize("gate", ["validation", "training", "promotion"])
def test_a_document_of_another_form_does_not_hide_the_others(gate: str, body: bytes) -> None:
    """A run is published whatever lies among its evidence."""
    report = build_report(RUN, {f"{gate}.json": body})

    assert report.sections[0].text[-1] == "It is among the evidence."
    assert report.sections[0].title == gate.capitalize()


def test_equal_runs_have_equal_reports() -> None:
    """Nothing in a report is drawn from the clock or from chance."""
    assert report_of() == report_of()
