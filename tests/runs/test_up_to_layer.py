"""Is a run that wants the first layers only the same as the whole run, as far as it goes?"""

from dataclasses import replace

import pytest
from torch import nn

from emobench.catalog.contracts import FrameFeatures
from emobench.domain.errors import UsageError
from emobench.testing.toys import ToyModel, toy_backbone, toy_catalog

FIRST = {"extraction.up_to_layer": 0}


class Stopping(nn.Module):
    """A toy model that can stop early; ``told`` hears how many layers to keep, ``gave`` how many it gave."""

    def __init__(self, told, gave):
        super().__init__()
        self.whole, self.kept, self.told, self.gave = ToyModel(lambda _: None), 2, told, gave

    def keep_layers(self, count):
        self.told.append(count)
        self.kept = count

    def forward(self, audio):
        features = self.whole(audio)
        self.gave.append(self.kept)
        return FrameFeatures(features.layers[: self.kept], features.lengths[: self.kept])


def about_layer(record, layer):
    """The scores that speak of one layer, whatever else is in the record."""
    return [row for row in record.found.scores if row.layer == layer]


def test_scores_of_the_layers_that_are_left_stay(bench):
    """Every score of layer 0 is that of the whole run, there are none of others, and the record says 1 of 2."""
    ((_, whole),), ((_, first),) = bench.run().records, bench.run(options=FIRST).records
    assert whole.used["backbone"]["layers"] == {"measured": 2, "of": 2}
    assert first.used["backbone"]["layers"] == {"measured": 1, "of": 2}
    assert [layer["name"] for layer in first.used["backbone"]["card"]["layers"]] == ["0"]
    assert about_layer(first, "0") == about_layer(whole, "0") != []
    assert about_layer(whole, "1")
    assert not about_layer(first, "1")
    assert whole.key != first.key


def test_features_of_fewer_layers_stand_under_a_key_of_their_own(bench):
    """A shard with one layer is not taken for one with two: keys of features, shards and clips all differ."""
    (whole, _), (first, _) = bench.plan(), bench.plan(options=FIRST)
    pair = ("toy-model", "toy-corpus")
    assert whole.features[pair].key != first.features[pair].key
    assert set(whole.features[pair].clip_keys).isdisjoint(first.features[pair].clip_keys)
    assert [shard.clips for shard in whole.features[pair].shards] == [
        shard.clips for shard in first.features[pair].shards
    ]


@pytest.mark.parametrize(("up_to", "told"), [(0, [1]), (1, []), (None, [])])
def test_a_module_that_can_stop_early_is_told(bench, up_to, told):
    """``keep_layers`` hears how many layers are wanted where that is fewer than all, and nothing otherwise."""
    heard, gave = [], []
    bench.catalog = toy_catalog(replace(toy_backbone(), load=lambda card, files: Stopping(heard, gave)))
    ((_, record),) = bench.run(options={} if up_to is None else {"extraction.up_to_layer": up_to}).records
    assert heard == told
    assert set(gave) == {told[0] if told else 2}
    assert record.used["backbone"]["layers"]["measured"] == (told[0] if told else 2)


def test_a_module_that_cannot_stop_early_is_cut(bench, tmp_path):
    """Told or cut, the features are the same: the records find the same numbers."""
    cut = bench.run(options=FIRST).records[0][1]
    bench.home, bench.out = tmp_path / "other-home", tmp_path / "other-out"
    bench.catalog = toy_catalog(replace(toy_backbone(), load=lambda card, files: Stopping([], [])))
    told = bench.run(options=FIRST).records[0][1]
    assert (told.key, told.found_digest) == (cut.key, cut.found_digest)


@pytest.mark.parametrize("asked", [2, 24])
def test_a_layer_that_no_backbone_has_is_refused(bench, asked):
    """The answer names the last layer there is, before anything is heard."""
    with pytest.raises(UsageError, match=rf"up_to_layer={asked} .*\n.* end at 1\."):
        bench.plan(options={"extraction.up_to_layer": asked})
    assert bench.heard == []


def test_a_smaller_backbone_beside_a_larger_one_gives_all_it_has(bench):
    """A layer that one of the backbones has is fine: the other is measured whole."""
    small = toy_backbone().card.model_copy(update={"name": "small-model", "layers": toy_backbone().card.layers[:1]})
    bench.catalog = toy_catalog(toy_backbone(), toy_backbone(card=small))
    plan, _ = bench.plan(backbones=("toy-model", "small-model"), options={"extraction.up_to_layer": 1})
    assert {name: len(backbone.card.layers) for name, backbone in plan.backbones.items()} == {
        "toy-model": 2,
        "small-model": 1,
    }
    assert not any(backbone.cut for backbone in plan.backbones.values())
