"""What must be compared across rows, against a slow comparison in Python."""

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopwright.domain.crossing import compared_columns
from loopwright.domain.facts import Crossed, CrossFacts, merge_cross
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.engines.tables import DuckTables
from tests.fakes.projects import a_spec
from tests.integration.engines.parquet import parquet_rows

TABLES = DuckTables(memory_mib=256, threads=1)
COLUMNS = {
    "id": Column(type="integer"),
    "person_id": Column(type="integer"),
    "seen": Column(type="timestamp", feature=False, max_missing_share=1),
    "step": Column(type="integer", monotonic="increasing", max_missing_share=1),
    "left": Column(type="number", monotonic="decreasing", max_missing_share=1),
    "name": Column(type="category", unique=True, max_missing_share=1),
    "boss": Column(type="category", references="name", max_missing_share=1),
    "ok": Column(type="boolean"),
}
SPEC = a_spec(
    columns=COLUMNS,
    target="ok",
    favourable=True,
    key="id",
    entity="person_id",
    time="seen",
    protected={"none": "A made-up table."},
)
Row = dict[str, Any]
SETTINGS = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ROWS = st.fixed_dictionaries(
    {
        "id": st.integers(0, 6),
        "person_id": st.integers(0, 3),
        "seen": st.none() | st.sampled_from([0.0, 1.0, 2.5, 9e8]),
        "step": st.none() | st.integers(0, 3),
        "left": st.none() | st.sampled_from([0.5, 1.5, 2.5]),
        "name": st.none() | st.sampled_from("abcd"),
        "boss": st.none() | st.sampled_from("abz"),
        "ok": st.booleans(),
    }
)


def crossed(
    folder: Path, batches: list[dict[str, list[Row]]], *, buckets: int, spec: ProjectSpec = SPEC
) -> CrossFacts:
    """Spread batches of parts over buckets, and merge what each bucket tells."""
    spread: list[dict[int, Path]] = []
    for place, batch in enumerate(batches):
        home = folder / f"{buckets}-{place}"
        home.mkdir(exist_ok=True)
        paths = {
            key: parquet_rows(home / f"{index}-part.parquet", rows, spec)
            for index, (key, rows) in enumerate(batch.items())
            if rows
        }
        spread.append(TABLES.spread(paths, spec, home, buckets=buckets))
    return merge_cross(
        [TABLES.cross_check([one[b] for one in spread], spec) for b in range(buckets)]
    )


def compared(folder: Path, parts: dict[str, list[Row]]) -> CrossFacts:
    """Compare all rows at once."""
    home = folder / "at-once"
    home.mkdir(exist_ok=True)
    return TABLES.compare(
        {
            key: parquet_rows(home / f"{index}-part.parquet", rows, SPEC)
            for index, (key, rows) in enumerate(parts.items())
            if rows
        },
        SPEC,
    )


def by_name(facts: CrossFacts) -> dict[tuple[str, str], Crossed]:
    """Return what is told by check and column."""
    return {(one.check, one.column): one for one in facts.crossed}


def unordered(rows: list[Row], name: str, worse: Any) -> int:
    """Return the rows that come after a better value of their person at an earlier time."""
    known = [row for row in rows if row["seen"] is not None and row[name] is not None]
    return sum(
        any(
            other["person_id"] == row["person_id"]
            and other["seen"] < row["seen"]
            and worse(row[name], other[name])
            for other in known
        )
        for row in known
    )


def repeated(values: list[Any]) -> tuple[int, int, int]:
    """Return extra rows, repeated values and distinct values."""
    tally = Counter(values)
    return sum(tally.values()) - len(tally), sum(n > 1 for n in tally.values()), len(tally)


