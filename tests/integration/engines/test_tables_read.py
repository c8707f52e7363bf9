"""Reading files of every dialect, encoding, packing and format, within limits."""

import gzip
import json
import random
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopwright.domain.digest import add_rows, row_digest
from loopwright.domain.reading import CanonicalTable, Reading
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.engines.tables import DuckTables
from loopwright.engines.tables_stream import Limits
from tests.fakes.projects import a_spec

COLUMNS = {
    "id": Column(type="integer"),
    "income": Column(type="number", max_missing_share=1),
    "seen": Column(type="timestamp", feature=False, max_missing_share=1),
    "note": Column(type="text", feature=False, max_missing_share=1),
    "repaid": Column(type="category", values=("no", "yes")),
}
TABLES = DuckTables(memory_mib=256, threads=1)
SMALL = DuckTables(memory_mib=256, threads=1, limits=Limits(file_bytes=50_000, row_bytes=2_000))
HEADER = "id,income,seen,note,repaid\n"


def spec(**changes: Any) -> ProjectSpec:
    """Return a spec with a number, a time and a text."""
    return a_spec(columns=COLUMNS, protected={"none": "no such column here"}, **changes)


def read(
    folder: Path, *bodies: str | bytes, tables: DuckTables = TABLES, **changes: Any
) -> Reading:
    """Read files of these contents."""
    files: dict[str, Path] = {}
    for body in bodies:
        path = folder / f"in-{len(list(folder.iterdir()))}"
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        files[f"{len(files)}.csv"] = path
    out = folder / f"out-{len(list(folder.iterdir()))}"
    return tables.read(files, spec(**changes), salt="pepper", folder=out)


def table(folder: Path, *bodies: str | bytes, **changes: Any) -> CanonicalTable:
    """Read files that can be read whole."""
    found = read(folder, *bodies, **changes)
    assert (found.reasons, found.quarantined) == ((), ())
    assert found.table is not None
    return found.table


def values(version: CanonicalTable, column: str) -> list[Any]:
    """Return the stored values of a column by id."""
    paths = [str(part.path) for part in (*version.training, *version.holdout)]
    found = duckdb.connect().read_parquet(paths).order("id").project(f'"{column}"')
    return [value for (value,) in found.fetchall()]


def refused(folder: Path, body: str | bytes, **changes: Any) -> tuple[str, str]:
    """Return the code and the message of the only reason against a file."""
    (reason,) = read(folder, body, **changes).reasons
    return reason.code, reason.message


def as_json(rows: Sequence[dict[str, Any]]) -> bytes:
    """Return rows as JSON Lines, times in ISO 8601."""
    return "".join(json.dumps(row, default=str) + "\n" for row in rows).encode()


def as_parquet(folder: Path, rows: Sequence[dict[str, Any]]) -> bytes:
    """Return rows as Parquet, in the stored types."""
    lines, path = folder / "rows.jsonl", folder / "rows.parquet"
    lines.write_bytes(as_json(rows))
    types = (
        "{id: 'BIGINT', income: 'DOUBLE', seen: 'TIMESTAMP', note: 'VARCHAR', repaid: 'VARCHAR'}"
    )
    query = f"FROM read_json('{lines}', format='newline_delimited', columns={types})"
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def as_csv(rows: Sequence[dict[str, Any]], delimiter: str = ",") -> bytes:
    """Return rows as CSV with every text quoted."""

    def cell(value: object) -> str:
        quoted = str(value).replace('"', '""')
        return "" if value is None else f'"{quoted}"' if isinstance(value, str) else str(value)

    lines = [list(COLUMNS), *([cell(row[name]) for name in COLUMNS] for row in rows)]
    return "".join(delimiter.join(line) + "\n" for line in lines).encode()


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "income": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "seen": st.none() | st.datetimes(min_value=datetime(1000, 1, 1)),  # noqa: DTZ001 - UTC
            "note": st.none()
            | st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
            ),
            "repaid": st.sampled_from(("no", "yes")),
        }
    ),
    min_size=3,
    max_size=20,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None
)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_any_split_in_any_order_and_format_has_one_digest(
    tmp_path_factory: Any, rows: list[dict[str, Any]], seed: int
) -> None:
    """The sum over CSV, JSON Lines and Parquet files is the one of the pure definition."""
    folder = tmp_path_factory.mktemp("split")
    numbered = [{"id": place, **row} for place, row in enumerate(rows)]
    random.Random(seed).shuffle(numbered)  # noqa: S311 - any order
    cut, other = sorted((1 + seed % (len(rows) - 1), 1 + seed // 7 % (len(rows) - 1)))
    pieces = [
        as_csv(numbered[:cut], ";"),
        gzip.compress(as_json(numbered[cut:other])) if cut < other else b"",
        as_parquet(folder, numbered[other:]),
    ]
    found = table(folder, *(piece for piece in pieces if piece))

    assert found.rows == len(rows)
    assert found.digest_sum == add_rows(row_digest(row) for row in numbered)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-be", "windows-1252", "latin-1"])
@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zstd.compress], ids=["plain", "gzip", "zstd"]
)
def test_encodings_and_packings_leave_the_rows_as_they_are(
    tmp_path: Path, codec: str, pack: Any
) -> None:
    """UTF-16 is known by its mark, single-byte encodings must be declared."""
    text = HEADER + "1,2.5,2026-01-01,Köln,no\n2,,,ñ,yes\n"
    name = {"utf-8-sig": None, "utf-16-be": "utf-16"}.get(codec, codec)
    body = ("\ufeff" * (codec == "utf-16-be") + text).encode(codec)
    found = table(tmp_path, pack(body), dialect={"encoding": name})

    assert values(found, "note") == ["Köln", "ñ"]
    assert found.digest_sum == table(tmp_path, text).digest_sum


