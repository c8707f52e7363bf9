import pytest

from loopwright.domain.inference_columns import draft_column, is_unique, whole_values, with_pattern
from loopwright.domain.spec import Column
from tests.fakes.sketches import a_column

ROWS = 1_000


def drafted(texts: list[str | None], name: str = "column") -> Column:
    """The column that is drafted of these texts."""
    return draft_column(a_column(name, texts), len(texts)).column


def reasons(texts: list[str | None], name: str = "column") -> str:
    """Why it is drafted so."""
    return "; ".join(draft_column(a_column(name, texts), len(texts)).reasons)


def test_numbers_get_round_limits_that_hold_them() -> None:
    """With room for the next sample."""
    column = drafted([f"{17 + number % 74}.5" for number in range(ROWS)])

    assert column == Column(type="number", min=10, max=100)


def test_whole_numbers_of_any_spelling_are_integers() -> None:
    """Some programs write 3 as 3.0; pure Python reads only the first as whole."""
    column = drafted([str(number) for number in range(3, ROWS)], "visits")

    assert column == Column(type="integer", min=0, max=1_100)


def test_a_few_whole_numbers_may_be_codes() -> None:
    """The draft says so; with two of them it lists them."""
    assert drafted(["0", "1"] * 50) == Column(type="category", values=(0, 1))
    assert "if they are codes" in reasons(["1", "2", "3"] * 50)


def test_numbers_of_a_protected_attribute_are_codes_unless_it_is_an_age() -> None:
    """Groups are compared, so their codes are listed."""
    codes: list[str | None] = ["1", "2", "9"] * 50

    assert drafted(codes, "RAC1P").values == (1, 2, 9)
    assert drafted(codes, "age").type == "integer"


def test_an_identity_of_whole_numbers_has_no_limits() -> None:
    """The next file has other numbers."""
    assert drafted([str(number) for number in range(ROWS)], "id") == Column(type="integer")


def test_a_rare_wrong_value_keeps_no_column_from_its_type() -> None:
    """The rows are kept apart, and the draft shows them."""
    texts: list[str | None] = [f"{number}.5" for number in range(ROWS - 1)]
    draft = draft_column(a_column("weight", [*texts, "heavy"]), ROWS)

    assert (draft.column.type, draft.unreadable) == ("number", 1)
    assert draft.reasons[0] == "1 row will be kept apart, for they hold no number: 'heavy'"


def test_many_wrong_values_make_texts_of_a_column() -> None:
    """Then it is no column of numbers at all."""
    texts: list[str | None] = [f"{number}.5" for number in range(ROWS - 100)]

    assert drafted([*texts, *(f"about {number}" for number in range(100))]).type == "text"


def test_true_and_false_are_booleans_and_yes_and_no_are_texts() -> None:
    """A request then says what the data says."""
    assert drafted(["true", "False"] * 20) == Column(type="boolean")
    assert drafted(["yes", "no"] * 20) == Column(type="category", values=("no", "yes"))


def test_times_are_context_from_the_year_before_the_first() -> None:
    """Models do not see times yet."""
    column = drafted([f"{2001 + number % 20}-05-06" for number in range(ROWS)])

    assert column == Column(type="timestamp", feature=False, earliest="2000-01-01")


def test_a_time_in_the_first_year_has_no_limit() -> None:
    """There is no year before it."""
    assert drafted(["0001-01-01"] * 20).earliest is None


def test_texts_with_leading_zeros_are_codes() -> None:
    """As numbers they would lose their zeros."""
    texts: list[str | None] = ["007", "042"] * 30

    assert drafted(texts).values == ("007", "042")
    assert "leading zeros" in reasons(texts)


def test_few_texts_are_listed() -> None:
    """An unknown one is then noticed."""
    assert drafted(["b", "a", "c"] * 20).values == ("a", "b", "c")


def test_one_text_in_every_row_is_said_to_tell_nothing() -> None:
    """It stays a category, for the next file may have another."""
    assert "the same in every row" in reasons(["only"] * 20)


def test_many_texts_that_come_again_are_a_category_without_a_list() -> None:
    """Any text is taken then."""
    texts: list[str | None] = [f"town {number % 300}" for number in range(4 * ROWS)]

    assert drafted(texts) == Column(type="category")


def test_texts_that_hardly_come_again_are_context() -> None:
    """With the pattern that all have, where there is one."""
    codes = drafted([f"AB-{number:05d}" for number in range(ROWS)])
    notes = drafted([f"note {number} of {'x' * (number % 7)}." for number in range(ROWS)])

    assert codes == Column(type="text", feature=False, pattern="[A-Z]{2}[-][0-9]{5}")
    assert notes == Column(type="text", feature=False)


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["a1@b.org", "ab12@cd.org"], "[a-z]+[0-9]+[@][a-z]+[.][a-z]+"),
        (["wörd1", "wörd2"], None),
        (["word", "other"], None),
        (["1" * 200, "2" * 200], None),
    ],
)
def test_a_pattern_is_drafted_only_where_it_is_plain(texts: list[str], pattern: str | None) -> None:
    """Of letters, digits and a few marks; words without a digit are no code."""
    sketch = a_column("column", texts)

    assert with_pattern(draft_column(sketch, 2), sketch).column.pattern == pattern


def test_long_texts_are_never_categories() -> None:
    """A list of them would fill the spec."""
    assert drafted(["x" * 500, "y" * 500] * 20).type == "text"


def test_a_column_without_a_value_is_kept_out_of_models() -> None:
    """It may be filled one day."""
    column = drafted([None] * 20)

    assert column == Column(type="text", feature=False, max_missing_share=1.0)


def test_missing_values_get_half_as_much_room_again() -> None:
    """In whole percent; what reads as no value in a column of numbers counts too."""
    texts: list[str | None] = [None] * 30 + ["NA"] * 10 + [f"{number}.5" for number in range(960)]

    assert drafted(texts).max_missing_share == pytest.approx(0.06)


def test_values_that_name_a_protected_attribute_are_pointed_at() -> None:
    """Whatever the column is called."""
    assert "the values look like sex or gender" in reasons(["M", "F"] * 20, "q17")


def test_a_column_is_unique_only_when_no_value_is_missing() -> None:
    """A key is never missing."""
    assert is_unique(a_column("id", ["1", "2"]), 2)
    assert not is_unique(a_column("id", ["1", None]), 2)


def test_whole_values_leaves_out_what_is_no_whole_number() -> None:
    """`2.0` is one, `2.5` and a word are none."""
    assert whole_values(a_column("x", ["3", "2.0", "2.5", "two", "-1"])) == (-1, 2, 3)
