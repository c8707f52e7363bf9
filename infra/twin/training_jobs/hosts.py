"""Run all hosts of a job at once; when one of them fails, the others are told to stop."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from infra.twin.training_jobs.container import Container
from infra.twin.training_jobs.process import ProcessEnd, ProcessLimits, run_process


@dataclass(frozen=True)
class JobEnd:
    """How a job ended: as its first host did, or as the host that failed first."""

    container: Container
    end: ProcessEnd


def run_hosts(
    containers: Sequence[Container],
    *,
    binaries: Path,
    network: Mapping[str, str],
    limits: ProcessLimits,
    should_stop: Callable[[], bool],
    on_line: Callable[[int, str], None],
) -> JobEnd:
    """Run the process of every host to its end; lines go to ``on_line`` with the host's number."""
    failed = Event()
    failures: list[JobEnd] = []

    def run(container: Container) -> JobEnd:
        end = run_process(
            container.command(),
            directory=container.root,
            environment=container.environment(binaries, network),
            limits=limits,
            should_stop=lambda: should_stop() or failed.is_set(),
            on_line=lambda line: on_line(container.host, line),
        )
        found = JobEnd(container, end)
        if end.cut_short is None and end.exit_code != 0:
            failures.append(found)
            failed.set()
        return found

    with ThreadPoolExecutor(len(containers)) as pool:
        ends = list(pool.map(run, containers))
    return (failures or ends)[0]
