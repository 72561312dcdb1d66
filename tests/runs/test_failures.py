"""When one piece of work fails, does the rest go on, and does the end name what failed and how to go on?"""

import logging
import shutil
from dataclasses import replace

import numpy as np
import pytest
from pair_bench import digests

from emobench.domain.errors import DataError, EmobenchError, StorageError
from emobench.domain.progress import Silent
from emobench.runs import planning, training_files, units_stage
from emobench.runs.failures import MOST_NAMES, Failure, Failures, summed_up, unforeseen
from emobench.runs.running import carry_out
from emobench.testing.toys import MODEL, ToyModel, toy_backbone, toy_catalog

TWO = ("toy-broken", "toy-model")


@pytest.fixture
def layer_fails(monkeypatch):
    """Makes the unit of layer 0 raise what is given."""
    real = units_stage.run_unit

    def fail_with(problem):
        def failing(plan, unit, work):
            if unit.part == "layer:0":
                raise problem
            return real(plan, unit, work)

        monkeypatch.setattr(units_stage, "run_unit", failing)

    return fail_with


def broken(answer, name="toy-broken"):
    """A toy backbone under another name whose every answer is an exception."""

    class Broken(ToyModel):
        def forward(self, audio):
            answer(len(audio.lengths))
            return super().forward(audio)

    card = MODEL.model_copy(update={"name": name})
    return replace(toy_backbone(card=card), load=lambda card, files: Broken(lambda _: None))


def ended(bench, **spec):
    """What a run left behind, failures and all, without raising."""
    plan, device = bench.plan(**spec)
    env = {"EMOBENCH_HOME": str(bench.home)}
    return carry_out(plan, device, bench.where(), bench.catalog, Silent(), ["run"], env)


def parts(bench):
    return len(list((bench.home / "units").rglob("*.safetensors")))


def test_a_unit_that_raises_is_named_and_the_others_are_kept(bench, layer_fails, caplog):
    """One failed unit of several: its name, type, text and place are told, no record; then only it is run again."""
    layer_fails(ValueError("boo"))
    with caplog.at_level(logging.DEBUG), pytest.raises(EmobenchError) as caught:
        bench.run()
    text = str(caught.value)
    assert caught.value.exit_code == 1
    assert "toy-model, toy-corpus, emotion, layer:0: it failed in a way that nobody foresaw" in text
    assert "ValueError: boo (test_failures.py, line " in text
    assert "Run the same command again" in text
    done = parts(bench)
    assert f"{done} of {done + 1} units are finished" in text
    assert isinstance(caught.value.__cause__.__cause__, ValueError), "--debug shows where it came from"
    assert not list(bench.out.rglob("*.json"))
    told = [line.getMessage() for line in caplog.records]
    assert sum(line.startswith("begin unit ") for line in told) == done + 1
    assert sum(line.startswith("finished unit ") for line in told) == done
    assert sum(line.startswith("failed unit ") for line in told) == 1


def test_only_what_failed_is_run_again(bench, layer_fails, monkeypatch):
    """Once the fault is mended, the same command runs the failed unit alone, and finds what it always finds."""
    layer_fails(ValueError("boo"))
    with pytest.raises(EmobenchError):
        bench.run()
    kept = {path: path.stat().st_mtime_ns for path in (bench.home / "units").rglob("*.safetensors")}
    monkeypatch.undo()
    again = bench.run()
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert parts(bench) == len(kept) + 1
    bench.home, bench.out = bench.home.with_name("other"), bench.out.with_name("other-out")
    assert digests(bench.run()) == digests(again)


def test_a_code_of_its_own_is_kept(bench, layer_fails):
    """When all that failed is missing data, the run ends with the code of missing data."""
    layer_fails(DataError("the labels are gone."))
    with pytest.raises(DataError, match="layer:0: the labels are gone") as caught:
        bench.run()
    assert caught.value.exit_code == 3


def test_a_disk_that_fails_ends_the_run_at_once(bench, layer_fails):
    """A full disk is no failure of one unit: nothing is tried after it."""
    layer_fails(StorageError("the disk is full."))
    with pytest.raises(StorageError, match="the disk is full"):
        bench.run()
    assert parts(bench) == 0


def test_other_backbones_go_on(bench):
    """A backbone that fails on every clip costs its own records only; what is complete is recorded."""

    def fail(_):
        raise ZeroDivisionError("deep inside")

    bench.catalog = toy_catalog(broken(fail), toy_backbone())
    result = ended(bench, backbones=TWO)
    assert [record.asked["backbone"] for _, record in result.records] == ["toy-model"]
    assert result.open_units == 0
    error = summed_up(result.failures, 1, 2)
    assert str(error).startswith("toy-broken hears toy-corpus: backbone 'toy-broken' fails")
    assert "ZeroDivisionError: deep inside" in error.found
    assert "not run because of it: toy-broken, toy-corpus, emotion, layer:0; toy-broken" in error.found


