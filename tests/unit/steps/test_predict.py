import json

import pytest

from loopwright.domain.receipt import Receipt
from loopwright.errors import NotFoundError, RequestError
from loopwright.steps.predict import MAX_LOADED, Champions, Request, Result, predict
from tests.fakes import InMemoryReceipts
from tests.fakes.serving import GOOD, LIMITS, PROJECT, SIGNATURE, LoanDesk, body_of


def champions(desk: LoanDesk) -> Champions:
    """Return the cached champions of a desk, with a pointer cache of 5 seconds."""
    return Champions(
        ledger=desk.ledger,
        models=desk.models,
        scorers=desk.scorers,
        clock=desk.clock,
        pointer_ttl_seconds=5,
    )


def ask(desk: LoanDesk, cached: Champions, **changes: object) -> Result:
    """Ask for one prediction."""
    sent: dict[str, object] = {
        "project": PROJECT,
        "body": body_of([GOOD, {**GOOD, "age": 70, "sex": 2}]),
        "actor": "ann",
        "receipt": "r1",
    }
    return predict(
        Request.model_validate({**sent, **changes}),
        champion=cached.champion,
        receipts=desk.receipts,
        clock=desk.clock,
        limits=LIMITS,
    )


def test_the_champion_answers_each_instance() -> None:
    """The values are those of the fake model: age / 100, threshold one half."""
    desk = LoanDesk()
    answer = ask(desk, champions(desk))

    assert [one.value for one in answer.predictions] == [0, 1]
    assert answer.predictions[0].probabilities == (0.6, 0.4)
    assert (answer.model, answer.receipt) == (desk.first, "r1")


def test_the_receipt_holds_what_was_asked_and_answered() -> None:
    """Context is kept apart from what the model saw."""
    desk = LoanDesk()
    answer = ask(desk, champions(desk), probe=True)
    receipt = desk.receipts.get(PROJECT, "r1")

    assert receipt.predictions == answer.predictions
    assert receipt.instances[1] == {**GOOD, "age": 70.0}
    assert receipt.context == ({}, {"sex": 2})
    assert (receipt.actor, receipt.at, receipt.probe) == ("ann", desk.now, True)


def test_without_a_durable_receipt_there_is_no_answer() -> None:
    """An answer that nobody could account for later is not given."""

    class FullTable(InMemoryReceipts):
        def put(self, receipt: Receipt) -> None:
            raise OSError(receipt.id)

    desk = LoanDesk()
    desk.receipts = FullTable()

    with pytest.raises(OSError, match="r1"):
        ask(desk, champions(desk))


def test_a_wrong_request_leaves_no_receipt() -> None:
    """It is refused before it is scored."""
    desk = LoanDesk()

    with pytest.raises(RequestError):
        ask(desk, champions(desk), body=b"{}")
    assert not desk.receipts.receipts


def test_a_regression_answers_a_number() -> None:
    """Without probabilities."""
    desk = LoanDesk(champion=False)
    signature = SIGNATURE.model_copy(update={"task": "regression", "classes": ()})
    desk.crown(desk.add_model(shift=0.3, signature=signature))
    answer = ask(desk, champions(desk))

    assert answer.predictions[0].value == pytest.approx(0.7)
    assert answer.predictions[0].probabilities is None


def test_a_project_without_a_champion_says_so() -> None:
    """A project that does not exist at all is another answer."""
    desk = LoanDesk(champion=False)

    with pytest.raises(NotFoundError, match="'loans' has no champion yet"):
        ask(desk, champions(desk))
    with pytest.raises(NotFoundError, match=r"no project 'nobody'; known projects: \['loans'\]"):
        ask(desk, champions(desk), project="nobody")


def test_the_pointer_is_cached_for_its_time_and_then_read_again() -> None:
    """A new champion answers everywhere after the cache time, and both models stay loaded."""
    desk = LoanDesk()
    cached = champions(desk)
    before = ask(desk, cached).model
    desk.crown(desk.second, expected=desk.first)
    desk.clock.advance(seconds=4.9)
    still = ask(desk, cached).model
    desk.clock.advance(seconds=0.1)
    after = ask(desk, cached, receipt="r2").model

    assert (before, still, after) == (desk.first, desk.first, desk.second)
    assert desk.scorers.loaded == 2


def test_only_the_models_used_last_stay_loaded() -> None:
    """Memory is bounded however many champions come."""
    desk = LoanDesk()
    cached = champions(desk)
    models = [desk.first, *(desk.add_model(shift=0.01 * i) for i in range(1, MAX_LOADED + 1))]
    for previous, model in zip([None, *models], models, strict=False):
        desk.crown(model, expected=previous or desk.first)
        desk.clock.advance(seconds=6)
        cached.champion(PROJECT)
    loaded = desk.scorers.loaded
    desk.crown(desk.first, expected=models[-1])
    desk.clock.advance(seconds=6)
    cached.champion(PROJECT)

    assert loaded == len(models)
    assert desk.scorers.loaded == len(models) + 1


def test_the_answer_is_plain_json() -> None:
    """No numpy value leaks into it."""
    desk = LoanDesk()

    assert json.loads(json.dumps(ask(desk, champions(desk)).model_dump(mode="json")))
