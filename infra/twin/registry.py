"""What the stack deployed that moto does not carry, or not usably: the bridges read it here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # the properties of a composite alarm are any JSON value


@dataclass(frozen=True)
class FunctionSettings:
    """What moto does not keep of a function."""

    log_group: str | None = None
    dead_letter_arn: str | None = None
    log_variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventSourceMapping:
    """A stream or queue that feeds a function; ``source_arn`` says which of the two."""

    identifier: str
    function_arn: str
    source_arn: str
    batch_size: int = 100
    batching_window_s: int = 0
    starting_position: str = "LATEST"
    tumbling_window_s: int = 0
    bisects_on_error: bool = False
    max_retry_attempts: int = -1
    reports_item_failures: bool = False
    on_failure_arn: str | None = None
    filter_patterns: tuple[str, ...] = ()
    is_enabled: bool = True


@dataclass(frozen=True)
class InvokeConfig:
    """What happens to asynchronous invocations of a function (by its qualified ARN)."""

    function_arn: str
    max_retry_attempts: int = 2
    on_success_arn: str | None = None
    on_failure_arn: str | None = None


@dataclass(frozen=True)
class Schedule:
    """One EventBridge Scheduler schedule."""

    name: str
    group: str
    arn: str
    expression: str
    timezone: str
    is_enabled: bool
    target_arn: str
    target_input: str | None
    max_retry_attempts: int
    dead_letter_arn: str | None


@dataclass(frozen=True)
class HttpApi:
    """One HTTP API that listens on loopback."""

    api_id: str
    name: str
    endpoint_url: str


@dataclass
class Registry:
    """Everything recorded while the stack was deployed."""

    event_source_mappings: list[EventSourceMapping] = field(default_factory=list)
    invoke_configs: dict[str, InvokeConfig] = field(default_factory=dict)
    schedules: list[Schedule] = field(default_factory=list)
    http_apis: list[HttpApi] = field(default_factory=list)
    functions: dict[str, FunctionSettings] = field(default_factory=dict)
    layer_directories: dict[str, Path] = field(default_factory=dict)
    composite_alarms: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def invoke_config(self, function_arn: str) -> InvokeConfig:
        """The configuration of a qualified function ARN, or AWS's defaults."""
        return self.invoke_configs.get(function_arn, InvokeConfig(function_arn))

    def function_settings(self, function_name: str) -> FunctionSettings:
        """What moto does not keep of a function, or Lambda's defaults."""
        return self.functions.get(function_name, FunctionSettings())