def test_an_undeclared_encoding_is_refused_with_the_row_and_the_setting(tmp_path: Path) -> None:
    """Guessing among single-byte encodings would be guessing at names."""
    body = (HEADER + "1,2.5,,a,no\n2,,,Köln,yes\n").encode("latin-1")
    (reason,) = read(tmp_path, body).reasons

    assert reason.code == "wrong_encoding"
    assert "row 2 is not" in reason.message
    assert "dialect: {encoding: windows-1252}" in reason.advice


def test_decimal_commas_are_sniffed_when_certain_and_taken_when_declared(tmp_path: Path) -> None:
    """1.234,5 can be read in one way only; 1,234 in two, so it is left unread."""
    head = HEADER.replace(",", ";")
    sniffed = table(tmp_path, head + "1;1.234,5;;a;no\n2;7,25;;b;yes\n3;1.000;;c;no\n")
    declared = table(tmp_path, head + "1;1,234;;a;no\n", dialect={"decimal": ","})
    grouped = table(tmp_path, HEADER + '1,"1,234",,a,no\n', dialect={"decimal": "."})
    unclear = read(tmp_path, HEADER + '1,"1,234",,a,no\n')

    assert values(sniffed, "income") == [1234.5, 7.25, 1000.0]
    assert values(declared, "income") == [1.234]
    assert values(grouped, "income") == [1234.0]
    assert (unclear.quarantined_rows, unclear.quarantined[0].value) == (1, "1,234")


@pytest.mark.parametrize("text", ["1_000", "+-1", "0x1A", "inf", "1e999", "1 2", "1d"])
def test_what_is_no_number_is_left_unread(tmp_path: Path, text: str) -> None:
    """Only digits with one sign, one mark and one exponent are a number."""
    (row,) = read(tmp_path, HEADER + f'1,"{text}",,a,no\n').quarantined

    assert (row.column, row.value) == ("income", text)


def test_declared_quotes_delimiters_and_missing_marks_are_used(tmp_path: Path) -> None:
    """A marker of the spec is missing in every column, texts too."""
    text = "id^income^seen^note^repaid\n'1'^'-9'^-9^'a^b'^no\n2^3^^-9^yes\n"
    dialect = {"delimiter": "^", "quote": "'", "missing": ("-9",)}
    found = table(tmp_path, text, dialect=dialect)

    assert values(found, "note") == ["a^b", None]
    assert values(found, "income") == [None, 3.0]


def test_single_quotes_are_sniffed(tmp_path: Path) -> None:
    """As statistics programs write them."""
    found = read(tmp_path, "'id'\t'income'\t'seen'\t'note'\t'repaid'\n1\t2\t\t'x'\t'no'\n")

    assert found.sniffed["0.csv"]["quote"] == "single"
    assert found.sniffed["0.csv"]["delimiter"] == "tab"
    assert found.rows == 1


