"""The environment variables of a function's process: the template's, Lambda's own, and no way out
of the twin.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from infra.twin.errors import SandboxError
from infra.twin.identities import FUNCTION_SECRET, function_access_key
from infra.twin.sandbox import FunctionSpec

_INHERITED = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_REPOSITORY = Path(__file__).resolve().parents[2]


def sandbox_environment(
    spec: FunctionSpec, *, endpoint_url: str, region: str, clock_file: Path
) -> dict[str, str]:
    """Everything that the process sees; raises SandboxError without an endpoint to keep it
    offline.
    """
    if not endpoint_url:
        message = f"{spec.name}: no endpoint to send its AWS calls to; a sandbox never calls AWS"
        raise SandboxError(message)
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **inherited,
        **dict.fromkeys(_ONE_THREAD, "1"),
        **spec.environment,
        **_lambda_variables(spec, region),
        **_twin_variables(spec, endpoint_url, clock_file),
        "PYTHONPATH": _python_path(spec),
    }


def _lambda_variables(spec: FunctionSpec, region: str) -> Mapping[str, str]:
    return {
        "_HANDLER": spec.handler,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": _log_stream(spec),
        "LAMBDA_TASK_ROOT": str(spec.code_directory),
        "TZ": ":UTC",
    }


def _log_stream(spec: FunctionSpec) -> str:
    """A stream of its own for each sandbox, named as Lambda does."""
    return f"{time.strftime('%Y/%m/%d')}/[{spec.version}]{uuid4().hex}"


def _twin_variables(spec: FunctionSpec, endpoint_url: str, clock_file: Path) -> Mapping[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": function_access_key(spec.name),
        "AWS_SECRET_ACCESS_KEY": FUNCTION_SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
        "LOOPWRIGHT_CLOCK_FILE": str(clock_file),
        "POWERTOOLS_TRACE_DISABLED": "true",
        "PYTHONUNBUFFERED": "1",
    }


def _python_path(spec: FunctionSpec) -> str:
    """The function's code, then each layer as Lambda mounts it, then the plain worker's package."""
    layers = [path for layer in spec.layer_directories for path in (layer / "python", layer)]
    folders = [spec.code_directory, *(path for path in layers if path.is_dir()), _REPOSITORY]
    return os.pathsep.join(str(folder) for folder in folders)
