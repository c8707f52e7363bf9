"""What people do with versions on their own machine: compare them, and ask them by SQL."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.domain.diff import RowChanges
from loopwright.engines.tables_workbench import DuckWorkbench
from loopwright.errors import InputError

Row = dict[str, Any]
SCHEMA = pa.schema([("id", pa.int64()), ("city", pa.string()), ("age", pa.float64())])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(0, 5),
            "city": st.sampled_from([None, "Rome", "Köln"]),
            "age": st.sampled_from([None, 1.5, 2.0]),
        }
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for parts."""
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="module")
def bench(folder: Path) -> DuckWorkbench:
    """Return a workbench with little memory."""
    return DuckWorkbench(memory_mib=256, threads=1, temp_directory=folder / "spill")


def part(folder: Path, name: str, rows: list[Row]) -> list[Path]:
    """Write rows as one part."""
    path = folder / f"{name}.parquet"
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return [path]


def by_hand(before: list[Row], after: list[Row]) -> RowChanges:
    """The same comparison in plain Python, without examples."""
    times = [Counter(row["id"] for row in rows) for rows in (before, after)]
    old, new = ({row["id"]: row for row in rows} for rows in (before, after))
    both = [key for key in old if key in new]
    once = [key for key in both if times[0][key] == times[1][key] == 1]
    changed = [key for key in once if old[key] != new[key]]
    columns = {name: sum(old[k][name] != new[k][name] for k in once) for name in ("city", "age")}
    repeated = [key for key in {*old, *new} if max(times[0][key], times[1][key]) > 1]
    return RowChanges(
        key="id",
        added=len(new.keys() - old.keys()),
        removed=len(old.keys() - new.keys()),
        changed=len(changed),
        unchanged=len(once) - len(changed),
        repeated=len(repeated),
        columns={name: rows for name, rows in columns.items() if rows},
        added_examples=tuple(map(str, sorted(new.keys() - old.keys())[:5])),
        removed_examples=tuple(map(str, sorted(old.keys() - new.keys())[:5])),
        changed_examples=tuple(map(str, sorted(changed)[:5])),
    )


@settings(max_examples=15, deadline=None)
@given(before=ROWS, after=ROWS)
def test_rows_are_matched_by_their_key_as_plain_python_does(
    before: list[Row], after: list[Row], folder: Path, bench: DuckWorkbench
) -> None:
    """Missing values are equal to each other; repeated keys are counted, not compared."""
    parts = part(folder, "before", before), part(folder, "after", after)
    found = bench.compare(*parts, columns=["id", "city", "age"], key="id")

    assert found == by_hand(before, after)


@settings(max_examples=10, deadline=None)
@given(before=ROWS, after=ROWS)
def test_without_a_key_whole_rows_are_compared(
    before: list[Row], after: list[Row], folder: Path, bench: DuckWorkbench
) -> None:
    """As often as each of them occurs."""
    old, new = (Counter(tuple(row.values()) for row in rows) for rows in (before, after))
    parts = part(folder, "before", before), part(folder, "after", after)
    found = bench.compare(*parts, columns=["id", "city", "age"], key=None)

    assert (found.added, found.removed) == ((new - old).total(), (old - new).total())
    assert (found.unchanged, found.changed, found.key) == ((old & new).total(), 0, None)


def test_a_query_joins_tables_and_is_cut_at_its_limit(folder: Path, bench: DuckWorkbench) -> None:
    """Several parts are one table; the types are said."""
    parts = [*part(folder, "a", [row(1), row(2)]), *part(folder, "b", [row(3)])]
    text = "SELECT a.id, b.city FROM t a JOIN t b USING (id) ORDER BY id DESC"
    found = bench.query(text, {"t": parts}, limit=2)

    assert (found.columns, found.types) == (("id", "city"), ("BIGINT", "VARCHAR"))
    assert found.rows == ((3, "Rome"), (2, "Rome"))
    assert found.is_cut
    assert not bench.query(text, {"t": parts}, limit=3).is_cut


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY t TO '{path}'", "found COPY"),
        ("COPY (SELECT 1) TO '{folder}/new.csv'", "found COPY"),
        ("ATTACH '{folder}/new.db'", "found ATTACH"),
        ("INSTALL httpfs", "found LOAD"),
        ("LOAD httpfs", "found LOAD"),
        ("PRAGMA database_list", "found PRAGMA"),
        ("SET memory_limit = '8GB'", "found SET"),
        ("CREATE TABLE x AS SELECT 1", "found CREATE"),
        ("SELECT 1; SELECT 2", "found SELECT, SELECT"),
        ("", "found nothing"),
        ("FROM query('COPY t TO ''{path}''')", "single SELECT"),
        ("FROM read_text('{folder}/secret.txt')", "disabled by configuration"),
        ("FROM read_csv('/etc/passwd')", "disabled by configuration"),
        ("FROM glob('/*')", "disabled by configuration"),
        ("FROM 'https://example.com/a.parquet'", "cannot be answered"),
        ("SELEC 1", "syntax error"),
        ("FROM nothing", "does not exist"),
    ],
)
def test_a_query_reads_its_tables_and_nothing_else(
    text: str, expected: str, folder: Path, bench: DuckWorkbench
) -> None:
    """No other file, no network, no setting, and nothing is written."""
    [path] = part(folder, "safe", [row(1)])
    body = path.read_bytes()
    (folder / "secret.txt").write_text("secret")
    before = sorted(folder.iterdir())

    with pytest.raises(InputError, match=expected):
        bench.query(text.format(path=path, folder=folder), {"t": [path]}, limit=10)
    assert path.read_bytes() == body
    assert sorted(folder.iterdir()) == before


def test_the_configuration_is_locked_while_a_query_runs(folder: Path, bench: DuckWorkbench) -> None:
    """Even if a statement of another kind slipped through."""
    names = ("enable_external_access", "lock_configuration", "autoinstall_known_extensions")
    text = "SELECT name, value FROM duckdb_settings()"
    answer = bench.query(text, {"t": part(folder, "locked", [row(1)])}, limit=999)
    found = {name: value for name, value in answer.rows}  # noqa: C416 - rows are pairs here

    assert [found[name] for name in names] == ["false", "true", "false"]


def row(number: int) -> Row:
    """A row of that id."""
    return {"id": number, "city": "Rome", "age": 1.5}
