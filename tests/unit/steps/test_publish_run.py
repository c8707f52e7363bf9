"""A run is published once, whatever happens on the way and however often it is tried."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from loopwright.aws.stores import StoredDatasets, StoredEvidence, StoredSpecs
from loopwright.domain.bins import Counts
from loopwright.domain.data_page import DataPage
from loopwright.domain.gate import Reason
from loopwright.domain.profile import Profile
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.report import RenderedReport, RunReport
from loopwright.domain.run import Approval, ModelRecord, Run, RunKey
from loopwright.errors import ServiceError
from loopwright.steps.publish_run import Request, Result, publish_run
from tests.fakes import InMemoryEventBus, InMemoryLedger, InMemoryObjectStore, ManualClock, reports
from tests.fakes.projects import a_manifest, a_spec

KEY = RunKey(dataset="d", spec="s", code="c", image="i")
FOLDER = "runs/employment/run-1"


class PlainReports:
    """Renders what a test wants to see, or breaks when told to."""

    def __init__(self) -> None:
        """Start with no report; `note` stands for another version of the renderer."""
        self.rendered: list[RunReport] = []
        self.note = ""
        self.breaks = False

    def render(self, report: RunReport) -> RenderedReport:
        """Write the report's fields."""
        if self.breaks:
            raise ServiceError("out of memory")
        self.rendered.append(report)
        text = report.model_dump_json() + self.note
        return RenderedReport(html=text, markdown=f"# {text}")

    def render_data(self, page: DataPage) -> str:
        """Write the page's fields."""
        return page.model_dump_json() + self.note


@dataclass
class Stage:
    """A ledger with one open run, and everything that a publication touches."""

    objects: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    ledger: InMemoryLedger = field(default_factory=InMemoryLedger)
    events: InMemoryEventBus = field(default_factory=InMemoryEventBus)
    reports: PlainReports = field(default_factory=PlainReports)
    clock: ManualClock = field(default_factory=ManualClock)

    def opened(self, **changes: Any) -> "Stage":
        """Open the run, with all of its key known."""
        known = {"dataset": "d", "spec": "s", "code": "c", "image": "i"} | changes
        run = {"id": "run-1", "project": "employment", "execution": "arn", "trigger": "upload"}
        started = {"actor": "ann", "started_at": self.clock.now().isoformat()}
        self.ledger.open_run(Run.model_validate({**run, **started, **known}))
        self.clock.advance(minutes=2)
        return self

    def with_model(self, status: str = "candidate") -> "Stage":
        """List the model `m`."""
        record = {"project": "employment", "model": "m", "run": "run-1", "dataset": "d"}
        more = {"spec": "s", "code": "c", "registered_at": "noon", "status": status}
        self.ledger.add_model(ModelRecord.model_validate(record | more))
        return self

    def publish(self, outcome: str, **changes: Any) -> Result:
        """Publish the run."""
        given = {"run": "run-1", "project": "employment", "outcome": outcome} | changes
        return publish_run(
            Request.model_validate(given),
            objects=self.objects,
            specs=StoredSpecs(self.objects),
            datasets=StoredDatasets(self.objects),
            evidence=StoredEvidence(self.objects),
            ledger=self.ledger,
            events=self.events,
            reports=self.reports,
            clock=self.clock,
        )

    @property
    def run(self) -> Run:
        """The run as it is stored."""
        return self.ledger.run("employment", "run-1")

    @property
    def codes(self) -> list[str]:
        """The codes of the run's reasons."""
        return [reason.code for reason in self.run.reasons]


def test_a_promoted_run_is_closed_with_all_it_led_to() -> None:
    """The record names model, champion, dataset, evidence and report."""
    stage = Stage().opened().with_model("champion")
    stage.objects.write(f"{FOLDER}/decision.json", b"{}")
    reasons = ({"code": "metric_gain", "message": "better"},)
    result = stage.publish("model_promoted", model="m", champion="old", reasons=reasons)

    assert result == Result(
        run="run-1",
        project="employment",
        outcome="model_promoted",
        report=f"{FOLDER}/report.html",
        closed_now=True,
    )
    assert (stage.run.model, stage.run.champion, stage.run.dataset) == ("m", "old", "d")
    assert stage.run.ended_at == "2026-01-05T12:02:00+00:00"
    assert [(one.name, one.digest) for one in stage.run.evidence] == [
        ("decision.json", digest_of(b"{}"))
    ]
    assert stage.run.report == f"{FOLDER}/report.html"
    assert {f"{FOLDER}/report.html", f"{FOLDER}/report.md"} <= set(stage.objects.objects)
    assert stage.ledger.verdict("employment", KEY) == "run-1"
    assert stage.ledger.model("employment", "m").status == "champion"
    assert stage.codes == ["metric_gain"]


