"""How often a window without drift is called drift.

Run `python -m benchmarks.studies.drift_false_alarms`.

A window is some random rows of the census year 2015, its baseline all the other rows, so nothing
has drifted. A false alarm is a window with a verdict other
than `none`. Beside ours stand the usual rules on the same windows: any column's PSI above 0.1 or
0.2, and any column's chi-square p value below 0.05. Writes docs/studies/drift-false-alarms.md;
with --quick it prints a tenth of the windows and writes nothing.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency

from loopwright.domain import drift, stability
from loopwright.domain.bins import Bins, ColumnCounts, Counts, Reference
from loopwright.domain.counting import categorical_bins, count_values, numeric_bins
from loopwright.domain.intervals import wilson
from loopwright.domain.spec_file import parse_spec
from loopwright.domain.spec_models import Monitoring
from loopwright.engines.tables import DuckTables

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "employment"
PAGE = ROOT / "docs" / "studies" / "drift-false-alarms.md"
SEED = 20_261_123
SIZES = (500, 1_000, 2_000, 4_000)
RATES = (0.01, 0.05)
WINDOWS = 400
RULES = ("ours, FDR 0.01", "ours, FDR 0.05", "any PSI > 0.1", "any PSI > 0.2", "any p < 0.05")
INTRODUCTION = """\
Census 2015; {windows} windows of each size, seed {seed}: random rows of the year against all its
other rows, so nothing has drifted. False alarms per 1000 windows, with 95 % Wilson intervals. Rows
are independent here; traffic whose rows depend on each other raises more."""

Columns = dict[str, NDArray[Any]]
Codes = dict[str, NDArray[np.int64]]


def main() -> None:
    """Simulate, print the table, and write its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    text = page(WINDOWS // 10 if quick else WINDOWS)
    print(text)
    if not quick:
        PAGE.write_text(text)


def page(windows: int) -> str:
    """Return the study's page: false alarms per 1000 windows with 95 % Wilson intervals."""
    generator = np.random.default_rng(SEED)
    bins, codes = code(read())
    lines = [
        "# False alarms of drift where nothing drifted",
        "",
        INTRODUCTION.format(windows=windows, seed=SEED),
        "",
        f"| rule | {' | '.join(f'{size} rows' for size in SIZES)} |",
        f"|---|{'---|' * len(SIZES)}",
    ]
    found = {size: alarms(bins, codes, size, windows, generator) for size in SIZES}
    for rule in RULES:
        cells = (per_thousand(found[size][rule], windows) for size in SIZES)
        lines.append(f"| {rule} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", "Written by `make study`.", ""])


def read() -> Columns:
    """Return the features of the year."""
    spec = parse_spec((EXAMPLE / "project.yaml").read_text())
    types = {name: column.type for name, column in spec.features.items()}
    tables = DuckTables(memory_mib=512, threads=1)
    return tables.columns([EXAMPLE / "data" / "acs_ma_2015.parquet"], types)


def code(columns: Columns) -> tuple[dict[str, Bins], Codes]:
    """Return the bins of every column, and the bin of every row."""
    bins = {name: bins_of(values) for name, values in columns.items()}
    return bins, {name: codes_of(bins[name], values) for name, values in columns.items()}


def bins_of(values: NDArray[Any]) -> Bins:
    """Return the bins of a baseline column."""
    if values.dtype != object:
        return numeric_bins(values)
    kinds, counts = np.unique(values.astype(int), return_counts=True)
    return categorical_bins(dict(zip(kinds.tolist(), counts.tolist(), strict=True)))


def codes_of(bins: Bins, values: NDArray[Any]) -> NDArray[np.int64]:
    """Return the bin of every value, found by counting each distinct value alone."""
    kinds, inverse = np.unique(values.astype(float), return_inverse=True)
    as_given = kinds if values.dtype != object else kinds.astype(int).astype(object)
    places = [
        int(np.argmax(count_values(bins, as_given[i : i + 1]).counts)) for i in range(len(kinds))
    ]
    return np.asarray(places)[inverse]


def alarms(
    bins: dict[str, Bins], codes: Codes, size: int, windows: int, generator: np.random.Generator
) -> dict[str, int]:
    """Return how many of the windows each rule alarms in."""
    found = dict.fromkeys(RULES, 0)
    rows = len(next(iter(codes.values())))
    for _ in range(windows):
        drawn = np.zeros(rows, dtype=bool)
        drawn[generator.choice(rows, size=size, replace=False)] = True
        live, rest = counts_of(bins, codes, drawn), counts_of(bins, codes, ~drawn)
        for rate, rule in zip(RATES, RULES, strict=False):
            policy = Monitoring(false_discovery_rate=rate)
            found[rule] += drift.assess(as_reference(bins, rest), live, policy).verdict != "none"
        pairs = [(rest[name].counts, live[name].counts) for name in live]
        largest = max(stability.measure(baseline, now).psi for baseline, now in pairs)
        found["any PSI > 0.1"] += largest > 0.1  # noqa: PLR2004 - the rule's name
        found["any PSI > 0.2"] += largest > 0.2  # noqa: PLR2004 - the rule's name
        smallest = min(p_value(*pair) for pair in pairs)
        found["any p < 0.05"] += smallest < 0.05  # noqa: PLR2004 - the rule's name
    return found


def counts_of(
    bins: dict[str, Bins], codes: Codes, chosen: NDArray[np.bool_]
) -> dict[str, ColumnCounts]:
    """Count the chosen rows in every column."""
    return {
        name: ColumnCounts(
            counts=tuple(np.bincount(places[chosen], minlength=bins[name].size).tolist())
        )
        for name, places in codes.items()
    }


def as_reference(bins: dict[str, Bins], columns: dict[str, ColumnCounts]) -> Reference:
    """Return the counts as a reference without a prediction column of its own."""
    name, counted = next(iter(columns.items()))
    return Reference(
        bins=bins,
        counts=Counts(rows=counted.rows, columns=columns),
        prediction_bins=bins[name],
        prediction_counts=counted,
    )


def p_value(baseline: tuple[int, ...], live: tuple[int, ...]) -> float:
    """Return the chi-square p value of two rows of counts, without the bins that are empty."""
    table = np.array([baseline, live])
    return float(chi2_contingency(table[:, table.sum(axis=0) > 0], correction=False).pvalue)


def per_thousand(count: int, windows: int) -> str:
    """Return a rate per 1000 with its interval."""
    bounds = wilson(count, windows)
    return f"{1000 * count / windows:.0f} ({1000 * bounds.low:.0f} to {1000 * bounds.high:.0f})"


if __name__ == "__main__":
    main()
