"""What a function's process sees."""

import os
from pathlib import Path

import pytest

from infra.twin.errors import SandboxError
from infra.twin.sandbox import FunctionSpec
from infra.twin.sandbox_environment import sandbox_environment


def an_environment(tmp_path: Path, **environment: str) -> dict[str, str]:
    """The environment of a function with these variables in its template."""
    layer = tmp_path / "layer"
    (layer / "python").mkdir(parents=True)
    spec = FunctionSpec(
        name="f",
        arn="arn",
        version="7",
        handler="handler.handler",
        memory_mb=512,
        timeout_s=3,
        log_group="/aws/lambda/f",
        code_directory=tmp_path / "code",
        layer_directories=(layer,),
        environment=environment,
    )
    return sandbox_environment(
        spec, endpoint_url="http://127.0.0.1:1", region="eu-west-1", clock_file=tmp_path / "clock"
    )


def test_the_templates_variables_are_there_and_lambdas_own(tmp_path: Path) -> None:
    """As a handler finds them on AWS."""
    environment = an_environment(tmp_path, STAGE="dev")

    assert environment["STAGE"] == "dev"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "f"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert environment["AWS_LAMBDA_FUNCTION_VERSION"] == "7"
    assert environment["LOOPWRIGHT_CLOCK_FILE"] == str(tmp_path / "clock")


def test_no_variable_leads_out_of_the_twin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own AWS profile and keys stay outside, whatever a template says."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    environment = an_environment(tmp_path, AWS_ENDPOINT_URL="https://aws.amazon.com")

    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(environment)


def test_code_comes_before_layers_on_the_path(tmp_path: Path) -> None:
    """In Lambda's order."""
    path = an_environment(tmp_path)["PYTHONPATH"].split(os.pathsep)

    assert path[:3] == [
        str(tmp_path / "code"),
        str(tmp_path / "layer/python"),
        str(tmp_path / "layer"),
    ]


def test_without_an_endpoint_nothing_starts(tmp_path: Path) -> None:
    """Its calls would go to AWS."""
    spec = FunctionSpec("f", "arn", "1", "h.h", 128, 3.0, "/aws/lambda/f", tmp_path)

    with pytest.raises(SandboxError, match="no endpoint"):
        sandbox_environment(spec, endpoint_url="", region="eu-west-1", clock_file=tmp_path)
