"""What a job leaves behind: log lines, metrics found in them, and the archives in S3."""

import re
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final  # boto3 clients are untyped

from infra.twin.bridge import TwinContext

LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
_FLUSH_EVERY_S: Final = 1.0
_MOST_IN_BATCH: Final = 1000
_MAKING_THE_GROUP: Final = Lock()


@dataclass
class JobLog:
    """Collects the lines of a job and writes them to CloudWatch Logs, about once a second."""

    context: TwinContext
    stream: str
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the group and the stream."""
        self._waiting: list[dict[str, Any]] = []
        self._flushed_at = time.monotonic()
        logs = self.context.clients.client("logs")
        with _MAKING_THE_GROUP:  # of all jobs, which may start at the same time
            if not logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]:
                logs.create_log_group(logGroupName=LOG_GROUP)
        logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=self.stream)

    def add(self, line: str) -> None:
        """Keep a line; write when the last writing was a while ago."""
        self.lines.append(line)
        moment = round(self.context.clock.now().timestamp() * 1000)
        self._waiting.append({"timestamp": moment, "message": line or " "})
        is_old = time.monotonic() - self._flushed_at > _FLUSH_EVERY_S
        if is_old or len(self._waiting) >= _MOST_IN_BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self._flushed_at = time.monotonic()
        if self._waiting:
            events, self._waiting = self._waiting, []
            self.context.clients.client("logs").put_log_events(
                logGroupName=LOG_GROUP, logStreamName=self.stream, logEvents=events
            )


def final_metrics(
    definitions: Sequence[Mapping[str, str]], lines: Sequence[str], at: datetime
) -> list[dict[str, Any]]:
    """The last value that each definition's expression finds in the output."""
    text = "\n".join(lines)
    found = ((item["Name"], re.findall(item["Regex"], text)) for item in definitions)
    return [
        {"MetricName": name, "Value": float(values[-1]), "Timestamp": at}
        for name, values in found
        if values
    ]


def upload_directory(s3: Any, directory: Path, uri: str) -> None:
    """Pack a directory as SageMaker does and store it; nothing is stored for an empty one."""
    if not directory.is_dir() or not any(directory.iterdir()):
        return
    archive = directory.with_name(f"{directory.name}.packed.tar.gz")
    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
        for entry in sorted(directory.iterdir()):
            packed.add(entry, arcname=entry.name)
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    s3.upload_file(str(archive), bucket, key)
    archive.unlink()