def test_a_clip_that_breaks_a_model_costs_its_shard(bench, monkeypatch):
    """A model that fails once keeps what the other shards gave; the next run hears the rest only."""
    monkeypatch.setattr(planning, "SHARD_CLIPS", 20)
    calls = []

    def once(size):
        calls.append(size)
        if len(calls) == 1:
            raise ZeroDivisionError

    bench.catalog = toy_catalog(broken(once, "toy-model"))
    with pytest.raises(EmobenchError, match="fails on a batch"):
        bench.run()
    stored = len(list((bench.home / "features").rglob("*.safetensors")))
    assert stored >= 1
    before = sum(calls)
    bench.run()
    assert len(list((bench.home / "features").rglob("*.safetensors"))) > stored
    assert sum(calls) - before < 108


def test_a_model_that_cannot_be_loaded_is_loaded_once(bench):
    """Loading fails once for all shards, datasets and units, and is told once."""
    loads = []

    def load(card, files):
        loads.append(card.name)
        raise RuntimeError("no such op")

    card = MODEL.model_copy(update={"name": "toy-broken"})
    bench.catalog = toy_catalog(replace(toy_backbone(card=card), load=load), toy_backbone())
    result = ended(bench, backbones=TWO)
    assert loads == ["toy-broken"]
    assert len(result.records) == 1
    text = str(summed_up(result.failures, 1, 2))
    assert text.count("fails to load it") == 1
    assert "RuntimeError: no such op" in text


def test_damage_that_shows_in_the_middle_is_mended_in_the_same_run(bench, layer_fails, monkeypatch):
    """A shard that is damaged after it was checked: the run computes it again by itself and finds the same."""
    whole = digests(bench.run())
    shutil.rmtree(bench.out)
    shutil.rmtree(bench.home / "units")
    victim = min((bench.home / "features").rglob("*.safetensors"))
    real, harmed = units_stage.run_unit, []

    def harming(plan, unit, work):
        if not harmed:
            harmed.append(victim)
            victim.write_bytes(b"junk")
        return real(plan, unit, work)

    monkeypatch.setattr(units_stage, "run_unit", harming)
    assert digests(bench.run()) == whole
    assert victim.with_name(f"{victim.name}.damaged-1").is_file()


def test_what_goes_on_from_a_failed_training_is_not_run(pair, monkeypatch):
    """Trainings whose first stage failed are named as not run; those of the other direction are done."""
    real = training_files.run_training

    def failing(plan, unit, *rest):
        if unit.training.stage == "alone" and unit.training.target == "toy-talk":
            raise ValueError("boo")
        return real(plan, unit, *rest)

    monkeypatch.setattr(training_files, "run_training", failing)
    with pytest.raises(EmobenchError) as caught:
        pair.run(folds=(0,), peft=("lora",))
    assert "ValueError: boo" in caught.value.found
    assert "not run because of it: toy-learner, lora" in caught.value.found
    assert len([part for part in pair.trained if "toy-song" in part]) >= 2
    monkeypatch.undo()
    pair.trained.clear()
    assert len(pair.run(folds=(0,), peft=("lora",)).records) == 1
    assert 0 < len(pair.trained) < 6


def failures(count, problem):
    return [Failure(f"unit {number}", problem(number)) for number in range(count)]


def test_many_failures_are_told_in_few_lines():
    """A hundred units with one reason: the reason once, twenty names, and how many more."""
    told = str(summed_up(failures(100, lambda _: EmobenchError("boo.", found="here", remedy="mend it")), 5, 105))
    assert told.startswith("unit 0: boo.")
    assert told.count("boo.") == told.count("mend it") == 1
    assert f"unit {MOST_NAMES}; and {99 - MOST_NAMES} more" in told
    assert "5 of 105 units are finished" in told


def test_different_reasons_stand_apart():
    """Every reason is told with its own units, and mixed codes become 1."""
    told = summed_up(failures(2, lambda number: (DataError, EmobenchError)[number](f"reason {number}.")), 0, 2)
    assert told.exit_code == 1
    assert "unit 0: reason 0." in told.found
    assert "unit 1: reason 1." in told.found
    many = summed_up(failures(50, lambda number: DataError(f"reason {number}.")), 0, 50)
    assert many.exit_code == 3
    assert "reason 19." in many.found
    assert "reason 20." not in many.found
    assert "and 30 more" in many.found


def test_an_interrupt_is_no_failure():
    """Ctrl-C goes through; strict collectors raise everything."""
    with pytest.raises(KeyboardInterrupt), Failures().of("key", "name"):
        raise KeyboardInterrupt
    with pytest.raises(ValueError, match="boo"), Failures(strict=True).of("key", "name"):
        raise ValueError("boo")


def test_what_nobody_foresaw_is_told_with_its_line():
    """A mistake in a program has no traceback, but its type, text, file and line."""
    try:
        np.zeros(3).reshape(2)
    except ValueError as problem:
        told = unforeseen(problem)
    assert "ValueError: cannot reshape" in told.found
    assert "test_failures.py, line " in told.found
