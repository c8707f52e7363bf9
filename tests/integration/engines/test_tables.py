"""The tables engine: what it reads, refuses, digests, splits, counts and checks."""

import csv
import gzip
import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from loopwright.domain.bins import Bins, without_common
from loopwright.domain.counting import (
    categorical_bins,
    count_columns,
    count_values,
    numeric_bins,
)
from loopwright.domain.digest import add_rows, row_digest
from loopwright.domain.kinds import ColumnType
from loopwright.domain.profile_summary import bins_of
from loopwright.domain.reading import CanonicalTable, Reading
from loopwright.domain.sealing import is_sealed
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.engines.tables import DuckTables
from loopwright.engines.tables_stream import Limits
from loopwright.errors import UnreadableDataError
from tests.fakes.projects import COLUMNS, a_spec, some_rows

ROWS = some_rows(300)
TABLES = DuckTables(memory_mib=256, threads=1)


def csv_text(rows: Sequence[Mapping[str, Any]], delimiter: str = ",", end: str = "\n") -> str:
    """Return rows as CSV, as a spreadsheet would write them."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def parquet(path: Path, query: str) -> Path:
    """Write the result of a query as Parquet."""
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def parquet_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as Parquet, with the types that DuckDB finds in them."""
    lines = path.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps(dict(row)) + "\n" for row in rows))
    duckdb.connect().read_json(str(lines)).write_parquet(str(path))
    return path


def read(folder: Path, *bodies: str | bytes, spec: ProjectSpec | None = None) -> Reading:
    """Read files of these contents."""
    files = {}
    for place, body in enumerate(bodies):
        path = folder / f"upload-{place}"
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        files[f"data-{place}.csv"] = path
    out = folder / f"out-{len(list(folder.iterdir()))}"
    return TABLES.read(files, spec or a_spec(), salt="pepper", folder=out)


def table(folder: Path, *bodies: str | bytes, spec: ProjectSpec | None = None) -> CanonicalTable:
    """Read files that can be read."""
    found = read(folder, *bodies, spec=spec)
    assert found.reasons == ()
    assert found.table is not None
    return found.table


def bins_of_rows(found: CanonicalTable) -> dict[str, Bins]:
    """Return the bins that the rows of all parts give."""
    paths = [part.path for part in (*found.training, *found.holdout)]
    found_bins = bins_of(TABLES.summarise(paths, a_spec()), a_spec())
    return {name: bins for name, bins in found_bins.items() if name != "id"}


def stored(version: CanonicalTable) -> list[dict[str, Any]]:
    """Return the rows of all parts by id."""
    paths = [str(part.path) for part in (*version.training, *version.holdout)]
    found = duckdb.connect().read_parquet(paths).order("id")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def problem(folder: Path, *bodies: str | bytes, spec: ProjectSpec | None = None) -> tuple[str, str]:
    """Return the code and the message of the only reason against files."""
    found = read(folder, *bodies, spec=spec)
    assert found.table is None
    (reason,) = found.reasons
    assert reason.advice
    return reason.code, reason.message


def test_csv_is_read_into_the_types_of_the_spec(tmp_path: Path) -> None:
    """Whole numbers, numbers, texts with quotes and umlauts, booleans, missing values."""
    assert stored(table(tmp_path, csv_text(ROWS))) == ROWS


def test_the_digest_is_the_one_of_the_pure_function(tmp_path: Path) -> None:
    """SQL and Python agree on the text, the hash and the sum of the rows."""
    found = table(tmp_path, csv_text(ROWS))
    total = add_rows(row_digest(row) for row in ROWS)

    assert found.digest_sum == total
    assert found.rows == 300


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_same_rows_have_one_digest_however_they_come(tmp_path: Path, delimiter: str) -> None:
    """Delimiter, line ends, byte order mark, gzip, Parquet, order of rows and columns, parts."""
    first = table(tmp_path, csv_text(ROWS))
    text = csv_text([dict(reversed(row.items())) for row in reversed(ROWS)], delimiter, "\r\n")
    others = [
        table(tmp_path, text),
        table(tmp_path, "\ufeff" + text),
        table(tmp_path, gzip.compress(text.encode())),
        table(tmp_path, csv_text(ROWS[:120]), csv_text(ROWS[120:], delimiter)),
        table(tmp_path, parquet_rows(tmp_path / "x.parquet", ROWS).read_bytes()),
    ]

    assert {other.digest_sum for other in others} == {first.digest_sum}
    assert {other.training[0].digest for other in others} == {first.training[0].digest}
    assert {other.holdout[0].digest for other in others} == {first.holdout[0].digest}


