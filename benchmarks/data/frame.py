"""The frame of the benchmark: 20 columns, the same rows for the same number of them."""

from pathlib import Path
from typing import Any

import duckdb

from benchmarks.data.rules import RULES
from loopwright.domain.spec import Column, NoProtected, ProjectSpec, RowRule

SEED = 0.42
NORMAL = "(sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))"
NUMBERS = {
    "f0": NORMAL,
    "f1": f"exp({NORMAL})",
    "f2": f"{NORMAL} / sqrt(({NORMAL} ** 2 + {NORMAL} ** 2 + {NORMAL} ** 2) / 3)",
    "f3": "random()",
    "f4": "-ln(1 - random())",
    "f5": f"round({NORMAL}, 2)",
    "f6": f"if(random() < 0.05, NULL, {NORMAL})",
}
WHOLE = {"i0": 2, "i1": 10, "i2": 100, "i3": 10_000, "i4": 1_000_000}
TEXTS = {"s0": 2, "s1": 10, "s2": 100, "s3": 1_000, "s4": 50_000}
COLUMNS = {
    **dict.fromkeys(NUMBERS, "number"),
    **dict.fromkeys(WHOLE, "integer"),
    **dict.fromkeys((*TEXTS, "s5"), "category"),
    "b0": "boolean",
    "t0": "timestamp",
}
SPEC = ProjectSpec(
    project="benchmark",
    question="How fast are a table's columns counted?",
    owner="The benchmark",
    intended_use="Compares the seconds of engines.",
    affected_people="nobody: the rows are made up",
    columns={name: Column.model_validate({"type": kind}) for name, kind in COLUMNS.items()},
    target="b0",
    task="binary",
    protected=NoProtected(none="the rows are made up"),
)


def ruled_spec() -> ProjectSpec:
    """Return the spec that holds the rules of benchmarks.data.rules."""
    columns: dict[str, dict[str, Any]] = {n: {"type": kind} for n, kind in COLUMNS.items()}
    rules = []
    for kind, name, told in RULES:
        if kind == "range":
            columns[name] |= {"min": told[0], "max": told[1]}
        elif kind == "values":
            columns[name]["values"] = told
        elif kind == "pattern":
            columns[name]["pattern"] = told[0]
        elif kind == "unique":
            columns[name]["unique"] = True
        elif kind == "moments":
            columns[name] |= {"earliest": told[0], "latest": told[1]}
        elif kind == "length":
            expect = f"length({name}) BETWEEN {told[0]} AND {told[1]}"
            rules.append(RowRule(name=f"length-{name}", expect=expect))
        elif kind == "not_less":
            rules.append(RowRule(name=f"not-less-{name}", expect=f"{name} >= {told[0]}"))
    typed = {name: Column.model_validate(column) for name, column in columns.items()}
    return SPEC.model_copy(update={"columns": typed, "rules": tuple(rules)})


def frame(folder: Path, rows: int) -> Path:
    """Write the frame as Parquet, unless it is there; `s5` has as many values as rows."""
    path = folder / f"frame-{rows}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    picked = [f"{expression} AS {name}" for name, expression in NUMBERS.items()]
    picked += [f"CAST(floor(random() * {most}) AS BIGINT) AS {n}" for n, most in WHOLE.items()]
    picked += [f"'cat_' || CAST(floor(random() * {m}) AS BIGINT) AS {n}" for n, m in TEXTS.items()]
    picked += [
        "printf('id-%09d', (i * 7919) % 1000000007) AS s5",
        "random() < 0.3 AS b0",
        "TIMESTAMP '2024-01-01' + to_seconds(CAST(floor(random() * 31536000) AS BIGINT)) AS t0",
    ]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"SELECT setseed({SEED})")
        connection.execute(
            f"COPY (SELECT {', '.join(picked)} FROM range({rows}) AS r(i)) TO '{path}' "  # noqa: S608 - our own names
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )
    return path
