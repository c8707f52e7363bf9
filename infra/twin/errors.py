"""Errors of the twin.

TwinError
├── UndeployableError   the template asks for something that the twin does not have
├── SeamMovedError      moto changed under a bridge
├── SandboxError        a function's process could not be started
└── TwinTimeoutError    the twin did not come to rest in time
"""


class TwinError(Exception):
    """Anything that the offline twin cannot do."""


class UndeployableError(TwinError):
    """A resource of the template that the twin cannot deploy as it is."""

    def __init__(self, logical_id: str, resource_type: str, reason: str) -> None:
        """Name the resource, its type and why."""
        super().__init__(f"{logical_id} ({resource_type}): {reason}")
        self.logical_id = logical_id
        self.resource_type = resource_type
        self.reason = reason


class SeamMovedError(TwinError):
    """A private function of moto that a bridge replaces is gone or has another signature."""


class SandboxError(TwinError):
    """A function's process could not be started."""


class TwinTimeoutError(TwinError):
    """The twin was still busy when the time given was over."""