def test_numbers_have_the_text_that_python_gives_them(tmp_path: Path) -> None:
    """The digest rests on it."""
    spec = a_spec(key=None, columns={**COLUMNS, "income": Column(type="number")})
    values = [0.1, -0.0, 1e16, 123456789012345680.0, 1e-7, 1e-5, 5e-324, 1.7976931348623157e308]
    rows = [{**ROWS[0], "income": value} for value in values]
    found = table(tmp_path, csv_text(rows), spec=spec)
    total = add_rows(row_digest(row) for row in rows)

    assert found.digest_sum == total


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_any_finite_number_keeps_its_value(tmp_path_factory: Any, numbers: list[float]) -> None:
    """Written by Python and read by the engine, a number is digested alike."""
    spec = a_spec(key=None, columns={**COLUMNS, "income": Column(type="number")})
    rows = [{**ROWS[0], "income": number} for number in numbers]
    found = table(tmp_path_factory.mktemp("numbers"), csv_text(rows), spec=spec)
    total = add_rows(row_digest(row) for row in rows)

    assert found.digest_sum == total


@pytest.mark.parametrize("key", ["id", "city", None])
def test_the_entities_of_the_pure_function_are_sealed(tmp_path: Path, key: str | None) -> None:
    """By number, by text, and by the digest of the row where there is no key."""
    rows = [{**row, "city": f"straße {row['id'] // 3}"} for row in ROWS]
    columns = {**COLUMNS, "city": Column(type="category")}
    found = table(tmp_path, csv_text(rows), spec=a_spec(key=key, columns=columns))
    expected = {
        row["id"]
        for row in rows
        if is_sealed(row_digest(row) if key is None else str(row[key]), salt="pepper", share=0.2)
    }
    paths = [part.path for part in found.holdout]

    assert set(TABLES.columns(paths, {"id": "integer"})["id"].tolist()) == expected
    assert sum(part.rows for part in found.training) == 300 - len(expected)


def test_parts_are_cut_in_the_order_of_the_row_hash(tmp_path: Path) -> None:
    """Every part but the last is full, and no row is lost."""
    path = tmp_path / "upload"
    path.write_text(csv_text(ROWS))
    small = DuckTables(memory_mib=256, threads=1, part_rows=100)
    found = small.read({"a.csv": path}, a_spec(), salt="pepper", folder=tmp_path / "out").table
    assert found is not None
    kept = [row_digest(row) for row in ROWS]

    assert [part.path.name for part in found.training] == [
        *("part-00000.parquet", "part-00001.parquet", "part-00002.parquet"),
    ]
    assert [part.rows for part in found.training[:2]] == [100, 100]
    assert len(stored(found)) == len(set(kept)) == 300
    first = TABLES.columns([found.training[0].path], {"id": "integer"})["id"]
    hashes = [kept[int(index)] for index in first]
    assert hashes == sorted(hashes)
    body = found.training[0].path.read_bytes()
    assert found.training[0].digest == hashlib.sha256(body).hexdigest()
    assert found.training[0].bytes == len(body)


def test_bins_and_counts_are_those_of_the_pure_functions(tmp_path: Path) -> None:
    """SQL and numpy agree on every edge, atom, category and count."""
    found = table(tmp_path, csv_text(ROWS))
    columns = {name: [row[name] for row in ROWS] for name in COLUMNS}
    present = {n: [v for v in values if v is not None] for n, values in columns.items()}
    paths = [part.path for part in (*found.training, *found.holdout)]

    bins = bins_of_rows(found)

    assert without_common(bins["income"]) == numeric_bins(columns["income"])
    for name in ("sex", "city", "member", "repaid"):
        tally = {value: present[name].count(value) for value in present[name]}
        assert bins[name] == categorical_bins(tally)
    assert TABLES.profile(paths, bins).counts == count_columns(bins, columns, rows=300)


