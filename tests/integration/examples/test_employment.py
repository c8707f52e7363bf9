"""The employment example: its spec parses, and its data keeps the contract of all four years."""

from pathlib import Path

import pytest

from loopwright.domain.spec_file import parse_spec
from loopwright.engines.tables import DuckTables

EXAMPLE = Path(__file__).parents[3] / "examples" / "employment"


def test_the_spec_names_target_protected_columns_and_features() -> None:
    """Fourteen features; key, year, sex and race are context."""
    spec = parse_spec((EXAMPLE / "project.yaml").read_bytes())

    assert spec.context_columns == ("id", "year", "SEX", "RAC1P")
    assert len(spec.features) == 14
    assert spec.monitoring.window_rows == 4_000


@pytest.mark.parametrize(
    ("year", "rows"), [(2015, 68_785), (2016, 69_126), (2017, 69_635), (2018, 70_131)]
)
def test_every_year_keeps_the_contract(year: int, rows: int) -> None:
    """No missing value, no broken limit, no unlisted category, no repeated key."""
    spec = parse_spec((EXAMPLE / "project.yaml").read_bytes())
    path = EXAMPLE / "data" / f"acs_ma_{year}.parquet"
    facts = DuckTables(memory_mib=256, threads=1).facts({"train/a": path}, spec)

    assert facts.rows == rows
    assert len(facts.classes) == 2
    assert facts.broken == ()