def test_times_become_utc(tmp_path: Path) -> None:
    """ISO 8601 with and without a zone, year first, and day.month.year."""
    texts = [
        "2026-01-02",
        "2026-01-02T03:04:05.1234567Z",
        "2026-01-02 03:04+02:00",
        "2026/01/02 03:04:05",
        "02.01.2026 03:04",
        "1969-12-31T23:59:59,5-0030",
    ]
    body = "".join(f'{place},,"{text}",,no\n' for place, text in enumerate(texts))
    moment = datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None)
    at = timedelta(hours=3, minutes=4)

    assert values(table(tmp_path, HEADER + body), "seen") == [
        moment,
        moment + at + timedelta(seconds=5, microseconds=123456),
        moment + at - timedelta(hours=2),
        moment + at + timedelta(seconds=5),
        moment + at,
        datetime(1970, 1, 1, 0, 29, 59, 500000, tzinfo=UTC).replace(tzinfo=None),
    ]


@pytest.mark.parametrize(
    "text", ["01/02/2026", "2026-02-30", "today", "1767225600", "2026-01-01T00:00+99:00"]
)
def test_times_that_can_mean_two_things_are_left_unread(tmp_path: Path, text: str) -> None:
    """Day and month cannot be told apart, and no number says its unit."""
    (row,) = read(tmp_path, HEADER + f"1,,{text},,no\n").quarantined

    assert (row.column, row.value) == ("seen", text)


def test_parquet_of_foreign_types_is_mapped(tmp_path: Path) -> None:
    """Decimals, dates, zoned and nanosecond times, binary texts, dictionaries."""
    path = tmp_path / "x.parquet"
    query = (
        "SELECT 1::DECIMAL(9,2) AS id, 1.25::DECIMAL(9,2) AS income, "
        "TIMESTAMPTZ '2026-01-02 03:00:00+02' AS seen, 'a'::BLOB AS note, "
        "'no'::ENUM('no','yes') AS repaid"
    )
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    found = table(tmp_path, path.read_bytes())

    assert values(found, "income") == [1.25]
    assert values(found, "seen")[0].isoformat() == "2026-01-02T01:00:00"
    assert values(found, "note") == ["a"]


def test_nested_parquet_columns_are_refused(tmp_path: Path) -> None:
    """A list is no value."""
    path = tmp_path / "x.parquet"
    query = "SELECT 1 AS id, [1] AS income, NULL::DATE AS seen, {'a': 1} AS note, 'no' AS repaid"
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    found = read(tmp_path, path.read_bytes())

    assert [(r.code, r.subject) for r in found.reasons] == [
        ("nested_column", "income"),
        ("nested_column", "note"),
    ]


def test_lines_that_are_no_objects_are_quarantined_by_their_number(tmp_path: Path) -> None:
    """Blank lines count; a name that stands twice makes a row ambiguous."""
    good = '{"id": 1, "income": 1e400, "note": "a", "repaid": "no", "seen": null}'
    lines = [good.replace("1e400", "1"), "", "nonsense", '{"id": 2, "id": 3}', "[1]", good]
    found = read(tmp_path, "\n".join(lines))

    assert found.rows == 1
    assert [(row.row, row.column) for row in found.quarantined] == [
        *((3, None), (4, None), (5, None), (6, "income")),
    ]


def test_a_json_array_is_refused(tmp_path: Path) -> None:
    """The message names the command that mends it."""
    code, message = refused(tmp_path, '[{"id": 1}]')

    assert code == "not_a_table"
    assert "jq" in message


def test_rows_keep_their_numbers_over_quoted_line_ends_and_blank_lines(tmp_path: Path) -> None:
    """A row is a row, however many lines it takes; what is bad after it is still named rightly."""
    body = HEADER + '1,1,,"a\n\nb",no\n\n2,x,,c,no\n3,1\n\n\n4,y,,d,no\n5,1,,e,no\n'
    found = read(tmp_path, body)

    assert found.rows == 2
    assert [(row.row, row.column, row.value) for row in found.quarantined] == [
        (3, "income", "x"),
        (4, None, "3,1"),
        (7, "income", "y"),
    ]


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_mixed_line_ends_are_read(tmp_path: Path, end: str) -> None:
    """As two programs that wrote one file leave them; line ends within quotes stay."""
    body = HEADER + f'1,1,,"a\r\nb",no{end}2,1,,c,no\n3,1,,d,yes{end}'

    assert values(table(tmp_path, body), "note") == ["a\r\nb", "c", "d"]


def test_a_file_without_rows_is_read_as_none(tmp_path: Path) -> None:
    """Programs that write a folder leave such files in it; what was found out says so."""
    row = {"id": 1, "income": 2.5, "seen": None, "note": "a", "repaid": "no"}
    as_parquet(tmp_path, [row])
    duckdb.connect().execute(
        f"COPY (FROM '{tmp_path}/rows.parquet' LIMIT 0) TO '{tmp_path}/none.parquet'"
    )
    found = read(tmp_path, HEADER, as_csv([row]), (tmp_path / "none.parquet").read_bytes(), HEADER)
    noted = [found.sniffed[f"{place}.csv"].get("rows") for place in range(4)]

    assert (found.reasons, found.rows, found.quarantined_rows) == ((), 1, 0)
    assert noted == ["none", None, "none", "none"]