def test_live_values_outside_the_bins_are_counted_alike(tmp_path: Path) -> None:
    """Below, above, new and other: SQL and numpy agree on other rows than those of the bins."""
    bins = bins_of_rows(table(tmp_path, csv_text(some_rows(40))))
    rows = [
        {**row, "income": (row["income"] or 0) * 3 - 500, "city": f"c{row['id']}"} for row in ROWS
    ]
    path = parquet_rows(tmp_path / "live.parquet", rows)
    columns = {name: [row[name] for row in rows] for name in bins}

    assert TABLES.profile([path], bins).counts == count_columns(bins, columns, rows=300)


@pytest.mark.parametrize("values", [[None, None], [5, 5], [1, 2], [3, None]])
def test_bins_of_few_values_are_those_of_the_pure_function(
    tmp_path: Path, values: list[int | None]
) -> None:
    """Constant, missing and two-valued columns."""
    rows = [{**ROWS[0], "id": n, "income": value} for n, value in enumerate(values)]
    found = table(tmp_path, csv_text(rows))
    paths = [part.path for part in (*found.training, *found.holdout)]
    bins = bins_of_rows(found)
    counts = TABLES.profile(paths, bins).counts.columns["income"]

    assert without_common(bins["income"]) == numeric_bins(values)
    assert counts == count_values(bins["income"], values)


def test_missing_and_other_spellings_are_read(tmp_path: Path) -> None:
    """1.0 is a whole number, NA is missing but not in a text, yes is true."""
    text = (
        "id,sex,income,city,member,repaid\n"
        "1.0, 1 ,NA,NA,yes,no\n"
        "+2,2.,1e2,,N,yes\n"
        "3,1,nan,null,1,yes\n"
        "4,1,.5,x,TRUE,yes\n"
    )
    spec = a_spec()
    rows = stored(table(tmp_path, text, spec=spec))

    assert [row["id"] for row in rows] == [1, 2, 3, 4]
    assert [row["income"] for row in rows] == [None, 100.0, None, 0.5]
    assert [row["city"] for row in rows] == ["NA", None, "null", "x"]
    assert [row["member"] for row in rows] == [True, False, True, True]


def test_parquet_of_other_types_is_converted(tmp_path: Path) -> None:
    """Floats that are whole, decimals, small integers, integers as texts and as booleans."""
    path = parquet(
        tmp_path / "x.parquet",
        "SELECT r::DOUBLE AS id, (1 + r % 2)::TINYINT AS sex, "
        "if(r = 0, 'nan'::FLOAT, -0.0::FLOAT) AS income, r::VARCHAR AS city, "
        "(r % 2)::INTEGER AS member, if(r % 2 = 0, 'no', 'yes') AS repaid FROM range(4) t(r)",
    )
    rows = stored(table(tmp_path, path.read_bytes()))

    assert [row["id"] for row in rows] == [0, 1, 2, 3]
    assert [row["income"] for row in rows] == [None, 0.0, 0.0, 0.0]
    assert math.copysign(1, rows[1]["income"]) == 1
    assert [row["member"] for row in rows] == [False, True, False, True]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "empty_file", "data-0.csv: the file is empty; expected a header and rows"),
        (gzip.compress(b"", mtime=0), "empty_file", "data-0.csv: the file is empty"),
        (b"PK\x03\x04abc", "not_a_table", "this is a ZIP archive or an Excel workbook"),
        (b"%PDF-1.7", "not_a_table", "this is a PDF"),
        (b"\x89PNG\0\0", "not_a_table", "it holds zero bytes, so it is no text"),
        (b"Dear all,\nplease find\n", "not_a_table", "the first row 'Dear all, ' names no column"),
        (b"\n\n", "not_a_table", "the first row '' names no column"),
        (
            csv_text(ROWS[:8]).replace("Rome", "Köln").encode("latin-1"),
            "wrong_encoding",
            "expected UTF-8 text; row ",
        ),
        (b"id,sex\n1,2\n\xc3", "wrong_encoding", "row 2 is not (the header is row 0)"),
        (gzip.compress(csv_text(ROWS).encode())[:-40], "not_a_table", "its gzip is damaged ("),
        (b"PAR1" + b"x" * 50, "damaged_parquet", "starts as Parquet but cannot be read to its end"),
    ],
)
def test_what_is_no_table_is_refused_with_its_name(
    tmp_path: Path, body: bytes, code: str, message: str
) -> None:
    """The message names the file and what was expected."""
    found, text = problem(tmp_path, body)

    assert found == code
    assert text.startswith("data-0.csv")
    assert message in text


