"""Does `emobench.run` give what the command line gives, and leave nothing else behind?"""

import asyncio
import json
import sys
import threading
import time
import tomllib
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

import emobench


def sealed(path):
    """What identifies a record and its findings, read naively."""
    data = json.loads(Path(path).read_text())
    return data["key"], data["found_digest"], data["predictions_digest"]


def test_the_same_record_as_by_the_command_line(command, toys, toy_flags, place, monkeypatch):
    """Flags and keywords give the same key and the same digests of findings and predictions, each in its own home."""
    record = emobench.run(backbone="toy-model", **toys, out="by-api")
    monkeypatch.setenv("EMOBENCH_HOME", str(place / "another-home"))
    code, out, _ = command("run", "--backbone", "toy-model", *toy_flags, "--out", "by-command")
    paths = [line for line in out.splitlines() if line.endswith(".json")]
    assert code == 0
    assert sealed(record.path) in [sealed(path) for path in paths]
    stored = [sorted(path.relative_to(out) for path in Path(out).glob("*/*/*")) for out in ("by-api", "by-command")]
    assert stored[0] == stored[1]
    assert len(paths) == sum(path.suffix == ".json" for path in stored[0])


def test_every_way_to_put_a_question_is_the_same(toys):
    """Keywords, a TOML file by text or path, a RunSpec, and a record's own file give one record."""
    first = emobench.run(backbone="toy-model", **toys)
    (place := Path("spec.toml")).write_text(
        'backbone = "toy-model"\ndataset = "toy-corpus"\nplugin = "toys.py"\nthreads = 1\n'
        f'[data]\ntoy-corpus = "{toys["data"]["toy-corpus"]}"\n[set]\n"probe.c" = 0.01\nlayerwise.statements = false\n'
    )
    assert tomllib.loads(place.read_text())["threads"] == 1
    where = {name: toys[name] for name in ("plugins", "data", "threads")}
    spec = emobench.RunSpec(backbones=("toy-model",), datasets=("toy-corpus",), options=toys["set"])
    ways = [
        emobench.run("spec.toml"),
        emobench.run(place),
        emobench.run(spec, **where),
        emobench.run(first.path, **where),
        emobench.run(spec=str(first.path), **where),
    ]
    assert {sealed(record.path) for record in ways} == {sealed(first.path)}
    assert emobench.run("spec.toml", set={"probe.c": 0.1}).key != first.key


def test_a_record_that_was_changed_is_not_repeated(toys):
    """What a record asks is taken from it as it was sealed only."""
    record = emobench.run(backbone="toy-model", **toys)
    changed = Path("changed.json")
    changed.write_text(record.path.read_text().replace('"precision":"fp32"', '"precision":"bf16"'))
    with pytest.raises(emobench.DataError, match="was changed"):
        emobench.run(changed, plugins="toys.py")


def test_several_records(toys):
    """A question of two backbones is refused by `run`, before anything is computed, and answered by `run_all`."""
    with pytest.raises(emobench.UsageError, match="2 records answer this") as caught:
        emobench.run(backbone=["toy-model", "level-duration"], **toys)
    assert "emobench.run_all" in str(caught.value)
    assert not Path("runs").exists()
    found = emobench.run_all(backbone=("toy-model", "level-duration"), **toys)
    assert [record.asked["backbone"] for record in found] == ["toy-model", "level-duration"]
    two = {**toys, "set": {"layerwise.attributes": ["emotion", "arousal"]}}
    with pytest.raises(emobench.UsageError, match="2 records answer this"):
        emobench.run(backbone="toy-model", **two)


def test_a_slice_that_finds_work_left_has_no_record(toys):
    """The first slice says that the record follows, and `run_all` of it gives none; the last slice gives it."""
    with pytest.raises(emobench.EmobenchError, match=r"there is no record yet: \d+ units are left"):
        emobench.run(backbone="toy-model", **toys, shard="1/2")
    assert emobench.run_all(backbone="toy-model", **toys, shard="1/2") == ()
    assert emobench.run(backbone="toy-model", **toys, shard="2/2").headline.metric == "uar"


@pytest.mark.parametrize(
    ("typo", "meant"), [("datset", "dataset"), ("plugin", "plugins"), ("progres", "progress"), ("seed", "seeds")]
)
def test_a_typo_in_a_keyword_gets_a_near_miss(typo, meant):
    """A keyword that does not exist is wrong usage, and the nearest one is named, by all three functions."""
    for ask in (emobench.run, emobench.run_all, emobench.plan):
        with pytest.raises(emobench.UsageError, match=rf"no argument named '{typo}'\. Did you mean '{meant}'\?"):
            ask(backbone="logmel", **{typo: "x"})


