"""The errors of Loopwright. Class names are the ErrorEquals strings of the state machines.

LoopwrightError
├── InputError                 what somebody gave us is wrong; retrying cannot help
│   ├── SpecError              project.yaml: an unknown or missing key, a bad value
│   ├── UnreadableDataError    an upload that cannot be read as a table
│   ├── RequestError           an API request: names the instance and the field
│   │   ├── RequestTooLargeError
│   │   └── NotFoundError      no such project, run, model, receipt or champion
│   ├── UnsafeArchiveError     a model archive with links, upward paths or too many bytes
│   └── ModelPackageError      a model package that is incomplete or disagrees with its manifest
├── ConflictError              somebody else was first; the state says what it is now
│   ├── WriteOnceError         other content lies under a write-once key
│   ├── PointerMovedError      the champion is no longer the one that was compared
│   └── NotWaitingError        a decision for a run that does not wait for one
├── IncompletePartsError       a merge was given a part twice, or not all of them
├── ObjectMissingError         a stored object that must exist does not
└── ServiceError               AWS refused or failed
    └── TransientServiceError  the same call may succeed later; the machines retry it
"""

from collections.abc import Mapping, Sequence


class LoopwrightError(Exception):
    """Every error of ours."""


class InputError(LoopwrightError):
    """What somebody gave us is wrong; retrying cannot help."""


class SpecError(InputError):
    """`project.yaml` does not hold; the message names the key and what was expected."""


class UnreadableDataError(InputError):
    """An upload cannot be read as a table; the message names the file and the row."""


class RequestError(InputError):
    """A request to the API is wrong; the message names the instance and the field."""

    def __init__(self, message: str, problems: Sequence[Mapping[str, object]] = ()) -> None:
        """Keep every problem found: `instance`, `field` and `detail` of each."""
        super().__init__(message)
        self.problems = tuple(problems)


class RequestTooLargeError(RequestError):
    """A request carries more bytes or instances than the limit."""


class NotFoundError(RequestError):
    """The project, run, model, receipt or champion that was asked for does not exist."""


class UnsafeArchiveError(InputError):
    """A model archive holds a link, an upward path, an unknown file or too many bytes."""


class ModelPackageError(InputError):
    """A model package is incomplete or disagrees with its manifest."""


class ConflictError(LoopwrightError):
    """Somebody else was first; the message says what the state is now."""


class WriteOnceError(ConflictError):
    """Other content already lies under a write-once key."""


class PointerMovedError(ConflictError):
    """The champion is no longer the one that the candidate was compared with."""


class NotWaitingError(ConflictError):
    """A decision was sent for a run that does not wait for one."""


class IncompletePartsError(LoopwrightError):
    """A merge was given a part twice, or not all of them."""


class ObjectMissingError(LoopwrightError):
    """A stored object that must exist does not."""


class ServiceError(LoopwrightError):
    """An AWS service refused or failed; the message names the call."""


class TransientServiceError(ServiceError):
    """An AWS service failed in a way that may pass; the machines retry it."""
