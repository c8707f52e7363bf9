"""AssembleDataset: the champion's rows and the labelled receipts."""

from typing import Any

import pytest

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.receipt import Labels, Prediction, Receipt
from loopwright.domain.spec import Column
from loopwright.errors import UnreadableDataError
from loopwright.steps.assemble_dataset import Request, Result, assemble_dataset
from tests.fakes.data import DataStack
from tests.fakes.projects import COLUMNS, a_spec, some_rows

ROWS = some_rows(200)


def ask(stack: DataStack, receipt: str, at: str, rows: list[dict[str, Any]], label: str) -> None:
    """Put a receipt about rows, with the same label for each."""
    stack.receipts.put(
        Receipt(
            id=receipt,
            project="loans",
            model="m",
            at=at,
            actor="ana",
            instances=tuple({n: row[n] for n in ("income", "city", "member")} for row in rows),
            context=tuple({n: row[n] for n in ("id", "sex")} for row in rows),
            predictions=tuple(Prediction(value="no") for _ in rows),
        )
    )
    labels: dict[int, CategoryValue | float] = dict.fromkeys(range(len(rows)), label)
    stack.receipts.put_labels(
        Labels(receipt=receipt, project="loans", labels=labels, at=at, actor="ana"), previous=None
    )


def assemble(stack: DataStack, dataset: str | None) -> Result:
    """Run AssembleDataset."""
    return assemble_dataset(
        Request(project="loans", run="retrain-1", champion="m", dataset=str(dataset)),
        objects=stack.objects,
        specs=stack.specs,
        datasets=stack.datasets,
        ledger=stack.ledger,
        receipts=stack.receipts,
        tables=stack.tables,
        clock=stack.clock,
    )


def test_labelled_receipts_join_the_rows_of_the_champion() -> None:
    """The newest receipt of a key wins, also over the champion's row; misfits stay out."""
    stack = DataStack()
    first = stack.register(stack.upload(ROWS))
    fresh = some_rows(5, first=1_000)
    ask(stack, "a", "2026-01-02", fresh, "yes")
    ask(stack, "b", "2026-01-03", [fresh[0], ROWS[0], {**ROWS[1], "sex": 9}], "no")
    result = assemble(stack, first.dataset)
    registered = stack.register(
        result.key, run="r2", project="loans", trigger="retraining", version_id=None
    )

    assert result == Result(
        key="assembled/loans/retrain-1.parquet",
        parents=(str(first.dataset), "labelled-receipts:retrain-1"),
        rows=205,
        labelled=6,
        replaced=1,
        misfits=1,
    )
    assert registered.outcome == "registered"
    assert stack.datasets.manifest("loans", str(registered.dataset)).rows == 205
    assert stack.validate(registered, stack.profile(registered)).verdict == "pass"


def test_labels_that_come_later_do_not_change_what_was_assembled() -> None:
    """A retried state finds the same upload."""
    stack = DataStack()
    dataset = stack.register(stack.upload(ROWS)).dataset
    ask(stack, "a", "2026-01-02", some_rows(5, first=1_000), "yes")
    first = assemble(stack, dataset)
    before = stack.state
    ask(stack, "b", "2026-01-03", some_rows(5, first=2_000), "yes")
    again = assemble(stack, dataset)

    assert (again.key, again.parents, again.rows) == (first.key, first.parents, first.rows)
    assert stack.state == before


def test_a_champion_of_other_columns_cannot_be_extended() -> None:
    """Its rows lack a column that the spec has now."""
    stack = DataStack()
    dataset = stack.register(stack.upload(ROWS)).dataset
    stack.push(a_spec(columns={**COLUMNS, "age": Column(type="integer")}))

    with pytest.raises(UnreadableDataError, match="column 'age': project"):
        assemble(stack, dataset)