@given(trained=st.lists(ROWS, max_size=25), sealed=st.lists(ROWS, max_size=8))
@SETTINGS
def test_crossing_is_that_of_a_slow_comparison(
    tmp_path: Path, trained: list[Row], sealed: list[Row]
) -> None:
    """Over three buckets and two batches."""
    half = len(trained) // 2
    batches = [
        {"datasets/l/d/train/part-0": trained[half:], "holdout/l/d/part-0": sealed},
        {"datasets/l/d/train/part-1": trained[:half]},
    ]
    found = by_name(crossed(tmp_path, batches, buckets=3))
    rows = [*trained, *sealed]

    def told(check: str, column: str = "") -> tuple[int, int, int]:
        one = found[check, column]
        return one.rows, one.values, one.distinct

    def compared(row: Row, check: Any) -> tuple[Any, ...]:
        return tuple(row[name] for name in compared_columns(SPEC, check))

    assert told("duplicate_rows") == repeated([compared(row, "duplicate_rows") for row in rows])
    assert told("alike_rows") == repeated([compared(row, "alike_rows") for row in rows])
    assert told("repeated", "id") == repeated([row["id"] for row in rows])
    names = [row["name"] for row in rows if row["name"] is not None]
    assert told("repeated", "name") == repeated(names)
    bosses = [row["boss"] for row in rows if row["boss"] is not None]
    lost = [boss for boss in bosses if boss not in names]
    assert told("orphan", "boss") == (len(lost), len(set(lost)), len(set(bosses)))
    inside = {compared(row, "twins") for row in trained}
    both = [compared(row, "twins") for row in sealed if compared(row, "twins") in inside]
    assert told("twins")[:2] == (len(both), len(set(both)))
    shared = {row["person_id"] for row in trained} & {row["person_id"] for row in sealed}
    count = sum(row["person_id"] in shared for row in rows)
    assert told("on_both_sides", "person_id")[:2] == (count, len(shared))
    assert told("unordered", "step")[0] == unordered(rows, "step", lambda a, b: a < b)
    assert told("unordered", "left")[0] == unordered(rows, "left", lambda a, b: a > b)


@given(rows=st.lists(ROWS, min_size=2, max_size=25), buckets=st.integers(2, 4))
@settings(SETTINGS, max_examples=3)
def test_any_split_over_batches_and_buckets_tells_the_same(
    tmp_path: Path, rows: list[Row], buckets: int
) -> None:
    """Examples and all."""
    half = len(rows) // 2
    first, second = {"holdout/a": rows[:half]}, {"datasets/b": rows[half:]}
    whole = crossed(tmp_path, [{**first, **second}], buckets=1)

    assert crossed(tmp_path, [second, first], buckets=buckets) == whole
    assert compared(tmp_path, {**first, **second}) == whole


def test_the_same_parts_are_spread_into_the_same_bytes(tmp_path: Path) -> None:
    """A repeated step writes nothing new."""
    rows = [
        {
            "id": place,
            "person_id": place % 7,
            "seen": float(place),
            "step": place,
            "left": -float(place),
            "name": f"n{place}",
            "boss": "n1",
            "ok": place % 2 == 0,
        }
        for place in range(500)
    ]
    path = parquet_rows(tmp_path / "x.parquet", rows, SPEC)
    written = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        spread = TABLES.spread({"datasets/a": path}, SPEC, tmp_path / name, buckets=2)
        written.append([spread[bucket].read_bytes() for bucket in sorted(spread)])

    assert written[0] == written[1]
    assert len(written[0]) == 2


def test_without_an_entity_all_rows_are_one_series(tmp_path: Path) -> None:
    """And columns that are named like one are looked at."""
    spec = SPEC.model_copy(update={"entity": None})
    rows = [
        {
            "id": place,
            "person_id": place,
            "seen": float(place),
            "step": 9 - place,
            "left": 1.0,
            "name": None,
            "boss": None,
            "ok": True,
        }
        for place in range(4)
    ]
    found = by_name(crossed(tmp_path, [{"datasets/a": rows}], buckets=2, spec=spec))

    assert (found["unordered", "step"].rows, found["unordered", "step"].values) == (3, 1)
    assert [e.row for e in found["unordered", "step"].examples] == [1, 2, 3]
    assert [e.value for e in found["unordered", "step"].examples] == ["8", "7", "6"]
    assert found["unordered", "left"].rows == 0
    assert found["on_both_sides", "person_id"].distinct == 4
