import pytest

from loopwright.aws.stores import StoredEvidence
from loopwright.domain.gate import Reason
from loopwright.errors import WriteOnceError
from loopwright.steps.gate_evidence import store_document
from tests.fakes.storage import InMemoryObjectStore


def test_a_run_that_judges_again_stores_beside_what_it_found_before() -> None:
    """Names count up; the same bytes keep their name."""
    evidence = StoredEvidence(InMemoryObjectStore())
    first, second = (Reason(code=code, message="m") for code in ("a", "b"))
    names = [
        store_document(evidence, "loans", "run-1", "decision", reason).name
        for reason in (first, second, second, first)
    ]

    assert names == ["decision.json", "decision-2.json", "decision-2.json", "decision.json"]


def test_a_run_does_not_judge_for_ever() -> None:
    """A tenth different document is an error."""
    evidence = StoredEvidence(InMemoryObjectStore())
    for number in range(9):
        store_document(evidence, "loans", "r", "decision", Reason(code=str(number), message="m"))

    with pytest.raises(WriteOnceError):
        store_document(evidence, "loans", "r", "decision", Reason(code="tenth", message="m"))
