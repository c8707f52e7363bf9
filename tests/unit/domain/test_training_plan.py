"""What a training job is started with."""

from loopwright.domain.package import code_digest
from loopwright.domain.run import ProjectRecord
from loopwright.domain.spec import ProjectSpec, Training
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
