"""Is every odd pair told in words by `fad_bias`, and is nothing said where nothing can be?"""

from dataclasses import replace

import pytest
import torch
from bias_bench import BiasBench
from pair_bench import DATASETS, rows

from emobench.catalog.contracts import Dataset, FrameFeatures
from emobench.domain.cards import Attribute, Layers
from emobench.domain.errors import DataError, EmobenchError
from emobench.testing.toy_pair import LEARNER, SONG, ToyLearner, pair_clips, toy_learner, toy_pair_catalog


@pytest.fixture
def bias(corpora, tmp_path):
    return BiasBench(corpora, tmp_path / "home", tmp_path / "out")


def learner(change, **card):
    """The toy learner, whose layers pass through ``change``, under a card of its own."""

    class Changed(ToyLearner):
        def forward(self, audio):
            features = super().forward(audio)
            layers = change(features.layers)
            return FrameFeatures(layers, features.lengths[:1] * len(layers))

    own = LEARNER.model_copy(update=card)
    return replace(toy_learner(card=own), load=lambda _card, _files: Changed(lambda _: None))


def singing(keep):
    """The toy songs, of which some clips are missing."""
    card = SONG.model_copy(update={"expected_clips": 1})
    return Dataset(card, clips=lambda root: [clip for clip in pair_clips(root) if keep(clip)])


@pytest.mark.parametrize(
    ("spec", "code", "hint"),
    [
        ({"datasets": ("toy-talk",)}, 2, "takes a pair of datasets"),
        ({"options": {"fad_bias.view": "frame"}}, 2, "frame"),
        ({"options": {"fad_bias.veiw": "frames"}}, 2, "Did you mean 'view'?"),
        ({"options": {"probe.c": 1}}, 2, "'probe.c' changes nothing here"),
        ({"options": {"cross_domain.also": "joint"}}, 2, "'cross_domain.also' changes nothing here"),
        ({"options": {"fad_bias.attribute": "arousal"}}, 2, "'arousal' is a dimension"),
        ({"options": {"fad_bias.labels": {"toy-sing": {}}}}, 2, "Did you mean 'toy-song'?"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused_when_planned(bias, spec, code, hint):
    """A name or option that does not fit is refused with a near miss or the reason, before any clip is heard."""
    with pytest.raises(EmobenchError) as caught:
        bias.plan(**spec)
    assert caught.value.exit_code == code
    assert hint in str(caught.value)
    assert bias.heard == []


@pytest.mark.parametrize("clips", [1, 2])
def test_an_emotion_of_one_person_is_left_out(bias, clips):
    """An emotion that only one person has on one side, by one clip or two, is left out and named; the others stay."""
    only = {f"toy-song-p0-happy-{number}" for number in range(clips)}
    bias.catalog = toy_pair_catalog(
        toy_learner(), datasets=[singing(lambda clip: clip.labels["emotion"] != "happy" or clip.id in only)]
    )
    ((_, record),) = bias.run().records
    assert list(record.used["attribute"]["classes"]) == ["calm", "angry"]
    assert any("happy is left out" in note and "toy-song" in note for note in record.found.notes)
    assert {row["class"] for row in rows(record)} == {None, "calm", "angry"}


def test_nothing_left_to_compare(bias):
    """A pair that keeps fewer than two emotions is refused with each emotion's reason."""
    bias.catalog = toy_pair_catalog(toy_learner(), datasets=[singing(lambda clip: clip.group == "p0")])
    with pytest.raises(DataError) as caught:
        bias.plan()
    assert caught.value.exit_code == 3
    assert "toy-song" in str(caught.value)
    assert "three people" in str(caught.value)


def test_few_people_have_no_intervals(bias):
    """With fewer than eight people every number stands without an interval, and a note says so."""
    few = {"p0", "p1", "p2", "p3"}
    bias.catalog = toy_pair_catalog(toy_learner(), datasets=[singing(lambda clip: clip.group in few)])
    ((_, record),) = bias.run().records
    assert record.found.headline.low is None
    assert all(row["low"] is None for row in rows(record))
    assert any("at least 8 are needed" in note for note in record.found.notes)


def test_a_layer_that_does_not_vary(bias):
    """A layer with constant features has no kernel distances and a Frechet distance of 0; the others are measured."""
    flat = learner(lambda layers: (layers[0], torch.ones_like(layers[1]), layers[2]), name="toy-flat")
    bias.catalog = toy_pair_catalog(flat)
    ((_, record),) = bias.run(backbones=("toy-flat",)).records
    dead = rows(record, layer="1")
    assert {row["value"] for row in dead if row["metric"] in ("mmd", "relative_mmd", "emotion_bias")} == {None}
    assert {row["value"] for row in dead if row["metric"] == "fad"} == {0.0}
    assert all(row["value"] is not None for row in rows(record, layer="2", metric="relative_mmd"))
    assert any("layer 1" in note or "layer '1'" in note or "layers 1" in note for note in record.found.notes)
    assert record.found.headline.value is not None


def test_features_that_are_no_numbers(bias):
    """A model that gives NaN ends the run with its name, the layer and a clip; nothing is recorded."""
    broken = learner(lambda layers: (layers[0], layers[1] * float("nan"), layers[2]), name="toy-nan")
    bias.catalog = toy_pair_catalog(broken)
    with pytest.raises(EmobenchError, match="NaN or infinity in layer '1'") as caught:
        bias.run(backbones=("toy-nan",))
    assert caught.value.exit_code == 1
    assert not list(bias.out.rglob("*.json"))


def test_backbones_of_different_depth(bias):
    """Two backbones with different layers in one run have a record each, with the layers of each."""
    short = learner(lambda layers: layers[:2], name="toy-short", layers=Layers.uniform(2, width=12, hz=100.0))
    bias.catalog = toy_pair_catalog(toy_learner(), short)
    found = {record.asked["backbone"]: record for _, record in bias.run(backbones=("toy-learner", "toy-short")).records}
    layers = {name: {row["layer"] for row in rows(record, metric="emotion_bias")} for name, record in found.items()}
    assert layers == {"toy-learner": {None, "0", "1", "2"}, "toy-short": {None, "0", "1"}}


def test_sets_too_small_for_fad_infinity(bias):
    """Where an emotion has too few frames to extrapolate from, FAD-inf is null and not a number."""
    ((_, record),) = bias.run(options={"fad_bias.view": "frames"}).records
    told = [row["value"] for row in rows(record, view="frames") if row["metric"].startswith("fad_inf")]
    assert told
    assert set(told) == {None}


def test_a_pair_without_common_people(bias):
    """Datasets of different people are compared all the same: everybody stays, and intervals are over both."""
    song = Dataset(SONG.model_copy(update={"people": "others"}), clips=pair_clips)
    bias.catalog = toy_pair_catalog(toy_learner(), datasets=[song])
    ((_, record),) = bias.run().records
    assert record.used["pair"]["common_people"] == 0
    assert {len(record.used["datasets"][name]["groups"]) for name in DATASETS} == {10, 9}
    assert record.found.headline.low is not None


def test_what_is_called_otherwise_is_told_under_the_own_option(bias):
    """Datasets without common labels are refused with the option of this task that says which are the same."""
    space = (Attribute(name="emotion", classes=("relaxed", "awed", "tender")),)
    bias.catalog = toy_pair_catalog(
        toy_learner(), datasets=[Dataset(SONG.model_copy(update={"attributes": space}), clips=pair_clips)]
    )
    with pytest.raises(DataError, match="share fewer than two labels") as caught:
        bias.plan()
    assert '--set \'fad_bias.labels={"DATASET"' in str(caught.value)
