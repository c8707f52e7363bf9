from loopwright.domain.inference_dialect import settled_dialect
from loopwright.domain.spec import Dialect
from tests.fakes.sketches import a_table


def test_texts_that_never_are_a_value_are_missing_everywhere() -> None:
    """NA and ? are no category."""
    table = a_table({"sex": ["MALE", "NA", "?"], "size": ["1", "2", "3"]})

    assert settled_dialect(table) == Dialect(missing=("NA", "?"))


def test_a_dash_is_missing_where_the_others_are_numbers_or_times() -> None:
    """Among texts it is a value."""
    numbers = a_table({"size": ["1", "-", "3"]})
    times = a_table({"seen": ["2024-01-01", "unknown"]})
    texts = a_table({"answer": ["a", "-", "none"]})

    assert settled_dialect(numbers).missing == ("-",)
    assert settled_dialect(times).missing == ("unknown",)
    assert settled_dialect(texts).missing == ()


def test_a_column_of_nothing_but_dashes_decides_nothing() -> None:
    """There are no others to compare them with."""
    assert settled_dialect(a_table({"answer": ["-", "-"]})).missing == ()


def test_numbers_with_commas_tell_of_a_decimal_comma() -> None:
    """When all that are no plain numbers have one."""
    assert settled_dialect(a_table({"size": ["1,5", "2", "-"]})).decimal == ","
    assert settled_dialect(a_table({"size": ["1,5", "two"]})).decimal is None
    assert settled_dialect(a_table({"size": [None, None]})).decimal is None


def test_what_was_settled_stays() -> None:
    """A second reading does not see the texts that the first one found."""
    table = a_table({"size": ["1", None]}, dialect=Dialect(missing=("NA",), delimiter=";"))

    assert settled_dialect(table) == Dialect(missing=("NA",), delimiter=";")