def test_a_wrong_byte_is_found_far_into_a_file(tmp_path: Path) -> None:
    """The file is checked piece by piece; the row is counted over all of them."""
    body = b"id,sex\n" + b"1,2\n" * 400_000 + b"\xff"

    assert problem(tmp_path, body)[1].endswith("row 400001 is not (the header is row 0)")


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    """The footer is gone."""
    body = parquet_rows(tmp_path / "x.parquet", ROWS).read_bytes()

    assert problem(tmp_path, body[: len(body) // 2])[0] == "damaged_parquet"


@pytest.mark.parametrize(
    ("header", "code", "message"),
    [
        (
            "id,sex,income,city,member,id,repaid",
            "duplicate_header",
            "'id' is in the header more",
        ),
        ("id,sex,income,city,member", "missing_target", "the target column 'repaid' is not in the"),
        ("id,sex,income,city,repaid", "missing_column", "the column 'member' is not in the file"),
        (
            "id,sex,income,city,member,repaid,incom",
            "unknown_column",
            "'incom' is not in project.yaml; did you mean 'income'?",
        ),
        ("id,sex,income,city,member,repaid,zzz", "unknown_column", "'zzz' is not in project.yaml"),
    ],
)
def test_columns_that_differ_from_the_spec_are_refused(
    tmp_path: Path, header: str, code: str, message: str
) -> None:
    """The message names the column, and the nearest declared one."""
    found, text = problem(tmp_path, header + "\n1,1,1,a,true,yes,1\n")

    assert found == code
    assert message in text


def test_all_columns_that_differ_are_named_at_once(tmp_path: Path) -> None:
    """One look is enough to mend a header."""
    found = read(tmp_path, "id,gender,income,city,member,paid\n")

    assert [reason.subject for reason in found.reasons] == ["sex", "repaid", "gender", "paid"]


def test_few_unreadable_rows_are_quarantined(tmp_path: Path) -> None:
    """Their row numbers, values and what was expected are kept; the other rows go on."""
    lines = csv_text(ROWS).splitlines()
    lines[5] = "4,1,abc,Rome,true,yes"
    lines[9] = "8,1"
    lines[11] = "10,1,1e999,Rome,true,yes"
    lines[12] = "11,one,1,Rome,maybe,yes"
    spec = a_spec(rows={"min": 1, "max_unreadable_share": 0.02})
    found = read(tmp_path, "\n".join(lines), spec=spec)

    assert found.table is not None
    assert (found.rows, found.quarantined_rows, found.table.rows) == (296, 4, 296)
    assert sorted(map(str, found.quarantined)) == [
        "data-0.csv row 11, income: '1e999'",
        "data-0.csv row 12, sex: 'one'",
        "data-0.csv row 5, income: 'abc'",
        "data-0.csv row 9: '8,1'",
    ]
    assert {row.expected for row in found.quarantined} == {
        "a finite number",
        "a whole number",
        "a row of 6 values, with quotes that are closed",
    }


def test_unreadable_rows_never_refuse_a_batch(tmp_path: Path) -> None:
    """How many are too many is decided over all batches, even when one has no readable row."""
    rows = [{**row, "income": "n.a."} if row["id"] % 3 == 0 else row for row in ROWS]
    many = read(tmp_path, csv_text(rows))
    none = read(tmp_path, "id,sex,income,city,member,repaid\n1\n2\n")

    assert (many.reasons, many.rows, many.quarantined_rows) == ((), 200, 100)
    assert (none.reasons, none.rows, none.quarantined_rows) == ((), 0, 2)
    assert none.table is not None
    assert (none.table.rows, none.table.digest_sum, none.table.training) == (0, 0, ())


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    """As it lies there, and once it is unpacked."""
    small = DuckTables(
        memory_mib=256,
        threads=1,
        limits=Limits(file_bytes=1_000, row_bytes=500),
        temp_directory=tmp_path,
    )
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_text(csv_text(ROWS))
    packed.write_bytes(gzip.compress(b"id,sex\n" + b"1,1\n" * 10_000))
    for name, path in (("plain.csv", plain), ("packed.csv.gz", packed)):
        found = small.read({name: path}, a_spec(), salt="s", folder=tmp_path / "out")

        assert found.reasons[0].code == "too_large"
        assert found.reasons[0].message == f"{name}: more than 1000 bytes of data"


def test_columns_come_as_plain_arrays(tmp_path: Path) -> None:
    """Numbers as float64 with NaN, categories and booleans as Python values with None."""
    path = parquet_rows(tmp_path / "x.parquet", ROWS)
    kinds = {name: column.type for name, column in COLUMNS.items()}
    found = TABLES.columns([path], kinds)

    assert found["income"].dtype == np.float64
    assert_array_equal(
        found["income"], [math.nan if r["income"] is None else r["income"] for r in ROWS]
    )
    assert found["sex"].tolist() == [row["sex"] for row in ROWS]
    assert found["city"].tolist() == [row["city"] for row in ROWS]
    assert found["member"].tolist() == [row["member"] for row in ROWS]
    assert type(found["sex"][0]) is int
    assert not isinstance(found["income"], np.ma.MaskedArray)


def test_a_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    """Rows keep their order; another seed draws others; a small table is taken whole."""
    path = parquet_rows(tmp_path / "x.parquet", ROWS)

    def drawn(rows: int, seed: int) -> list[float]:
        columns = TABLES.columns([path], {"id": "integer"}, sample_rows=rows, seed=seed)
        assert set(columns) == {"id"}
        return [float(number) for number in columns["id"]]

    assert drawn(50, 1) == drawn(50, 1) == sorted(drawn(50, 1))
    assert len(set(drawn(50, 1))) == 50
    assert drawn(50, 1) != drawn(50, 2)
    assert drawn(1_000, 1) == [float(row["id"]) for row in ROWS]


def test_a_sample_holds_each_class_and_each_twentieth_of_a_number_by_its_share(
    tmp_path: Path,
) -> None:
    """A sixth of the rows: of each class a sixth, rounded up or down; of numbers half a score."""
    rows = [{**row, "city": "Rome" if row["id"] % 50 == 0 else "Oslo"} for row in ROWS]
    path = parquet_rows(tmp_path / "x.parquet", rows)
    types: dict[str, ColumnType] = {"id": "integer", "city": "category"}
    by_class = TABLES.columns([path], types, sample_rows=50, seed=1, evenly="city")
    by_number = TABLES.columns([path], types, sample_rows=40, seed=1, evenly="id")
    order = sorted(row["id"] for row in rows)
    twentieths = [order.index(number) // 15 for number in by_number["id"]]

    assert list(by_class["city"]).count("Rome") == 1
    assert len(set(by_class["id"])) == 50
    assert [twentieths.count(place) for place in range(20)] == [2] * 20


def test_a_column_that_a_part_lacks_is_named(tmp_path: Path) -> None:
    """The message says which one."""
    path = parquet_rows(tmp_path / "x.parquet", ROWS)

    with pytest.raises(UnreadableDataError, match="age"):
        TABLES.columns([path], {"id": "integer", "age": "number"})


def test_given_rows_replace_those_of_the_same_key(tmp_path: Path) -> None:
    """Keys stay unique, and every row keeps its types."""
    found = table(tmp_path, csv_text(ROWS))
    fresh = [{**ROWS[7], "repaid": "no", "income": 1.25}, *some_rows(5, first=1_000)]
    path = tmp_path / "assembled.parquet"
    parts = [part.path for part in (*found.training, *found.holdout)]
    rows = TABLES.extend(parts, fresh, a_spec(), path)
    again = table(tmp_path, path.read_bytes())

    assert rows == TABLES.rows([path]) == 305
    assert stored(again)[7] == fresh[0]
    assert stored(again)[300:] == fresh[1:]


def test_without_a_key_given_rows_are_added(tmp_path: Path) -> None:
    """Nothing says that two rows speak of the same entity. No row at all is no error."""
    spec = a_spec(key=None)
    path = parquet_rows(tmp_path / "x.parquet", ROWS)

    assert TABLES.extend([path], ROWS[:2], spec, tmp_path / "more.parquet") == 302
    assert TABLES.extend([path], [], spec, tmp_path / "same.parquet") == 300


def test_of_the_parts_only_so_many_rows_are_kept(tmp_path: Path) -> None:
    """The same rows whatever the parts are, and every given row."""
    paths = [
        parquet_rows(tmp_path / "a.parquet", ROWS[:100]),
        parquet_rows(tmp_path / "b.parquet", ROWS[100:]),
    ]
    fresh = some_rows(5, first=1_000)
    outputs = [tmp_path / "one.parquet", tmp_path / "other.parquet"]
    counts = [
        TABLES.extend(parts, fresh, a_spec(), output, kept_rows=20)
        for parts, output in zip((paths, paths[::-1]), outputs, strict=True)
    ]
    kept = [set(TABLES.columns([output], {"id": "integer"})["id"]) for output in outputs]

    assert counts == [25, 25]
    assert kept[0] == kept[1] >= {row["id"] for row in fresh}


def test_names_with_quotes_and_spaces_are_columns_like_others(tmp_path: Path) -> None:
    """Nothing in a name is taken for SQL."""
    name = "in\"come, 'net'"
    columns = {(name if n == "income" else n): column for n, column in COLUMNS.items()}
    columns["city"] = Column(type="category", values=("it's", 'o"k'), max_missing_share=1.0)
    rows = [
        {**{name if n == "income" else n: v for n, v in row.items()}, "city": "it's"}
        for row in ROWS
    ]
    spec = a_spec(columns=columns)
    found = table(tmp_path, csv_text(rows), spec=spec)
    paths = [part.path for part in (*found.training, *found.holdout)]

    assert stored(found) == rows
    assert TABLES.facts(dict(zip("ab", paths, strict=True)), spec).rows == 300
    assert set(TABLES.columns(paths, {name: "number"})) == {name}


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("%d/%m/%Y", "31/01/2026", "2026-01-31T00:00:00"),
        ("%m/%d/%Y %I:%M %p", " 01/31/2026 02:05 PM", "2026-01-31T14:05:00"),
        ("%d.%m.%y %H:%M%z", "31.01.26 01:30+02:00", "2026-01-30T23:30:00"),
    ],
)
def test_a_time_is_read_by_its_declared_form_alone(
    tmp_path: Path, form: str, text: str, moment: str
) -> None:
    """By hand, in UTC; a row that is written otherwise is kept apart."""
    seen = Column(type="timestamp", feature=False, format=form)
    spec = a_spec(columns={**COLUMNS, "seen": seen})
    rows = [{**row, "seen": text} for row in ROWS[:40]]
    found = table(tmp_path, csv_text([*rows, {**ROWS[41], "seen": "2026-31-01"}]), spec=spec)
    paths = [part.path for part in (*found.training, *found.holdout)]
    times = TABLES.columns(paths, {"seen": "timestamp"})["seen"]

    assert {np.datetime64(one, "s") for one in times} == {np.datetime64(moment)}
    assert len(times) == 40
