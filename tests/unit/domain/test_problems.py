import pytest

from loopwright.domain.problems import FieldProblem, problem_of, refusal
from loopwright.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    NotWaitingError,
    RequestError,
    RequestTooLargeError,
    SpecError,
)


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (RequestTooLargeError("m"), 413, "request-too-large"),
        (NotFoundError("m"), 404, "not-found"),
        (RequestError("m"), 400, "invalid-request"),
        (NotWaitingError("m"), 409, "not-waiting"),
        (ConflictError("m"), 409, "conflict"),
        (SpecError("m"), 400, "invalid-input"),
    ],
)
def test_each_refusal_has_its_own_problem_type(
    error: InputError | ConflictError, status: int, slug: str
) -> None:
    """The most particular class decides, RFC 9457's members are all there."""
    problem = problem_of(error)

    assert (problem.status, problem.type) == (status, f"urn:loopwright:problem:{slug}")
    assert problem.detail == "m"
    assert problem.title


def test_the_problems_of_a_request_are_its_errors() -> None:
    """Instance and field are machine-readable."""
    error = refusal([FieldProblem(instance=2, field="age", detail="expected a number")])

    assert problem_of(error).errors == (
        FieldProblem(instance=2, field="age", detail="expected a number"),
    )


def test_a_problem_of_no_field_is_said_plainly() -> None:
    """Without instance and field the detail stands alone."""
    assert str(refusal([FieldProblem(detail="Input should be an object")])) == (
        "Input should be an object"
    )
