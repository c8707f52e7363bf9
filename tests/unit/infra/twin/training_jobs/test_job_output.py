"""The log of a training job, over a fake of CloudWatch Logs."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from infra.twin.training_jobs.job_output import LOG_GROUP, JobLog


class FakeLogs:
    """Groups and streams; slow enough for two callers to meet."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.groups: list[str] = []
        self.streams: list[str] = []

    def describe_log_groups(self, **_: Any) -> dict[str, list[str]]:
        """Say what there was a moment ago."""
        found = list(self.groups)
        time.sleep(0.02)
        return {"logGroups": found}

    def create_log_group(self, *, logGroupName: str) -> None:  # noqa: N803 - boto3's name
        """Make a group."""
        self.groups.append(logGroupName)

    def create_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:  # noqa: N803 - as above
        """Make a stream."""
        self.streams.append(logStreamName)


def test_jobs_that_start_together_share_one_group() -> None:
    """CloudWatch Logs refuses a second group of the same name."""
    logs = FakeLogs()
    context: Any = SimpleNamespace(clients=SimpleNamespace(client=lambda _: logs))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: JobLog(context, name), ["a", "b", "c", "d"]))

    assert logs.groups == [LOG_GROUP]
    assert sorted(logs.streams) == ["a", "b", "c", "d"]
