import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopwright.domain.inference import Draft, draft_project
from loopwright.domain.inference_dialect import settled_dialect
from loopwright.domain.reading import Reading
from loopwright.domain.spec import Dialect
from loopwright.engines.tables import DuckTables
from loopwright.errors import UnreadableDataError

DATA = Path(__file__).parents[2] / "data"
PENGUINS = DATA / "penguins" / "penguins_raw.csv"
ANES = DATA / "anes96" / "anes96.csv"
CREDIT = DATA / "german_credit" / "german_credit.csv"
CELLS = st.one_of(
    st.none(),
    st.sampled_from(["yes", "no", "NA", "?", "-", "007", "2024-02-29", "1,5", "true", "None"]),
    st.integers(-(10**18), 10**18).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.dates().map(str),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
)
NAMES = st.sampled_from(["id", "age", "Sex", "größe", "date", "a b", "x,y", 'q"q', "yes", "12"])


def drafted(tables: DuckTables, path: Path, target: str) -> Draft:
    """The draft of a file, once it is known how the file is written."""
    dialect = Dialect()
    found = tables.sketch(path, dialect=dialect)
    for _ in range(3):
        settled = settled_dialect(found)
        if settled == dialect:
            break
        dialect = settled
        found = tables.sketch(path, dialect=dialect)
    return draft_project(found, target=target, project="drafted")


@cache
def real_draft(path: Path, target: str) -> Draft:
    """The draft of a real table, made once for all tests."""
    return drafted(DuckTables(threads=1), path, target)


def read(tables: DuckTables, path: Path, draft: Draft, folder: Path) -> Reading:
    """The same file, read by its draft."""
    return tables.read({path.name: path}, draft.spec, salt="salt", folder=folder)


def write(path: Path, columns: Mapping[str, Sequence[str | None]]) -> Path:
    """Write columns as CSV; a missing value is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def limits_broken(tables: DuckTables, reading: Reading, draft: Draft) -> list[str]:
    """What the draft's own rows break of it, missing values within their limit left out."""
    assert reading.table is not None
    parts = {
        part.path.name + str(place): part.path
        for place, part in enumerate((*reading.table.training, *reading.table.holdout))
    }
    facts = tables.facts(parts, draft.spec)
    shares = {name: column.max_missing_share for name, column in draft.spec.columns.items()}
    return [
        f"{one.check}:{one.column}"
        for one in facts.broken
        if one.check != "missing" or one.rows > shares[one.column] * facts.rows
    ]


@given(
    columns=st.dictionaries(NAMES, st.lists(CELLS, min_size=30, max_size=30), max_size=5),
    kind=st.sampled_from(["binary", "numbers", "words"]),
)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_draft_always_passes_its_own_data(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[str | None]], kind: str
) -> None:
    """Whatever the columns hold: no row is lost beyond the limit, and no limit is broken."""
    target = {
        "binary": ["0", "1"] * 15,
        "numbers": [f"{number}.25" for number in range(30)],
        "words": ["low", "middle", "high"] * 10,
    }[kind]
    feature: list[str | None] = [f"{number % 7}.5" for number in range(30)]
    folder = tmp_path_factory.mktemp("draft")
    path = write(folder / "table.csv", {**columns, "feature": feature, "outcome": [*target]})
    tables = DuckTables(threads=1)
    draft = drafted(tables, path, "outcome")
    reading = read(tables, path, draft, folder)

    assert reading.reasons == ()
    assert reading.quarantined_rows <= draft.spec.rows.max_unreadable_share * 30
    assert limits_broken(tables, reading, draft) == []


@pytest.mark.parametrize(
    ("path", "target", "rows", "task"),
    [
        (PENGUINS, "Species", 344, "multiclass"),
        (ANES, "vote", 944, "binary"),
        (CREDIT, "credit_risk", 1_000, "binary"),
    ],
    ids=["penguins", "anes96", "german_credit"],
)
def test_a_real_table_passes_its_draft(
    tmp_path: Path, path: Path, target: str, rows: int, task: str
) -> None:
    """Every row is read, and none breaks a drafted limit."""
    tables = DuckTables(threads=1)
    draft = real_draft(path, target)
    reading = read(tables, path, draft, tmp_path)

    assert draft.spec.task == task
    assert reading.table is not None
    assert (reading.rows, reading.quarantined_rows) == (rows, 0)
    assert limits_broken(tables, reading, draft) == []


def test_the_dirty_table_is_understood() -> None:
    """NA is no word for a sex, the day of an egg is the time, and an animal has several rows."""
    spec = real_draft(PENGUINS, "Species").spec

    assert spec.dialect.missing == ("NA",)
    assert (spec.entity, spec.time, spec.protected) == ("Individual ID", "Date Egg", ("Sex",))
    assert spec.columns["Sex"].values == ("FEMALE", "MALE")
    assert spec.columns["Culmen Length (mm)"].type == "number"


def test_protected_attributes_of_real_people_are_found() -> None:
    """By name, in the spelling of the publisher."""
    spec = real_draft(CREDIT, "credit_risk").spec

    assert spec.protected == ("personal_status_and_sex", "age_in_years", "foreign_worker")


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv.gz"])
def test_other_formats_give_the_same_draft(tmp_path: Path, kind: str) -> None:
    """What holds the rows does not matter."""
    rows: list[dict[str, Any]] = [
        {"age": 20 + n % 50, "note": f"note {n}", "pay": n / 4, "y": n % 2} for n in range(80)
    ]
    path = tmp_path / f"table.{kind}"
    plain = write(tmp_path / "plain.csv", {k: [str(row[k]) for row in rows] for k in rows[0]})
    if kind == "csv.gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        duckdb.sql(f"COPY (FROM read_csv('{plain}')) TO '{path}' (FORMAT parquet)")
    tables = DuckTables(threads=1)

    assert drafted(tables, path, "y").spec.columns == drafted(tables, plain, "y").spec.columns


def test_a_decimal_comma_is_found(tmp_path: Path) -> None:
    """Where the numbers stand between semicolons."""
    path = tmp_path / "table.csv"
    path.write_text("size;y\n" + "".join(f"{n},{n % 10};{n % 2}\n" for n in range(40)))
    draft = drafted(DuckTables(threads=1), path, "y")

    assert (draft.spec.dialect.decimal, draft.spec.columns["size"].type) == (",", "number")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a,,y\n1,2,3\n", "column 2 is named ''"),
        ("a,A,y\n1,2,3\n", "'a' is in the header more than once"),
        ("only\n1\n", "one column, 'only'"),
        ("", "the file is empty"),
        ("a,y\n", "a header but no rows"),
    ],
)
def test_a_file_that_no_project_can_hold_is_refused(
    tmp_path: Path, text: str, problem: str
) -> None:
    """It says what to mend."""
    path = tmp_path / "table.csv"
    path.write_text(text)

    with pytest.raises(UnreadableDataError, match=problem):
        DuckTables(threads=1).sketch(path, dialect=Dialect())
