from typing import Any

import pytest

from loopwright.errors import ConflictError, NotFoundError, RequestError
from loopwright.steps.roll_back import Request, Result, read_request, roll_back
from tests.fakes import ScriptedEndpoint
from tests.fakes.serving import GOOD, PROJECT, LoanDesk, public_path, verifier_of


def a_desk() -> LoanDesk:
    """Return a desk whose second model replaced the first."""
    desk = LoanDesk()
    desk.crown(desk.second, expected=desk.first)
    desk.ledger.set_model_status(PROJECT, desk.first, "retired")
    return desk


def ask(desk: LoanDesk, endpoint: ScriptedEndpoint | None = None, **changes: Any) -> Result:
    """Roll back."""
    return roll_back(
        Request.model_validate(
            {"project": PROJECT, "reason": "complaints", "actor": "bob", **changes}
        ),
        ledger=desk.ledger,
        lineage=desk.lineage,
        event_bus=desk.event_bus,
        verifier=verifier_of(desk, endpoint or public_path(desk)),
        clock=desk.clock,
    )


def test_the_model_before_the_champion_answers_again() -> None:
    """Who did it, when and why is kept."""
    desk = a_desk()
    result = ask(desk)
    pointer = desk.ledger.champion(PROJECT)
    assert pointer is not None

    assert result == Result(project=PROJECT, model=desk.first, replaced=desk.second)
    assert (pointer.model, pointer.previous, pointer.actor, pointer.reason) == (
        desk.first,
        desk.second,
        "bob",
        "complaints",
    )
    assert desk.ledger.model(PROJECT, desk.first).status == "champion"
    assert desk.ledger.model(PROJECT, desk.second).status == "retired"
    assert desk.event_bus.names == ["ModelRolledBack"]


def test_a_rollback_can_itself_be_undone_by_name() -> None:
    """The model that was rolled back from was champion too."""
    desk = a_desk()
    ask(desk)

    with pytest.raises(ConflictError, match="name the model"):
        ask(desk)
    assert ask(desk, to=desk.second).model == desk.second


def test_a_rollback_that_does_not_answer_is_undone() -> None:
    """The champion stays, and the caller learns why."""
    desk = a_desk()
    wrong = ScriptedEndpoint(lambda *_: {"model": desk.first, "predictions": [GOOD]})

    with pytest.raises(ConflictError, match=r"failed its probe.*is still the champion"):
        ask(desk, wrong)
    pointer = desk.ledger.champion(PROJECT)
    assert pointer is not None
    assert pointer.model == desk.second
    assert desk.event_bus.names == []


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json", "manifest.sig"])
def test_a_package_with_a_changed_byte_is_refused_before_anything_moves(name: str) -> None:
    """What answers now goes on answering, and the public path is not asked."""
    desk = a_desk()
    key = f"models/{PROJECT}/{desk.first}/{name}"
    desk.objects.place(key, b"!" + desk.objects.read(key)[1:])
    endpoint = public_path(desk)

    with pytest.raises(ConflictError, match=rf"cannot go back.*{name}"):
        ask(desk, endpoint)
    pointer = desk.ledger.champion(PROJECT)
    assert pointer is not None
    assert pointer.model == desk.second
    assert endpoint.calls == 0


def test_an_unknown_project_or_one_without_a_champion_has_nothing_to_roll_back() -> None:
    """Both are said in words."""
    with pytest.raises(NotFoundError, match="no project 'nobody'"):
        ask(a_desk(), project="nobody")
    with pytest.raises(NotFoundError, match="no champion"):
        ask(LoanDesk(champion=False))


def test_the_body_must_give_a_reason() -> None:
    """Every transition has one."""
    request = read_request(PROJECT, b'{"reason": "complaints"}', "bob")

    assert (request.to, request.actor) == (None, "bob")
    with pytest.raises(RequestError, match="field 'reason'"):
        read_request(PROJECT, b'{"to": "m"}', "bob")


def test_a_rollback_that_broke_off_is_finished_by_asking_again() -> None:
    """The pointer had moved, and nothing else was done yet."""
    desk = a_desk()

    def crash(*_: object) -> dict[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(desk, ScriptedEndpoint(crash))
    result = ask(desk)

    assert result == Result(project=PROJECT, model=desk.first, replaced=desk.second)
    assert desk.ledger.model(PROJECT, desk.first).status == "champion"
    assert desk.event_bus.names == ["ModelRolledBack"]
