import json
from typing import Any

import pytest

from loopwright.domain.lineage import Node
from loopwright.domain.observation import count_receipt
from loopwright.domain.receipt import Prediction, Receipt
from loopwright.domain.window import OpenWindow
from loopwright.errors import ConflictError
from loopwright.steps.assess_drift import Request, Result, assess_drift
from loopwright.steps.observe_predictions import WatchedModels
from tests.fakes import InMemoryWindows
from tests.fakes.serving import PROJECT, SIGNATURE, LoanDesk, reference


def assess(desk: LoanDesk, execution: str = "check-1") -> Result:
    """Assess the desk's window."""
    return assess_drift(
        Request(project=PROJECT, execution=execution),
        ledger=desk.ledger,
        watched=WatchedModels(models=desk.models, specs=desk.specs),
        windows=desk.windows,
        objects=desk.objects,
        lineage=desk.lineage,
        metrics=desk.metrics,
        clock=desk.clock,
    )


def traffic(desk: LoanDesk, ages: list[float], sequence: str = "1") -> None:
    """Count a batch of live rows with these ages, all else as in training."""
    receipt = Receipt(
        id="r",
        project=PROJECT,
        model=desk.first,
        at=desk.now,
        actor="ann",
        instances=tuple(
            {
                "age": age,
                "children": i % 4,
                "job": ("clerk", "nurse", "smith")[i % 3],
                "owner": bool(i % 2),
            }
            for i, age in enumerate(ages)
        ),
        context=tuple({"sex": 1 + i % 2} for i in range(len(ages))),
        predictions=tuple(
            Prediction(value=0, probabilities=(1 - age / 100, age / 100)) for age in ages
        ),
    )
    live = count_receipt(receipt, reference(), SIGNATURE)
    previous = desk.windows.checkpoint("s")
    desk.windows.add("s", sequence, [live], previous=previous)


def usual(rows: int) -> list[float]:
    """Return ages as in training."""
    return [20.0 + i % 40 for i in range(rows)]


def test_a_full_window_without_drift_is_closed_and_kept() -> None:
    """Its verdict is a write-once document, and nothing is announced."""
    desk = LoanDesk()
    traffic(desk, usual(200))
    result = assess(desk)
    assert result.evidence is not None
    document = json.loads(desk.objects.read(result.evidence))

    assert (result.verdict, result.rows, result.event) == ("none", 200, None)
    assert result.evidence == f"windows/{PROJECT}/{desk.first}/0.json"
    assert document["policy"]["window_rows"] == 200
    assert desk.windows.open_rows(PROJECT, desk.first) == 0
    assert desk.windows.verdicts(PROJECT)[0] == document
    assert ("DriftMaterialColumns", 0, PROJECT) in desk.metrics.counted


def test_material_drift_brings_the_event_to_announce() -> None:
    """The machine publishes it, with the digest of the evidence."""
    desk = LoanDesk()
    traffic(desk, [55.0] * 200)
    result = assess(desk)

    assert result.verdict == "material"
    assert result.event is not None
    assert result.event.name == "DriftDetected"
    assert result.event.detail["verdict"] == "material"
    assert {one["column"] for one in result.event.detail["columns"]} == {"age", "__prediction__"}
    assert [one.grade for one in result.findings[:3]] == ["material", "material", "none"]
    assert ("DriftMaterialColumns", 2, PROJECT) in desk.metrics.counted


def test_the_evidence_is_in_the_lineage_of_its_window() -> None:
    """So one can go from the alarm to the rows."""
    desk = LoanDesk()
    traffic(desk, [55.0] * 200)
    event = assess(desk).event
    assert event is not None
    node = Node(project=PROJECT, kind="evidence", id=event.detail["evidence"])

    assert [str(edge.target) for edge in desk.lineage.upstream(node)] == [f"window:{desk.first}/0"]


def test_a_window_that_is_neither_full_nor_old_stays_open() -> None:
    """Too few rows say nothing yet."""
    desk = LoanDesk()
    empty = assess(desk)
    traffic(desk, usual(150))
    early = assess(desk)
    desk.clock.advance(hours=24)
    late = assess(desk)

    assert (empty.verdict, empty.rows) == ("insufficient_data", 0)
    assert (early.verdict, early.rows) == ("insufficient_data", 150)
    assert early.reason.startswith("150 of 200 rows were counted")
    assert late.verdict == "none"


def test_a_project_without_a_champion_has_no_traffic_to_assess() -> None:
    """It is no error: the schedule asks for every project."""
    result = assess(LoanDesk(champion=False))

    assert (result.verdict, result.model) == ("insufficient_data", None)


def test_the_same_execution_gets_the_same_verdict_again() -> None:
    """An answer that was lost on its way is not lost for ever."""
    desk = LoanDesk()
    traffic(desk, [55.0] * 200)
    first = assess(desk)
    desk.clock.advance(seconds=9)
    again, other = assess(desk), assess(desk, "check-2")

    assert again == first
    assert other.verdict == "insufficient_data"


def test_rows_that_come_while_a_window_is_assessed_are_assessed_with_it() -> None:
    """The window that changed is read again."""

    class Busy(InMemoryWindows):
        late = True

        def close_window(self, window: OpenWindow, verdict: Any) -> bool:
            if self.late:
                self.late = False
                traffic(desk, usual(10), "2")
            return super().close_window(window, verdict)

    desk = LoanDesk()
    desk.windows = Busy()
    traffic(desk, usual(200))

    assert assess(desk).rows == 210


def test_a_window_that_somebody_else_closed_is_not_told_twice() -> None:
    """The other execution has told it."""

    class Raced(InMemoryWindows):
        raced = False

        def close_window(self, window: OpenWindow, verdict: Any) -> bool:
            if not self.raced:
                self.raced = True
                super().close_window(window, {**verdict, "execution": "other"})
            return super().close_window(window, verdict)

    desk = LoanDesk()
    desk.windows = Raced()
    traffic(desk, usual(200))

    assert assess(desk).verdict == "insufficient_data"
    assert len(desk.windows.verdicts(PROJECT)) == 1


def test_a_window_that_never_rests_is_an_error() -> None:
    """The machine asks again later."""

    class Restless(InMemoryWindows):
        def close_window(self, window: OpenWindow, verdict: Any) -> bool:
            raise ConflictError(window.model)

    desk = LoanDesk()
    desk.windows = Restless()
    traffic(desk, usual(200))

    with pytest.raises(ConflictError, match="changed 5 times"):
        assess(desk)
