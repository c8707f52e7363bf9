"""Several hosts fit one model: real processes that find each other over the loopback device."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loopwright.domain.package import Card
from loopwright.domain.package_files import read_package
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.domain.spec_models import Training
from tests.integration.training.job_folder import COLUMNS, Job, spec

TOGETHER = Training(estimators=("xgboost",), instances=2)


class Host(Job):
    """One host of a job, with its share of the rows."""

    def __init__(self, base: Path, chosen: ProjectSpec, rank: int, count: int, name: str) -> None:
        """Lay out the folders of the host."""
        super().__init__(base / f"host-{rank}", chosen)
        self.name = name
        share = self.part.with_name("share.parquet")
        mine = duckdb.read_parquet(str(self.part)).filter(f"id % {count} = {rank}")
        mine.write_parquet(str(share))
        share.rename(self.part)
        hosts = [f"127.0.0.{at + 1}" for at in range(count)]
        config = {"current_host": hosts[rank], "hosts": hosts}
        place = self.base / "input" / "config" / "resourceconfig.json"
        place.write_text(json.dumps(config))

    @property
    def environment(self) -> dict[str, str]:
        """The name of the job is the same on all hosts."""
        return {**super().environment, "TRAINING_JOB_NAME": self.name}


def hosts_of(base: Path, chosen: ProjectSpec, count: int = 2) -> list[Host]:
    """Lay out all hosts of a job."""
    return [Host(base, chosen, rank, count, base.name) for rank in range(count)]


def run_all(hosts: list[Host]) -> list[tuple[int, str]]:
    """Run every host to its end; return exit codes and what was printed."""
    processes = [host.start() for host in hosts]
    printed = [process.communicate(timeout=120)[0] for process in processes]
    return [(process.returncode, said) for process, said in zip(processes, printed, strict=True)]


QUESTIONS: dict[str, tuple[int, dict[str, Any]]] = {
    "two classes": (2, {}),
    "three classes, known to no spec": (
        3,
        {
            "task": "multiclass",
            "target": "colour",
            "favourable": None,
            "columns": {**COLUMNS, "stays": Column(type="category")},
        },
    ),
    "numbers": (2, {"task": "regression", "target": "age", "favourable": None}),
}


@pytest.mark.parametrize(("count", "changes"), QUESTIONS.values(), ids=QUESTIONS)
def test_the_first_host_writes_the_model_of_all(
    tmp_path: Path, count: int, changes: dict[str, Any]
) -> None:
    """It is exported, compared and measured as any; the others leave nothing."""
    chosen = spec(training=TOGETHER.model_copy(update={"instances": count}), **changes)
    hosts = hosts_of(tmp_path, chosen, count)
    ended = run_all(hosts)

    assert [code for code, _ in ended] == [0] * count, ended
    assert [bool(host.files) for host in hosts] == [True] + [False] * (count - 1)
    card = Card.model_validate_json(hosts[0].files["card.json"])
    assert card.training_rows == 1_200
    assert sum(f"host {rank + 1} of {count}: " in ended[rank][1] for rank in range(count)) == count
    assert [one.name for one in card.tried] == ["xgboost"]
    assert card.parity.max_difference <= 1e-5
    read_package(hosts[0].files, hosts[0].spec, hosts[0].origin)


def test_together_is_as_good_as_alone_and_the_same_again(tmp_path: Path) -> None:
    """The hosts' histograms are those of all rows, or nearly: cuts are found on samples."""
    chosen = spec(training=TOGETHER)
    alone = Job(tmp_path / "alone", spec(training=Training(estimators=("xgboost",))))
    runs = [hosts_of(tmp_path / name, chosen) for name in ("one", "two")]

    assert alone.run()[0] == 0
    assert [code for run in runs for code, _ in run_all(run)] == [0] * 4
    cards = [Card.model_validate_json(one.files["card.json"]) for one in (alone, runs[0][0])]
    assert cards[0].validation_rows == cards[1].validation_rows
    assert cards[1].metrics["log_loss"] == pytest.approx(cards[0].metrics["log_loss"], abs=0.02)
    assert runs[0][0].files == runs[1][0].files


def test_a_host_without_a_part_says_what_to_do(tmp_path: Path) -> None:
    """There are more instances than parts."""
    hosts = hosts_of(tmp_path, spec(training=TOGETHER))
    hosts[1].part.unlink()
    process = hosts[0].start()
    ended = hosts[1].run()
    process.send_signal(signal.SIGTERM)  # as SageMaker does with the hosts of a failed job
    process.communicate(timeout=30)

    assert ended[0] == process.returncode == 1
    assert "lower training.instances" in hosts[1].failure
    assert "StoppedError" in hosts[0].failure


def test_a_host_that_is_lost_ends_the_others(tmp_path: Path) -> None:
    """They do not wait for it, and nobody writes a package."""
    hosts = hosts_of(tmp_path, spec(training=TOGETHER))
    processes = [host.start() for host in hosts]
    for line in processes[1].stdout or ():
        if "host 2 of 2" in line:
            break
    processes[1].kill()
    began = time.monotonic()
    processes[0].communicate(timeout=60)
    processes[1].communicate(timeout=60)

    assert processes[0].returncode != 0
    assert time.monotonic() - began < 60
    assert hosts[0].files == {}
