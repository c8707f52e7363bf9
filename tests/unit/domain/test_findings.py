"""Findings about columns, rows and changes, and what becomes of accepted ones."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.domain.bins import Counts
from loopwright.domain.counting import categorical_bins, count_columns, numeric_bins
from loopwright.domain.dataset import ColumnSchema
from loopwright.domain.facts import (
    Broken,
    Crossed,
    CrossFacts,
    Example,
    TableFacts,
    bucket_key,
    cross_key,
    merge,
    merge_cross,
    profile_key,
)
from loopwright.domain.findings import DataFinding, finding, settle, shown
from loopwright.domain.findings_change import Previous, change_findings, common_counts
from loopwright.domain.findings_columns import column_findings
from loopwright.domain.findings_contract import contract_findings
from loopwright.domain.findings_rows import row_findings
from loopwright.domain.profile import Profile
from loopwright.domain.sentinels import is_isolated
from loopwright.domain.spec import Column
from loopwright.errors import ConflictError
from tests.fakes.projects import COLUMNS, a_manifest, a_spec

AT = "2026-01-11T00:00:00+00:00"


def profile_of(columns: dict[str, list[Any]]) -> Profile:
    """Return the profile of columns, each with bins of its own values."""
    bins = {
        name: numeric_bins(values)
        if all(isinstance(value, (int, float, type(None))) for value in values)
        and not any(isinstance(value, bool) for value in values)
        else categorical_bins({v: values.count(v) for v in values if v is not None})
        for name, values in columns.items()
    }
    rows = len(next(iter(columns.values())))
    return Profile(bins=bins, counts=count_columns(bins, columns, rows=rows))


def features(**changes: list[Any]) -> dict[str, list[Any]]:
    """Return 200 rows of the features of the project, some of them changed."""
    draw = random.Random(1)  # noqa: S311 - made-up rows
    plain: dict[str, list[Any]] = {
        "income": [draw.uniform(0, 1_000) for _ in range(200)],
        "city": [draw.choice("abc") for _ in range(200)],
        "member": [draw.random() < 0.5 for _ in range(200)],
    }
    return {**plain, **changes}


def about_columns(changed: dict[str, list[Any]], **facts: Any) -> list[tuple[str, str, int]]:
    """Return code, column and count of the findings about columns."""
    found = TableFacts.model_validate({"rows": 200, **facts})
    return [
        (one.code, one.column, one.count)
        for one in column_findings(a_spec(), profile_of(features(**changed)), found)
    ]


def about_rows(*crossed: Crossed, **changes: Any) -> list[tuple[str, str, int]]:
    """Return code, column and count of the findings about rows, of 1,000."""
    found = row_findings(a_spec(**changes), CrossFacts(crossed=crossed), 1_000)
    return [(one.code, one.column, one.count) for one in found]


def crossed(
    check: str, rows: int, *, values: int = 1, distinct: int = 900, column: str = ""
) -> Any:
    """Return what comparing rows told."""
    return Crossed(check=check, column=column, rows=rows, values=values, distinct=distinct)


def test_ordinary_columns_give_no_finding() -> None:
    """Neither numbers nor few categories nor booleans."""
    assert about_columns({}, classes={"no": 100, "yes": 100}) == []


@pytest.mark.parametrize(
    ("name", "values"),
    [("income", [3.0] * 200), ("city", ["a"] * 200), ("city", [None] * 200)],
)
def test_a_column_that_never_changes_is_told(name: str, values: list[Any]) -> None:
    """One number, one category, or nothing at all."""
    assert about_columns({name: values}) == [("constant_column", name, 200)]


def test_categories_that_name_rows_are_told() -> None:
    """Nearly every row has its own; numbers may."""
    values = [f"u{place // 2 if place < 8 else place}" for place in range(200)]

    assert about_columns({"city": values}) == [("near_unique", "city", 200)]


def test_numbers_that_stand_for_a_missing_value_are_told() -> None:
    """With the rows that hold them."""
    values = [-999.0] * 4 + [float(place) for place in range(196)]

    assert about_columns({"income": values}, stand_ins={"income": {"-999.0": 4}}) == [
        ("stand_in_value", "income", 4)
    ]
    assert about_columns({}, stand_ins={"income": {"999.0": 1}}) == []
    assert about_columns({}, stand_ins={"city": {"999.0": 1}}) == []


def test_a_time_that_stands_for_none_is_named_as_a_date() -> None:
    """Not as seconds since 1970."""
    bins = numeric_bins([0.0] * 9 + [1.7e9 + 1e5 * place for place in range(50)])
    profile = profile_of({**features(), "seen": [1.0] * 200})
    timed = {**profile.bins, "seen": bins.model_copy(update={"measure": "epoch"})}
    spec = a_spec(columns={**COLUMNS, "seen": Column(type="timestamp", feature=False)})
    facts = TableFacts(rows=200, stand_ins={"seen": {"0.0": 9}})
    (found,) = column_findings(spec, profile.model_copy(update={"bins": timed}), facts)

    assert found.message.startswith("'seen' is 1970-01-01 in 9 of 200 rows")


@pytest.mark.parametrize(
    ("value", "others", "expected"),
    [
        (-999.0, range(100), True),
        (9999.0, range(100), True),
        (999.0, range(1_200), False),
        (-1.0, range(50), True),
        (-1.0, range(3), False),
        (-1.0, range(-50, 50), False),
        (-999.0, range(1), False),
    ],
)
def test_only_values_far_from_all_others_stand_alone(
    value: float, others: range, *, expected: bool
) -> None:
    """The number alone proves nothing."""
    bins = numeric_bins([value] * max(1, len(others) // 10) + [float(one) for one in others])

    assert is_isolated(value, bins) is expected


def test_a_rare_class_is_told() -> None:
    """Below one row in a hundred."""
    assert about_columns({}, classes={"no": 199, "yes": 1}) == [("imbalanced_classes", "repaid", 1)]


def test_copies_of_rows_are_told_apart_from_rows_that_happen_to_agree() -> None:
    """Copies agree in all columns as often as in half of them."""
    copies, twins = crossed("duplicate_rows", 50), crossed("twins", 20)

    assert about_rows(copies, crossed("alike_rows", 52), twins) == [
        ("duplicate_rows", "", 50),
        ("copies_in_holdout", "", 20),
    ]
    assert about_rows(copies, crossed("alike_rows", 400), twins) == []
    assert about_rows(crossed("duplicate_rows", 1), crossed("alike_rows", 1)) == []
    assert about_rows() == []


def test_the_declared_entity_on_both_sides_is_breakage() -> None:
    """The split promised otherwise."""
    columns = {**COLUMNS, "person": Column(type="integer")}
    spec = {"columns": columns, "entity": "person"}

    assert about_rows(crossed("on_both_sides", 0, values=0, column="person"), **spec) == []
    with pytest.raises(ConflictError, match="1 values of the entity 'person' lie on both sides"):
        about_rows(crossed("on_both_sides", 3, column="person"), **spec)


def test_a_column_that_seems_to_name_people_is_advised_as_entity() -> None:
    """When it has many values that come back on the other side."""
    columns = {**COLUMNS, "person_id": Column(type="integer")}
    many = crossed("on_both_sides", 300, values=100, distinct=400, column="person_id")
    few = crossed("on_both_sides", 900, values=9, distinct=9, column="person_id")

    assert about_rows(many, columns=columns) == [("entity_on_both_sides", "person_id", 300)]
    assert about_rows(few, columns=columns) == []


def test_accepted_findings_become_notes_and_needless_ones_are_told() -> None:
    """The reason stays beside the finding."""
    found = [
        finding("stale", "seen", "violation", count=1, rows=2, message="m", advice="a"),
        finding("duplicate_rows", "", "warning", count=1, rows=0, message="m", advice="a"),
    ]
    accepted = {"stale:seen": "It is an archive.", "stale:other": "A misspelled column."}
    settled = settle(found, accepted)

    assert [(one.id, one.severity, one.accepted) for one in settled] == [
        ("duplicate_rows:rows", "warning", ""),
        ("accepted_not_found:stale:other", "note", ""),
        ("stale:seen", "note", "It is an archive."),
    ]


def test_an_example_says_where_its_row_lies() -> None:
    """The side, the part, the row, its key and its value."""
    sealed = Example(part="holdout/loans/d1/part-00001.parquet", row=3, key="7", value="-1")
    bare = Example(part="datasets/loans/d1/train/part-00000.parquet", row=0)

    assert shown(sealed) == "-1 (key 7, holdout/part-00001.parquet row 3)"
    assert shown(bare) == "train/part-00000.parquet row 0"


def contract(spec: dict[str, Any], *crossed: Crossed, **facts: Any) -> list[DataFinding]:
    """Return the findings of the contract over 200 rows."""
    found = TableFacts.model_validate({"rows": 200, "target": ("no", "yes"), **facts})
    return list(
        contract_findings(a_spec(**spec), found, CrossFacts(crossed=crossed), registered_at=AT)
    )


def test_rare_classes_old_rows_and_rules_break_the_contract() -> None:
    """Each with its number."""
    columns = {**COLUMNS, "seen": Column(type="timestamp"), "boss": Column(type="integer")}
    columns["boss"] = Column(type="integer", references="id", monotonic="increasing")
    spec = {
        "columns": columns,
        "time": "seen",
        "rows": {"max_age_days": 9, "min_class_share": 0.1},
        "rules": (
            {"name": "rich", "expect": "income > 3", "max_share": 0.01},
            {"name": "kind", "expect": "income > 3"},
        ),
    }
    found = contract(
        spec,
        crossed("repeated", 2, column="id"),
        crossed("repeated", 2, column="boss"),
        crossed("orphan", 3, column="boss"),
        crossed("unordered", 4, column="boss"),
        crossed("orphan", 0, column="sex"),
        classes={"no": 190, "yes": 10},
        newest="2026-01-01T00:00:00.000000",
        failed_rules={"odd": "no function"},
        broken=(
            Broken(check="rule_broken", column="rich", rows=2),
            Broken(check="rule_broken", column="kind", rows=2),
        ),
    )

    assert [(one.code, one.column, one.count) for one in found] == [
        ("rare_class", "repaid", 10),
        ("stale", "seen", 200),
        ("rule_cannot_run", "odd", 200),
        ("rule_broken", "kind", 2),
        ("duplicate_key", "id", 2),
        ("repeated", "boss", 2),
        ("orphan", "boss", 3),
        ("unordered", "boss", 4),
    ]
    assert "10 days before" in found[1].message
    assert "not increasing in the order of time" in found[-1].message


def test_fresh_rows_and_boolean_classes_keep_the_contract() -> None:
    """Ten days are allowed, and both truth values are there."""
    columns = {**COLUMNS, "seen": Column(type="timestamp")}
    spec = {
        "columns": columns,
        "time": "seen",
        "target": "member",
        "favourable": True,
        "rows": {"max_age_days": 10, "min_class_share": 0.1},
    }
    columns["member"] = Column(type="boolean")
    facts = {"classes": {"False": 100, "True": 100}, "newest": "2026-01-01T00:00:00.000000"}

    assert contract(spec, **facts) == []


def changes(now: dict[str, list[Any]], before: dict[str, list[Any]]) -> list[tuple[str, str]]:
    """Return code and column of what changed between two versions of these columns."""
    manifests = [
        a_manifest(
            rows=len(next(iter(columns.values()))),
            columns=tuple(
                ColumnSchema(name=name, type=type(values[0]).__name__, parquet_type="X")
                for name, values in columns.items()
            ),
        )
        for columns in (now, before)
    ]
    previous = Previous(manifest=manifests[1], profile=profile_of(before))
    return [
        (one.code, one.column) for one in change_findings(manifests[0], profile_of(now), previous)
    ]


def test_what_changed_since_the_version_before_is_told() -> None:
    """Columns, rows, and distributions that moved far; not the noise of sampling."""
    draw = random.Random(3)  # noqa: S311 - made-up rows
    before: dict[str, list[Any]] = {
        "a": [draw.gauss(0, 1) for _ in range(900)],
        "c": [draw.choice("xy") for _ in range(900)],
    }
    again: dict[str, list[Any]] = {
        "a": [draw.gauss(0, 1) for _ in range(900)],
        "c": [draw.choice("xy") for _ in range(900)],
    }
    moved: dict[str, list[Any]] = {"a": [value + 2 for value in again["a"]], "c": ["z"] * 900}
    fewer: dict[str, list[Any]] = {"a": again["a"][:300], "b": again["c"][:300]}

    assert changes(again, before) == []
    assert changes(moved, before) == [("shifted_column", "a"), ("shifted_column", "c")]
    assert changes(fewer, before) == [
        ("changed_column", "b"),
        ("changed_column", "c"),
        ("fewer_rows", ""),
    ]
    assert changes({"a": ["x", "y"] * 450}, {"a": before["a"]}) == [("changed_column", "a")]


@given(st.lists(st.none() | st.integers(-5, 5).map(float), min_size=1, max_size=60))
@settings(max_examples=40)
def test_common_counts_of_the_same_rows_are_the_same(values: list[float | None]) -> None:
    """Over the same bins nothing is guessed, and no row is lost."""
    profile = profile_of({"a": list(values)})
    found = common_counts(profile, profile, "a")

    assert found is not None
    assert found[0] == found[1]
    assert sum(found[0]) == len(values)


def test_an_empty_version_has_no_distribution_to_compare() -> None:
    """There is nothing to hold the other against."""
    full = profile_of({"a": [1.0, 2.0, 3.0]})
    empty = Profile(
        bins=full.bins, counts=Counts(rows=0, columns=count_columns(full.bins, {}, rows=0).columns)
    )
    previous = Previous(manifest=a_manifest(), profile=empty)

    assert list(change_findings(a_manifest(), full, previous)) == []


EXAMPLES = st.builds(Example, part=st.sampled_from("ab"), row=st.integers(0, 99))
FACTS = st.builds(
    TableFacts,
    rows=st.integers(0, 9),
    broken=st.lists(
        st.builds(
            Broken,
            check=st.sampled_from(["missing", "below_min"]),
            column=st.sampled_from("xy"),
            rows=st.integers(1, 9),
            examples=st.lists(EXAMPLES, max_size=5, unique=True).map(
                lambda found: tuple(sorted(found, key=lambda one: (one.part, one.row)))
            ),
        ),
        max_size=2,
    ).map(tuple),
    target=st.none() | st.tuples(st.integers(0, 3), st.integers(4, 9)),
    classes=st.dictionaries(st.sampled_from("mn"), st.integers(1, 9)),
    newest=st.none() | st.integers(),
    equals_target=st.dictionaries(st.sampled_from("xy"), st.integers(1, 9)),
    stand_ins=st.dictionaries(
        st.sampled_from("xy"), st.dictionaries(st.sampled_from(["1.0", "9.0"]), st.integers(1, 9))
    ),
    failed_rules=st.dictionaries(st.sampled_from("rs"), st.sampled_from("uv")),
)


@given(st.lists(FACTS, min_size=1, max_size=5), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_facts_merge_in_any_order_and_grouping(
    facts: list[TableFacts], draw: random.Random
) -> None:
    """Addition: what is merged before does not matter."""
    other = list(facts)
    draw.shuffle(other)
    cut = draw.randint(0, len(other))

    assert merge([merge(other[:cut]), merge(other[cut:])]) == merge(facts)


def test_crossed_facts_of_buckets_add_up() -> None:
    """With the first five examples of all."""
    examples = tuple(Example(part="a", row=row) for row in range(4))
    one = Crossed(check="repeated", column="x", rows=4, values=2, distinct=9, examples=examples)
    other = one.model_copy(update={"examples": tuple(Example(part="a", row=9 - n) for n in (1, 0))})
    merged = merge_cross([CrossFacts(crossed=(other,)), CrossFacts(crossed=(one,))])
    (found,) = merged.crossed

    assert (found.rows, found.values, found.distinct) == (8, 4, 18)
    assert [example.row for example in found.examples] == [0, 1, 2, 3, 8]


def test_what_depends_on_the_spec_lies_under_its_digest() -> None:
    """A version may be judged by several specs."""
    assert profile_key("loans", "d1", "s1", 3) == "datasets/loans/d1/profiles/s1/3.json"
    assert bucket_key("loans", "d1", "s1", 3, 0) == "datasets/loans/d1/buckets/s1/3/0.parquet"
    assert cross_key("loans", "d1", "s1", 0) == "datasets/loans/d1/cross/s1/0.json"
