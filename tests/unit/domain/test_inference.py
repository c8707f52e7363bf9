import pytest
import yaml

from loopwright.domain.inference import draft_project, project_name
from loopwright.domain.inference_text import DECIDE, placeholders, scalar
from loopwright.domain.spec import Dialect, NoProtected
from loopwright.domain.spec_file import parse_spec
from loopwright.errors import SpecError
from tests.fakes.sketches import a_table

ROWS = 40


def people(**columns: list[str | None]) -> dict[str, list[str | None]]:
    """A table of forty people, with columns replaced or added; an empty list takes one away."""
    table: dict[str, list[str | None]] = {
        "person_id": [f"P{number:04d}" for number in range(ROWS)],
        "seen_at": [f"2024-01-{1 + number % 28:02d}" for number in range(ROWS)],
        "Sex": ["male", "female"] * (ROWS // 2),
        "age": [str(20 + number) for number in range(ROWS)],
        "income": [f"{1000 + 17.5 * number}" for number in range(ROWS)],
        "hired": ["no", "yes", "yes", "no"] * (ROWS // 4),
    }
    return {name: texts for name, texts in (table | columns).items() if texts}


def test_a_draft_names_the_parts_of_a_table_of_people() -> None:
    """The key, the time and both protected attributes are found, and the rest is a feature."""
    draft = draft_project(a_table(people()), target="hired", project="hiring")

    assert (draft.spec.task, draft.spec.favourable) == ("binary", "yes")
    assert (draft.spec.key, draft.spec.time, draft.spec.entity) == ("person_id", "seen_at", None)
    assert draft.spec.protected == ("Sex", "age")
    assert list(draft.spec.features) == ["income"]
    assert draft.spec.columns["person_id"].pattern == "[A-Z][0-9]{4}"


def test_a_draft_parses_to_the_spec_it_tells_of() -> None:
    """What is written is what was decided."""
    draft = draft_project(a_table(people()), target="hired", project="hiring")

    assert parse_spec(draft.text) == draft.spec


def test_a_draft_says_what_a_person_must_replace_and_decide() -> None:
    """Who owns it and whom it affects cannot be read off data."""
    draft = draft_project(a_table(people()), target="hired", project="hiring")

    assert placeholders(draft.spec) == ("question", "owner", "intended_use", "affected_people")
    assert draft.text.count(DECIDE) == 4
    assert "# Sex: its name says sex or gender" in draft.text
    assert "min: 1000" not in draft.text


def test_without_protected_attributes_the_draft_asks_for_the_reason() -> None:
    """`protected: none` needs a reason that only a person can give."""
    draft = draft_project(a_table(people(Sex=[], age=[])), target="hired", project="hiring")

    assert isinstance(draft.spec.protected, NoProtected)
    assert "protected.none" in placeholders(draft.spec)


def test_a_spec_that_a_person_completed_has_nothing_to_replace() -> None:
    """The words of a person are left alone."""
    text = draft_project(a_table(people()), target="hired", project="hiring").text

    assert placeholders(parse_spec(text.replace("REPLACE:", "We know that"))) == ()


def test_a_missing_target_is_warned_of_and_never_allowed() -> None:
    """No spec allows it; the person must take these rows out."""
    hired = [None, "yes", "no", "no"] * (ROWS // 4)
    draft = draft_project(a_table(people(hired=hired)), target="hired", project="hiring")

    assert draft.warnings[0].startswith("the target 'hired' is missing in 10 of 40 rows")
    assert draft.spec.columns["hired"].max_missing_share == 0
    assert draft.warnings[0] in draft.text


def test_a_draft_keeps_how_the_file_is_written() -> None:
    """What was sniffed and counted stands in the spec, so that the next file is read alike."""
    dialect = Dialect(missing=("NA", "?"), decimal=",")
    draft = draft_project(a_table(people(), dialect=dialect), target="hired", project="hiring")

    assert draft.spec.dialect == dialect


def test_rows_that_cannot_be_read_raise_their_limit() -> None:
    """The draft passes its own data, and says loudly that rows are lost."""
    draft = draft_project(a_table(people(), unreadable_rows=10), target="hired", project="hiring")

    assert draft.spec.rows.max_unreadable_share == pytest.approx(0.301)
    assert "10 rows cannot be read" in draft.text


def test_a_table_that_leaves_no_feature_is_refused_with_the_parts() -> None:
    """A person sees which column took which part."""
    with pytest.raises(SpecError, match=r"no column is left .* seen_at: timestamp"):
        draft_project(a_table(people(income=[])), target="hired", project="hiring")


def test_a_draft_that_would_be_too_long_is_written_without_reasons() -> None:
    """A project.yaml has a limit, and a wide table may pass it; nothing else is lost."""
    table = a_table(people())
    whole = draft_project(table, target="hired", project="hiring")
    less = len(whole.text.encode()) - 1
    brief = draft_project(table, target="hired", project="hiring", max_bytes=less)

    assert "rounded outwards" in whole.text
    assert "rounded outwards" not in brief.text
    assert brief.spec == whole.spec


def test_a_table_too_wide_for_any_project_is_refused() -> None:
    """It says how long a project.yaml may be, and what to do."""
    with pytest.raises(SpecError, match=r"6 columns is longer than 100 bytes; keep the columns"):
        draft_project(a_table(people()), target="hired", project="hiring", max_bytes=100)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("penguins_raw", "penguins-raw"),
        ("2024 Sales (final)", "sales-final"),
        ("??", "my-project"),
        ("x" * 60, "x" * 40),
    ],
)
def test_a_project_is_named_after_its_file(text: str, name: str) -> None:
    """As near as the rules for names allow."""
    assert project_name(text) == name


def test_a_draft_of_a_quantity_names_no_favourable_value() -> None:
    """A number is neither good nor bad by itself."""
    draft = draft_project(a_table(people()), target="income", project="pay")

    assert (draft.spec.task, draft.spec.favourable) == ("regression", None)
    assert "favourable" not in draft.text


def test_text_that_cannot_be_printed_is_written_with_escapes() -> None:
    """A line of YAML reads as the value that it was written from."""
    text = scalar("a\nb\x07")

    assert "\n" not in text
    assert yaml.safe_load(text) == "a\nb\x07"
