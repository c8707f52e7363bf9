"""What a sandbox needs to know of a function, from moto and from what moto does not keep."""

import io
import zipfile
from pathlib import Path
from threading import Lock
from typing import Any  # moto's functions have no useful types

from infra.twin.bridge import TwinContext
from infra.twin.registry import FunctionSettings
from infra.twin.sandbox import FunctionSpec


class FunctionSpecs:
    """Describes functions, and unpacks the code of each once."""

    def __init__(self) -> None:
        """Nothing is unpacked yet."""
        self._lock = Lock()

    def of(self, function: Any, context: TwinContext) -> FunctionSpec:
        """One of moto's functions as a sandbox runs it."""
        settings = context.registry.function_settings(function.function_name)
        layers = context.registry.layer_directories
        return FunctionSpec(
            name=function.function_name,
            arn=function.function_arn,
            version=str(function.version),
            handler=function.handler,
            memory_mb=int(function.memory_size),
            timeout_s=float(function.timeout),
            log_group=settings.log_group or f"/aws/lambda/{function.function_name}",
            code_directory=self._code_directory(function, context.state_directory),
            layer_directories=tuple(layers[layer["Arn"]] for layer in function.layers or ()),
            environment=_environment(function, settings),
        )

    def _code_directory(self, function: Any, state_directory: Path) -> Path:
        """The unpacked code of a version, shared by the functions with the same code."""
        folder = state_directory / "code" / _file_name(function.code_sha_256)
        with self._lock:
            if not folder.exists():
                folder.mkdir(parents=True)
                with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                    archive.extractall(folder)
        return folder


def _environment(function: Any, settings: FunctionSettings) -> dict[str, str]:
    variables = {name: str(value) for name, value in function.environment_vars.items()}
    return {**variables, **settings.log_variables}


def _file_name(digest: str) -> str:
    """A base64 digest as the name of a folder."""
    return digest.replace("/", "_").replace("+", "-").rstrip("=")
