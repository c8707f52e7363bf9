"""Findings beyond the contract on real tables, which have none, and on planted trouble."""

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sklearn import datasets

from loopwright.domain.findings_columns import column_findings
from loopwright.domain.findings_leakage import Screen, leakage_findings
from loopwright.domain.findings_rows import row_findings
from loopwright.domain.profile import Profile
from loopwright.domain.profile_summary import bins_of
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_file import parse_spec
from loopwright.engines.tables import DuckTables
from tests.fakes.projects import a_spec
from tests.integration.engines.parquet import parquet_rows

TABLES = DuckTables(memory_mib=256, threads=1)
EXAMPLE = Path(__file__).parents[3] / "examples" / "employment"
Row = dict[str, Any]


def found(parts: dict[str, Path], spec: ProjectSpec, folder: Path) -> set[tuple[str, str]]:
    """Return code and column of every finding beyond the contract."""
    paths = list(parts.values())
    facts = TABLES.facts(parts, spec)
    bins = bins_of(TABLES.summarise(paths, spec), spec)
    by_class = TABLES.by_class(paths, bins, spec)
    counted = TABLES.profile(paths, bins)
    profile = Profile(bins=bins, counts=counted.counts, details=counted.details)
    spread = TABLES.spread(parts, spec, folder, buckets=1)
    findings = [
        *leakage_findings(spec, facts, {name: Screen(rows) for name, rows in by_class.items()}),
        *column_findings(spec, profile, facts),
        *row_findings(spec, TABLES.cross_check([spread[0]], spec), facts.rows),
    ]
    return {(one.code, one.column) for one in findings}


def test_the_census_gives_no_finding(tmp_path: Path) -> None:
    """Though many people of a census are alike in all that was asked."""
    spec = parse_spec((EXAMPLE / "project.yaml").read_bytes())

    assert found({"datasets/a": EXAMPLE / "data" / "acs_ma_2015.parquet"}, spec, tmp_path) == set()


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_clean_public_tables_give_no_finding(tmp_path: Path, name: str) -> None:
    """Single measurements that tell much are no leak."""
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    classes = [f"c{label}" for label in sorted(frame["target"].unique())]
    columns = {name: {"type": "number"} for name in frame.columns if name != "target"}
    spec = a_spec(
        columns={**columns, "target": {"type": "category", "values": classes}},
        target="target",
        task="binary" if len(classes) == 2 else "multiclass",
        favourable=None,
        key=None,
        protected={"none": "A public table of things."},
    )
    path = tmp_path / "x.parquet"
    duckdb.connect().from_df(frame).project(
        "* REPLACE (concat('c', target) AS target)"
    ).write_parquet(str(path))

    assert found({"datasets/a": path}, spec, tmp_path) == set()


def clean(seed: int) -> list[Row]:
    """Return 600 rows in which income says something about the target, and no more."""
    draw = random.Random(seed)  # noqa: S311 - made-up rows
    rows = []
    for place in range(600):
        outcome = draw.random() < 0.4
        rows.append(
            {
                "id": place,
                "sex": draw.choice((1, 2)),
                "income": draw.gauss(500 + 60 * outcome, 100),
                "city": draw.choice("abcdef"),
                "member": draw.random() < 0.5,
                "repaid": "yes" if outcome else "no",
            }
        )
    return rows


def planted(rows: list[Row], folder: Path) -> set[tuple[str, str]]:
    """Return what is found in rows, a fifth of which are sealed."""
    spec = a_spec()
    paths = {
        "datasets/loans/d/train/part-0": parquet_rows(folder / "a.parquet", rows[120:], spec),
        "holdout/loans/d/part-0": parquet_rows(folder / "b.parquet", rows[:120], spec),
    }
    return found(paths, spec, folder)


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_trouble_is_found_and_nothing_else(tmp_path: Path, seed: int) -> None:
    """Each on its own, in rows that have none."""
    draw = random.Random(seed)  # noqa: S311 - made-up rows
    rows = clean(seed)

    def changed(**values: Any) -> set[tuple[str, str]]:
        return planted(
            [{**row, **{n: v(row) for n, v in values.items()}} for row in rows], tmp_path
        )

    assert planted(rows, tmp_path) == set()
    assert changed(city=lambda row: row["repaid"]) == {("equals_target", "city")}
    assert changed(member=lambda row: row["repaid"] == "yes") == {("determines_target", "member")}
    assert changed(
        city=lambda row: None if row["repaid"] == "no" and draw.random() < 0.9 else row["city"]
    ) == {("missing_tells_target", "city")}
    assert changed(city=lambda row: f"u{row['id']}") >= {("near_unique", "city")}
    assert changed(income=lambda row: float(row["id"] * 3)) == {("near_unique", "income")}
    assert changed(city=lambda _: "a") == {("constant_column", "city")}
    assert changed(income=lambda row: -999.0 if row["id"] % 50 == 0 else row["income"]) == {
        ("stand_in_value", "income")
    }
    copies = [{**row, "id": 1_000 + row["id"]} for row in rows[:30]]
    assert planted([*rows, *copies], tmp_path) == {
        ("duplicate_rows", ""),
        ("copies_in_holdout", ""),
    }


def test_a_function_of_a_number_is_found_and_honest_numbers_are_not(tmp_path: Path) -> None:
    """The bins of the target are the classes of a regression."""
    columns = {name: {"type": "number"} for name in ("price", "size", "age")}
    columns["street"] = {"type": "category"}
    spec = a_spec(
        columns=columns,
        target="price",
        task="regression",
        favourable=None,
        key=None,
        protected={"none": "Houses are no people."},
    )
    draw = random.Random(4)  # noqa: S311 - made-up rows
    rows: list[Row] = [
        {
            "price": (price := draw.gauss(0, 1)),
            "size": price + draw.gauss(0, 0.3),
            "age": draw.random(),
            "street": draw.choice("abc"),
        }
        for _ in range(1_500)
    ]
    leaky = [{**row, "age": 3 - 2 * row["price"]} for row in rows]
    honest, leak = (
        {"datasets/a": parquet_rows(tmp_path / f"{name}.parquet", some, spec)}
        for name, some in (("honest", rows), ("leaky", leaky))
    )

    assert found(honest, spec, tmp_path) == set()
    assert found(leak, spec, tmp_path) == {("determines_target", "age")}
