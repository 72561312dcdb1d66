"""Do values under the names of flags become the same question, wherever they come from?"""

from pathlib import Path

import pytest

from emobench.api.asking import command_of
from emobench.cli.arguments import run_arguments
from emobench.domain.errors import UsageError
from emobench.domain.spec import RunSpec, make_spec
from emobench.runs.asking import asked_for, read_file, values_of


def test_lists_and_texts_are_the_same():
    """Names and folds as text, list or tuple, and options as texts or values, are one spec."""
    ways = [
        {"backbone": "logmel,level-duration", "folds": "1,0", "set": ["probe.c=0.01"]},
        {"backbone": ["logmel", "level-duration"], "folds": [1, 0], "set": {"probe.c": 0.01}},
        {"backbone": ("logmel", "level-duration"), "folds": (1, 0), "set": {"c": 0.01}},
    ]
    assert len({asked_for(way).spec.model_dump_json() for way in ways}) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"task": "cross_domain"},
        {"task": "cross_domain", "preset": "quick"},
        {"task": "cross_domain", "peft": ("lora",), "folds": (0,), "seeds": 2, "options": {"train.epochs": 3}},
        {"task": "fad_bias", "limit": 3, "precision": "bf16"},
    ],
)
def test_a_spec_that_is_made_stays_as_it_is(asked):
    """What `make_spec` gave is asked for as it stands, methods named or not; keywords win over it."""
    spec = make_spec(**asked)
    assert asked_for({}, spec).spec == spec
    assert asked_for({"limit": 7}, spec).spec == spec.model_copy(update={"limit": 7})


def test_what_nobody_set_is_left_to_the_task():
    """A spec by hand that names a task only asks what the flag alone asks, with the task's own datasets and preset."""
    assert values_of(RunSpec(task="cross_domain")) == {"task": "cross_domain"}
    assert asked_for({}, RunSpec(task="cross_domain")).spec == asked_for({"task": "cross_domain"}).spec


def test_a_flag_wins_over_a_file_and_tables_are_merged(tmp_path):
    """Values of a spec's file are changed by what is given; tables keep what is not."""
    spec = tmp_path / "spec.toml"
    spec.write_text('backbone = "logmel"\nlimit = 3\n[set]\n"probe.c" = 0.1\n[data]\na = "x"\n')
    asked = asked_for({"limit": 5, "set": {"up_to_layer": 1}, "data": {"b": "y"}}, spec)
    assert (asked.spec.limit, asked.spec.backbones) == (5, ("logmel",))
    assert asked.spec.options == {"probe.c": 0.1, "extraction.up_to_layer": 1}
    assert asked.where.data == {"a": Path("x"), "b": Path("y")}
    assert (asked.repeats, read_file(spec)["limit"]) == (None, 3)
    with pytest.raises(UsageError, match="no spec or record at"):
        asked_for({}, tmp_path / "absent.toml")


def test_the_command_that_is_told_asks_the_same(tmp_path):
    """What a record made from Python says as its command, given to the command line, is the same question."""
    flags = {
        "backbone": ["logmel", "level-duration"], "task": "cross_domain", "set": {"train.epochs": 3, "c": [0.1, 1]},
        "data": {"ravdess-speech": tmp_path}, "folds": (0, 2), "seeds": 2, "peft": "lora", "threads": 1,
        "offline": True, "batch_seconds": 2.5, "shard": "1/2", "out": tmp_path, "device": "cpu",
    }  # fmt: skip
    words = command_of(None, flags)
    assert words[0] == "run"
    given: dict = {}
    rest = iter(words[1:])
    for word in rest:
        name = word.removeprefix("--").replace("-", "_")
        value = True if name == "offline" else next(rest)
        if name in ("set", "data"):
            given.setdefault("set_" if name == "set" else name, []).append(value)
        else:
            given[name] = value
    numbers = {name: type(flags[name])(given[name]) for name in ("seeds", "threads", "batch_seconds")}
    told, asked = run_arguments(**{**given, **numbers}), asked_for(flags)
    assert (told.spec, told.where) == (asked.spec, asked.where)
