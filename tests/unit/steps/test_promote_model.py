import json
from typing import Any

import pytest

from loopwright.domain.lineage import Node
from loopwright.errors import ModelPackageError, ServiceError
from loopwright.steps.promote_model import Request, Result, promote_model
from tests.fakes import ScriptedEndpoint
from tests.fakes.serving import PROJECT, LoanDesk, public_path, verifier_of


def promote(desk: LoanDesk, endpoint: ScriptedEndpoint | None = None, **changes: Any) -> Result:
    """Promote the second model, compared with the first."""
    request = {
        "run": "run-2",
        "project": PROJECT,
        "model": desk.second,
        "champion": desk.first,
        "actor": "bob",
        "reason": "better",
    }
    return promote_model(
        Request.model_validate({**request, **changes}),
        ledger=desk.ledger,
        lineage=desk.lineage,
        evidence=desk.evidence,
        event_bus=desk.event_bus,
        verifier=verifier_of(desk, endpoint or public_path(desk)),
        clock=desk.clock,
    )


def champion(desk: LoanDesk) -> str | None:
    """Return the model that the pointer names."""
    pointer = desk.ledger.champion(PROJECT)
    return None if pointer is None else pointer.model


def test_a_candidate_becomes_champion_when_the_public_path_answers_with_it() -> None:
    """Statuses, lineage, event and evidence say so."""
    desk = LoanDesk()
    result = promote(desk)
    assert result.evidence is not None
    document = json.loads(desk.evidence.get(result.evidence))
    node = Node(project=PROJECT, kind="model", id=desk.second)

    assert result.outcome == "model_promoted"
    assert champion(desk) == desk.second
    assert desk.ledger.model(PROJECT, desk.second).status == "champion"
    assert desk.ledger.model(PROJECT, desk.first).status == "retired"
    assert [edge.relation for edge in desk.lineage.upstream(node)] == ["replaced"]
    assert desk.event_bus.names == ["ModelPromoted"]
    assert (document["actor"], document["reason"], document["previous"]) == (
        "bob",
        "better",
        desk.first,
    )


def test_the_probe_goes_on_until_no_cache_can_hold_the_old_pointer() -> None:
    """Five seconds of answers from the new model, after two of the old one."""
    desk = LoanDesk()
    start = desk.clock.now()
    result = promote(desk, public_path(desk, stale_seconds=2))

    assert result.outcome == "model_promoted"
    assert (desk.clock.now() - start).total_seconds() >= 7


def test_a_first_champion_needs_one_answer() -> None:
    """There is no old pointer."""
    desk = LoanDesk(champion=False)
    endpoint = public_path(desk)
    result = promote(desk, endpoint, champion=None)

    assert (result.outcome, endpoint.calls) == ("model_promoted", 1)
    assert not desk.lineage.edges


def test_a_champion_that_moved_meanwhile_is_not_replaced() -> None:
    """The candidate must be compared with the new one first."""
    desk = LoanDesk()
    desk.crown(desk.add_model(shift=0.2), expected=desk.first)
    result = promote(desk)

    assert result.outcome == "champion_moved"
    assert result.reasons[0].code == "champion_moved"
    assert desk.event_bus.names == []


def test_promoting_twice_in_the_same_run_changes_nothing() -> None:
    """A state that is retried gives the same answer."""
    desk = LoanDesk()
    first = promote(desk)
    desk.clock.advance(seconds=9)
    endpoint = public_path(desk)

    assert promote(desk, endpoint) == first
    assert endpoint.calls == 0
    assert desk.event_bus.names == ["ModelPromoted"]


