"""Is every mistake in a run of a pair told in words, with its exit code, and before anything is lost?"""

from dataclasses import replace

import bad_peft_methods as bad
import pytest
import torch
from pair_bench import DATASETS, digests
from pydantic import Field
from torch import nn

from emobench.catalog.contracts import Dataset, PeftMethod
from emobench.catalog.discovery import PluginModule
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Attribute, PeftCard
from emobench.domain.errors import DataError, EmobenchError, UsageError
from emobench.domain.frozen import Frozen
from emobench.testing.toy_pair import LEARNER, SONG, TALK, pair_clips, toy_learner, toy_pair_catalog

LOOK = {"folds": (0,), "peft": ("lora",)}


def told(caught, code, *hints):
    """An error with its exit code, and what it says."""
    assert caught.value.exit_code == code
    assert all(hint in str(caught.value) for hint in hints), str(caught.value)


@pytest.mark.parametrize(
    ("spec", "code", "hint"),
    [
        ({"datasets": ("toy-talk",)}, 2, "takes a pair of datasets"),
        ({"datasets": ("toy-talk", "toy-talk")}, 2, "takes a pair of datasets"),
        ({"datasets": (*DATASETS, "toy-third")}, 2, "takes a pair of datasets"),
        ({"datasets": ("toy-talk", "toy-sing")}, 2, "Did you mean 'toy-song'?"),
        ({"preset": "quik"}, 2, "Did you mean 'quick'?"),
        ({"peft": ("lroa",)}, 2, "Did you mean 'lora'?"),
        ({"peft": ("lora+dora",)}, 2, "dora"),
        ({"peft": ("frozen+lora",)}, 2, "frozen"),
        ({"folds": (3,)}, 2, "Its folds are 0 to 2."),
        ({"options": {"lora.rank": 999}}, 2, "999"),
        ({"options": {"lora.rnak": 4}}, 2, "Did you mean 'rank'?"),
        ({"options": {"dora.rank": 4}}, 2, "'dora.rank' changes nothing here"),
        ({"options": {"layerwise.weighted_sum": False}}, 2, "'layerwise.weighted_sum' changes nothing here"),
        ({"options": {"train.fraction": [0.5, 2]}}, 2, "fractions lie above 0"),
        ({"options": {"cross_domain.also": ["jiont"]}}, 2, "jiont"),
        ({"options": {"cross_domain.attribute": "emotions"}}, 2, "Did you mean 'emotion'"),
        ({"options": {"cross_domain.labels": {"toy-sing": {"relaxed": "calm"}}}}, 2, "Did you mean 'toy-song'?"),
        ({"options": {"cross_domain.labels": {"toy-song": {"relaxd": "calm"}}}}, 2, "Did you mean 'relaxed'?"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused_when_planned(pair, spec, code, hint):
    """A name, number or option that does not fit is refused with a near miss or the reason, before any training."""
    third = Dataset(SONG.model_copy(update={"name": "toy-third", "people": "others"}), clips=pair_clips)
    pair.catalog = toy_pair_catalog(datasets=[third])
    with pytest.raises(EmobenchError) as caught:
        pair.plan(**spec)
    told(caught, code, hint)
    assert pair.trained == []


def test_no_shared_emotions(pair):
    """Two datasets without two common labels are refused, with both lists and how to say which are the same."""
    space = (Attribute(name="emotion", classes=("relaxed", "awed", "tender")),)
    song = Dataset(SONG.model_copy(update={"attributes": space}), clips=pair_clips)
    pair.catalog = toy_pair_catalog(datasets=[song])
    with pytest.raises(DataError) as caught:
        pair.plan()
    told(caught, 3, "share fewer than two labels", "calm, angry, happy", "relaxed, awed, tender", "cross_domain.labels")


def test_a_class_that_cannot_be_learned(pair):
    """A class that only the tested and the choosing people have is named with its dataset's part."""
    rare = {"p0", "p3"}  # who are in one fold

    def clips(root):
        return [c for c in pair_clips(root) if c.labels["emotion"] != "happy" or c.group in rare]

    kept = len(clips(pair.corpora / "toy-talk"))
    talk = Dataset(TALK.model_copy(update={"expected_clips": kept}), clips=clips)
    pair.catalog = toy_pair_catalog(datasets=[talk])
    with pytest.raises(DataError) as caught:
        pair.plan()
    told(caught, 3, "happy", "training without folds")


def not_differentiable():
    return toy_pair_catalog(toy_learner(card=LEARNER.model_copy(update={"differentiable": False})))


def test_a_method_by_name_on_a_model_that_cannot_learn(pair):
    """Asked for by name, a method that trains is refused for a model that is not differentiable."""
    pair.catalog = not_differentiable()
    with pytest.raises(UsageError) as caught:
        pair.plan()
    told(caught, 2, "'lora' trains the backbone", "--peft frozen or weighted_sum")


def test_a_preset_leaves_out_what_does_not_fit(pair):
    """In the default preset the methods that do not fit are left out, said, and named with the reason in the record."""
    pair.catalog = not_differentiable()
    _, record = pair.record(peft=None, preset="quick")
    assert set(record.used["methods"]) == {"frozen", "weighted_sum"}
    assert set(record.used["left_out"]) == {"lora", "bottleneck"}
    assert "not differentiable" in record.used["left_out"]["lora"]
    assert [line for line in pair.progress.lines if line.startswith("left out: lora with toy-learner")]
    assert pair.trained == []


def test_an_option_for_a_method_that_fits_nothing(pair):
    """In the default preset, too, a method is refused where somebody set its option and no backbone takes it."""
    with pytest.raises(UsageError) as caught:
        pair.plan(peft=None, preset="quick", options={"lora.rank": 999})
    told(caught, 2, "lora.rank = 999")


def test_places_that_match_nothing(pair):
    """A card that names places which its module does not have is wrong, and found before any training."""
    adapt = LEARNER.adapt.model_copy(update={"attention": ("blocks.*.glance",)})
    pair.catalog = toy_pair_catalog(toy_learner(card=LEARNER.model_copy(update={"adapt": adapt})))
    with pytest.raises(DataError) as caught:
        pair.plan()
    told(caught, 3, "blocks.*.glance", "'toy-learner'")


def failing_in_training(problem, most=4):
    """The toy learner, which raises in training for more than ``most`` clips."""

    def heard(state):
        if torch.is_grad_enabled() and len(state) > most:
            raise problem

    return toy_pair_catalog(toy_learner(heard))


def test_memory_that_is_too_small_names_a_batch(pair):
    """Where eight clips do not fit, the error names the training and the batch that fits; with it, the run goes on."""
    pair.catalog = failing_in_training(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(EmobenchError) as caught:
        pair.run(**LOOK)
    told(caught, 1, "toy-learner, lora, fold 0, seed 0: toy-talk: memory is too small", "--set train.batch=4")
    assert len(pair.run(**LOOK, options={"train.batch": 4}).records) == 1


def test_a_model_that_fails_in_training_is_told(pair):
    """What a model raises in training is told with the training's name, and nothing of it counts as done."""
    pair.catalog = failing_in_training(ValueError("no more than four"))
    with pytest.raises(EmobenchError) as caught:
        pair.run(**LOOK)
    told(caught, 1, "lora, fold 0, seed 0: toy-talk: the model fails in training", "no more than four")
    assert not list((pair.home / "units").rglob("*.safetensors"))


def test_a_loss_that_is_no_number(pair, whole):
    """A gradient that becomes NaN ends the run with the training's name and the rate to lower; then it goes on."""
    calls = []

    def heard(state):
        calls.append(len(state))
        if torch.is_grad_enabled() and len(calls) > 40:
            state.fill_(float("nan"))

    pair.catalog = toy_pair_catalog(toy_learner(heard))
    with pytest.raises(EmobenchError) as caught:
        pair.run(folds=(0,))
    told(caught, 1, "toy-learner, lora, fold 0, seed 0", "is not a number: epoch", "train.learning_rate")
    pair.catalog = toy_pair_catalog()
    assert digests(pair.run(folds=(0,))) == digests(whole[1])


class StrangeOptions(Frozen):
    depth: int = Field(default=1, ge=1)


def strange(apply):
    """A catalog with a stranger's method."""

    class Plugin:
        @hookimpl
        def emobench_peft_methods(self):
            card = PeftCard(name="strange", title="What strangers do", paper="https://example.org/strange")
            yield PeftMethod(card, apply, StrangeOptions)

    return toy_pair_catalog(more=[PluginModule("strange.py", Plugin(), "file:0123", "0123")])


class Beside(nn.Module):
    """A Linear with a learned shift beside it; ``moves`` its own frozen weight in every pass."""

    def __init__(self, base, moves):
        super().__init__()
        self.base, self.moves, self.shift = base, moves, nn.Parameter(torch.zeros(base.out_features))

    def forward(self, hidden):
        if self.moves:
            self.base.bias.data.add_(1e-4)
        return self.base(hidden) + self.shift


def beside(*, moves):
    def apply(backbone, card, options):
        for block in backbone.blocks:
            block.look = Beside(block.look, moves)

    return apply


def freeze(backbone, card, options):
    backbone.requires_grad_(requires_grad=False)


@pytest.mark.parametrize(
    ("apply", "hints"),
    [
        (bad.fail, ("'strange'", "ZeroDivisionError")),
        (freeze, ("'strange'",)),
        (beside(moves=True), ("strange, fold 0, seed 0", "moved what does not learn", "blocks.0.look.base.bias")),
    ],
    ids=["raises", "leaves everything frozen", "moves frozen weights"],
)
def test_a_strangers_method_that_misbehaves_is_named(pair, apply, hints):
    """A method that raises, lets nothing learn or moves what is frozen ends the run with its name."""
    pair.catalog = strange(apply)
    with pytest.raises(EmobenchError) as caught:
        pair.run(folds=(0,), peft=("strange",))
    told(caught, caught.value.exit_code, *hints)
    assert caught.value.exit_code in (1, 2)


def test_a_strangers_method_that_behaves_is_measured(pair):
    """Another option trains anew, and options and the file's digest stand in the record."""
    pair.catalog = strange(beside(moves=False))
    _, one = pair.record(folds=(0,), peft=("strange",))
    _, other = pair.record(folds=(0,), peft=("strange",), options={"strange.depth": 2})
    assert len(pair.trained) == 12
    assert one.key != other.key
    assert other.used["methods"]["strange"]["options"] == {"strange": {"depth": 2}}
    assert other.asked["options"]["strange"] == {"depth": 2}
    assert other.used["methods"]["strange"]["plugins"] == {"strange": "0123"}
    owner = pair.catalog.peft_method("strange").owner.distribution
    assert other.where["distributions"]["peft:strange"] == owner
    assert other.where["distributions"].keys() == {"backbone", "toy-talk", "toy-song", "peft:strange"}
    assert replace(pair).plan(folds=(0,), peft=("strange",))[0].the_pair.methods["strange"].plugins
