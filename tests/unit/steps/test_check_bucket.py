"""CheckBucket: what all batches hold of one hash bucket."""

from pathlib import Path

import pytest

from loopwright.domain.facts import CrossFacts, bucket_key
from loopwright.engines.tables import DuckTables
from loopwright.errors import ObjectMissingError
from loopwright.steps.check_bucket import Request, Result, check_bucket
from tests.fakes.data import DataStack
from tests.fakes.projects import a_spec, some_rows
from tests.integration.engines.parquet import parquet_rows

REQUEST = Request(run="r1", project="loans", spec="", dataset="d1", bucket=0, batches=2)


def stored(folder: Path) -> tuple[DataStack, str]:
    """Store what two batches hold of the only bucket; the second repeats three keys."""
    stack = DataStack()
    spec = a_spec()
    digest = stack.specs.put_spec(spec)
    tables = DuckTables(memory_mib=256, threads=1)
    for batch, first in enumerate((0, 7)):
        path = parquet_rows(folder / f"{batch}.parquet", some_rows(10, first=first), spec)
        home = folder / str(batch)
        home.mkdir()
        spread = tables.spread({f"datasets/part-{batch}": path}, spec, home, buckets=1)
        stack.objects.place(bucket_key("loans", "d1", digest, batch, 0), spread[0].read_bytes())
    return stack, digest


def checked(stack: DataStack, request: Request) -> Result:
    """Run the step."""
    return check_bucket(request, objects=stack.objects, specs=stack.specs, tables=stack.tables)


def test_rows_of_all_batches_are_compared(tmp_path: Path) -> None:
    """The same call again stores nothing else."""
    stack, digest = stored(tmp_path)
    request = REQUEST.model_copy(update={"spec": digest})
    result = checked(stack, request)
    facts = CrossFacts.model_validate_json(stack.objects.read(result.key))
    repeated = next(one for one in facts.crossed if one.check == "repeated")

    assert (repeated.column, repeated.rows, repeated.distinct) == ("id", 3, 17)
    assert [example.row for example in repeated.examples] == [7, 8, 9, 0, 1]
    assert checked(stack, request) == result


def test_a_batch_that_is_not_there_is_breakage(tmp_path: Path) -> None:
    """It is never taken for one without rows."""
    stack, digest = stored(tmp_path)

    with pytest.raises(ObjectMissingError):
        checked(stack, REQUEST.model_copy(update={"spec": digest, "batches": 3}))
