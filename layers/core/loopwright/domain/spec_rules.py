"""The rules of a spec that join several of its keys: each yields the problems it finds."""

from collections.abc import Callable, Iterator

from loopwright.domain.spec import METRICS, Column, NoProtected, ProjectSpec

Rule = Callable[[ProjectSpec], Iterator[str]]
NUMERIC = ("integer", "number")
STORED = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP",
}
CLASSES = {"binary": (2, 2), "multiclass": (3, 1_000)}


def problems(spec: ProjectSpec) -> tuple[str, ...]:
    """Return every broken rule as `key path: what was expected`, in the order of the rules."""
    return tuple(problem for rule in RULES for problem in rule(spec))


def column_kind(column: Column) -> str:
    """Return what the values of a column are: a key of `STORED`."""
    if column.type != "category":
        return column.type
    if column.values and all(isinstance(value, int) for value in column.values):
        return "integer"
    return "text"


def stored_type(column: Column) -> str:
    """Return the Parquet type (by DuckDB's name) in which a column is stored."""
    return STORED[column_kind(column)]


def _kept_from_models(spec: ProjectSpec) -> Iterator[str]:
    for name, column in spec.features.items():
        if column.type in ("text", "timestamp"):
            yield (
                f"columns.{name}: a {column.type} column is no feature of a model yet; say "
                "`feature: false` (it is stored and profiled, and models do not see it)"
            )


def _roles(spec: ProjectSpec) -> Iterator[str]:
    for role, name in spec.undeclared:
        declared = ", ".join(spec.columns)
        yield f"{role}: column {name!r} is not declared under columns (there are: {declared})"
    if spec.target in spec.context_columns:
        yield f"target: {spec.target!r} cannot also be key, time or protected"
    if not spec.features:
        yield "columns: at least one column must be left as a feature of the model"


def _protected(spec: ProjectSpec) -> Iterator[str]:
    if isinstance(spec.protected, NoProtected):
        return
    if not spec.protected:
        yield "protected: expected column names, or `none: <the reason why there are none>`"
    if len(set(spec.protected)) < len(spec.protected):
        yield "protected: a column is named twice"
    for name in spec.protected:
        if name in spec.columns and spec.columns[name].type == "number":
            yield f"protected: {name!r} must be a category, boolean or integer column, not number"


def _columns(spec: ProjectSpec) -> Iterator[str]:
    for name, column in spec.columns.items():
        path = f"columns.{name}"
        if not name.strip() or name != name.strip():
            yield f"{path}: a column name has no spaces at its ends"
        yield from _limits(path, column)
        yield from _values(path, column)


def _limits(path: str, column: Column) -> Iterator[str]:
    if column.type not in NUMERIC:
        if column.min is not None or column.max is not None:
            yield f"{path}: min and max fit integer and number columns only, not {column.type}"
        return
    if column.min is not None and column.max is not None and column.min > column.max:
        yield f"{path}.min: {column.min:g} is above max {column.max:g}"
    for key, limit in (("min", column.min), ("max", column.max)):
        if column.type == "integer" and limit is not None and limit != int(limit):
            yield f"{path}.{key}: expected a whole number for an integer column, not {limit:g}"


def _values(path: str, column: Column) -> Iterator[str]:
    values = column.values
    if values is None:
        return
    if column.type != "category":
        yield f"{path}.values: fits category columns only, not {column.type}"
    elif len({type(value) for value in values}) > 1 or isinstance(values[0], bool):
        yield f"{path}.values: expected only whole numbers or only texts (quote the texts)"
    if len(set(values)) < len(values):
        yield f"{path}.values: a value is listed twice"


def _required_columns(spec: ProjectSpec) -> Iterator[str]:
    for role, name in (("target", spec.target), ("key", spec.key)):
        column = spec.columns.get(name) if name else None
        if column is not None and column.max_missing_share > 0:
            yield f"columns.{name}.max_missing_share: the {role} must be 0, it is never missing"
    if spec.key in spec.columns and spec.columns[spec.key].type not in (
        "integer",
        "category",
    ):
        yield f"key: {spec.key!r} must be an integer or a category column"


def _target(spec: ProjectSpec) -> Iterator[str]:
    column = spec.columns.get(spec.target)
    if column is None:
        return
    if spec.task == "regression":
        if column.type not in NUMERIC:
            yield f"target: task regression expects a number or integer column, not {column.type}"
        return
    least, most = CLASSES[spec.task]
    classes = 2 if column.type == "boolean" else len(column.values or ())
    if column.type in NUMERIC or not least <= classes <= most:
        count = "two" if spec.task == "binary" else "at least three"
        boolean = " or a boolean column" if spec.task == "binary" else ""
        yield (
            f"target: task {spec.task} expects a category column with {count} values{boolean}; "
            f"{spec.target!r} is {column.type} with {classes} values"
        )


def _favourable(spec: ProjectSpec) -> Iterator[str]:
    if spec.favourable is None:
        if spec.task == "binary" and spec.protected_columns:
            yield "favourable: name the value of the target that is good for the person"
        return
    if spec.task == "regression":
        yield "favourable: fits classification tasks only, not regression"
        return
    column = spec.columns.get(spec.target)
    if column is None:
        return
    classes = (False, True) if column.type == "boolean" else column.values or ()
    if not any(spec.favourable == c and type(spec.favourable) is type(c) for c in classes):
        yield f"favourable: {spec.favourable!r} is not one of the target's values {list(classes)}"


def _metric(spec: ProjectSpec) -> Iterator[str]:
    metric = spec.promotion.metric
    if metric is not None and metric not in METRICS[spec.task]:
        known = ", ".join(METRICS[spec.task])
        yield f"promotion.metric: {metric!r} is not known for task {spec.task} (there are: {known})"


RULES: tuple[Rule, ...] = (
    _roles,
    _kept_from_models,
    _protected,
    _columns,
    _required_columns,
    _target,
    _favourable,
    _metric,
)
