"""Run one built function once, in a process that sees its artifact, its layers and boto3 alone.

A program for `python -I -S`: reads {"folders", "event"} from a file, and writes what came out and
where every module was found to another.
"""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

given = json.loads(Path(sys.argv[1]).read_text())
sys.path[:0] = given["folders"]
handler = importlib.import_module("handler").handler
context = SimpleNamespace(
    function_name="built",
    function_version="$LATEST",
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:built",
    memory_limit_in_mb=1024,
    aws_request_id="00000000-0000-0000-0000-000000000000",
    get_remaining_time_in_millis=lambda: 60_000,
)
try:
    outcome = {"answer": handler(given["event"], context)}
except Exception as error:  # noqa: BLE001 - the test says which error is right
    outcome = {"error": f"{type(error).__name__}: {error}"}
files = {str(module.__file__) for module in sys.modules.values() if getattr(module, "__file__", 0)}
Path(sys.argv[2]).write_text(json.dumps({**outcome, "files": sorted(files)}))
