"""Make a model's signature from its spec, and tell whether a signature fits a spec."""

from collections.abc import Mapping, Sequence

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.model import Field, Signature
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import ModelPackageError


def signature_of(
    spec: ProjectSpec,
    spec_digest: str,
    *,
    categories: Mapping[str, Sequence[CategoryValue]],
    classes: Sequence[CategoryValue] = (),
) -> Signature:
    """Return the signature of a model of the spec: its features in order, and its classes."""
    return Signature(
        project=spec.project,
        spec=spec_digest,
        task=spec.task,
        target=spec.target,
        fields=tuple(_field(spec, name, categories.get(name)) for name in spec.features),
        context=spec.context_columns,
        classes=tuple(classes),
        favourable=spec.favourable,
        threshold=spec.threshold,
    )


def refuse_other_signature(spec: ProjectSpec, spec_digest: str, signature: Signature) -> None:
    """Raise ModelPackageError unless the signature is one that the spec asks for.

    Free are only the categories of a column without `values`, and the order of the classes.
    """
    categories = {field.name: field.categories for field in signature.fields if field.categories}
    expected = signature_of(spec, spec_digest, categories=categories, classes=signature.classes)
    for name in Signature.model_fields:
        found, wanted = getattr(signature, name), getattr(expected, name)
        if found != wanted:
            raise ModelPackageError(
                f"signature.json: {name} is {found!r}, but the spec asks for {wanted!r}"
            )
    _refuse_other_classes(spec, signature)


def _field(spec: ProjectSpec, name: str, seen: Sequence[CategoryValue] | None) -> Field:
    column = spec.columns[name]
    categories = None
    if column.type == "category":
        categories = column.values or tuple(seen or ())
    return Field(
        name=name,
        type=column.type,
        categories=categories,
        min=column.min,
        max=column.max,
        nullable=column.max_missing_share > 0,
    )


def _refuse_other_classes(spec: ProjectSpec, signature: Signature) -> None:
    target = spec.columns[spec.target]
    possible = (False, True) if target.type == "boolean" else target.values or ()
    known = set() if spec.task == "regression" else set(possible)
    if len(set(signature.classes)) < len(signature.classes) or not set(signature.classes) <= known:
        raise ModelPackageError(
            f"signature.json: classes are {signature.classes!r}, the target's are {possible!r}"
        )
    if spec.task == "binary" and len(signature.classes) != len(possible):
        raise ModelPackageError(
            f"signature.json: a binary model needs both classes, it has {signature.classes!r}"
        )