def test_nothing_is_printed_unless_wished(toys, capfd):
    """A run is silent; with progress it says on stderr, and there only, which stages begin."""
    emobench.run(backbone="toy-model", **toys)
    assert capfd.readouterr() == ("", "")
    emobench.run(backbone="toy-model", **toys, limit=30, progress=True)
    out, err = capfd.readouterr()
    assert (out, "toy-model hears toy-corpus: 81 clips\n" in err or "probes: " in err) == ("", True)


def test_the_process_is_left_as_it_was(toys):
    """Threads of torch, filters of warnings, random numbers, determinism and the main module are those of before."""

    def state():
        return (
            torch.get_num_threads(), torch.get_rng_state().tolist(), torch.are_deterministic_algorithms_enabled(),
            torch.get_float32_matmul_precision(), torch.get_default_dtype(), list(warnings.filters), sys.argv,
            sys.modules["__main__"],
        )  # fmt: skip

    before = state()
    emobench.run(backbone="toy-model", **{**toys, "threads": torch.get_num_threads() + 1})
    assert state() == before
    with pytest.raises(emobench.UsageError):
        emobench.run(backbone="toy-model", **{**toys, "threads": torch.get_num_threads() + 1}, folds=9)
    assert state() == before


def test_inside_a_running_loop(toys):
    """A notebook's loop is running already: neither a run nor a plan minds."""

    async def cell():
        return emobench.run(backbone="toy-model", **toys), emobench.plan(backbone="toy-model", **toys)

    record, plan = asyncio.run(cell())
    assert (record.asked["backbone"], plan.task) == ("toy-model", "layerwise")


def test_a_record_says_the_command_and_no_path(toys, corpus, command):
    """What stands in a record is the command that asks the same, with every path left out."""
    told = json.loads(emobench.run(backbone="toy-model", **toys, offline=True, folds=[0, 1]).path.read_text())["where"]
    assert told["command"] == (
        "emobench run --backbone toy-model --dataset toy-corpus --folds 0,1 --set probe.c=0.01 "
        "--set layerwise.statements=false --data toy-corpus=<path> --plugin <path> --threads 1 --offline"
    )


def test_what_fails_is_raised_when_the_rest_is_written(toys, command, toy_flags):
    """A model that fails raises what the command line tells, and the control's record is complete."""
    text = Path("toys.py").read_text().replace("yield toy_backbone()", "yield toy_backbone(heard=lambda _: 1 / 0)")
    Path("toys.py").write_text(text)
    with pytest.raises(emobench.EmobenchError, match="ZeroDivisionError") as caught:
        emobench.run(backbone="toy-model", **toys)
    assert [record.asked["backbone"] for record in emobench.read_records("runs")] == ["level-duration"]
    code, _, err = command("run", "--backbone", "toy-model", *toy_flags)
    assert code == caught.value.exit_code
    assert err.endswith(f"error: {caught.value}\n")


def test_threads_wait_for_each_other(toys, monkeypatch):
    """Runs that are asked for in several threads wait for each other: random numbers are the process's."""
    inside, most, lock = [], [], threading.Lock()

    def counted(*_arguments):
        with lock:
            inside.append(1)
            most.append(len(inside))
        time.sleep(0.05)
        with lock:
            inside.pop()
        raise emobench.DataError("seen")

    monkeypatch.setattr("emobench.runs.running.prepare", counted)
    before = (list(warnings.filters), torch.get_num_threads())

    def ask(_):
        with pytest.raises(emobench.DataError, match="seen"):
            emobench.plan(backbone="toy-model", **toys)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(ask, range(4)))
    assert most == [1, 1, 1, 1]
    assert (list(warnings.filters), torch.get_num_threads()) == before


def test_a_control_never_stands_for_the_model(toys, monkeypatch):
    """Where only the control that comes along is done, there is no record yet; that of the control is not given."""
    control = next(one for one in emobench.run_all(backbone="toy-model", **toys) if "level" in one.asked["backbone"])
    monkeypatch.setattr("emobench.api.running._measured", lambda *_: ((control,), ("level-duration",), 3))
    with pytest.raises(emobench.EmobenchError, match="there is no record yet: 3 units are left"):
        emobench.run(backbone="toy-model", **toys)
