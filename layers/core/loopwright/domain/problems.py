"""Problem documents (RFC 9457): what the API answers when it refuses a request."""

from collections.abc import Mapping

from loopwright.domain.record import Record
from loopwright.errors import (
    ConflictError,
    InputError,
    LoopwrightError,
    NotFoundError,
    NotWaitingError,
    RequestError,
    RequestTooLargeError,
)

MAX_PROBLEMS = 20


class FieldProblem(Record):
    """One thing that is wrong in a request: which instance, which field, and what was expected."""

    instance: int | None = None
    field: str | None = None
    detail: str


class Problem(Record):
    """The body of a refusal, as `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()


# The first class that the error is an instance of decides.
KINDS: tuple[tuple[type[LoopwrightError], int, str, str], ...] = (
    (RequestTooLargeError, 413, "request-too-large", "The request is too large"),
    (NotFoundError, 404, "not-found", "There is no such thing"),
    (RequestError, 400, "invalid-request", "The request is not valid"),
    (NotWaitingError, 409, "not-waiting", "Nothing waits for this decision"),
    (ConflictError, 409, "conflict", "The state is not what the request expects"),
    (InputError, 400, "invalid-input", "The input is not valid"),
)
REFUSALS = (InputError, ConflictError)


def problem_of(error: InputError | ConflictError) -> Problem:
    """Return the problem document of a refusal."""
    status, slug, title = next(kind[1:] for kind in KINDS if isinstance(error, kind[0]))
    found: tuple[Mapping[str, object], ...] = getattr(error, "problems", ())
    return Problem(
        type=f"urn:loopwright:problem:{slug}",
        title=title,
        status=status,
        detail=str(error),
        errors=tuple(FieldProblem.model_validate(dict(one)) for one in found),
    )


def refusal(problems: list[FieldProblem]) -> RequestError:
    """Return the error that names the first problem and carries up to 20 of them."""
    first, more = problems[0], len(problems) - 1
    where = [] if first.instance is None else [f"instance {first.instance}"]
    where += [] if first.field is None else [f"field {first.field!r}"]
    message = f"{', '.join(where)}: {first.detail}" if where else first.detail
    if more:
        message += f" (and {more} more problem{'s' if more > 1 else ''})"
    return RequestError(message, [one.model_dump() for one in problems[:MAX_PROBLEMS]])
