"""VersionDataset: the batches become one version, once, or are refused with reasons."""

import json

import pytest

from loopwright.domain import staging
from loopwright.domain.run import RunKey
from loopwright.errors import ConflictError, IncompletePartsError
from tests.fakes import InMemoryExternalTables
from tests.fakes.data import DataStack, csv_body
from tests.fakes.projects import COLUMNS, a_spec, some_rows

ROWS = some_rows(200)
HEADER = csv_body(ROWS[:1]).splitlines()[0]


@pytest.fixture
def stack() -> DataStack:
    """Return the pushed project."""
    return DataStack()


def test_an_upload_becomes_a_version(stack: DataStack) -> None:
    """Parts, sealed rows, bins, and a manifest that names the source."""
    result = stack.register(stack.upload(ROWS))
    manifest = stack.datasets.manifest("loans", str(result.dataset))
    bins = stack.objects.read(f"datasets/loans/{result.dataset}/bins.json")

    assert result.outcome == "registered"
    assert manifest.rows == 200
    assert manifest.training_rows + manifest.holdout_rows == 200
    assert 0 < manifest.holdout_rows < 100
    assert [part.key for part in manifest.holdout] == [
        f"holdout/loans/{result.dataset}/part-00000.parquet"
    ]
    assert [source.key for source in manifest.sources] == ["incoming/loans/a.csv"]
    assert manifest.sources[0].sniffed["delimiter"] == "comma"
    assert (manifest.run, manifest.sealed_by, manifest.buckets) == ("r1", "id", 0)
    assert set(json.loads(bins)) == set(COLUMNS)
    assert (result.batches, result.buckets) == ((0,), ())
    assert [key.split("/")[0] for key in manifest.batches[0].keys] == ["datasets", "holdout"]
    assert stack.ledger.datasets("loans") == [result.dataset]
    assert ("loans", result.dataset) in stack.catalog.listed


def test_the_training_job_is_planned(stack: DataStack) -> None:
    """The plan names the version and the run."""
    result = stack.register(stack.upload(ROWS))

    assert result.training is not None
    assert result.training.train_uri == f"s3://store/datasets/loans/{result.dataset}/train/"
    assert result.training.hyperparameters["run"] == "r1"


def test_the_lineage_and_the_event_say_where_a_version_comes_from(stack: DataStack) -> None:
    """Upload, spec, run and parents."""
    key = stack.upload(ROWS, "assembled/loans/run-7.csv")
    parents = ("d" * 64, "labelled-receipts:run-7")
    result = stack.register(key, project="loans", trigger="retraining", parents=parents)
    edges = {(e.relation, str(e.target)) for e in stack.lineage.edges.values()}
    event = stack.events.events[0]

    assert edges == {
        ("registered_from", "upload:assembled/loans/run-7.csv@v1"),
        ("described_by", f"spec:{result.spec}"),
        ("produced_by", "run:r1"),
        ("derived_from", "dataset:" + "d" * 64),
        ("derived_from", "receipt:labelled-receipts:run-7"),
    }
    assert stack.datasets.manifest("loans", str(result.dataset)).parents == parents
    assert event.name == "DatasetRegistered"
    assert event.detail["dataset"] == result.dataset
    assert event.detail["rows"] == 200


def test_the_same_call_again_changes_nothing(stack: DataStack) -> None:
    """Not even at another time."""
    key = stack.upload(ROWS)
    first = stack.register(key)
    before = stack.state
    stack.clock.advance(hours=1)

    assert stack.register(key) == first
    assert stack.state == before


def test_the_same_rows_in_another_file_are_the_same_version(stack: DataStack) -> None:
    """The second upload is in the lineage, and announces no version."""
    first = stack.register(stack.upload(ROWS))
    second = stack.register(stack.upload(ROWS[::-1], "incoming/loans/b.csv"), run="r2")

    assert second.dataset == first.dataset
    assert second.outcome == "registered"
    assert stack.events.names == ["DatasetRegistered"]
    assert len(stack.ledger.datasets("loans")) == 1
    assert "upload:incoming/loans/b.csv@v1" in {str(e.target) for e in stack.lineage.edges.values()}


def judge(stack: DataStack, key: str, run: str) -> None:
    """Give the question of a registered upload its verdict."""
    found = stack.register(key, run=run)
    question = RunKey(
        dataset=str(found.dataset),
        spec=str(found.spec),
        code=str(found.code),
        image=str(found.image),
    )
    stack.ledger.put_verdict("loans", question, run)


def test_a_question_that_had_its_verdict_is_nothing_new(stack: DataStack) -> None:
    """The run that gave it is named; that run itself, retried, goes on."""
    key = stack.upload(ROWS)
    judge(stack, key, "r1")
    again = stack.register(key, run="r2")

    assert again.outcome == "nothing_new"
    assert again.previous_run == "r1"
    assert again.batches == ()
    assert again.training is None
    assert stack.ledger.run("loans", "r2").dataset == again.dataset
    assert stack.register(key, run="r1").outcome == "registered"


