"""The rules of a spec that join several of its keys: each yields the problems it finds."""

from collections.abc import Callable, Iterator

from loopwright.domain.row_rules import rule_problems
from loopwright.domain.spec import METRICS, NoProtected, ProjectSpec
from loopwright.domain.spec_rules import NUMERIC, column_problems

Rule = Callable[[ProjectSpec], Iterator[str]]
GROUPED = ("integer", "category", "boolean")
CLASSES = {"binary": (2, 2), "multiclass": (3, 1_000)}
MIN_REASON_LETTERS = 10


def problems(spec: ProjectSpec) -> tuple[str, ...]:
    """Return every broken rule as `key path: what was expected`, in the order of the rules."""
    return tuple(problem for rule in RULES for problem in rule(spec))


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
        yield f"target: {spec.target!r} cannot also be key, entity, time or protected"
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
        kind = spec.columns[name].type if name in spec.columns else "category"
        if kind not in GROUPED:
            yield f"protected: {name!r} must be a category, boolean or integer column, not {kind}"


def _required_columns(spec: ProjectSpec) -> Iterator[str]:
    for role, name in (("target", spec.target), ("key", spec.key), ("entity", spec.entity)):
        column = spec.columns.get(name) if name else None
        if column is not None and column.max_missing_share > 0:
            yield f"columns.{name}.max_missing_share: the {role} must be 0, it is never missing"
    for role, name in (("key", spec.key), ("entity", spec.entity)):
        if name in spec.columns and spec.columns[name].type not in ("integer", "category"):
            yield f"{role}: {name!r} must be an integer or a category column"


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


def _effects(spec: ProjectSpec) -> Iterator[str]:
    bound = [name for name, column in spec.columns.items() if column.effect]
    for name in bound:
        if spec.columns[name].type not in ("integer", "number") or name not in spec.features:
            yield f"columns.{name}.effect: fits features that are integers or numbers only"
    if bound and spec.task == "multiclass":
        yield f"columns.{bound[0]}.effect: fits binary and regression tasks only"
    if bound and spec.training.estimators == ("linear model",):
        yield "training.estimators: a linear model cannot keep to an effect; add boosted trees"


def _training(spec: ProjectSpec) -> Iterator[str]:
    training = spec.training
    types = (training.instance_type, *training.other_instance_types)
    if len(set(types)) < len(types):
        yield "training.other_instance_types: a type is named twice"
    wait = training.max_wait_minutes
    if wait is not None and not training.spot:
        yield "training.max_wait_minutes: fits spot jobs only; say `spot: true` or leave it out"
    elif wait is not None and wait < training.max_runtime_minutes:
        found = f"{wait} is below max_runtime_minutes {training.max_runtime_minutes}"
        yield f"training.max_wait_minutes: waiting and running together; {found}"


def _fitting(spec: ProjectSpec) -> Iterator[str]:
    training, weight = spec.training, spec.columns.get(spec.training.weight or "")
    outside = {name for group in training.interactions or () for name in group} - {*spec.features}
    for name in sorted(outside & {*spec.columns}):
        yield f"training.interactions: {name!r} is no feature of the model"
    if weight is not None and (
        weight.type not in NUMERIC or weight.feature or weight.min is None or weight.min < 0
    ):
        yield "training.weight: expected a number with `min: 0` or more and `feature: false`"
    if training.class_weights != "none" and spec.task == "regression":
        yield "training.class_weights: a regression has no classes"
    if training.loss == "poisson":
        low = spec.columns[spec.target].min if spec.target in spec.columns else 0
        if spec.task != "regression" or low is None or low < 0:
            yield "training.loss: poisson fits a regression of a target with `min: 0` or more"


def _search(spec: ProjectSpec) -> Iterator[str]:
    search, training = spec.training.search, spec.training
    if search is None:
        return
    if training.instances > 1:
        yield "training.search: fits one instance only; search on a part of the data first"
    if training.estimators == ("linear model",):
        yield "training.search: a linear model has no settings to search; add boosted trees"
    if search.parallel > search.trials:
        yield f"training.search.parallel: {search.parallel} is above trials {search.trials}"


def _instances(spec: ProjectSpec) -> Iterator[str]:
    training = spec.training
    if training.instances > 1 and (training.script or training.estimators != ("xgboost",)):
        yield (
            "training.instances: only XGBoost is fitted on several; say `estimators: [xgboost]` "
            "and no script, or one instance"
        )


def _segments(spec: ProjectSpec) -> Iterator[str]:
    for name in spec.promotion.segments:
        column = spec.columns.get(name)
        if column is None:
            declared = ", ".join(spec.columns)
            yield f"promotion.segments: column {name!r} is not declared (there are: {declared})"
        elif column.type in ("text", "timestamp") or name == spec.target:
            kind = "the target" if name == spec.target else column.type
            yield f"promotion.segments: {name!r} must be a number, category or boolean, not {kind}"


def _costs(spec: ProjectSpec) -> Iterator[str]:
    if spec.costs is not None and spec.task != "binary":
        yield f"costs: fits binary tasks only, not {spec.task}"


def _rows(spec: ProjectSpec) -> Iterator[str]:
    time = spec.columns.get(spec.time) if spec.time else None
    if spec.rows.max_age_days is not None and (time is None or time.type != "timestamp"):
        found = "there is none" if time is None else f"{spec.time!r} is {time.type}"
        yield f"rows.max_age_days: the `time` column must be a timestamp; {found}"
    target = spec.columns.get(spec.target)
    if not spec.rows.min_class_share or target is None:
        return
    if spec.task == "regression":
        yield "rows.min_class_share: fits classification tasks only, not regression"
    elif spec.rows.min_class_share * max(2, len(target.values or ())) > 1:
        yield "rows.min_class_share: so many classes cannot all have this share"


def _accepted(spec: ProjectSpec) -> Iterator[str]:
    for finding, reason in spec.accepted.items():
        code, _, column = finding.partition(":")
        if not code or not column:
            yield f"accepted: expected `code:column` as a report shows it, not {finding!r}"
        if len(reason.strip()) < MIN_REASON_LETTERS:
            yield f"accepted.{finding}: say why in {MIN_REASON_LETTERS} letters or more"


def _dialect(spec: ProjectSpec) -> Iterator[str]:
    dialect = spec.dialect
    for key, sign in (("delimiter", dialect.delimiter), ("quote", dialect.quote)):
        if sign is not None and (not sign.isascii() or sign in "\r\n"):
            yield f"dialect.{key}: expected one ASCII character that ends no line, not {sign!r}"
    if dialect.delimiter is not None and dialect.delimiter == dialect.quote:
        yield "dialect.quote: cannot be the delimiter as well"
    if dialect.delimiter is not None and dialect.delimiter == dialect.decimal:
        yield "dialect.decimal: cannot be the delimiter as well"


RULES: tuple[Rule, ...] = (
    _roles,
    _kept_from_models,
    _protected,
    column_problems,
    _required_columns,
    _target,
    _favourable,
    _metric,
    _costs,
    _segments,
    _effects,
    _training,
    _fitting,
    _search,
    _instances,
    _rows,
    rule_problems,
    _accepted,
    _dialect,
)
