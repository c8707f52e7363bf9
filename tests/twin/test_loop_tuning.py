"""A search whose trials are jobs of their own, on the whole stack."""

import json

import pytest

from loopwright import bootstrap
from loopwright.domain.package import Card
from tests.twin.loop_stack import DIABETES, running_stack, write_project

pytestmark = pytest.mark.twin

CHANGES = {
    "training": {
        "estimators": ["linear model", "xgboost"],
        "search": {"trials": 3, "parallel": 2},
    },
    "promotion.min_gain": -10.0,
}


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    """The card of the model that such a project gets."""
    folder = tmp_path_factory.mktemp("tuned")
    with running_stack(folder) as stack:
        stack.push_project(write_project(folder, "tuned", changes=CHANGES))
        run = stack.push_data("tuned", DIABETES / "data" / "diabetes.csv")
        assert run.outcome == "model_promoted", run.reasons
        body = bootstrap.models().file("tuned", str(run.model), "card.json")
    return Card.model_validate_json(body)


def test_the_best_trial_is_tried_beside_the_usual_settings(card: Card) -> None:
    """And told on the card, so that the model can be made again."""
    settings = json.loads(card.settings)
    tried = [(one.name, bool(one.parameters)) for one in card.tried]

    assert settings["design"] == "xgboost"
    assert tried == [("linear model", False), ("xgboost", False), ("xgboost", True)]
    assert card.tried[2].parameters["max_depth"] == int(settings["parameters"]["max_depth"])
    assert card.searched == ()