def test_a_changed_spec_or_script_is_a_new_question(stack: DataStack) -> None:
    """The rows are the same version, the question is not."""
    key = stack.upload(ROWS)
    judge(stack, key, "r1")
    stack.push(a_spec(feasibility={"margin": 0.1}))
    changed_spec = stack.register(key, run="r2")
    other = DataStack(code="other-code")
    judge(other, other.upload(ROWS), "r1")

    assert changed_spec.outcome == "registered"
    assert changed_spec.dataset == other.register(key, run="r1").dataset


def test_an_unreadable_upload_is_refused_with_its_reasons(stack: DataStack) -> None:
    """What was unreadable is kept, and so is the upload."""
    rows = [{**row, "income": "much"} for row in ROWS]
    key = stack.upload(rows)
    result = stack.register(key)
    (quarantine,) = stack.objects.keys("quarantine/loans/")

    assert result.outcome == "rejected"
    assert result.dataset is None
    assert result.reasons[0].code == "unreadable_values"
    assert result.reasons[0].count == 200
    assert len(stack.objects.read(quarantine).splitlines()) == 200
    assert stack.objects.keys("datasets/") == []
    assert key in stack.objects.objects


def test_a_few_unreadable_rows_are_set_apart(stack: DataStack) -> None:
    """The manifest says how many, and where they lie."""
    rows = [*ROWS[:-1], {**ROWS[-1], "income": "much"}]
    result = stack.register(stack.upload(rows))
    manifest = stack.datasets.manifest("loans", str(result.dataset))
    (key,) = manifest.quarantine_keys
    kept = json.loads(stack.objects.read(key))

    assert manifest.rows == 199
    assert manifest.quarantined_rows == 1
    assert (kept["row"], kept["column"], kept["value"]) == (200, "income", "much")


def test_a_folder_is_one_upload(stack: DataStack) -> None:
    """Its marker starts it, and its files are read in the order of their keys."""
    whole = stack.register(stack.upload(ROWS))
    stack.upload(ROWS[:90], "incoming/loans/2015/a.csv")
    stack.upload(ROWS[90:], "incoming/loans/2015/b.csv")
    stack.objects.place("incoming/loans/2015/_SUCCESS", b"")
    result = stack.register("incoming/loans/2015/_SUCCESS", run="r2")

    assert result.dataset == whole.dataset
    assert stack.register("incoming/loans/2016/_SUCCESS", run="r3").reasons[0].code == (
        "missing_upload"
    )


def test_an_older_version_of_an_upload_is_read(stack: DataStack) -> None:
    """The event names the version that it speaks of."""
    stack.objects.place("incoming/loans/a.csv", csv_body(ROWS), "v1")
    stack.objects.place("incoming/loans/a.csv", csv_body(ROWS[:150]), "v2")
    result = stack.register("incoming/loans/a.csv", version_id="v1")

    assert stack.datasets.manifest("loans", str(result.dataset)).rows == 200


def folder_of(stack: DataStack, name: str, *sizes: int) -> str:
    """Upload the rows as a folder of files of these sizes; return the key of its marker."""
    start = 0
    for place, size in enumerate(sizes):
        chosen = ROWS[start : start + size]
        stack.upload(chosen, f"incoming/loans/{name}/{place}.csv")
        start += size
    return f"incoming/loans/{name}/_SUCCESS"


