"""What happens to a run of a pair when files that trainings left are deleted, damaged, or asked for afterwards?"""

import json
import shutil

import pytest
import torch
from pair_bench import digests, rows
from safetensors.torch import load_file, save_file

from emobench.domain.errors import EmobenchError
from emobench.features.loading import load_backbone
from emobench.peft.saving import load_adapters
from emobench.runs.method_plans import lookup

LOOK = {"folds": (0,)}
HARMS = {
    "flip": lambda content: content[:-5] + bytes([content[-5] ^ 255]) + content[-4:],
    "truncate": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
}


@pytest.fixture
def done(pair, whole):
    """A finished run, of which a test may harm a copy: its trainings by stage and target, and what must not differ."""
    shutil.copytree(whole[0].home, pair.home)
    plan, _ = pair.plan(**LOOK)
    return trainings(plan), digests(whole[1])


def trainings(plan):
    return {(unit.training.stage, unit.training.target): unit for unit in plan.units if unit.training is not None}


def mended(pair, **spec):
    """What a run gives after at most one clear error that asks for the same command again."""
    try:
        return pair.run(**{**LOOK, **spec})
    except EmobenchError as problem:
        remedy = problem.remedy
    assert "again" in remedy
    return pair.run(**{**LOOK, **spec})


def test_lost_weights_of_stage_1_are_learned_again(pair, done):
    """Where a second stage is missing and what it goes on from is gone, both are trained, and nothing else."""
    units, whole = done
    weights = pair.store.weights_path("cross_domain", units["alone", "toy-talk"].key)
    missing = units["two_stage", "toy-song"]
    weights.unlink()
    pair.store.path(missing).unlink()
    assert digests(pair.run(**LOOK)) == whole
    assert pair.trained == [units["alone", "toy-talk"].part, missing.part]


def test_weights_that_nobody_waits_for_are_not_learned_again(pair, done):
    """With all results there, lost weights of stage 1 are no reason to train."""
    units, whole = done
    pair.store.weights_path("cross_domain", units["alone", "toy-talk"].key).unlink()
    assert digests(pair.run(**LOOK)) == whole
    assert pair.trained == []


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("stage", ["alone", "again", "two_stage"])
def test_a_damaged_result_is_never_believed(pair, done, stage, harm):
    """A result with flipped, missing or no bytes is set aside and trained again to the same record."""
    units, whole = done
    victim = pair.store.path(units[stage, "toy-song"])
    victim.write_bytes(HARMS[harm](victim.read_bytes()))
    assert digests(mended(pair)) == whole
    assert pair.trained == [units[stage, "toy-song"].part]
    assert list(victim.parent.glob(f"{victim.name}.damaged-*"))


@pytest.mark.parametrize("harm", [*HARMS, "other"])
def test_damaged_weights_are_never_gone_on_with(pair, done, harm):
    """Weights with flipped, missing or no bytes, or of another size, are learned again before a second stage."""
    units, whole = done
    victim = pair.store.weights_path("cross_domain", units["alone", "toy-talk"].key)
    if harm == "other":
        save_file({name: torch.zeros(3) for name in load_file(victim)}, victim)
    else:
        victim.write_bytes(HARMS[harm](victim.read_bytes()))
    pair.store.path(units["two_stage", "toy-song"]).unlink()
    assert digests(mended(pair)) == whole
    assert set(pair.trained) == {units["alone", "toy-talk"].part, units["two_stage", "toy-song"].part}


def test_adapters_load_again(pair):
    """`train.save_adapters` leaves for every training what it learned, which a fresh backbone takes up."""
    plan, device = pair.plan(**LOOK, options={"train.save_adapters": True})
    pair.run(**LOOK, options={"train.save_adapters": True})
    card = plan.backbones["toy-learner"].card
    offer = pair.catalog.backbone("toy-learner").what
    learned = set()
    for unit in trainings(plan).values():
        folder = pair.store.adapters_path(unit)
        module = load_backbone(offer, plan.backbones["toy-learner"], device)
        assert load_adapters(folder, module, card, lookup(pair.catalog)).name == "lora"
        weights = {name: weight for name, weight in module.named_parameters() if "lora_B" in name}
        assert all(weight.abs().sum() > 0 for weight in weights.values())
        assert load_file(folder / "head.safetensors")["linear.weight"].shape == (3, 12)
        learned.add(json.dumps([weight.tolist() for weight in weights.values()]))
    assert len(learned) >= 4  # a second course may have brought nothing


def test_adapters_asked_for_later_are_learned_later(pair, done):
    """Asked for after a run without, adapters are trained for, and the predictions are those of before."""
    _, whole = done
    path, record = pair.record(**LOOK, options={"train.save_adapters": True})
    assert [record.predictions_digest] == [predictions for _, predictions in whole.values()]
    assert len(pair.trained) == 6
    assert len(list(pair.home.rglob("emobench_adapters.json"))) == 6
    pair.trained.clear()
    pair.run(**LOOK, options={"train.save_adapters": True})
    assert pair.trained == []
    assert rows(record, method="lora", condition="two_stage")
    assert path.is_file()
