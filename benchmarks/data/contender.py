"""One contender, run as a program: `contender.py NAME FILE BINS`.

It prints its seconds, its memory, and what it found, where that must be the same for all.

Imports come first and are not counted. It runs on the Python of the peer's own environment.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def ours(file: str, bins: str) -> Callable[[], Any]:
    """Profile every column over frozen bins, mergeable."""
    from loopwright.domain.counting import read_bins
    from loopwright.engines.tables import DuckTables

    frozen = read_bins(Path(bins).read_bytes())
    tables = DuckTables(memory_mib=128, threads=1)
    return lambda: tables.profile([Path(file)], frozen)


def first_pass(file: str, _: str) -> Callable[[], Any]:
    """Summarise every column, as bins are frozen from."""
    from benchmarks.data.frame import SPEC
    from loopwright.engines.tables import DuckTables

    tables = DuckTables(memory_mib=200, threads=1)
    return lambda: tables.summarise([Path(file)], SPEC)


def polars_read(file: str, _: str) -> Callable[[], Any]:
    """Read, and do nothing."""
    polars = importlib.import_module("polars")
    return lambda: polars.read_parquet(file)


def pyarrow_read(file: str, _: str) -> Callable[[], Any]:
    """Read, and do nothing."""
    parquet = importlib.import_module("pyarrow.parquet")
    return lambda: parquet.ParquetFile(file).read(use_threads=False)


def pandas(file: str, _: str) -> Callable[[], Any]:
    """Describe numbers, count values of texts."""
    library = importlib.import_module("pandas")

    def work() -> None:
        table = library.read_parquet(file)
        table.isna().sum()
        table.describe(include=["number", "datetime"])
        for name in table.columns:
            table[name].nunique()
            if not library.api.types.is_numeric_dtype(table[name]):
                table[name].value_counts().head(100)

    return work


def whylogs(file: str, _: str) -> Callable[[], Any]:
    """Log the frame into a profile view."""
    library = importlib.import_module("whylogs")
    pandas_library = importlib.import_module("pandas")
    return lambda: library.log(pandas_library.read_parquet(file)).view()


def tfdv(file: str, _: str) -> Callable[[], Any]:
    """Generate the statistics of the frame in memory."""
    library = importlib.import_module("tensorflow_data_validation")
    pandas_library = importlib.import_module("pandas")

    def work() -> None:
        table = pandas_library.read_parquet(file)
        table["t0"] = table["t0"].astype("int64")
        library.generate_statistics_from_dataframe(table, n_jobs=1)

    return work


CONTENDERS: dict[str, Callable[[str, str], Callable[[], Any]]] = {
    "profile": ours,
    "first pass": first_pass,
    "polars read": polars_read,
    "pyarrow read": pyarrow_read,
    "pandas": pandas,
    "whylogs": whylogs,
    "tfdv": tfdv,
}
VALIDATORS = {
    "rules": "ours",
    "rules and rows": "ours_whole",
    "great expectations": "gx",
    "pandera, pandas": "pandera_pandas",
    "pandera, polars": "pandera_polars",
}


def main() -> None:
    """Run one contender once."""
    name, file, bins = sys.argv[1:]
    work = contender(name)(file, bins)
    began = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - began
    told = found if name in VALIDATORS else None
    print(json.dumps({"seconds": seconds, "rss_mb": peak_mb(), "found": told}))


def contender(name: str) -> Callable[[str, str], Callable[[], Any]]:
    """Return the contender of a name; a package of a peer may hide the validators from it."""
    if name in CONTENDERS:
        return CONTENDERS[name]
    validators = importlib.import_module("benchmarks.data.validators")
    found: Callable[[str, str], Callable[[], Any]] = getattr(validators, VALIDATORS[name])
    return found


def peak_mb() -> float:
    """Return the peak resident memory of this program; ru_maxrss would start at its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
