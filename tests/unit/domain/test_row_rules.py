"""What the SQL expression of a rule may say."""

import pytest

from loopwright.domain.row_rules import columns_of, expression_problem

COLUMNS = ("age", "pay day", "from", "select")


@pytest.mark.parametrize(
    "expression",
    [
        'age >= 3 AND "pay day" IS NOT NULL',
        "age is distinct from 3",
        "coalesce(age, 0.5) between 1e3 and .5",
        "cast(age as double) > 2 or age::bigint = 3",
        "age > 'it''s -- no comment; nor (' || 'this'",
        "case when not (age > 1) then true else (age in (1, 2)) end",
        "\"from\" > timestamp '2020-01-01' + interval '1 day'",
        '"select" % 2 = 0',
    ],
)
def test_scalar_expressions_over_the_columns_are_accepted(expression: str) -> None:
    """Operators, literals, cases, casts and the listed functions."""
    assert expression_problem(expression, COLUMNS) == ""


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("age in (select 1)", "'select' begins a query; write a column of this name in double"),
        ("exists(from x)", "'exists' is no function that a rule may use"),
        ("(from x)", "'from' may only follow `is distinct`"),
        ("read_csv('/etc/passwd') is null", "'read_csv' is no function that a rule may use"),
        ("\"read_csv\"('x')", "'read_csv' is no column"),
        ('"age"(3)', "'age' is no column"),
        ('"income" > 3', "'income' is no column"),
        ("income > 3", "'income' is neither a column nor a word that a rule may use"),
        ("current_date > age", "'current_date' is neither a column nor a word that a rule may"),
        ("getenv('HOME') = 'x'", "'getenv' is no function that a rule may use"),
        ("age; drop table x", "'; drop table x' is no part of an expression over the colum"),
        ("age -- 3", "'-- 3' is no part of an expression"),
        ("age /* 3 */", "'/* 3 */' is no part of an expression"),
        ("list.age", "'.age' is no part of an expression"),
        ("age.x", "'.x' is no part of an expression"),
        ("x -> 3", "'-> 3' is no part of an expression"),
        ("[age]", "'[age]' is no part of an expression"),
        ("age > 'open", '"\'open" is no part of an expression'),
        ("1) or (1", "its parentheses do not match"),
        ("(age > 3", "its parentheses do not match"),
        ("$1 = age", "'$1 = age' is no part of an expression"),
    ],
)
def test_anything_else_is_refused_by_its_name(expression: str, problem: str) -> None:
    """No query, no file, no setting, no comment, and no way out of the parentheses."""
    assert expression_problem(expression, COLUMNS).startswith(problem)


def test_the_columns_of_an_expression_are_found_once_each() -> None:
    """They are shown with the rows that break a rule."""
    used = columns_of('"pay day" > 3 and age < 3 or age = 0 or "select" is null', COLUMNS)

    assert used == ("pay day", "age", "select")
