"""Profiling and validating data beside peers: `python -m benchmarks.data [--quick] [--json]`.

One thread on one pinned core, contenders in turns, each run a process of its own; seconds are work
without imports. `make bench-peers` makes the environments of the peers; one that is absent or that
cannot be loaded is named with what it says. Nothing here sends anything anywhere.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.data.frame import SPEC, frame
from cli.output import print_table
from loopwright.domain.counting import bins_document
from loopwright.domain.profile_summary import bins_of
from loopwright.engines.tables import DuckTables

ROOT = Path(__file__).parents[2]
CONTENDER = Path(__file__).with_name("contender.py")
PROFILES = ("profile", "first pass")
RULES = ("rules", "rules and rows")
PEERS = {
    "polars read": "frames",
    "pyarrow read": "frames",
    "pandas": "frames",
    "tfdv": "tfdv",
    "whylogs": "whylogs",
    "great expectations": "gx",
    "pandera, pandas": "pandera",
    "pandera, polars": "pandera",
}
VALIDATORS = tuple(name for name, home in PEERS.items() if home in ("gx", "pandera"))
ENVIRONMENT = {
    "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}",
    "POLARS_MAX_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "WHYLOGS_NO_ANALYTICS": "True",
    "GX_ANALYTICS_ENABLED": "False",
}
Turn = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """Our work beside a peer's: medians, the range of the ratio, peak memory."""

    work: str
    peer: str
    ours_s: float
    peer_s: float
    ratio: float
    ratio_low: float
    ratio_high: float
    ours_rss_mb: float
    peer_rss_mb: float
    runs: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100,000 rows, one run")
    parser.add_argument("--json", action="store_true", help="one JSON object per row")
    options = parser.parse_args()
    rows = measure(rows=100_000 if options.quick else 1_000_000, runs=1 if options.quick else 5)
    if options.json:
        for row in rows:
            print(json.dumps(asdict(row)))
        return
    cells = [
        (
            *(row.work, row.peer, f"{row.ours_s:.2f}", f"{row.peer_s:.2f}"),
            f"{row.ratio:.1f} [{row.ratio_low:.1f}-{row.ratio_high:.1f}]",
            *(f"{row.ours_rss_mb:.0f}", f"{row.peer_rss_mb:.0f}", row.runs),
        )
        for row in rows
    ]
    heads = ("work", "peer", "ours s", "peer s", "ratio", "ours MB", "peer MB", "runs")
    print_table("Profiles and 48 rules on this machine", heads, cells)


def measure(*, rows: int, runs: int) -> list[Row]:
    """Return a row per peer that can be run; all validators must find the same."""
    folder = ROOT / "build" / "bench"
    file, bins = frame(folder, rows), folder / f"bins-{rows}.json"
    summary = DuckTables(memory_mib=512, threads=1).summarise([file], SPEC)
    bins.write_bytes(bins_document(bins_of(summary, SPEC)))
    peers = [name for name in PEERS if runnable(name, file, bins)]
    found: dict[str, list[Turn]] = {name: [] for name in (*PROFILES, *RULES, *peers)}
    for _ in range(runs):
        for name, turns in found.items():
            turns.append(run(name, file, bins))
    agreed([*RULES, *(name for name in peers if name in VALIDATORS)], found)
    return [
        compared(work, name, found[work], found[name])
        for work in (*PROFILES, *RULES)
        for name in peers
        if (name in VALIDATORS) == (work in RULES)
    ]


def agreed(names: Sequence[str], found: dict[str, list[Turn]]) -> None:
    """Refuse figures of contenders that did not find the same rows."""
    for name in names:
        for turn in found[name]:
            if turn["found"] != found[names[0]][0]["found"]:
                message = f"{name} found {turn['found']}, ours {found[names[0]][0]['found']}"
                raise RuntimeError(message)


def runnable(name: str, file: Path, bins: Path) -> bool:
    """Tell whether a peer runs here; say so when it does not."""
    try:
        run(name, file, bins)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        print(f"{name} cannot be run here: {said[-1]}", file=sys.stderr)
        return False
    return True


def run(name: str, file: Path, bins: Path) -> Turn:
    """Run a contender once, pinned to the last core."""
    python = Path(sys.executable)
    if name in PEERS:
        python = ROOT / "build" / "peers" / PEERS[name] / "bin" / "python"
    core = max(os.sched_getaffinity(0))
    done = subprocess.run(
        ["/usr/bin/taskset", "-c", str(core), python, CONTENDER, name, file, bins],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | ENVIRONMENT,
    )
    found: Turn = json.loads(done.stdout.splitlines()[-1])
    return found


def compared(work: str, peer: str, ours: list[Turn], theirs: list[Turn]) -> Row:
    """Return medians, and the ratio of the medians with the least and the most of single turns."""
    ratios = [b["seconds"] / a["seconds"] for a, b in zip(ours, theirs, strict=True)]
    ours_s = statistics.median(one["seconds"] for one in ours)
    peer_s = statistics.median(one["seconds"] for one in theirs)
    return Row(
        work=work,
        peer=peer,
        ours_s=ours_s,
        peer_s=peer_s,
        ratio=peer_s / ours_s,
        ratio_low=min(ratios),
        ratio_high=max(ratios),
        ours_rss_mb=max(one["rss_mb"] for one in ours),
        peer_rss_mb=max(one["rss_mb"] for one in theirs),
        runs=len(ours),
    )


if __name__ == "__main__":
    main()
