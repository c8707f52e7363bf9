"""The story of `make demo` as one test: what it leaves in ledger, lineage, windows and events."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.commands.demo import PARAMETERS
from cli.demo.story import Story
from cli.session import Session
from loopwright import bootstrap
from loopwright.domain.lineage import Edge
from tests.twin.loop_stack import LoopStack, running_stack

PROJECT = "employment"


@dataclass(frozen=True)
class Told:
    """The story, and the stack that it was told on."""

    story: Story
    stack: LoopStack
    events: list[dict[str, Any]]

    @property
    def names(self) -> list[str]:
        """The names of the project's events, oldest first."""
        return [event["name"] for event in self.events]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Tell the whole story once."""
    folder = tmp_path_factory.mktemp("demo")
    with running_stack(folder, parameters=PARAMETERS) as stack:
        story = Story(Session(), stack.twin, folder / "report")
        story.tell()
        yield Told(story, stack, stack.events_of(PROJECT))


def test_its_runs_end_as_the_story_says(told: Told) -> None:
    """A champion, nothing new, and a retraining that is promoted; no other run."""
    runs = bootstrap.ledger().runs(PROJECT)[::-1]

    assert [(run.trigger, run.outcome) for run in runs] == [
        ("upload", "model_promoted"),
        ("upload", "nothing_new"),
        ("retraining", "model_promoted"),
    ]
    assert runs[2].champion == runs[0].model
    assert runs[2].actor == "assess_drift"


def test_the_retrained_model_answers_in_the_end(told: Told) -> None:
    """It was rolled back and forth, and the first model is retired."""
    first, _, retrained = bootstrap.ledger().runs(PROJECT)[::-1]
    champion = bootstrap.ledger().champion(PROJECT)
    statuses = {each.model: each.status for each in bootstrap.ledger().models(PROJECT)}

    assert champion is not None
    assert champion.model == retrained.model
    assert statuses == {first.model: "retired", retrained.model: "champion"}


def test_real_drift_is_never_material_and_the_shock_is(told: Told) -> None:
    """Certain statistically and of no weight, against a change that matters."""
    verdicts = [each["verdict"] for each in bootstrap.windows().verdicts(PROJECT)][::-1]

    assert len(verdicts) == 4
    assert set(verdicts[:3]) <= {"none", "detected"}
    assert verdicts[3] == "material"


def test_the_governor_refuses_what_is_immaterial_and_retrains_once(told: Told) -> None:
    """Each detected drift is answered; only the material one starts a retraining."""
    drifts = [event for event in told.events if event["name"] == "DriftDetected"]

    assert told.names.count("RetrainingStarted") == 1
    assert told.names.count("RetrainingRefused") == len(drifts) - 1


def test_every_transition_published_its_event(told: Told) -> None:
    """In the order in which things happened."""
    order = [
        "DatasetRegistered",
        "CandidateTrained",
        "ModelPromoted",
        "WindowFilled",
        "DriftDetected",
        "RetrainingStarted",
        "CandidateTrained",
        "ModelPromoted",
        "ModelRolledBack",
        "ModelRolledBack",
    ]
    remaining = iter(told.names)

    assert all(name in remaining for name in order)
    assert told.names.count("ModelPromoted") == 2
    assert all(event["actor"] and event["at"] for event in told.events)


def test_the_champion_is_traced_back_to_both_uploads(told: Told) -> None:
    """The retraining set comes from the first version and from labelled receipts."""
    champion = bootstrap.ledger().champion(PROJECT)
    assert champion is not None
    edges = told.stack.edges()
    reached = _upstream(edges, f"model:{champion.model}")
    uploads = {node for node in reached if node.startswith("upload:")}

    assert any(node.startswith("upload:incoming/employment/acs_ma_2015") for node in uploads)
    assert any(node.startswith("upload:assembled/employment/") for node in uploads)
    assert sum(node.startswith("dataset:") for node in reached) == 2
    assert any("labelled-receipts" in node for node in reached)


def test_every_predicted_row_is_counted_once_and_probes_never(told: Told) -> None:
    """Four windows and the rows since; the receipts without the probes."""
    receipts = [
        item
        for item in told.stack.items("ReceiptsTableName")
        if item["sk"]["S"] == "RECEIPT" and '"probe":false' in item["document"]["S"]
    ]
    predicted = sum(item["document"]["S"].count('"AGEP"') for item in receipts)
    counted = sum(
        int(item["document"]["S"].split('"rows":')[1].split(",")[0].rstrip("}"))
        for item in told.stack.items("WindowsTableName")
        if item["sk"]["S"].startswith("COUNTS#")
    )

    assert counted == predicted > 0


def test_the_report_and_the_page_of_its_data_are_left_side_by_side(told: Told) -> None:
    """With their charts, and without an address outside."""
    pages = {page.name: page.read_text() for page in Path(told.story.folder).glob("*/*.html")}

    assert sorted(pages) == ["data.html", "report.html"]
    assert all("<svg" in text and "<script" not in text for text in pages.values())
    assert "Model promoted" in pages["report.html"]
    assert 'href="data.html"' in pages["report.html"]


def _upstream(edges: list[Edge], start: str) -> set[str]:
    """Every node that is reached from a node, itself included."""
    reached, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        for edge in edges:
            if str(edge.source) == node and str(edge.target) not in reached:
                reached.add(str(edge.target))
                waiting.append(str(edge.target))
    return reached