def test_the_end_of_a_run_is_announced_with_its_outcome_and_report() -> None:
    """Who listens needs no second look to know what happened."""
    stage = Stage().opened().with_model()
    stage.publish("candidate_rejected", model="m", reasons=({"code": "audit", "message": "no"},))
    [finished, rejected] = stage.events.events

    assert stage.events.names == ["RunFinished", "CandidateRejected"]
    assert (finished.actor, finished.at, finished.reason) == ("ann", stage.run.ended_at, "no")
    assert finished.detail == rejected.detail
    assert finished.detail["report"] == f"{FOLDER}/report.html"
    assert finished.detail["reasons"] == ["audit"]


@pytest.mark.parametrize("outcome", ["dataset_rejected", "model_promoted", "release_broken"])
def test_publishing_twice_gives_the_same_state(outcome: str) -> None:
    """A retried state finds its work done, an hour later too; only events repeat."""
    stage = Stage().opened()
    first = stage.publish(outcome, error="E", cause="why")
    state = (dict(stage.objects.objects), stage.run)
    stage.clock.advance(hours=1)
    second = stage.publish(outcome, error="E", cause="why")

    assert (dict(stage.objects.objects), stage.run) == state
    assert (first.closed_now, second.closed_now) == (True, False)
    events = stage.events.events
    assert events[: len(events) // 2] == events[len(events) // 2 :]


def test_a_publication_that_broke_off_is_finished_with_its_first_outcome() -> None:
    """The machine publishes as broken when publishing broke; what had happened stays true."""
    stage = Stage().opened().with_model()
    stage.reports.breaks = True
    with pytest.raises(ServiceError):
        stage.publish("candidate_rejected", model="m")
    stage.reports.breaks = False
    stage.clock.advance(minutes=5)
    result = stage.publish("release_broken", error="ServiceError", model="m")

    assert (result.outcome, result.closed_now) == ("candidate_rejected", False)
    assert stage.run.ended_at == "2026-01-05T12:02:00+00:00"
    assert stage.ledger.verdict("employment", KEY) == "run-1"
    assert stage.events.names == ["RunFinished", "CandidateRejected"]


def test_the_first_report_stays_when_another_version_renders_it_otherwise() -> None:
    """A deployment between two tries must not break the second."""
    stage = Stage().opened()
    stage.publish("dataset_rejected")
    first = dict(stage.objects.objects)
    stage.reports.note = "another version"
    stage.publish("dataset_rejected")

    assert stage.objects.objects == first


def test_documents_that_came_after_the_end_are_not_in_the_report() -> None:
    """The report is made from the evidence that the closed record names."""
    stage = Stage().opened()
    stage.publish("dataset_rejected")
    stage.objects.write(f"{FOLDER}/validation.json", b"{}")
    stage.publish("dataset_rejected")

    assert stage.reports.rendered[0] == stage.reports.rendered[1]


def test_the_report_is_built_from_the_evidence() -> None:
    """A gate's document becomes a section; the report itself is no evidence."""
    stage = Stage().opened()
    stage.objects.write(f"{FOLDER}/validation.json", canonical_json({"odd": 1}))
    stage.publish("dataset_rejected")

    assert [one.title for one in stage.reports.rendered[0].sections] == ["Validation"]


@pytest.mark.parametrize("outcome", ["release_broken", "nothing_new"])
def test_no_verdict_is_recorded_for_a_run_that_gave_none(outcome: str) -> None:
    """The same question may be asked again after breakage."""
    stage = Stage().opened()
    stage.publish(outcome)

    assert stage.ledger.verdict("employment", KEY) is None


def test_no_verdict_is_recorded_when_the_question_is_not_wholly_known() -> None:
    """A file that could not be read has no dataset digest."""
    stage = Stage().opened(dataset=None)
    stage.publish("dataset_rejected")

    assert stage.ledger.verdict("employment", KEY) is None
    assert stage.events.names == ["RunFinished", "DatasetRejected"]


def test_nothing_new_points_at_the_run_that_gave_the_verdict() -> None:
    """The reader finds the report that answers."""
    stage = Stage().opened()
    stage.ledger.put_verdict("employment", KEY, "run-0")
    stage.publish("nothing_new")

    assert stage.run.reasons[0].subject == "run-0"
    assert stage.ledger.verdict("employment", KEY) == "run-0"


def test_nothing_new_without_a_known_question_is_published_too() -> None:
    """The record may lack what names the earlier run."""
    stage = Stage().opened(dataset=None)
    stage.publish("nothing_new")

    assert stage.run.reasons[0].subject == ""


@pytest.mark.parametrize("outcome", ["candidate_rejected", "approval_refused", "approval_expired"])
@pytest.mark.parametrize(("before", "after"), [("candidate", "rejected"), ("champion", "champion")])
def test_a_candidate_that_may_not_answer_is_rejected(outcome: str, before: str, after: str) -> None:
    """The same model may have become champion in an earlier run; then it stays so."""
    stage = Stage().opened().with_model(before)
    stage.publish(outcome, model="m")

    assert stage.ledger.model("employment", "m").status == after


def test_a_persons_decision_stands_first_among_the_reasons() -> None:
    """Who refused, and why, before the numbers."""
    stage = Stage().opened().with_model()
    asked = {"run": "run-1", "project": "employment", "model": "m", "evidence": "e", "token": "t"}
    times = {"requested_at": "noon", "expires_at": "one", "decided_at": "noon"}
    decided = {"decision": "refused", "actor": "bob", "reason": "no"}
    stage.ledger.request_approval(Approval.model_validate(asked | times | decided))
    stage.publish("approval_refused", model="m", reasons=({"code": "metric_gain", "message": "m"},))

    assert stage.codes == ["refused", "metric_gain"]


def test_breakage_is_explained_before_other_reasons() -> None:
    """The innermost cause is the first thing to read."""
    stage = Stage().opened()
    cause = json.dumps({"errorType": "SpecError", "errorMessage": "unknown key"})
    reason = Reason(code="other", message="other")
    stage.publish("release_broken", error="SpecError", cause=cause, reasons=(reason,))

    assert stage.codes == ["release_broken", "other"]
    assert stage.run.reasons[0].message == "SpecError: unknown key"
    assert stage.events.names == ["RunFinished"]


def test_a_run_that_broke_before_it_opened_is_listed() -> None:
    """Its actor and its upload come from the input of the execution."""
    stage = Stage()
    given = {"trigger": "upload", "actor": "rule", "key": "incoming/employment/a.csv"}
    started = "2026-01-05T11:00:00+00:00"
    stage.publish("release_broken", execution="arn", started_at=started, input=given)

    assert (stage.run.execution, stage.run.started_at) == ("arn", started)
    assert (stage.run.actor, stage.run.key) == ("rule", "incoming/employment/a.csv")
    assert stage.ledger.runs() == [stage.run]


def test_a_run_of_no_known_project_is_published_under_unknown() -> None:
    """Nothing is lost, not even what nobody can place."""
    stage = Stage()
    result = stage.publish("release_broken", project=None)
    run = stage.ledger.run("unknown", "run-1")

    assert result.report == "runs/unknown/run-1/report.html"
    assert (run.execution, run.started_at) == ("run-1", run.ended_at)


def with_version(*, profile: bytes | None = None) -> Stage:
    """An open run of a version that is stored with its spec and its profile."""
    stage = Stage()
    spec = StoredSpecs(stage.objects).put_spec(a_spec(project="employment"))
    StoredDatasets(stage.objects).put_manifest(a_manifest(project="employment", digest="d"))
    empty = Profile(bins={}, counts=Counts(rows=0, columns={}))
    body = canonical_json(empty) if profile is None else profile
    stage.objects.write("datasets/employment/d/profile.json", body)
    return stage.opened(spec=spec)


@pytest.mark.parametrize("outcome", ["dataset_rejected", "infeasible", "model_promoted"])
def test_the_data_page_lies_beside_the_report_and_stays(outcome: str) -> None:
    """A rejected run has one as well; a later renderer leaves the first page."""
    stage = with_version()
    documents = {
        "validation.json": reports.validation(rejected=True),
        "feasibility.json": reports.feasibility_report("binary"),
    }
    for name, document in documents.items():
        stage.objects.write(f"{FOLDER}/{name}", canonical_json(document))
    stage.publish(outcome)
    first = stage.objects.read(f"{FOLDER}/data.html")
    stage.reports.note = "of another version"
    stage.publish(outcome)
    page = DataPage.model_validate_json(first)

    assert stage.objects.read(f"{FOLDER}/data.html") == first
    assert (page.dataset, page.verdict, len(page.findings)) == ("d", "reject", 2)
    assert page.answer is not None
    assert [one.has_data_page for one in stage.reports.rendered] == [True, True]


def test_a_run_that_came_to_no_profile_has_no_data_page() -> None:
    """Its report links none."""
    stage = Stage().opened()
    stage.publish("release_broken", error="E")

    assert f"{FOLDER}/data.html" not in stage.objects.objects
    assert not stage.reports.rendered[0].has_data_page


@pytest.mark.parametrize("known", [{"dataset": None}, {"spec": None}])
def test_a_run_without_version_or_spec_has_no_data_page(known: dict[str, None]) -> None:
    """It broke before it had read a row."""
    stage = Stage().opened(**known)
    stage.publish("release_broken", error="E")

    assert not stage.reports.rendered[0].has_data_page


def test_a_profile_of_another_form_does_not_keep_a_run_open() -> None:
    """The run is closed with its report alone."""
    stage = with_version(profile=b"{}")
    stage.publish("infeasible")

    assert stage.run.outcome == "infeasible"
    assert f"{FOLDER}/data.html" not in stage.objects.objects
