"""Replace private functions of moto, loudly when they moved, and put them back at the end."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any  # a seam may be any attribute of any moto object

from infra.twin.errors import SeamMovedError

_MISSING = object()


def parameters_of(function: Any) -> tuple[str, ...]:
    """The parameter names of a function, in order, as the seam's signature."""
    return tuple(inspect.signature(function).parameters)


def require_seam(owner: object, name: str, parameters: Sequence[str] | None) -> None:
    """Raise SeamMovedError unless ``owner.name`` exists and takes exactly these parameters."""
    target = getattr(owner, name, _MISSING)
    where = f"{getattr(owner, '__module__', '')}.{getattr(owner, '__qualname__', owner)}.{name}"
    if target is _MISSING:
        message = f"moto has no {where}; the twin is written for the pinned moto version"
        raise SeamMovedError(message)
    if parameters is not None and parameters_of(target) != tuple(parameters):
        found = ", ".join(parameters_of(target))
        message = f"{where} takes ({found}), expected ({', '.join(parameters)})"
        raise SeamMovedError(message)


@dataclass
class Seams:
    """Every replacement of this process, in order, so that it can be undone."""

    _undo: list[tuple[object, str, object]] = field(default_factory=list)

    def patch(
        self, owner: object, name: str, replacement: object, *, parameters: Sequence[str] | None
    ) -> Any:
        """Replace ``owner.name`` and return the original; ``parameters`` None means not a
        function.
        """
        require_seam(owner, name, parameters)
        own = vars(owner).get(name, _MISSING) if hasattr(owner, "__dict__") else _MISSING
        original = getattr(owner, name)
        self._undo.append((owner, name, own))
        setattr(owner, name, replacement)
        return original

    def undo(self) -> None:
        """Put every original back, the last replacement first."""
        while self._undo:
            owner, name, original = self._undo.pop()
            if original is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
