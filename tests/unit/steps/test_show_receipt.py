import pytest

from loopwright.domain.receipt import Labels, Prediction
from loopwright.errors import NotFoundError
from loopwright.steps.predict import Champions, predict
from loopwright.steps.predict import Request as Asked
from loopwright.steps.show_receipt import Request, Result, show_receipt
from tests.fakes.serving import GOOD, LIMITS, PROJECT, LoanDesk, body_of


def a_desk() -> LoanDesk:
    """Return a desk with one receipt, r1, of its former champion."""
    desk = LoanDesk()
    cached = Champions(
        ledger=desk.ledger,
        models=desk.models,
        scorers=desk.scorers,
        clock=desk.clock,
        pointer_ttl_seconds=5,
    )
    predict(
        Asked(project=PROJECT, body=body_of([GOOD]), actor="ann", receipt="r1"),
        champion=cached.champion,
        receipts=desk.receipts,
        clock=desk.clock,
        limits=LIMITS,
    )
    desk.crown(desk.second, expected=desk.first)
    return desk


def show(desk: LoanDesk, receipt: str = "r1") -> Result:
    """Show a receipt."""
    return show_receipt(
        Request(project=PROJECT, receipt=receipt),
        receipts=desk.receipts,
        models=desk.models,
        scorers=desk.scorers,
    )


def test_a_receipt_is_computed_again_by_the_model_that_answered() -> None:
    """Whoever is champion now."""
    desk = a_desk()
    desk.receipts.put_labels(
        Labels(receipt="r1", project=PROJECT, labels={0: 1}, at=desk.now, actor="bob"),
        previous=None,
    )
    shown = show(desk)

    assert shown.receipt.model == desk.first
    assert shown.recomputed.agrees
    assert shown.recomputed.predictions == shown.receipt.predictions
    assert shown.labels is not None


def test_a_receipt_that_was_altered_does_not_agree() -> None:
    """Every digit counts."""
    desk = a_desk()
    receipt = desk.receipts.get(PROJECT, "r1")
    altered = Prediction(value=0, probabilities=(0.6, 0.4000000001))
    desk.receipts.put(receipt.model_copy(update={"predictions": (altered,)}))

    assert not show(desk).recomputed.agrees


def test_an_unknown_receipt_is_named() -> None:
    """The project is named with it."""
    with pytest.raises(NotFoundError, match="'loans' has no receipt 'x'"):
        show(a_desk(), "x")