def test_a_candidate_that_answers_wrongly_is_taken_back() -> None:
    """The former champion answers again, and the reason names the sample."""
    desk = LoanDesk()
    wrong = ScriptedEndpoint(lambda *_: {"model": desk.second, "predictions": [{"value": 9}]})
    result = promote(desk, wrong)

    assert result.outcome == "candidate_rejected"
    assert result.reasons[0].code == "probe_failed"
    assert "the stored sample was answered" in result.reasons[0].message
    assert champion(desk) == desk.first
    assert desk.ledger.model(PROJECT, desk.second).status == "rejected"
    assert desk.ledger.model(PROJECT, desk.first).status == "champion"
    assert desk.event_bus.names == []


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json", "manifest.sig"])
def test_a_package_with_a_changed_byte_is_refused_before_anything_moves(name: str) -> None:
    """The champion stays, and the public path is not asked."""
    desk = LoanDesk()
    key = f"models/{PROJECT}/{desk.second}/{name}"
    desk.objects.place(key, b"!" + desk.objects.read(key)[1:])
    endpoint = public_path(desk)

    with pytest.raises(ModelPackageError, match=name):
        promote(desk, endpoint)
    assert champion(desk) == desk.first
    assert endpoint.calls == 0


def test_a_public_path_that_stays_silent_takes_the_candidate_back() -> None:
    """Errors are borne for a while: a cold start may be slow."""

    def fail(*_: object) -> dict[str, Any]:
        message = "status 500"
        raise ServiceError(message)

    desk = LoanDesk()
    start = desk.clock.now()
    result = promote(desk, ScriptedEndpoint(fail))

    assert "the public path failed (status 500) 20 seconds after" in result.reasons[0].message
    assert (desk.clock.now() - start).total_seconds() == pytest.approx(20, abs=1)
    assert champion(desk) == desk.first


def test_a_first_champion_that_fails_is_withdrawn() -> None:
    """Then nobody answers, rather than a model that is wrong."""
    desk = LoanDesk(champion=False)
    wrong = ScriptedEndpoint(lambda *_: {"model": desk.second, "predictions": []})
    result = promote(desk, wrong, champion=None)

    assert result.outcome == "candidate_rejected"
    assert champion(desk) is None


def test_a_model_that_was_trained_again_to_the_same_bytes_stays_champion() -> None:
    """The pointer names the new run; nobody was replaced."""
    desk = LoanDesk()
    result = promote(desk, model=desk.first)
    pointer = desk.ledger.champion(PROJECT)
    assert pointer is not None

    assert result.outcome == "model_promoted"
    assert (pointer.model, pointer.run) == (desk.first, "run-2")


def test_a_promotion_that_broke_off_after_its_pointer_moved_is_finished() -> None:
    """The retry probes, settles and announces."""
    desk = LoanDesk()
    desk.crown(desk.second, expected=desk.first)
    desk.ledger.set_model_status(PROJECT, desk.second, "candidate")
    pointer = desk.ledger.champion(PROJECT)
    assert pointer is not None
    result = promote(desk, run=pointer.run)

    assert result.outcome == "model_promoted"
    assert desk.event_bus.names == ["ModelPromoted"]


def test_a_broken_model_that_equals_the_champion_is_not_moved_back_to_itself() -> None:
    """Its pointer cannot go anywhere else."""
    desk = LoanDesk()
    desk.ledger.set_model_status(PROJECT, desk.first, "candidate")
    wrong = ScriptedEndpoint(lambda *_: {"model": desk.first, "predictions": []})
    result = promote(desk, wrong, model=desk.first)

    assert result.outcome == "candidate_rejected"
    assert champion(desk) == desk.first


def test_a_candidate_that_somebody_else_replaced_during_its_probe_is_rejected() -> None:
    """Their champion stays."""
    desk = LoanDesk()
    third = desk.add_model(shift=0.2)

    def replaced(*_: object) -> dict[str, Any]:
        desk.crown(third, expected=desk.second)
        return {"model": desk.second, "predictions": []}

    result = promote(desk, ScriptedEndpoint(replaced))

    assert result.outcome == "candidate_rejected"
    assert champion(desk) == third
