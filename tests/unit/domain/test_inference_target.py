import pytest

from loopwright.domain.inference_target import DraftTarget, draft_target
from loopwright.errors import SpecError
from tests.fakes.sketches import a_table

ROWS = 60


def target(texts: list[str | None], name: str = "outcome") -> DraftTarget:
    """The target that is drafted of these texts."""
    return draft_target(a_table({name: texts, "other": ["1.5"] * len(texts)}), name)


@pytest.mark.parametrize(
    ("texts", "task", "kind"),
    [
        (["yes", "no"], "binary", "category"),
        (["0", "1"], "binary", "category"),
        (["true", "false"], "binary", "boolean"),
        (["a", "b", "c"], "multiclass", "category"),
        (["1", "2", "3"], "multiclass", "category"),
        ([str(number) for number in range(ROWS)], "regression", "integer"),
        ([f"{number}.5" for number in range(ROWS)], "regression", "number"),
    ],
)
def test_the_values_tell_the_task(texts: list[str | None], task: str, kind: str) -> None:
    """Few values are classes, many numbers a quantity."""
    found = target((texts * ROWS)[:ROWS])

    assert (found.task, found.draft.column.type) == (task, kind)


@pytest.mark.parametrize(
    ("name", "texts", "favourable"),
    [
        ("hired", ["no", "yes"], "yes"),
        ("default", ["0", "1"], 0),
        ("defaulted", ["paid", "late"], "paid"),
        ("outcome", ["denied", "other"], "other"),
        ("outcome", ["left", "right"], "right"),
        ("approved", ["true", "false"], True),
    ],
)
def test_the_favourable_value_is_guessed_from_words(
    name: str, texts: list[str | None], favourable: object
) -> None:
    """A name such as default turns it round; without a word the last one is taken."""
    assert target(texts * 30, name).favourable == favourable


def test_many_texts_may_be_classes_when_there_are_few_rows_of_each() -> None:
    """Up to two hundred."""
    found = target([f"class {number}" for number in range(ROWS)])

    assert (found.task, len(found.draft.column.values or ())) == ("multiclass", ROWS)


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (["same"] * ROWS, "has 1 values: there is nothing to predict"),
        ([None] * ROWS, "has 0 values"),
        ([f"2024-01-01 10:{number:02d}" for number in range(ROWS)], "of type timestamp"),
        ([f"text {number}" for number in range(300)], "300 different values of type text"),
    ],
)
def test_a_column_that_cannot_be_predicted_is_refused(
    texts: list[str | None], problem: str
) -> None:
    """It says what a target may be."""
    with pytest.raises(SpecError, match=problem):
        target(texts)


@pytest.mark.parametrize(
    ("name", "hint"), [("outcom", "did you mean 'outcome'"), ("zzz", "there are: outcome, other")]
)
def test_an_unknown_target_names_the_nearest_column(name: str, hint: str) -> None:
    """Or all of them."""
    with pytest.raises(SpecError, match=hint):
        draft_target(a_table({"outcome": ["1", "2"], "other": ["1", "2"]}), name)


def test_missing_values_of_a_number_are_counted_by_its_type() -> None:
    """NA is no value among numbers."""
    found = target([*(f"{number}.5" for number in range(50)), *["NA"] * 5, *[None] * 5])

    assert "is missing in 10 of 60 rows" in found.warning