def test_files_without_rows_make_no_part(tmp_path: Path) -> None:
    """The table is there, with its columns and nothing in it."""
    found = table(tmp_path, HEADER, HEADER)

    assert (found.rows, found.digest_sum, found.training, found.holdout) == (0, 0, (), ())
    assert [column.name for column in found.columns] == list(COLUMNS)


def test_a_quote_that_is_never_closed_refuses_the_file(tmp_path: Path) -> None:
    """It would swallow the rows after it without a trace."""
    body = HEADER + '1,1,,a,no\n2,1,,"b,no\n' + "3,1,,c,no\n" * 5

    assert refused(tmp_path, body) == (
        "open_quote",
        "0.csv: row 2 opens a quote that is not closed, and later rows run into it",
    )


def test_control_characters_and_formulas_stay_texts(tmp_path: Path) -> None:
    """Nothing is evaluated, nothing is dropped."""
    found = table(tmp_path, HEADER + '1,1,,"=1+1",no\n2,1,,"\x01\t\x7f",yes\n')

    assert values(found, "note") == ["=1+1", "\x01\t\x7f"]


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_a_bomb_is_stopped_while_it_is_unpacked(tmp_path: Path, pack: Any) -> None:
    """At the limit of unpacked bytes, with the command that splits."""
    body = pack(HEADER.encode() + b"1,1,,a,no\n" * 100_000)
    (reason,) = read(tmp_path, body, tables=SMALL).reasons

    assert reason.code == "too_large"
    assert "loopwright data push" in reason.advice


def test_a_parquet_bomb_is_refused_by_its_rows(tmp_path: Path) -> None:
    """Each value counts one byte at least."""
    path = tmp_path / "x.parquet"
    query = (
        "SELECT 1 AS id, 1 AS income, NULL AS seen, 'a' AS note, 'no' AS repaid FROM range(20000)"
    )
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")

    assert refused(tmp_path, path.read_bytes(), tables=SMALL)[0] == "too_large"


def test_a_row_that_never_ends_is_refused(tmp_path: Path) -> None:
    """Memory is bounded by the limit of a row."""
    code, message = refused(tmp_path, HEADER + "1,1,," + "x" * 30_000, tables=SMALL)

    assert (code, message) == (
        "row_too_long",
        "0.csv: row 1 has more than 2000 bytes (the header is row 0)",
    )


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_a_truncated_pack_is_refused(tmp_path: Path, pack: Any) -> None:
    """Its end is not there."""
    body = pack(random.Random(1).randbytes(5_000).hex().encode())  # noqa: S311 - any bytes
    code, message = refused(tmp_path, body[: len(body) // 2])

    assert code == "not_a_table"
    assert "is damaged" in message


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV, JSON and Parquet are read without a network and with no extension folder."""

    def no_network(*_: object, **__: object) -> None:
        message = "a socket was opened"
        raise AssertionError(message)

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setenv("HOME", str(tmp_path))
    row = {"id": 1, "income": 1.0, "seen": None, "note": "a", "repaid": "no"}
    parquet = as_parquet(tmp_path, [row])
    found = table(tmp_path, as_csv([{**row, "id": 2}]), as_json([{**row, "id": 3}]), parquet)

    assert found.rows == 3
    assert not (tmp_path / ".duckdb").exists()


def test_a_long_list_of_categories_is_read(tmp_path: Path) -> None:
    """The values are checked later; reading does not look at them."""
    names = tuple(f"c{number}" for number in range(100_000))
    columns = {**COLUMNS, "note": Column(type="category", values=names, feature=False)}
    path = tmp_path / "in"
    path.write_text(HEADER + "1,1,,c7,no\n")
    found = TABLES.read(
        {"a.csv": path},
        spec().model_copy(update={"columns": columns}),
        salt="s",
        folder=tmp_path / "out",
    )

    assert found.rows == 1


def test_a_table_of_too_many_columns_is_refused(tmp_path: Path) -> None:
    """Before its names are compared, and before a row is read."""
    header = ",".join(f"c{number}" for number in range(10_000))
    code, message = refused(tmp_path, f"{header}\n{'1,' * 9_999}1\n")

    assert (code, message) == (
        "too_many_columns",
        "0.csv: 10000 columns; at most 2000 can be read",
    )
