"""What a training job is started with."""

import pytest

from loopwright.domain.package import code_digest
from loopwright.domain.run import ProjectRecord
from loopwright.domain.search_space import read_parameters
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_models import Promotion, Search, Training
from loopwright.domain.training_plan import TrainingPlan, importing, plan_training
from tests.fakes.projects import a_record, a_spec


def plan(spec: ProjectSpec, record: ProjectRecord) -> TrainingPlan:
    """Plan the job of one run."""
    return plan_training(spec, record, run="r1", dataset="d1", uri=lambda key: f"s3://store/{key}")


def test_the_plan_names_every_input_of_the_job() -> None:
    """Addresses by the layout of the bucket, minutes as seconds."""
    found = plan(a_spec(), a_record(script_key="projects/loans/code/c.tar.gz"))

    assert found.train_uri == "s3://store/datasets/loans/d1/train/"
    assert found.profile_uri == "s3://store/datasets/loans/d1/profile.json"
    assert found.spec_uri == "s3://store/projects/loans/specs/spec-digest.json"
    assert found.script_uri == "s3://store/projects/loans/code/c.tar.gz"
    assert found.bundle_uri == "s3://store/bundles/b.tar.gz"
    assert found.output_uri == "s3://store/jobs/loans/r1"
    assert found.max_runtime_seconds == 3_600
    assert found.hyperparameters == {
        "project": "loans",
        "run": "r1",
        "code": "code-digest",
        "image": "image:1",
        "dataset": "d1",
        "spec": "spec-digest",
        "script": "",
    }


def test_several_instances_are_asked_for() -> None:
    """For XGBoost."""
    training = Training(estimators=("xgboost",), instances=4)

    assert plan(a_spec(training=training), a_record()).instance_count == 4


def test_a_search_in_parallel_is_planned_as_a_tuning_job() -> None:
    """Ranges in texts; what a model of trees shares is small on a logarithmic scale."""
    search = Training(estimators=("linear model", "lightgbm"), search=Search(trials=9, parallel=3))
    found = plan(a_spec(training=search), a_record()).tuning
    loss = Promotion(metric="log_loss")

    assert found is not None
    assert (found.trials, found.parallel, found.direction) == (9, 3, "Maximize")
    assert [one.name for one in found.designs] == ["lightgbm"]
    assert found.designs[0].whole[0].model_dump() == {
        "Name": "num_leaves",
        "MinValue": "7",
        "MaxValue": "63",
        "ScalingType": "Linear",
    }
    assert [(one.Name, one.ScalingType) for one in found.designs[0].others] == [
        ("learning_rate", "Logarithmic"),
        ("reg_lambda", "Logarithmic"),
    ]
    told = found.designs[0].hyperparameters
    assert (told["trial"], told["run"]) == ("lightgbm", "r1")
    assert told["sagemaker_submit_directory"] == "/opt/ml/input/data/bundle/b.tar.gz"
    minimised = plan(a_spec(training=search, promotion=loss), a_record()).tuning
    assert minimised is not None
    assert minimised.direction == "Minimize"


@pytest.mark.parametrize(
    "training",
    [
        Training(),
        Training(search=Search(trials=4)),
        Training(search=Search(trials=4, parallel=2), script="train.py"),
    ],
)
def test_no_other_search_is_a_tuning_job(training: Training) -> None:
    """None at all, one inside the job, and none for a script."""
    assert plan(a_spec(training=training), a_record()).tuning is None


def test_settings_are_read_as_they_were_drawn() -> None:
    """Whole numbers are whole, other texts are left; what is missing is told."""
    told = {"max_depth": "3.0", "learning_rate": "0.1", "min_child_weight": "2", "reg_lambda": "1"}

    found = read_parameters("xgboost", {**told, "project": "loans"})
    assert found == {
        "max_depth": 3,
        "learning_rate": 0.1,
        "min_child_weight": 2.0,
        "reg_lambda": 1.0,
    }
    assert isinstance(found["max_depth"], int)
    with pytest.raises(KeyError, match="learning_rate"):
        read_parameters("xgboost", {})


def test_an_import_takes_the_place_of_the_script() -> None:
    """Its archive names the code of the run; all else is as the project says."""
    record = a_record(bundle_key=f"bundles/{'b' * 64}.tar.gz", script_key="projects/loans/code/c")
    imported = importing(record, "a" * 64)
    found = plan(a_spec(training=Training(script="train.py", instances=2)), imported)

    assert found.script_uri == f"s3://store/projects/loans/code/{'a' * 64}.tar.gz"
    assert found.hyperparameters["script"] == "model.onnx"
    assert found.instance_count == 1
    assert found.hyperparameters["code"] == code_digest("b" * 64, "a" * 64) != record.code
    assert (
        imported.model_copy(
            update={"code": record.code, "script_key": record.script_key, "imports": False}
        )
        == record
    )


def test_the_spec_may_name_its_own_image_and_script() -> None:
    """The project's image is the default; without an archive there is no script channel."""
    training = Training(image="other:2", script="train.py", max_runtime_minutes=5)
    found = plan(a_spec(training=training), a_record())

    assert found.image == found.hyperparameters["image"] == "other:2"
    assert found.hyperparameters["script"] == "train.py"
    assert found.script_uri is None
    assert found.max_runtime_seconds == 300
