"""What a job does when it is told to stop (SIGTERM): by its time limit, by a person, for spot.

Before there is a model that was measured it leaves at once, with a reason. Afterwards it leaves out
what would only improve it, and goes on with the best so far: SageMaker waits two minutes before it
kills the job.
"""

from collections.abc import Callable
from types import FrameType
from typing import NoReturn


class TimeIsUpError(BaseException):
    """Ends what can be left out; no `except Exception` of a library swallows it."""


class Stopping:
    """Decides what SIGTERM does now."""

    def __init__(self, leave: Callable[[], NoReturn]) -> None:
        """Leave by this call while there is nothing to keep."""
        self._leave = leave
        self._has_model = False
        self._may_raise = False
        self.is_told = False

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Handle the signal."""
        self.is_told = True
        if not self._has_model:
            self._leave()
        if self._may_raise:
            self._may_raise = False
            raise TimeIsUpError

    def has_model(self) -> None:
        """From now on there is something to keep."""
        self._has_model = True

    def attempt(self, call: Callable[[], None]) -> None:
        """Do what may be left out; it is skipped, or ended, when the job is told to stop."""
        if self.is_told:
            return
        try:
            self._may_raise = True
            call()
        except TimeIsUpError:
            pass
        finally:
            self._may_raise = False
