"""`project.yaml`: what is accepted, and how every problem is told at once."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.spec import NoProtected, ProjectSpec
from loopwright.domain.spec_file import MAX_BYTES, parse_spec, schema_text, spec_text
from loopwright.errors import SpecError

SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "project.schema.json"
GOOD = """
project: loans
question: Will the loan be paid back?
owner: Credit team
intended_use: Orders the applications for a person to read.
affected_people: People who apply for a loan.
task: binary
target: repaid
favourable: "yes"
key: id
time: year
protected: [sex]
columns:
  id: {type: integer, min: 0}
  year: {type: integer}
  sex: {type: category, values: [1, 2]}
  income: {type: number, min: 0, max: 1000000, max_missing_share: 0.1}
  employed: {type: boolean}
  repaid: {type: category, values: ["no", "yes"]}
"""


COLUMNS = yaml.safe_load(GOOD)["columns"]
BOUND = COLUMNS | {"income": COLUMNS["income"] | {"effect": "increasing"}}


def good(**changes: object) -> dict[str, Any]:
    """Return the good document with some keys changed (None: taken out)."""
    document = {**yaml.safe_load(GOOD), **changes}
    return {key: value for key, value in document.items() if value is not None}


def refusal(document: object) -> str:
    """Return the message with which a document is refused."""
    with pytest.raises(SpecError) as caught:
        parse_spec(document if isinstance(document, str) else yaml.safe_dump(document))
    return str(caught.value)


def test_a_good_file_becomes_a_spec() -> None:
    """Roles, features and context columns come out of the text."""
    spec = parse_spec(GOOD.encode())

    assert spec.favourable == "yes"
    assert list(spec.features) == ["income", "employed"]
    assert spec.context_columns == ("id", "year", "sex")
    assert spec.protected_columns == ("sex",)


def test_no_protected_column_needs_a_reason() -> None:
    """`none` with a reason is an answer; an empty list is not."""
    spec = parse_spec(yaml.safe_dump(good(protected={"none": "The rows describe machines."})))

    assert isinstance(spec.protected, NoProtected)
    assert spec.protected_columns == ()
    assert "protected: expected column names, or `none:" in refusal(good(protected=[]))


def test_every_problem_is_told_at_once() -> None:
    """One round trip is enough to mend a file."""
    message = refusal(good(owner=None, task="guess", metrics="auc", rows={"min": 0}))

    assert message.startswith("project.yaml has 4 problems:")
    assert "- owner: missing; expected who answers for the project" in message
    assert (
        "- task: Input should be 'binary', 'multiclass' or 'regression', found 'guess'" in message
    )
    assert "- metrics: unknown key (known keys: schema_version, project," in message
    assert "- rows.min: Input should be greater than or equal to 1, found 0" in message


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"favorable": "yes"}, "favorable: unknown key; did you mean 'favourable'?"),
        (
            {"training": {"instance_typ": "ml.m5.large"}},
            "training.instance_typ: unknown key; did you mean 'instance_type'?",
        ),
        (
            {"columns": {"a": {"type": "number", "maximum": 3}, "b": {"type": "number"}}},
            "columns.a.maximum: unknown key; did you mean 'max'?",
        ),
        ({"columns": {"a": {}, "b": {"type": "number"}}}, "columns.a.type: missing; expected `int"),
        (
            {"protected": {"non": "No people are described."}},
            "protected: expected a list of column",
        ),
        ({"protected": "sex"}, "protected: expected a list of column names, or `none: <a reason"),
        ({"protected": {"none": "short"}}, "protected: expected a list of column names, or `none:"),
        ({"protected": None}, "protected: missing; expected a list of column names, or `none:"),
        ({"project": "Loans!"}, "project: String should match pattern"),
        ({"question": None}, "question: missing; expected the question that the model answers"),
        ({"columns": [1, 2]}, "columns: Input should be a valid dictionary"),
        ({"owner": ["x" * 90]}, "owner: Input should be a valid string, found ['xxxx"),
    ],
)
def test_a_wrong_key_is_named_with_what_was_expected(
    changes: dict[str, object], expected: str
) -> None:
    """The message leads to the line that has to change."""
    assert f"- {expected}" in refusal(good(**changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"target": "paid"},
            "target: column 'paid' is not declared under columns (there are: emp",
        ),
        ({"key": "nr"}, "key: column 'nr' is not declared"),
        ({"time": "day"}, "time: column 'day' is not declared"),
        ({"protected": ["sex", "race"]}, "protected: column 'race' is not declared"),
        ({"protected": ["sex", "sex"]}, "protected: a column is named twice"),
        ({"protected": ["income"]}, "protected: 'income' must be a category, boolean or integer"),
        (
            {"protected": ["repaid"]},
            "target: 'repaid' cannot also be key, entity, time or protected",
        ),
        ({"protected": ["sex", "income", "employed"]}, "columns: at least one column must be left"),
        (
            {"favourable": "maybe"},
            "favourable: 'maybe' is not one of the target's values ['no', 'ye",
        ),
        ({"favourable": True}, "favourable: True is not one of the target's values"),
        ({"favourable": None}, "favourable: name the value of the target that is good"),
        ({"promotion": {"metric": "auroc"}}, "promotion.metric: 'auroc' is not known for task bin"),
        (
            {
                "target": "income",
                "favourable": None,
                "task": "regression",
                "costs": {"false_positive": 1, "false_negative": 2},
            },
            "costs: fits binary tasks only, not regression",
        ),
        (
            {"promotion": {"segments": ["town"]}},
            "promotion.segments: column 'town' is not declared",
        ),
        (
            {"promotion": {"segments": ["repaid"]}},
            "promotion.segments: 'repaid' must be a number, category or",
        ),
        (
            {"columns": COLUMNS | {"city": {"type": "category", "effect": "increasing"}}},
            "columns.city.effect: fits features that are integers or numbers only",
        ),
        (
            {"training": {"weight": "income"}},
            "training.weight: expected a number with `min: 0` or more and `feature: false`",
        ),
        (
            {"training": {"weight": "size"}},
            "training.weight: column 'size' is not declared under columns",
        ),
        (
            {"training": {"interactions": [["income", "id"]]}},
            "training.interactions: 'id' is no feature of the model",
        ),
        (
            {"training": {"loss": "poisson"}},
            "training.loss: poisson fits a regression of a target with `min: 0` or more",
        ),
        (
            {"training": {"search": {"trials": 4}, "estimators": ["linear model"]}},
            "training.search: a linear model has no settings to search",
        ),
        (
            {"training": {"search": {"trials": 2, "parallel": 3}}},
            "training.search.parallel: 3 is above trials 2",
        ),
        (
            {"training": {"search": {"trials": 4}, "estimators": ["xgboost"], "instances": 2}},
            "training.search: fits one instance only",
        ),
        (
            {"training": {"instances": 2}},
            "training.instances: only XGBoost is fitted on several",
        ),
        (
            {"training": {"instances": 2, "estimators": ["xgboost"], "script": "train.py"}},
            "training.instances: only XGBoost is fitted on several",
        ),
        (
            {"columns": BOUND, "training": {"estimators": ["linear model"]}},
            "training.estimators: a linear model cannot keep to an effect",
        ),
        (
            {"columns": BOUND, "task": "multiclass"},
            "columns.income.effect: fits binary and regression tasks only",
        ),
        (
            {"training": {"other_instance_types": ["ml.m5.large"]}},
            "training.other_instance_types: a type is named twice",
        ),
        (
            {"training": {"max_wait_minutes": 100}},
            "training.max_wait_minutes: fits spot jobs only",
        ),
        (
            {"training": {"spot": True, "max_wait_minutes": 30}},
            "training.max_wait_minutes: waiting and running together; 30 is below",
        ),
        ({"key": "income"}, "key: 'income' must be an integer or a category column"),
        ({"task": "multiclass"}, "target: task multiclass expects a category column with at least"),
        (
            {"target": "income", "favourable": None},
            "target: task binary expects a category column w",
        ),
        (
            {
                "task": "regression",
                "favourable": None,
                "target": "income",
                "training": {"class_weights": "balanced"},
            },
            "training.class_weights: a regression has no classes",
        ),
        ({"task": "regression"}, "favourable: fits classification tasks only, not regression"),
        (
            {"task": "regression", "favourable": None},
            "target: task regression expects a number or integer column, not category",
        ),
    ],
)
def test_keys_that_do_not_fit_each_other_are_refused(
    changes: dict[str, object], expected: str
) -> None:
    """Rules that join keys name the key to change."""
    assert f"- {expected}" in refusal(good(**changes))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"type": "number", "min": 2, "max": 1}, "columns.x.min: 2 is above max 1"),
        ({"type": "category", "max": 1}, "columns.x: min and max fit integer and number columns"),
        ({"type": "integer", "min": 0.5}, "columns.x.min: expected a whole number for an integer"),
        ({"type": "integer", "values": [1, 2]}, "columns.x.values: fits category columns only"),
        ({"type": "category", "values": [1, "a"]}, "columns.x.values: expected only whole numbers"),
        ({"type": "category", "values": [True, False]}, "columns.x.values: expected only whole"),
        ({"type": "category", "values": ["a", "a"]}, "columns.x.values: a value is listed twice"),
        ({"type": "number", "max": float("inf")}, "columns.x.max: expected a finite number, not i"),
        (
            {"type": "timestamp", "feature": False, "min": 1},
            "columns.x: min and max fit integer an",
        ),
        (
            {"type": "number", "earliest": "2024"},
            "columns.x: earliest and latest fit timestamp col",
        ),
        ({"type": "number", "format": "%Y"}, "columns.x.format: fits timestamp columns only"),
        (
            {"type": "timestamp", "feature": False, "format": "%d/%m"},
            "columns.x.format: it needs a year",
        ),
        (
            {"type": "timestamp", "feature": False, "latest": "soon"},
            "columns.x.latest: expected a time such as 2024-01-31T12:00:00, not 'soon'",
        ),
        (
            {
                "type": "timestamp",
                "feature": False,
                "earliest": "2024-01-02T00:00+02:00",
                "latest": "2024-01-01T21:59",
            },
            "columns.x.earliest: 2024-01-02T00:00+02:00 is after latest 2024-01-01T21:59",
        ),
        (
            {"type": "text"},
            "columns.x: a text column is no feature of a model yet; say `feature: f",
        ),
        ({"type": "timestamp"}, "columns.x: a timestamp column is no feature of a model yet; say"),
        ({"type": "integer", "pattern": "a"}, "columns.x.pattern: fits text and category columns"),
        ({"type": "category", "pattern": "("}, "columns.x.pattern: no regular expression: missing"),
        ({"type": "category", "pattern": "(?=a)b"}, "columns.x.pattern: '(?=' is no part of RE2"),
        ({"type": "boolean", "monotonic": "increasing"}, "columns.x.monotonic: fits integer, numb"),
        ({"type": "integer", "references": "nr"}, "columns.x.references: column 'nr' is not decl"),
        ({"type": "integer", "references": "x"}, "columns.x.references: a column cannot reference"),
        (
            {"type": "category", "references": "id"},
            "columns.x.references: both columns must hold the same kind of values; 'x' holds text",
        ),
    ],
)
def test_what_a_column_must_hold_makes_sense(column: dict[str, object], expected: str) -> None:
    """Limits and values fit the type of their column."""
    columns = {**good()["columns"], "x": column}

    assert f"- {expected}" in refusal(good(columns=columns))


def test_a_column_may_say_all_that_is_checked() -> None:
    """Times, patterns, order, uniqueness and references of one good file."""
    columns = {
        **good()["columns"],
        "seen": {"type": "timestamp", "feature": False, "earliest": "2020-01-01", "unique": True},
        "phone": {"type": "text", "feature": False, "pattern": "[0-9+ ]+"},
        "step": {"type": "integer", "monotonic": "increasing"},
        "parent": {"type": "integer", "references": "id", "max_missing_share": 1},
    }
    rows = {"min_class_share": 0.5}
    rules = [{"name": "rich-people-work", "when": "income > 1e5", "expect": "employed"}]
    spec = parse_spec(yaml.safe_dump(good(columns=columns, rules=rules, rows=rows)))

    assert set(spec.context_columns) == {"id", "year", "sex", "seen", "phone"}
    assert spec.rules[0].max_share == 0
    assert parse_spec(spec_text(spec)) == spec


def test_counts_are_fitted_as_counts() -> None:
    """The target says that it is never negative."""
    document = good(
        task="regression",
        favourable=None,
        target="income",
        training={"loss": "poisson", "weight": "size"},
    )
    document["columns"]["income"] = {"type": "number", "min": 0}
    document["columns"]["size"] = {"type": "number", "min": 0, "feature": False}
    spec = parse_spec(yaml.safe_dump(document).encode())

    assert spec.training.loss == "poisson"
    assert "size" not in spec.features


def test_columns_that_differ_by_case_only_are_refused() -> None:
    """A table has one name for both."""
    columns = {**good()["columns"], "Income": {"type": "number"}}

    assert "- columns.income: differs from 'Income' by upper and lower case only" in refusal(
        good(columns=columns)
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"entity": "income"}, "entity: 'income' must be an integer or a category column"),
        ({"entity": "who"}, "entity: column 'who' is not declared"),
        ({"rows": {"max_age_days": 3}}, "rows.max_age_days: the `time` column must be a timestam"),
        (
            {"rows": {"max_age_days": 3}, "time": None},
            "rows.max_age_days: the `time` column must be a timestamp; there is none",
        ),
        ({"rows": {"min_class_share": 0.6}}, "rows.min_class_share: so many classes cannot all"),
        (
            {
                "rows": {"min_class_share": 0.1},
                "task": "regression",
                "target": "income",
                "favourable": None,
            },
            "rows.min_class_share: fits classification tasks only",
        ),
        ({"accepted": {"leak": "It is known before."}}, "accepted: expected `code:column` as a re"),
        ({"accepted": {"leaks_target:income": "fine"}}, "accepted.leaks_target:income: say why in"),
        ({"dialect": {"delimiter": "'", "quote": "'"}}, "dialect.quote: cannot be the delimiter"),
        ({"dialect": {"delimiter": ",", "decimal": ","}}, "dialect.decimal: cannot be the delim"),
        ({"dialect": {"quote": "ä"}}, "dialect.quote: expected one ASCII character that ends no"),
        (
            {"rules": [{"name": "two", "expect": "true"}, {"name": "two", "expect": "(true"}]},
            "rules: the name 'two' is given twice",
        ),
        (
            {"rules": [{"name": "ab", "expect": "(true"}]},
            "rules.ab.expect: its parentheses do not match",
        ),
        ({"rules": [{"name": "ab", "expects": "true"}]}, "rules.0.expects: unknown key; did you"),
        (
            {"columns": {**yaml.safe_load(GOOD)["columns"], "id": {"type": "text"}}},
            "key: 'id' must be an integer or a category column",
        ),
    ],
)
def test_what_is_said_of_rows_rules_and_files_makes_sense(
    changes: dict[str, object], expected: str
) -> None:
    """Each problem names its key."""
    assert f"- {expected}" in refusal(good(**changes))


def test_order_needs_a_time() -> None:
    """Without one, rows have none."""
    columns = {**good()["columns"], "step": {"type": "integer", "monotonic": "increasing"}}

    assert "- columns.step.monotonic: needs a `time` column" in refusal(
        good(columns=columns, time=None)
    )


def test_target_and_key_are_never_missing() -> None:
    """A row without its target or key is of no use."""
    columns = {name: {**column} for name, column in good()["columns"].items()}
    columns["repaid"]["max_missing_share"] = columns["id"]["max_missing_share"] = 0.1
    message = refusal(good(columns={**columns, " x": {"type": "boolean"}}))

    assert "- columns.repaid.max_missing_share: the target must be 0" in message
    assert "- columns.id.max_missing_share: the key must be 0" in message
    assert "- columns. x: a column name has no spaces at its ends" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected keys and values"),
        ("- a\n- b", "expected keys and values"),
        ("a: [", "not valid YAML"),
        ("a: &x 1\nb: *x", "anchors and aliases are not used"),
        ("a: 1\na: 2", "the key 'a' is given twice"),
        ("? [a, b]\n: 1", "not valid YAML"),
        ("[" * 1_000, "not valid YAML"),
        ("a: 2020-99-99", "not valid YAML"),
    ],
)
def test_what_is_no_yaml_mapping_is_refused(text: str, expected: str) -> None:
    """The message says what a project.yaml looks like."""
    assert expected in refusal(text)


def test_a_file_of_another_encoding_or_size_is_refused() -> None:
    """A project.yaml is a small UTF-8 text."""
    with pytest.raises(SpecError, match=r"not UTF-8 at byte 7; save the file as UTF-8"):
        parse_spec("owner: \xe9".encode("latin-1"))
    with pytest.raises(SpecError, match=re.escape(f"at most {MAX_BYTES} are read")):
        parse_spec("#" * (MAX_BYTES + 1))


def test_regression_needs_no_favourable_value() -> None:
    """A number has no good class."""
    columns = {"size": {"type": "number"}, "price": {"type": "number"}}
    document = good(task="regression", target="price", key=None, time=None, columns=columns)
    document["protected"] = {"none": "Houses are no people."}
    del document["favourable"]

    assert parse_spec(yaml.safe_dump(document)).features.keys() == {"size"}


def test_the_published_schema_is_the_one_of_the_code() -> None:
    """Editors complete and check a project.yaml by this file."""
    assert SCHEMA.read_text() == schema_text()
    assert json.loads(schema_text())["title"] == "ProjectSpec"


names = st.text(alphabet="abcdefgh_é", min_size=1, max_size=8)
texts = st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=10)
features: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(dict, type=st.just("number"), min=st.floats(-9, 0), max=st.floats(0, 9)),
    st.builds(dict, type=st.just("integer"), min=st.integers(-9, 0)),
    st.builds(dict, type=st.just("boolean"), description=texts),
    st.builds(
        dict,
        type=st.just("category"),
        values=st.lists(st.integers(), min_size=1, max_size=5, unique=True)
        | st.lists(st.text(max_size=4), min_size=1, max_size=5, unique=True),
        max_missing_share=st.floats(0, 1),
    ),
)


@given(columns=st.dictionaries(names, features, min_size=1, max_size=5), owner=texts)
def test_a_spec_survives_its_own_text(columns: dict[str, Any], owner: str) -> None:
    """Written as YAML and parsed again, a spec is the same value."""
    target = {"TARGET": {"type": "category", "values": ["no", "yes"]}}
    document = good(
        owner=owner, columns={**columns, **target}, target="TARGET", key=None, time=None
    )
    document["protected"] = {"none": "A made-up table."}
    spec = ProjectSpec.model_validate(document)

    assert parse_spec(spec_text(spec)) == spec


def test_segments_are_columns_that_can_be_grouped() -> None:
    """Features and context alike."""
    spec = parse_spec(yaml.safe_dump(good(promotion={"segments": ["employed", "sex"]})))

    assert spec.promotion.segments == ("employed", "sex")
