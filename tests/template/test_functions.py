"""What every function has: an alias, a log, a failure destination, and a handler that is thin."""

import os
import subprocess
import sys

import pytest

from tests.template.stack import ROOT, deployed, functions, resources, snake, written

MAX_HANDLER_LINES = 40
NAMES = sorted(functions())


@pytest.mark.parametrize("name", NAMES)
def test_a_function_logs_into_a_group_that_forgets(name: str) -> None:
    """Its own group, with a retention."""
    groups = resources("AWS::Logs::LogGroup")

    assert functions()[name]["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}LogGroup"}}
    assert groups[f"{name}LogGroup"] == {"RetentionInDays": {"Ref": "LogRetentionDays"}}


def test_every_log_group_forgets() -> None:
    """Those of the machines and of the API too."""
    assert all("RetentionInDays" in group for group in deployed("AWS::Logs::LogGroup").values())


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_called_by_its_alias_and_fails_into_the_queue(name: str) -> None:
    """An asynchronous call that fails for good is kept for a person."""
    aliases = deployed("AWS::Lambda::Alias")
    configurations = deployed("AWS::Lambda::EventInvokeConfig").values()
    found = [one for one in configurations if one["FunctionName"] == {"Ref": f"{name}Function"}]

    assert aliases[f"{name}FunctionAliaslive"]["Name"] == "live"
    assert [one["Qualifier"] for one in found] == ["live"]
    assert found[0]["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["DeadLetters", "Arn"]
    }


def test_a_new_layer_publishes_new_versions() -> None:
    """The product is a layer: an alias that did not follow it would serve the old product."""
    function = written()["Globals"]["Function"]
    layers = resources("AWS::Serverless::LayerVersion").values()

    assert function["AutoPublishAliasAllProperties"] is True
    assert all(layer["PublishLambdaVersion"] is True for layer in layers)


@pytest.mark.parametrize("name", NAMES)
def test_who_downloads_a_whole_dataset_has_room_for_it(name: str) -> None:
    """Without a word Lambda gives 512 MiB of /tmp; the largest upload is 5 GB."""
    module = ROOT / "layers/core/loopwright/steps" / f"{snake(name)}.py"
    text = module.read_text()
    if "manifest.training" in text and "download_parts" in text and "MOST_PARTS" not in text:
        assert functions()[name]["EphemeralStorage"] == {"Size": 10_240}


@pytest.mark.parametrize("name", NAMES)
def test_a_handler_is_thin(name: str) -> None:
    """Parse, call, dump."""
    lines = (ROOT / "functions" / snake(name) / "handler.py").read_text().splitlines()

    assert len(lines) <= MAX_HANDLER_LINES


@pytest.mark.parametrize("name", NAMES)
def test_a_handler_can_be_imported_without_any_environment(name: str) -> None:
    """Nothing is read and no client is built before the first call."""
    code = f"from functions.{snake(name)}.handler import handler; assert callable(handler)"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def test_snapstart_is_a_parameter_that_is_off() -> None:
    """For Python it is paid for; only predictions are worth it."""
    template = written()
    using = {name for name, one in functions().items() if "SnapStart" in one}

    assert template["Parameters"]["SnapStart"]["Default"] == "false"
    assert using == {"Predict"}
    assert functions()["Predict"]["SnapStart"] == {
        "ApplyOn": {"Fn::If": ["HasSnapStart", "PublishedVersions", "None"]}
    }


SNAPSHOT = """
import os, random, socket, sys, uuid

def refuse(*_, **__):
    raise SystemExit("a value was drawn, or a connection opened, while the module was imported")

for name in ("random", "randint", "randrange", "choice", "getrandbits", "uniform", "shuffle"):
    setattr(random, name, refuse)
uuid.uuid1 = uuid.uuid4 = os.urandom = refuse
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from functions.predict.handler import handler
assert callable(handler)
assert not {"boto3", "botocore.client"} & set(sys.modules)
"""


def test_a_snapshot_of_predict_holds_no_client_and_nothing_random() -> None:
    """Every start from it would share them: connections that are dead, ids that are not unique."""
    ran = subprocess.run(
        [sys.executable, "-c", SNAPSHOT],
        env={"PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def test_every_environment_variable_of_ours_has_one_prefix() -> None:
    """Those of the libraries aside."""
    variables = set(written()["Globals"]["Function"]["Environment"]["Variables"])
    for one in functions().values():
        variables |= set(one.get("Environment", {}).get("Variables", ()))

    assert all(name.startswith(("LOOPWRIGHT_", "POWERTOOLS_", "PYDANTIC_")) for name in variables)
