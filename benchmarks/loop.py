"""How long the loop takes on this machine: `python -m benchmarks.loop [--quick] [--json]`.

Starts the twin, then releases the census year 2015 (68,785 rows) several times, each time as a
project of its own, so that nothing is known before. The first run pays every cold start. Training
and learning is what TrainModel and AssessFeasibility take; everything else is machinery. There is
no peer: the figures are seconds of this machine, not a claim about AWS.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.commands.twin import STACK_NAME, TEMPLATE, address_of
from cli.demo.story import EXAMPLE
from cli.machines import describe, follow
from cli.output import console, print_table
from cli.projects import push_project
from cli.runs import push_data
from cli.session import Session
from infra.twin.twin import Twin

LEARNING = {"TrainModel", "AssessFeasibility"}
ALL = "the whole run"
YEAR = EXAMPLE / "data" / "acs_ma_2015.parquet"


@dataclass(frozen=True)
class Timing:
    """The seconds of one work: median, least and most of its runs."""

    work: str
    runs: int
    median_s: float
    least_s: float
    most_s: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one warm run instead of four")
    parser.add_argument("--json", action="store_true", help="one JSON object per row")
    options = parser.parse_args()
    rows = measure(warm_runs=1 if options.quick else 4)
    if options.json:
        for row in rows:
            print(json.dumps(asdict(row)))
        return
    cells = [
        (row.work, row.runs, f"{row.median_s:.1f}", f"{row.least_s:.1f}", f"{row.most_s:.1f}")
        for row in rows
    ]
    print_table(
        "The loop on this machine, seconds", ("work", "runs", "median", "least", "most"), cells
    )


def measure(*, warm_runs: int) -> list[Timing]:
    """Return the timings of the twin's start, of a cold release and of warm ones."""
    began = time.monotonic()
    with Twin() as twin:
        twin.up(TEMPLATE, stack_name=STACK_NAME)
        ready = time.monotonic() - began
        session = Session()
        session.use_twin(address_of(twin))
        releases = [release(session, number) for number in range(1 + warm_runs)]
    cold, warm = releases[0], releases[1:]
    return [
        summary("twin ready", [ready]),
        summary("release, cold: all", [cold[ALL]]),
        summary("release, cold: machinery", [machinery(cold)]),
        summary("release, warm: all", [each[ALL] for each in warm]),
        summary("release, warm: machinery", [machinery(each) for each in warm]),
        *(
            summary(f"  {state}", [each[state] for each in warm])
            for state in sorted(warm[0].keys() - {ALL}, key=lambda name: -warm[0][name])
        ),
    ]


def release(session: Session, number: int) -> dict[str, float]:
    """Release the year as a new project; return the seconds of each state."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        text = (EXAMPLE / "project.yaml").read_text()
        name = f"census-{number}"
        (folder / "project.yaml").write_text(
            text.replace("project: employment", f"project: {name}")
        )
        image = session.stack.output("TrainingImage")
        push_project(folder, actor=session.actor, image=image)
        copy = shutil.copy(YEAR, folder / "year.parquet")
        execution = push_data(session.stack, name, Path(copy))
    seconds: dict[str, float] = {}
    for state in follow(execution):
        seconds[state.name] = seconds.get(state.name, 0.0) + state.seconds
    ended = describe(execution)
    if ended["status"] != "SUCCEEDED" or "model_promoted" not in ended["output"]:
        console.print(ended)
        raise SystemExit(1)
    return {**seconds, ALL: (ended["stopDate"] - ended["startDate"]).total_seconds()}


def machinery(seconds: dict[str, float]) -> float:
    """Return what is neither training nor learning."""
    return seconds[ALL] - sum(seconds[name] for name in LEARNING)


def summary(work: str, seconds: list[float]) -> Timing:
    """Return the median and the range of some runs."""
    return Timing(work, len(seconds), statistics.median(seconds), min(seconds), max(seconds))


if __name__ == "__main__":
    main()
