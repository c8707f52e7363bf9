"""What a function is told by its environment: one frozen model per kind of function."""

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

_PREFIX = "LOOPWRIGHT_"
_FUNCTION_MEMORY = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_TABLES_PERCENT = 60


class EnvironmentSettings(BaseModel):
    """Settings read from variables named LOOPWRIGHT_<FIELD>."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    @classmethod
    def load(cls) -> Self:
        """Read the environment; a missing or wrong variable is named by the error."""
        names = {name: f"{_PREFIX}{name.upper()}" for name in cls.model_fields}
        found = {name: os.environ[key] for name, key in names.items() if key in os.environ}
        return cls.model_validate(found)


class StoreSettings(EnvironmentSettings):
    """Where objects lie."""

    bucket: str = Field(min_length=3)


class CatalogSettings(EnvironmentSettings):
    """Where the ledger and the lineage lie."""

    catalog_table: str = Field(min_length=3)


class ReceiptSettings(EnvironmentSettings):
    """Where receipts lie, and for how many days."""

    receipts_table: str = Field(min_length=3)
    receipt_days: int = Field(400, ge=1)


class SigningSettings(EnvironmentSettings):
    """The ARN of the key that model packages are signed with."""

    signing_key: str = Field(min_length=1)


class WindowSettings(EnvironmentSettings):
    """Where live counts lie."""

    windows_table: str = Field(min_length=3)


class BusSettings(EnvironmentSettings):
    """The stack's own bus."""

    event_bus: str = Field(min_length=1)


class ServingSettings(EnvironmentSettings):
    """The limits of a prediction request, and how long a champion pointer may be cached."""

    pointer_ttl_seconds: float = Field(5.0, ge=0, le=300)
    max_instances: int = Field(1_000, ge=1)
    max_body_bytes: int = Field(1_000_000, ge=1_000, le=5_000_000)


class ExternalTableSettings(EnvironmentSettings):
    """The Glue database of the tables for Athena; empty when there are none."""

    glue_database: str = ""


class EndpointSettings(EnvironmentSettings):
    """The SSM parameter that holds the API's address."""

    api_parameter: str = Field(min_length=1)


class MachineSettings(EnvironmentSettings):
    """The machines whose broken executions leave something open, by ARN."""

    release_machine: str = Field(min_length=1)
    retraining_machine: str = Field(min_length=1)


class ClockSettings(EnvironmentSettings):
    """The file with the clock's offset, which only the twin sets."""

    clock_file: Path | None = None


class EngineSettings(EnvironmentSettings):
    """The memory of the function, of which the table engine takes a share, and its threads."""

    function_memory_mib: int = Field(2_048, ge=128)
    threads: int = Field(2, ge=1)

    @classmethod
    def load(cls) -> Self:
        """Read the environment; Lambda itself says how much memory the function has."""
        found = super().load()
        size = os.environ.get(_FUNCTION_MEMORY)
        changes = found.model_dump() | ({} if size is None else {"function_memory_mib": size})
        return cls.model_validate(changes)

    @property
    def tables_memory_mib(self) -> int:
        """Return what the table engine may take; beyond it the engine spills to /tmp."""
        return self.function_memory_mib * _TABLES_PERCENT // 100
