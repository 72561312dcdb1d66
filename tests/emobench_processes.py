"""How does a test start `emobench` as processes of its own, and what do they leave behind?"""

import json
import os
import re
import subprocess
import sys
from collections import Counter

import pyarrow.parquet as pq
from safetensors import safe_open

from emobench.runs.record_store import read_record

PROGRAM = "from emobench.cli.app import main; main()"
FAST = ["--device", "cpu", "--threads", "1", "--yes"]
FAST += ["--set", "layerwise.weighted_sum=false", "--set", "layerwise.statements=false", "--set", "probe.c=0.01"]


def start(home, *arguments):
    """A process whose stdout and stderr are kept."""
    env = {**os.environ, "EMOBENCH_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def home_with(data, folder):
    """An empty home whose generated datasets lie in ``data``."""
    folder.mkdir(parents=True)
    (folder / "data").symlink_to(data)
    return folder


def records_in(out):
    """What must not differ of the records below a folder: found, and the digest of predictions, by place."""
    found = {}
    for path in sorted(out.rglob("*.json")):
        if path.parent.parent.parent == out:
            record = read_record(path)
            found[str(path.relative_to(out))] = (record.found_digest, record.predictions_digest)
    return found


def finished(logs, kind):
    """How often each piece of work of a kind was finished, by key, in several log files."""
    lines = "\n".join(log.read_text("utf-8") for log in logs)
    return Counter(re.findall(rf"\bfinished {kind} (\w+)", lines))


def unreadable(*folders):
    """Result files that cannot be read, or were set aside as damaged."""
    found = []
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        if ".damaged-" in path.name:
            found.append(path)
        elif path.name.startswith(".tmp-"):
            continue
        try:
            if path.suffix == ".safetensors":
                with safe_open(path, framework="np") as file:
                    assert [file.get_tensor(name) for name in file.keys()]  # noqa: SIM118 - not a mapping
            elif path.suffix == ".json":
                json.loads(path.read_bytes())
            elif path.suffix == ".parquet":
                pq.read_table(path)
        except Exception:  # noqa: BLE001 - whatever it is, the file cannot be read
            found.append(path)
    return found
