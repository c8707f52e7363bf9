"""Bad uploads on the whole stack: each run ends with its reason published, and nothing is lost."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from loopwright import bootstrap
from loopwright.domain.gate import Reason
from loopwright.domain.run import Run
from tests.twin.loop_stack import LoopStack, changed, patients, write_project, write_rows

PROJECT = "patients"


@pytest.fixture(scope="module", autouse=True)
def project(stack: LoopStack) -> None:
    """One project whose spec every file is read by."""
    stack.push_project(write_project(stack.folder, PROJECT))


def text_of(rows: int = 400) -> str:
    """The first rows of the good file as text."""
    path = Path(__file__).parents[2] / "examples" / "diabetes" / "data" / "diabetes.csv"
    return "".join(path.read_text().splitlines(keepends=True)[: rows + 1])


def without(row: dict[str, str], column: str) -> dict[str, str]:
    """A row without one of its columns."""
    return {name: value for name, value in row.items() if name != column}


def empty(path: Path) -> None:
    """Write no byte."""
    path.write_bytes(b"")


def a_picture(path: Path) -> None:
    """Write what is no table at all."""
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)))


def a_letter(path: Path) -> None:
    """Write prose."""
    path.write_text("Dear colleagues\nplease find the data attached\n")


def header_only(path: Path) -> None:
    """Write a header."""
    path.write_text(text_of(rows=0))


def duplicate_header(path: Path) -> None:
    """Name a column twice."""
    path.write_text(text_of().replace("ldl,hdl", "ldl,ldl", 1))


def missing_target(path: Path) -> None:
    """Leave the target out."""
    write_rows(path, changed(patients(), lambda row: without(row, "progression")))


def missing_feature(path: Path) -> None:
    """Leave a feature out."""
    write_rows(path, changed(patients(), lambda row: without(row, "bmi")))


def unknown_column(path: Path) -> None:
    """Add a column that the spec does not know."""
    write_rows(path, changed(patients(), lambda row: row | {"agee": row["age"]}))


def unparsable_values(path: Path) -> None:
    """Write text where numbers belong, in more rows than are tolerated."""
    rows = [dict(row) for row in patients()]
    for number in range(3, 60, 2):
        rows[number - 1]["bmi"] = "heavy"
    write_rows(path, rows)


def wrong_encoding(path: Path) -> None:
    """Write Latin-1."""
    lines = text_of().splitlines(keepends=True)
    lines[7] = lines[7].replace(",", ",\u00e9", 1)
    path.write_bytes("".join(lines).encode("latin-1"))


def truncated_gzip(path: Path) -> None:
    """Cut a packed file off."""
    path.write_bytes(gzip.compress(text_of().encode())[:-200])


def truncated_parquet(path: Path) -> None:
    """Cut a Parquet file off."""
    source = path.with_name("whole.csv")
    source.write_text(text_of())
    duckdb.read_csv(str(source)).write_parquet(str(path))
    path.write_bytes(path.read_bytes()[:-300])


@dataclass(frozen=True)
class Bad:
    """A bad file, the code of its reason, and what the reason must name."""

    name: str
    write: Callable[[Path], None]
    code: str
    names: tuple[str, ...]


BAD_FILES = (
    Bad("empty.csv", empty, "empty_file", ("empty.csv", "the file is empty", "expected a header")),
    Bad("picture.csv", a_picture, "not_a_table", ("picture.csv", "expected CSV")),
    Bad("letter.csv", a_letter, "not_a_table", ("letter.csv", "expected CSV", "Dear colleagues")),
    Bad("header.csv", header_only, "header_only", ("header.csv", "no rows")),
    Bad(
        "twice.csv", duplicate_header, "duplicate_header", ("twice.csv", "'ldl'", "more than once")
    ),
    Bad("blind.csv", missing_target, "missing_target", ("blind.csv", "target", "'progression'")),
    Bad("thin.csv", missing_feature, "missing_column", ("thin.csv", "'bmi'")),
    Bad(
        "extra.csv", unknown_column, "unknown_column", ("extra.csv", "'agee'", "did you mean 'age'")
    ),
    Bad(
        "words.csv",
        unparsable_values,
        "unreadable_values",
        ("'bmi'", "expected a finite number", "words.csv row 3", "row 5", "'heavy'"),
    ),
    Bad("latin.csv", wrong_encoding, "wrong_encoding", ("latin.csv", "expected UTF-8", "row 7")),
    Bad("cut.csv.gz", truncated_gzip, "not_a_table", ("cut.csv.gz", "gzip is damaged")),
    Bad("cut.parquet", truncated_parquet, "damaged_parquet", ("cut.parquet", "cut off")),
)


def words(reason: Reason) -> str:
    """Everything that a reason says."""
    return " ".join((reason.message, *reason.examples, reason.advice))


def latest_event(stack: LoopStack, run: Run, name: str) -> dict[str, object]:
    """The event of that name that speaks of a run."""
    return next(
        event
        for event in stack.events_of(run.project)
        if event["name"] == name and event["detail"]["run"] == run.id
    )


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
def test_a_bad_file_is_rejected_with_its_reason_and_kept(stack: LoopStack, bad: Bad) -> None:
    """The reason names file, row or column, and what was expected; the upload stays."""
    path = stack.folder / bad.name
    bad.write(path)
    run = stack.push_data(PROJECT, path)
    said = words(run.reasons[0])

    assert (run.outcome, run.reasons[0].code) == ("dataset_rejected", bad.code)
    assert all(name in said for name in bad.names), said
    assert run.reasons[0].advice
    assert bootstrap.object_store().read(f"incoming/{PROJECT}/{bad.name}") == path.read_bytes()
    assert run.reasons[0].code in str(latest_event(stack, run, "DatasetRejected"))
    assert bad.names[0].strip("'") in stack.report(run)


def test_the_command_that_pushed_bad_data_says_so_and_ends_with_3(stack: LoopStack) -> None:
    """A person sees the reason and what to do, without opening the report."""
    path = stack.folder / "silent.csv"
    empty(path)
    answer = stack.run_command("data", "push", PROJECT, path)

    assert answer.code == 3
    assert "dataset_rejected" in answer.text
    assert "silent.csv: the file is empty" in answer.text


def test_an_upload_for_an_unknown_project_is_answered(stack: LoopStack) -> None:
    """The run is published under the name that the key gave, with the projects there are."""
    path = stack.folder / "orphan.csv"
    path.write_text(text_of())
    run = stack.push_data("patiens", path)

    assert (run.outcome, run.project) == ("dataset_rejected", "patiens")
    assert run.reasons[0].code == "unknown_project"
    assert PROJECT in run.reasons[0].message
    assert "incoming/patiens/orphan.csv" in stack.keys("incoming/patiens/")
    assert "patiens" in stack.report(run)


def test_values_outside_the_contract_are_rejected_with_their_numbers(stack: LoopStack) -> None:
    """A readable file that breaks the spec: a negative age, an unknown category, a repeated key."""
    rows = [dict(row) for row in patients()]
    rows[0]["age"], rows[1]["sex"], rows[2]["patient"] = "-4", "3", rows[3]["patient"]
    run = stack.push_data(PROJECT, write_rows(stack.folder / "odd.csv", rows))
    subjects = {reason.subject for reason in run.reasons}

    assert run.outcome == "dataset_rejected"
    assert {"age", "sex", "patient"} <= subjects
    assert run.dataset is not None
    assert any(evidence.name == "validation.json" for evidence in run.evidence)


def test_few_rows_are_rejected_by_the_contract(stack: LoopStack) -> None:
    """The spec wants at least 300."""
    run = stack.push_data(PROJECT, write_rows(stack.folder / "few.csv", patients()[:120]))

    assert run.outcome == "dataset_rejected"
    assert any("300" in words(reason) and "120" in words(reason) for reason in run.reasons)


def test_no_bad_file_left_a_model_or_a_champion(stack: LoopStack) -> None:
    """And every run of this module was closed."""
    runs = bootstrap.ledger().runs(limit=500)

    assert all(run.outcome == "dataset_rejected" for run in runs)
    assert bootstrap.ledger().models(PROJECT) == []
    assert bootstrap.ledger().champion(PROJECT) is None
