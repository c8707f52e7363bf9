"""Choose the model that a rollback returns to."""

from collections.abc import Sequence

from loopwright.domain.run import Champion, ModelRecord
from loopwright.errors import ConflictError, NotFoundError


def target_of(
    project: str, champion: Champion | None, models: Sequence[ModelRecord], wanted: str | None
) -> str:
    """Return the model to go back to: the named one, else the one before the champion.

    Only a model that was champion before can answer again.
    """
    if champion is None:
        message = f"project {project!r} has no champion, so there is nothing to roll back"
        raise NotFoundError(message)
    if wanted is None:
        wanted = _previous(champion)
    if wanted == champion.model:
        message = f"model {wanted} is the champion already"
        raise ConflictError(message)
    earlier = sorted(record.model for record in models if record.status == "retired")
    if wanted not in earlier:
        known = ", ".join(earlier) or "none"
        message = f"model {wanted!r} was never champion of {project!r}; models that were: {known}"
        raise NotFoundError(message)
    return wanted


def _previous(champion: Champion) -> str:
    if champion.previous is None:
        message = f"model {champion.model} is the first champion: there is none before it"
        raise ConflictError(message)
    if champion.run is None:
        message = (
            f"model {champion.model} is champion by a rollback from {champion.previous}: "
            'name the model to go to in "to"'
        )
        raise ConflictError(message)
    return champion.previous
