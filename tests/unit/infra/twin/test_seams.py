"""Replacing functions of moto, and putting them back."""

import pytest

from infra.twin.errors import SeamMovedError
from infra.twin.seams import Seams


class Base:
    """What moto inherits from."""

    def inherited(self, a: int) -> int:
        """Give it back."""
        return a


class Target(Base):
    """What moto has."""

    setting = 1

    def run(self, a: int, b: int) -> int:
        """Add."""
        return a + b


def test_a_replacement_holds_until_it_is_undone() -> None:
    """And the original can be called meanwhile."""
    seams = Seams()

    def negated(self: Target, a: int, b: int) -> int:
        return -int(original(self, a, b))

    original = seams.patch(Target, "run", negated, parameters=("self", "a", "b"))
    during = Target().run(1, 2)
    seams.undo()

    assert (during, Target().run(1, 2)) == (-3, 3)


def test_replacements_are_undone_in_reverse() -> None:
    """Two of the same function leave the first original."""
    seams = Seams()
    seams.patch(Target, "setting", 2, parameters=None)
    seams.patch(Target, "setting", 3, parameters=None)
    seams.undo()

    assert Target.setting == 1


def test_an_inherited_function_is_inherited_again() -> None:
    """Nothing is left in the class itself."""
    seams = Seams()
    seams.patch(Target, "inherited", lambda _self, a: -a, parameters=("self", "a"))
    during = Target().inherited(1)
    seams.undo()

    assert (during, Target().inherited(1)) == (-1, 1)
    assert "inherited" not in vars(Target)


def test_a_function_that_is_gone_is_named() -> None:
    """moto moved."""
    with pytest.raises(SeamMovedError, match="gone"):
        Seams().patch(Target, "gone", None, parameters=())


def test_a_signature_that_changed_is_shown() -> None:
    """Found and expected."""
    with pytest.raises(SeamMovedError, match=r"takes \(self, a, b\), expected \(self, a\)"):
        Seams().patch(Target, "run", None, parameters=("self", "a"))
