import pytest

from cli.failures import CommandError
from cli.projects import refuse_placeholders
from tests.fakes.projects import a_spec


def test_a_draft_is_pushed_only_when_its_placeholders_are_replaced() -> None:
    """The message names every key that is left."""
    spec = a_spec(owner="REPLACE: who answers", protected={"none": "REPLACE: say why"})

    with pytest.raises(CommandError, match=r"owner, protected\.none still say REPLACE:"):
        refuse_placeholders(spec)


def test_a_spec_in_a_person_s_own_words_may_be_pushed() -> None:
    """Nothing is left to replace."""
    refuse_placeholders(a_spec())