@pytest.fixture
def single_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every file in a batch of its own."""
    monkeypatch.setattr(staging, "READ_BYTES", 1)


@pytest.mark.usefixtures("single_files")
def test_any_split_and_order_of_batches_is_the_same_version(stack: DataStack) -> None:
    """Its digest depends on the rows alone."""
    whole = stack.register(stack.upload(ROWS))
    planned = stack.plan(folder_of(stack, "x", 20, 70, 110), run="r2")
    read = [stack.read(planned, batch) for batch in planned.reading]

    assert len(read) == 3
    assert stack.version(planned, read[::-1]).dataset == whole.dataset


@pytest.mark.usefixtures("single_files")
def test_two_runs_at_the_same_time_make_one_version(stack: DataStack) -> None:
    """The first layout decides, whoever writes the manifest; it is announced once."""
    first = stack.plan(folder_of(stack, "x", 100, 100), run="r1")
    second = stack.plan(folder_of(stack, "y", 50, 150), run="r2")
    read_first = [stack.read(first, batch) for batch in first.reading]
    read_second = [stack.read(second, batch) for batch in second.reading]
    copy, stack.objects.copy = stack.objects.copy, broken_copy  # type: ignore[method-assign] # dies
    with pytest.raises(ConnectionError):
        stack.version(first, read_first)
    stack.objects.copy = copy  # type: ignore[method-assign] # and works again
    other = stack.version(second, read_second)
    before = stack.objects.keys("datasets/")
    again = stack.version(first, read_first)
    manifest = stack.datasets.manifest("loans", str(other.dataset))
    rows = sorted(part.rows for part in manifest.parts)

    assert again.dataset == other.dataset
    assert stack.objects.keys("datasets/") == before
    assert (manifest.run, sum(rows), len(rows)) == ("r2", 200, 4)
    assert stack.events.names == ["DatasetRegistered"]
    assert stack.profile(again)


def broken_copy(source: str, key: str, *, digest: str) -> None:
    """Break as a function does that is killed in the middle."""
    raise ConnectionError(source, key, digest)


@pytest.mark.usefixtures("single_files")
def test_a_missing_repeated_or_changed_batch_is_breakage(stack: DataStack) -> None:
    """A lost child can never pass as a smaller version."""
    planned = stack.plan(folder_of(stack, "x", 100, 100))
    one, two = (stack.read(planned, batch) for batch in planned.reading)

    for wrong in ([one], [one, one], [one, two, two], []):
        with pytest.raises(IncompletePartsError, match="2 batches were to be read"):
            stack.version(planned, wrong)
    with pytest.raises(IncompletePartsError, match="expected digest"):
        stack.version(planned, [one, two.model_copy(update={"digest": "0" * 64})])
    assert stack.objects.keys("datasets/") == []


def test_a_staged_part_that_was_cut_off_is_a_conflict(stack: DataStack) -> None:
    """Nothing becomes a version that is not what the child stored."""
    planned = stack.plan(stack.upload(ROWS))
    read = stack.read(planned, 0)
    part = next(key for key in stack.objects.keys("staging/") if key.endswith(".parquet"))
    stack.objects.place(part, stack.objects.read(part)[:-100])

    with pytest.raises(ConflictError, match="expected sha256"):
        stack.version(planned, [read])
    assert stack.ledger.datasets("loans") == []


@pytest.mark.usefixtures("single_files")
def test_unreadable_rows_are_counted_over_all_batches(stack: DataStack) -> None:
    """One bad file among good ones passes; the limit is of the whole, and nothing is lost."""
    bad = [{**row, "income": "much"} for row in ROWS[:2]]
    stack.upload(ROWS[2:], "incoming/loans/x/a.csv")
    stack.upload(bad, "incoming/loans/x/b.csv")
    result = stack.register("incoming/loans/x/_SUCCESS")
    manifest = stack.datasets.manifest("loans", str(result.dataset))
    stack.upload(bad, "incoming/loans/x/c.csv")
    refused = stack.register("incoming/loans/x/_SUCCESS", run="r2")

    assert (manifest.rows, manifest.quarantined_rows, len(manifest.quarantine_keys)) == (198, 2, 1)
    assert refused.outcome == "rejected"
    assert [(reason.code, reason.count) for reason in refused.reasons] == [("unreadable_values", 4)]


@pytest.mark.usefixtures("single_files")
def test_a_file_that_cannot_be_used_refuses_the_upload(stack: DataStack) -> None:
    """With the reason of its own batch, whatever the other batches hold."""
    key = folder_of(stack, "x", 100)
    stack.objects.place("incoming/loans/x/empty.csv", b"")
    result = stack.register(key)

    assert [(reason.code, reason.subject) for reason in result.reasons] == [
        ("empty_file", "incoming/loans/x/empty.csv")
    ]


@pytest.mark.usefixtures("single_files")
def test_an_empty_file_among_others_adds_nothing(stack: DataStack) -> None:
    """The version is that of the other files, whichever batch the header came in."""
    key = folder_of(stack, "x", 100, 100)
    stack.objects.place("incoming/loans/x/00.csv", HEADER)
    result = stack.register(key)
    manifest = stack.datasets.manifest("loans", str(result.dataset))
    alone = stack.register(folder_of(stack, "y", 200), run="r2")

    assert manifest.rows == 200
    assert [source.sniffed.get("rows") for source in manifest.sources] == [None, "none", None]
    assert alone.dataset == result.dataset


@pytest.mark.usefixtures("single_files")
def test_an_upload_without_any_row_is_refused(stack: DataStack) -> None:
    """Headers alone are no table."""
    for name in ("a", "b"):
        stack.objects.place(f"incoming/loans/x/{name}.csv", HEADER)
    result = stack.register("incoming/loans/x/_SUCCESS")

    assert result.outcome == "rejected"
    assert [(reason.code, reason.message) for reason in result.reasons] == [
        ("header_only", "incoming/loans/x/_SUCCESS: a header but no rows")
    ]


def test_the_table_for_athena_shows_the_training_rows_of_the_newest_version(
    stack: DataStack,
) -> None:
    """Sealed rows are not in its folder; older rows that come again do not move it back."""
    stack.external_tables = InMemoryExternalTables()
    stack.register(stack.upload(ROWS[:150]))
    stack.clock.advance(hours=1)
    newest = stack.register(stack.upload(ROWS), run="r2")
    stack.clock.advance(hours=1)
    again = stack.register(stack.upload(ROWS[:150]), run="r3")
    table = stack.external_tables.tables["loans"]
    manifest = stack.datasets.manifest("loans", str(newest.dataset))
    folder = table.location.removeprefix("s3://store/")

    assert again.dataset != newest.dataset == table.properties["loopwright.dataset"]
    assert stack.objects.keys(folder) == [part.key for part in manifest.training]
    assert {column.name for column in table.columns} == set(COLUMNS)
