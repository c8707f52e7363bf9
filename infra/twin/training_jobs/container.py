"""The directory and environment that a job's process sees; /opt/ml lies elsewhere here."""

import contextlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final  # requests are JSON documents; boto3 clients are untyped

from infra.twin.errors import TwinError
from infra.twin.training_jobs.job import TrainingJob

_ON_AWS: Final = re.compile(r"/opt/ml(?=/|$|[\s;:'\"&)])")
_NOWHERE: Final = "http://127.0.0.1:9"


class MissingDataError(TwinError):
    """A channel without an object; SageMaker calls it a ClientError of the job."""


@dataclass(frozen=True)
class Container:
    """The tree of one host of a job under a root that stands for /opt/ml."""

    root: Path
    job: TrainingJob
    host: int = 0

    def prepare(self) -> None:
        """Make the directories and the configuration files."""
        for name in ("input/config", "input/data", "model", "output/data", "code", "checkpoints"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        request = self.job.request
        self._write("hyperparameters", request.get("HyperParameters") or {})
        self._write("inputdataconfig", _input_data_config(request))
        self._write("resourceconfig", _resource_config(request, self.job.hosts, self.host))

    def download(self, s3: Any) -> None:
        """Fill every channel with the objects under its prefix."""
        for channel in self.job.request.get("InputDataConfig") or ():
            source = channel["DataSource"]["S3DataSource"]
            folder = self.root / "input/data" / channel["ChannelName"]
            sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
            shares = len(self.job.hosts) if sharded else 1
            self._download(s3, source["S3Uri"], folder, shares)

    def fetch_checkpoints(self, s3: Any) -> None:
        """Put what an earlier start kept where the job looks for it."""
        if self.job.checkpoints is not None:
            with contextlib.suppress(MissingDataError):
                self._download(s3, self.job.checkpoints, self.root / "checkpoints", 1)

    def keep_checkpoints(self, s3: Any) -> None:
        """Store what the job left for its next start."""
        if self.job.checkpoints is None:
            return
        bucket, _, prefix = self.job.checkpoints.removeprefix("s3://").partition("/")
        folder = self.root / "checkpoints"
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                key = f"{prefix.rstrip('/')}/{path.relative_to(folder).as_posix()}"
                s3.upload_file(str(path), bucket, key)

    def command(self) -> list[str]:
        """Entrypoint and arguments, with /opt/ml where it lies here."""
        algorithm = self.job.request["AlgorithmSpecification"]
        words = [*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", ())]
        return [self._here(word) for word in words]

    def environment(self, binaries: Path, network: Mapping[str, str]) -> dict[str, str]:
        """The variables of the job; ``network`` only for a job without network isolation."""
        request = self.job.request
        isolated = bool(request.get("EnableNetworkIsolation"))
        reach = _UNREACHABLE if isolated else network
        given = request.get("Environment") or {}
        return {
            "PATH": os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.root),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.root.parent),
            **reach,
            **{name: self._here(value) for name, value in given.items()},
            "SAGEMAKER_BASE_DIR": str(self.root),
            "TRAINING_JOB_NAME": self.job.name,
            "TRAINING_JOB_ARN": self.job.arn,
        }

    def failure_text(self) -> str:
        """What the job wrote about its failure, if anything."""
        file = self.root / "output/failure"
        return file.read_text(encoding="utf-8", errors="replace").strip() if file.exists() else ""

    def _here(self, text: str) -> str:
        return _ON_AWS.sub(lambda _match: str(self.root), text)

    def _write(self, name: str, document: object) -> None:
        (self.root / "input/config" / f"{name}.json").write_text(json.dumps(document))

    def _download(self, s3: Any, uri: str, directory: Path, shares: int) -> None:
        """Fetch the objects under a prefix; of several shares this host's one."""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        directory.mkdir(parents=True, exist_ok=True)
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        if not keys:
            raise MissingDataError(f'No S3 objects found under S3 URL "{uri}"')
        for key in sorted(keys)[self.host % shares :: shares]:
            if not key.endswith("/"):
                target = directory / (key[len(prefix) :].lstrip("/") or key.rsplit("/", 1)[-1])
                target.parent.mkdir(parents=True, exist_ok=True)
                s3.download_file(bucket, key, str(target))


_UNREACHABLE: Final[Mapping[str, str]] = {
    "HTTP_PROXY": _NOWHERE,
    "HTTPS_PROXY": _NOWHERE,
    "http_proxy": _NOWHERE,
    "https_proxy": _NOWHERE,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def _input_data_config(request: Mapping[str, Any]) -> dict[str, Any]:
    settings = {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    return {channel["ChannelName"]: settings for channel in request.get("InputDataConfig") or ()}


def _resource_config(request: Mapping[str, Any], hosts: Sequence[str], host: int) -> dict[str, Any]:
    instance_type = request["ResourceConfig"].get("InstanceType", "")
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance_type}
    return {
        "current_host": hosts[host],
        "current_instance_type": instance_type,
        "current_group_name": "homogeneousCluster",
        "hosts": [*hosts],
        "instance_groups": [{**group, "hosts": [*hosts]}],
        "network_interface_name": "lo",
    }
