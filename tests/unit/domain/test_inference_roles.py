from collections.abc import Sequence

import pytest

from loopwright.domain.inference_columns import draft_column
from loopwright.domain.inference_roles import Roles, guess_roles, identity
from loopwright.domain.spec import Column
from tests.fakes.sketches import a_table

ROWS = 60
NUMBERS = [f"{number}.5" for number in range(ROWS)]


def roles_of(**columns: Sequence[str | None]) -> Roles:
    """The parts of the columns of a table with a target `y`."""
    table = a_table({**columns, "y": NUMBERS})
    drafts = {one.name: draft_column(one, ROWS) for one in table.columns}
    return guess_roles(table.columns, drafts, "y", ROWS)


def test_a_key_differs_in_every_row_and_its_name_says_so() -> None:
    """A column that only counts the rows is one too, when it is the first."""
    numbers: list[str | None] = [str(1 + number) for number in range(ROWS)]

    assert roles_of(other=NUMBERS, record_id=numbers).key == "record_id"
    assert roles_of(unnamed=numbers).key == "unnamed"
    assert roles_of(other=NUMBERS, unnamed=numbers).key is None


def test_texts_that_differ_in_every_row_are_asked_about() -> None:
    """Without a name that says so they are not taken."""
    roles = roles_of(other=NUMBERS, label=[f"text {n}" for n in range(ROWS)])

    assert roles.key is None
    assert roles.reasons["key"] == ["label differs in every row too: is it the key?"]


def test_numbers_with_a_fraction_are_never_a_key() -> None:
    """However they are called."""
    assert roles_of(id=NUMBERS).key is None


def test_an_entity_has_rows_that_come_again() -> None:
    """All its rows stay on one side of the holdout."""
    patients: list[str | None] = [f"P{number % 20}" for number in range(ROWS)]

    assert roles_of(patient_id=patients).entity == "patient_id"
    assert roles_of(patient_id=[None, *patients[1:]]).entity is None
    assert roles_of(town=patients).entity is None


def test_an_entity_with_a_wrong_value_is_not_taken() -> None:
    """An identity must be read in every row."""
    numbers: list[str | None] = [str(number % 500) for number in range(999)]
    table = a_table({"user_id": [*numbers, "x"], "y": ["1.5", "2.5"] * 500})
    drafts = {one.name: draft_column(one, 1_000) for one in table.columns}

    assert guess_roles(table.columns, drafts, "y", 1_000).entity is None


def test_the_time_is_no_birth_and_rather_named_a_time() -> None:
    """The others are told."""
    days: list[str | None] = [f"2024-03-{1 + number % 28:02d}" for number in range(ROWS)]
    roles = roles_of(born=days, due=days, created_at=days)

    assert roles.time == "created_at"
    assert roles.reasons["time"][1] == "others that hold times: due"


def test_a_year_is_a_time_when_its_numbers_are_years() -> None:
    """A number of years is none."""
    assert roles_of(year=[str(2000 + number % 9) for number in range(ROWS)]).time == "year"
    assert roles_of(year=[str(number % 9) for number in range(ROWS)]).time is None
    assert roles_of(size=[str(2000 + number % 9) for number in range(ROWS)]).time is None


@pytest.mark.parametrize(
    "name",
    ["sex", "Gender", "applicantSex", "age_in_years", "RAC1P", "Native Country", "maritalStatus"],
)
def test_protected_attributes_are_known_in_several_spellings(name: str) -> None:
    """By a word of the name, or by its words run together."""
    assert roles_of(**{name: ["1", "2", "3"] * 20}).protected == [name]


@pytest.mark.parametrize("name", ["wage", "pages", "essex", "embraced", "country_code"])
def test_words_that_only_contain_one_are_no_protected_attribute(name: str) -> None:
    """A wage is no age."""
    assert roles_of(**{name: ["1", "2", "3"] * 20}).protected == []


@pytest.mark.parametrize(
    "values", [["Male", "Female"], ["m", "f"], ["White", "Black", "Other"], ["single", "divorced"]]
)
def test_protected_attributes_are_known_by_their_values(values: list[str | None]) -> None:
    """Whatever the column is called."""
    assert roles_of(q17=(values * ROWS)[:ROWS]).protected == ["q17"]


def test_one_well_known_value_is_not_enough() -> None:
    """A white wall has no race."""
    assert roles_of(wall=["white", "green"] * 30).protected == []


def test_a_protected_attribute_without_groups_is_left_to_the_person() -> None:
    """Fractions and texts make no groups."""
    roles = roles_of(age=NUMBERS, religion=[f"the church of {number}" for number in range(ROWS)])

    assert roles.protected == []
    assert "not number: left out, so decide" in roles.reasons["protected"][0]
    assert "not text" in roles.reasons["protected"][1]


def test_an_identity_takes_any_value_of_its_shape() -> None:
    """A list of those seen would refuse the next file."""
    table = a_table({"a": ["P1", "P22"] * 10, "b": ["1", "2"] * 10})
    drafts = [identity(draft_column(one, 20), one) for one in table.columns]

    assert drafts[0].column == Column(type="category", pattern="[A-Z]+[0-9]+")
    assert drafts[1].column == Column(type="integer")
