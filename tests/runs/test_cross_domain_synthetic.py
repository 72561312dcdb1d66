"""Does the command line find, on the synthetic pair, what the generator put there?"""

import hashlib
import json
from pathlib import Path

import pytest
from synthetic_cli import assert_told

CHANCE = 1 / 6
PAIR = ("synthetic-speech", "synthetic-music")
RUN = ["--task", "cross_domain", "--backbone", "hubert-tiny-random", "--dataset", ",".join(PAIR)]
RUN += ["--device", "cpu", "--threads", "1"]
PLUGIN = '''
"""What does a stranger train? Shifts behind the feed-forwards."""

from pydantic import Field

from emobench import PeftCard, PeftMethod, hookimpl
from emobench.domain.frozen import Frozen

CARD = PeftCard(name="shift", title="Shifts behind the feed-forwards", paper="https://example.org/s", licence="MIT")


class ShiftOptions(Frozen):
    spread: float = Field(default=1.0, gt=0)


def apply(backbone, card, options):
    import torch

    for name, module in list(backbone.named_modules()):
        if name.endswith("output_dense"):
            module.register_parameter("shift", torch.nn.Parameter(torch.zeros(module.out_features)))
            module.register_forward_hook(lambda linear, _, states: states + options.spread * linear.shift)


@hookimpl
def emobench_peft_methods():
    yield PeftMethod(CARD, apply, ShiftOptions)
'''


def row(record, **fields):
    """The one score row with these fields."""
    fields = {"method": "frozen", "layer": None, "fold": None, "seed": None, "class": None, **fields}
    (found,) = (score for score in record["found"]["scores"] if fields.items() <= score.items())
    return found


def test_emotion_crosses_from_speech_to_music_and_back(emobench):
    """Heads on frozen layers transfer above chance both ways; anger, the extreme of every cue, is told best."""
    code, out, err = emobench("run", *RUN, "--peft", "frozen,weighted_sum", "--json")
    assert code == 0, err
    records = {record["asked"]["backbone"]: record for record in json.loads(out)}
    assert records.keys() == {"hubert-tiny-random", "level-duration"}
    record = records["hubert-tiny-random"]
    assert record["used"]["pair"]["common_people"] == 0
    for target in PAIR:
        for condition in ("direct", "direct_aligned", "two_stage", "target_only"):
            assert row(record, condition=condition, target=target, metric="uar")["low"] > CHANCE
        aligned = row(record, condition="direct_aligned", target=target, metric="uar")
        assert aligned["value"] > row(record, condition="direct", target=target, metric="uar")["value"]
        for condition, least in (("direct", 2), ("two_stage", 3)):
            angry = row(record, condition=condition, target=target, metric="recall", **{"class": "angry"})
            assert angry["value"] > least * CHANCE
    assert set(records["level-duration"]["used"]["left_out"]) == {"weighted_sum"}


def test_a_strangers_method_beside_the_four(emobench, tmp_path):
    """A method of a file is trained beside those of the preset, with its option and digest in a record that repeats."""
    file = tmp_path / "shift.py"
    file.write_text(PLUGIN, "utf-8")
    small = ["--folds", "0", "--seeds", "1", "--limit", "12", "--set", "train.epochs=1", "--set", "lora.rank=4"]
    peft = ["--peft", "frozen,weighted_sum,lora,bottleneck,shift", "--plugin", str(file), "--set", "shift.spread=2"]
    code, out, err = emobench("run", *RUN, *small, *peft)
    assert code == 0, err
    assert "- shift" in out
    path = next(line for line in out.splitlines() if "hubert-tiny-random" in line and line.endswith(".json"))
    record = json.loads(Path(path).read_text("utf-8"))
    used = record["used"]["methods"]
    assert used.keys() == {"frozen", "weighted_sum", "lora", "bottleneck", "shift"}
    assert used["shift"]["options"] == {"shift": {"spread": 2.0}}
    assert used["shift"]["plugins"] == {"shift": hashlib.sha256(file.read_bytes()).hexdigest()}
    assert used["shift"]["trainable"] == 4 * 64 + 65 * 6
    assert record["spent"]["training"]["shift"]["trainings"] == 6
    assert str(tmp_path) not in json.dumps(record)
    code, out, err = emobench("run", path, "--plugin", str(file), "--threads", "1", "--device", "cpu", "--json")
    assert code == 0, err
    assert record["key"] in [again["key"] for again in json.loads(out)]
    code, _, err = emobench("run", path, "--device", "cpu")
    assert code == 2
    assert "no peft method named 'shift'" in err


@pytest.mark.parametrize(
    ("more", "code", "hint"),
    [
        (["--preset", "quik"], 2, "Did you mean 'quick'?"),
        (["--peft", "lora+dora"], 2, "dora"),
        (["--peft", "lora", "--set", "lora.rnak=4"], 2, "Did you mean 'rank'?"),
        (["--peft", "frozen", "--set", "lora.rank=4"], 2, "changes nothing here"),
        (["--set", "layerwise.weighted_sum=false"], 2, "changes nothing here"),
        (["--set", 'cross_domain.labels={"synthetic-musik": {"calm": "calm"}}'], 2, "Did you mean 'synthetic-music'?"),
        (["--set", 'cross_domain.labels={"synthetic-music": {"clam": "calm"}}'], 2, "Did you mean 'calm'?"),
        (["--dataset", "synthetic-music"], 2, "takes a pair of datasets"),
        (["--dataset", "synthetic-music,synthetic-music"], 2, "takes a pair of datasets"),
        (["--backbone", "level-duration", "--peft", "lora"], 2, "not differentiable"),
        (["--peft", "lora", "--set", "lora.rank=999"], 2, "999"),
        (["--limit", "1"], 3, "take a larger --limit"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_end_with_their_code_and_without_a_traceback(emobench, more, code, hint):
    """What does not fit is said on stderr with the exit code of its kind; a flag given twice counts the last time."""
    assert_told(emobench("plan", *RUN, *more), code, hint)
