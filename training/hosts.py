"""The hosts of a training job that fit one model together, over XGBoost's collective.

The first host of `resourceconfig.json` keeps the tracker, on a port that follows from the name of
the job, so that every host knows it. What they exchange are bytes of Parquet and JSON: numbers of
rows, categories, and the validation rows, which the first host judges by.
"""

import contextlib
import importlib
import json
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from loopwright.domain.record import digest_of
from training.errors import HostsError
from training.inputs import Cluster

FIRST_PORT, PORTS = 20_000, 10_000
# All hosts start within some minutes, and a round over many rows may take long.
PATIENCE_SECONDS = 1_800
RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Hosts:
    """The place of this host among the others; rank 0 is the first one."""

    rank: int
    count: int

    def gathered(self, mine: bytes) -> list[bytes]:
        """Return what each host gives, in the order of their ranks."""
        collective = importlib.import_module("xgboost").collective
        return [collective.broadcast(mine, root) for root in range(self.count)]

    def union(self, mine: list[Any]) -> list[Any]:
        """Return the JSON values that any host has, sorted by their text."""
        lists = [json.loads(one) for one in self.gathered(json.dumps(mine).encode())]
        found = {json.dumps(value): value for values in lists for value in values}
        return [found[text] for text in sorted(found)]

    def refuse_difference(self, what: str, body: bytes) -> None:
        """HostsError unless every host holds the same bytes."""
        if len({*self.gathered(digest_of(body).encode())}) > 1:
            raise HostsError(f"the hosts hold different {what}; report this with the job's name")


@contextlib.contextmanager
def joined(cluster: Cluster) -> Iterator[Hosts]:
    """Join the other hosts; HostsError when they cannot be reached or one is lost."""
    xgboost = importlib.import_module("xgboost")
    first, rank = cluster.hosts[0], cluster.hosts.index(cluster.current_host)
    port = FIRST_PORT + crc32(os.environ.get("TRAINING_JOB_NAME", "").encode()) % PORTS
    address = _address(first)
    tracker = _tracker(address, port, len(cluster.hosts)) if rank == 0 else None
    try:
        with xgboost.collective.CommunicatorContext(
            dmlc_tracker_uri=address,
            dmlc_tracker_port=port,
            dmlc_task_id=f"{rank:04d}",
            dmlc_timeout=PATIENCE_SECONDS,
            dmlc_retry=PATIENCE_SECONDS,
        ):
            yield Hosts(rank, len(cluster.hosts))
    except xgboost.core.XGBoostError as error:
        cause = str(error).strip().splitlines()[0]
        raise HostsError(
            f"host {rank + 1} of {len(cluster.hosts)} lost the others: {cause}; see their logs"
        ) from error
    if tracker is not None:
        tracker.wait_for()


def _tracker(address: str, port: int, count: int) -> Any:
    tracker = importlib.import_module("xgboost.tracker").RabitTracker(
        n_workers=count, host_ip=address, port=port, sortby="task", timeout=PATIENCE_SECONDS
    )
    tracker.start()
    return tracker


def _address(host: str) -> str:
    """Return the address of a host, whose name may not be known yet."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return socket.gethostbyname(host)
        except OSError as error:
            if time.monotonic() > deadline:
                raise HostsError(f"host {host} has no address: {error}") from error
            time.sleep(RETRY_SECONDS)
