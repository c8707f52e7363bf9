"""Show a receipt, and compute its predictions again with the stored model."""

from loopwright.domain.receipt import Labels, Prediction, Receipt
from loopwright.domain.record import Record
from loopwright.ports import ModelStore, ReceiptStore, Scorers
from loopwright.steps.predict import load_model, predictions_of


class Request(Record):
    """The receipt to show."""

    project: str
    receipt: str


class Recomputation(Record):
    """What the stored model answers now; it agrees only when every digit is the same."""

    agrees: bool
    predictions: tuple[Prediction, ...]


class Result(Record):
    """The receipt, the labels that came for it, and the re-computation."""

    receipt: Receipt
    labels: Labels | None
    recomputed: Recomputation


def show_receipt(
    request: Request, *, receipts: ReceiptStore, models: ModelStore, scorers: Scorers
) -> Result:
    """Read a receipt and put its instances to its model again."""
    receipt = receipts.get(request.project, request.receipt)
    loaded = load_model(request.project, receipt.model, models=models, scorers=scorers)
    columns = {
        field.name: [instance[field.name] for instance in receipt.instances]
        for field in loaded.signature.fields
    }
    again = predictions_of(loaded.scorer.score(columns))
    return Result(
        receipt=receipt,
        labels=receipts.labels(request.project, request.receipt),
        recomputed=Recomputation(agrees=again == receipt.predictions, predictions=again),
    )
