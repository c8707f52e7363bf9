"""Build a run's report from the documents of its gates."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from loopwright.domain.report import RunReport, Section
from loopwright.domain.report_data import audit_section, validation_section
from loopwright.domain.report_evaluation import evaluation_section
from loopwright.domain.report_feasibility import feasibility_section
from loopwright.domain.report_model import (
    decision_section,
    promotion_section,
    training_section,
)
from loopwright.domain.report_text import short, words
from loopwright.domain.run import Outcome, Run

SECTIONS: dict[str, Callable[[bytes], Section]] = {
    "validation": validation_section,
    "feasibility": feasibility_section,
    "dataset_audit": audit_section,
    "training": training_section,
    "evaluation": evaluation_section,
    "model_audit": audit_section,
    "decision": decision_section,
    "promotion": promotion_section,
}
MEANINGS: dict[Outcome, str] = {
    "model_promoted": "The candidate is the champion now: it answers the project's predictions.",
    "nothing_new": "This dataset, spec, code and image already had a verdict; nothing was done.",
    "dataset_rejected": "No model was trained: the data do not hold what project.yaml says.",
    "infeasible": "No model was trained: a simple learner does not beat a dummy by the margin.",
    "candidate_rejected": "A model was trained and did not become champion.",
    "approval_refused": "A model was trained, and a person refused to let it answer.",
    "approval_expired": "A model was trained, and nobody decided about it in time.",
    "release_broken": "The run broke before it gave a verdict. What was uploaded is still there.",
}


def build_report(
    run: Run, documents: Mapping[str, bytes], *, has_data_page: bool = False
) -> RunReport:
    """Return the report of a closed run; `documents` are the run's JSON evidence by file name.

    Of documents that were written again in one run (`evaluation-2.json`) the last one is shown.
    """
    newest = {name.split("-")[0].removesuffix(".json"): name for name in _in_order(documents)}
    found = {gate: documents[newest[gate]] for gate in SECTIONS if gate in newest}
    return RunReport(
        title=f"Run {run.id}",
        outcome=run.outcome or "",
        meaning=MEANINGS[run.outcome] if run.outcome else "The run has not ended.",
        summary=tuple((name, value) for name, value in _summary(run) if value),
        reasons=run.reasons,
        sections=tuple(_without(run, _section(gate, body)) for gate, body in found.items()),
        identities=tuple((name, value) for name, value in _identities(run) if value),
        evidence=run.evidence,
        has_data_page=has_data_page,
    )


def _in_order(names: Iterable[str]) -> list[str]:
    """Return file names so that `evaluation-10.json` comes after `evaluation-2.json`."""
    return sorted(names, key=lambda name: (len(name), name))


def _section(gate: str, body: bytes) -> Section:
    """Build a section; a document of another form is named, for it must not hide the others."""
    try:
        return SECTIONS[gate](body)
    except (KeyError, TypeError, ValueError) as error:
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        text = f"The document of this gate has another form than this version reads ({cause})."
        return Section(title=words(gate).capitalize(), text=(text, "It is among the evidence."))


def _without(run: Run, section: Section) -> Section:
    """Leave out the reasons that stand at the head of the report."""
    kept = tuple(reason for reason in section.reasons if reason not in run.reasons)
    return section.model_copy(update={"reasons": kept})


def _summary(run: Run) -> Iterator[tuple[str, str]]:
    yield "project", run.project
    yield "started by", f"{run.actor} ({words(run.trigger)})"
    yield "reason", run.reason
    yield "upload", run.key or ""
    yield "started", run.started_at
    yield "ended", run.ended_at or ""
    yield "took", _duration(run)
    yield "dataset", short(run.dataset) if run.dataset else ""
    yield "candidate", short(run.model) if run.model else ""
    yield "champion before", short(run.champion) if run.champion else ""


def _identities(run: Run) -> Iterator[tuple[str, str | None]]:
    yield "run", run.id
    yield "execution", run.execution
    yield "upload version", run.version_id
    yield "dataset", run.dataset
    yield "spec", run.spec
    yield "code", run.code
    yield "image", run.image
    yield "candidate", run.model
    yield "champion before", run.champion


def _duration(run: Run) -> str:
    if run.ended_at is None:
        return ""
    ended, started = datetime.fromisoformat(run.ended_at), datetime.fromisoformat(run.started_at)
    minutes, seconds = divmod(round((ended - started).total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
