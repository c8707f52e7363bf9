from typing import Literal

import pytest

from loopwright.domain.rollback import target_of
from loopwright.domain.run import Champion, ModelRecord
from loopwright.errors import ConflictError, NotFoundError


def model(
    name: str, status: Literal["candidate", "champion", "retired", "rejected"]
) -> ModelRecord:
    """Return a model version."""
    return ModelRecord(
        project="p",
        model=name,
        run="r",
        dataset="d",
        spec="s",
        code="c",
        registered_at="2026-01-01T00:00:00+00:00",
        status=status,
    )


def champion(previous: str | None = "two", run: str | None = "r") -> Champion:
    """Return a pointer to `three`."""
    return Champion(
        project="p", model="three", previous=previous, run=run, at="t", actor="ann", reason="why"
    )


MODELS = [
    model("three", "champion"),
    model("two", "retired"),
    model("one", "retired"),
    model("bad", "rejected"),
]


def test_the_model_before_the_champion_is_meant_when_none_is_named() -> None:
    """The usual case needs no digest."""
    assert target_of("p", champion(), MODELS, None) == "two"


def test_a_named_model_that_was_champion_can_answer_again() -> None:
    """However long ago it was."""
    assert target_of("p", champion(), MODELS, "one") == "one"


@pytest.mark.parametrize(
    ("pointer", "wanted", "error", "words"),
    [
        (None, None, NotFoundError, "no champion"),
        (champion(), "three", ConflictError, "champion already"),
        (champion(), "bad", NotFoundError, "never champion of 'p'; models that were: one, two"),
        (champion(previous=None), None, ConflictError, "first champion"),
        (champion(run=None), None, ConflictError, "by a rollback from two: name the model"),
    ],
)
def test_what_cannot_be_rolled_back_to_is_refused(
    pointer: Champion | None, wanted: str | None, error: type[Exception], words: str
) -> None:
    """A second rollback without a name would go forward again, so it must name its model."""
    with pytest.raises(error, match=words):
        target_of("p", pointer, MODELS, wanted)


def test_a_project_with_one_model_ever_says_that_there_is_no_other() -> None:
    """The message does not end in nothing."""
    with pytest.raises(NotFoundError, match="models that were: none"):
        target_of("p", champion(), MODELS[:1], "x")
