"""How does a test start `emobench` as processes of its own, and what do they leave behind?"""

import json
import multiprocessing
import os
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pyarrow.parquet as pq
from safetensors import safe_open

from emobench.cli.app import main
from emobench.runs.record_store import read_record

# What a run imports is imported once, by the process that all others are forked from.
IMPORTED = ["pytest", "emobench.cli.app", "emobench.cli.run", "emobench.cli.plan", "emobench.runs.running"]
IMPORTED += ["emobench.backbones.logmel_frames", "emobench.datasets.voice", "emobench.datasets.melody"]
IMPORTED += ["emobench.runs.provenance", "matplotlib.figure", "torchaudio"]
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(IMPORTED)
FAST = ["--device", "cpu", "--threads", "1", "--yes"]
FAST += ["--set", "layerwise.weighted_sum=false", "--set", "layerwise.statements=false", "--set", "probe.c=0.01"]


FEW_TAKES = '''
"""The synthetic pair with {takes} of its five takes of everything."""

from functools import partial

from emobench import Dataset, hookimpl
from emobench.datasets import synthetic

MADE = {{
    "few-spoken": (synthetic.SPEECH, synthetic.speech_takes, synthetic.spoken),
    "few-played": (synthetic.MUSIC, synthetic.music_takes, synthetic.played),
}}


@hookimpl
def emobench_datasets():
    for name, (card, every, sound_of) in MADE.items():
        takes = [take for take in every() if int(take.id[-1]) <= {takes}]
        card = card.model_copy(update={{"name": name, "expected_clips": len(takes)}})
        generate = partial(synthetic._generate, takes=takes, sound_of=sound_of)
        yield Dataset(card, clips=synthetic.clips, generate=generate)
'''


def few_takes(folder, takes):
    """A file that brings `few-spoken` and `few-played`: generated as the pair is, and the sooner the fewer takes."""
    file = folder / "few_takes.py"
    file.write_text(FEW_TAKES.format(takes=takes), "utf-8")
    return file


@dataclass(frozen=True)
class Started:
    """A command in a process of its own; what it says grows in two files."""

    process: ForkServerProcess
    said: Path

    @property
    def returncode(self):
        """As a shell would tell it, negative where a signal ended it; None while it runs."""
        return self.process.exitcode

    def kill(self):
        """End it as the kernel does, wherever it is."""
        self.process.kill()

    def communicate(self):
        """(stdout, stderr), once it has ended."""
        self.process.join()
        return tuple((self.said / name).read_text("utf-8") for name in ("stdout", "stderr"))


def start(home, *arguments):
    """A command, as a process of its own in a home, whose stdout and stderr are kept beside that home."""
    said = Path(tempfile.mkdtemp(prefix="said-", dir=home.parent))
    process = FORKED.Process(target=_command, args=(str(home), said, [str(one) for one in arguments]))
    process.start()
    return Started(process, said)


def _command(home, said, arguments):
    for name, number in (("stdout", 1), ("stderr", 2)):
        os.dup2(os.open(said / name, os.O_WRONLY | os.O_CREAT), number)
    os.environ["EMOBENCH_HOME"] = home
    sys.argv = ["emobench", *arguments]
    main()


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
