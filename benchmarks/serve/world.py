"""What the contenders need: the package of the same model, stores to fetch it from, commands."""

import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from samtranslator.yaml_helper import yaml_parse

from benchmarks.serve import model
from benchmarks.serve.contenders import Contender, Function, Server
from infra.twin.moto_server import moto_server
from loopwright import bootstrap
from loopwright.domain.model import ModelManifest, PackagedFile, Signature
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.run import Champion, ModelRecord, ProjectRecord
from loopwright.domain.signature import signature_of
from loopwright.domain.spec import ProjectSpec
from training.export.walk import export_model

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".aws-sam" / "build"
PEERS = ROOT / "build" / "peers"
PROJECT, AT, REGION = "benchmark", "2026-01-01T00:00:00+00:00", "eu-west-1"
# What the Lambda runtime brings; the rest comes from the built function and its layers.
RUNTIME = (
    "awslambdaric",
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "urllib3",
    "six",
)
SPEC = ProjectSpec.model_validate(
    {
        "project": PROJECT,
        "question": "How fast is an answer?",
        "owner": "The benchmark",
        "intended_use": "Compares servers of models.",
        "affected_people": "nobody: the rows are made up",
        "task": "binary",
        "target": "y",
        "protected": {"none": "the rows are made up"},
        "columns": {
            **{name: {"type": "number", "max_missing_share": 0.2} for name in model.NUMBERS},
            **{name: {"type": "category", "values": model.VALUES} for name in model.TEXTS},
            "y": {"type": "category", "values": [0, 1]},
        },
    }
)
Start = Callable[[], Contender]


def package(folder: Path) -> dict[str, bytes]:
    """Export the model as a training job does; write the files that a prediction needs."""
    categories = dict.fromkeys(model.TEXTS, model.VALUES)
    signature: Signature = signature_of(SPEC, "s" * 64, categories=categories, classes=(0, 1))
    onnx = export_model(model.fitted(), signature, features=tuple(SPEC.features)).onnx
    files = {"model.onnx": onnx, "signature.json": canonical_json(signature)}
    for name, body in files.items():
        (folder / name).write_bytes(body)
    champion = Champion(project=PROJECT, model="m" * 64, at=AT, actor="a", reason="benchmark")
    (folder / "champion.json").write_bytes(canonical_json(champion))
    return files


@contextmanager
def stores(files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """Serve moto with the package in it; yield what the function must know of it."""
    with moto_server(REGION) as address:
        environment = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "LOOPWRIGHT_BUCKET": "benchmark-store",
            "LOOPWRIGHT_CATALOG_TABLE": "catalog",
            "LOOPWRIGHT_RECEIPTS_TABLE": "receipts",
        }
        os.environ |= environment
        environment["LOOPWRIGHT_SIGNING_KEY"] = _make_stores()
        os.environ |= environment
        _crown(files)
        yield environment


def _make_stores() -> str:
    """Make the bucket, the tables and the key; return the key's ARN."""
    boto3.client("s3").create_bucket(
        Bucket="benchmark-store", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    for table in ("catalog", "receipts"):
        boto3.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
    made = boto3.client("kms").create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["Arn"])


def _crown(files: Mapping[str, bytes]) -> None:
    """Sign and store the package, and make the model the champion."""
    listed = tuple(
        PackagedFile(name=name, bytes=len(body), sha256=digest_of(body))
        for name, body in files.items()
    )
    made = {"project": PROJECT, "spec": "s", "dataset": "d", "code": "c"}
    manifest = ModelManifest.model_validate(
        {**made, "image": "i", "libraries": {}, "files": listed}
    )
    name = bootstrap.models().put_package(manifest, files)
    ledger = bootstrap.ledger()
    project = {"bundle_key": "b", "image": "i", "salt": "s", "pushed_at": AT, "actor": "a"}
    ledger.put_project(
        ProjectRecord.model_validate({**project, "project": PROJECT, "spec": "s", "code": "c"})
    )
    ledger.add_model(
        ModelRecord.model_validate({**made, "model": name, "run": "r", "registered_at": AT})
    )
    champion = Champion(project=PROJECT, model=name, at=AT, actor="a", reason="benchmark")
    ledger.move_champion(champion, expected=None)


def functions(folder: Path, environment: Mapping[str, str]) -> dict[str, Start]:
    """Return how our function is started: alone, with fetching, and with receipts as well."""
    paths = [*_built(), _runtime(folder)]
    local = {
        "ours": "models,ledger,receipts,clock",
        "ours, fetched and verified": "receipts",
        "ours, with receipts": "",
    }

    def start(kept: str) -> Start:
        told = {**environment, "SERVE_FOLDER": str(folder), "SERVE_LOCAL": kept}
        return lambda: Function(
            "benchmarks.serve.local_handler.handler", [*paths, ROOT], told, folder
        )

    return {name: start(kept) for name, kept in local.items()}


def servers(folder: Path) -> dict[str, Start]:
    """Return how each peer is started."""
    here = Path(__file__).parent

    def server(name: str, words: list[str | Path], told: dict[str, str], **how: str) -> Start:
        command = [PEERS / name / "bin" / words[0], *words[1:]]
        path = f"{PEERS / name / 'bin'}:{os.environ['PATH']}"
        environment = {"PATH": path, "SERVE_MODEL": str(folder / f"{name}.pkl"), **told}
        return lambda: Server(command, environment, folder, route=how["route"], key=how["key"])

    mlflow: list[str | Path] = ["mlflow", "models", "serve", "-m", folder / "mlflow"]
    mlflow += ["--env-manager", "local", "--host", "127.0.0.1", "--port", "PORT", "--workers", "1"]
    bento: list[str | Path] = ["bentoml", "serve", "bento_service:Predictor", "--working-dir", here]
    bento += ["--host", "127.0.0.1", "--port", "PORT"]
    flask: list[str | Path] = ["gunicorn", "-w", "1", "-b", "127.0.0.1:PORT", "--chdir", here]
    home = {"BENTOML_HOME": str(folder / "bentoml")}
    return {
        "MLflow": server("mlflow", mlflow, {}, route="/invocations", key="dataframe_records"),
        "BentoML": server("bentoml", bento, home, route="/predict", key="instances"),
        "Flask and a pickle": server(
            "flask", [*flask, "flask_app:app"], {}, route="/invocations", key="instances"
        ),
    }


def _built() -> list[Path]:
    """Return the folders of the built function and its layers, in the order of Lambda."""
    template: Any = yaml_parse((BUILD / "template.yaml").read_text())
    properties = template["Resources"]["PredictFunction"]["Properties"]
    layers = [*template["Globals"]["Function"]["Layers"], *properties["Layers"]]
    folders = [BUILD / layer["Ref"] for layer in layers]
    return [BUILD / properties["CodeUri"], *(folder / "python" for folder in folders)]


def _runtime(folder: Path) -> Path:
    """Return a folder with links to what the Lambda runtime brings."""
    place = folder / "runtime"
    place.mkdir()
    for name in RUNTIME:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise RuntimeError(f"{name} is not installed")
        source = Path(found.origin)
        source = source.parent if source.name == "__init__.py" else source
        (place / source.name).symlink_to(source)
    return place
