"""Do trainings get the same clips from the store of what entered as from waveforms?"""

import pytest
import torch
from prefix_scenes import CPU, PLENTY, Heard, scene_of

from emobench.audio.decode import load_clip
from emobench.audio.pieces import pieces_of
from emobench.catalog.contracts import AudioBatch
from emobench.domain.errors import EmobenchError
from emobench.domain.training import TrainOptions
from emobench.features.loading import load_backbone
from emobench.learning.batch_losses import loss_for
from emobench.learning.learner import pooled_layers
from emobench.learning.source_parts import part_of
from emobench.learning.sources import Prefixes, Waveforms
from emobench.learning.training import Examples, train
from emobench.runs.extraction_stage import Workplace
from emobench.runs.prefix_stage import ensure_prefixes, source_of


@pytest.fixture
def scene(corpus, tmp_path):
    """Makes scenes of tiny models, which share a home."""
    return lambda tiny: scene_of(tiny, corpus, tmp_path)


def near(one, other, tolerance=1e-5):
    return one.shape == other.shape and bool((one - other).norm() <= tolerance * other.norm())


@pytest.mark.parametrize("seconds", [None, 0.12])
@pytest.mark.parametrize("tiny", ["wav2vec2", "wavlm-stable", "sew", "ast"])
def test_rows_of_the_store_are_those_of_clips_alone(scene, tiny, seconds):
    """Whatever the family and the pieces, every row is what its piece gives alone, to 1e-5, at the plan's place."""
    here = scene(tiny) if seconds is None or tiny == "ast" else scene(tiny).in_pieces(seconds)
    source = here.source(here.ensure())
    assert isinstance(source, Prefixes)
    assert source.equal_length == (tiny == "sew")
    for clip in range(0, len(here.clips), 7):
        pieces = [clip] if source.pieces is None else source.pieces[clip]
        waves = pieces_of(load_clip(here.clips[clip], here.card.sample_rate, here.plan.reading), here.card)
        assert source.samples[clip] == sum(map(len, waves))
        for place, wave in zip(pieces, waves, strict=True):
            with torch.inference_mode():
                alone = here.module.enter(AudioBatch(torch.from_numpy(wave)[None], torch.tensor([len(wave)])))
            assert near(source.rows[place].state, alone.state)
            assert source.rows[place].samples.tolist() == [len(wave)]


@pytest.mark.parametrize("seconds", [None, 0.12])
@pytest.mark.parametrize("tiny", ["wav2vec2", "wavlm-stable", "sew"])
def test_both_sources_give_the_same_features(scene, tiny, seconds):
    """Clips, lengths, pieces and pooled layers are the same through the store and through waveforms, to 1e-5."""
    here = scene(tiny) if seconds is None else scene(tiny).in_pieces(seconds)
    stored, heard = here.source(here.ensure()), here.source(None)
    assert isinstance(heard, Waveforms)
    assert list(stored.samples) == list(heard.samples)
    assert (stored.pieces is None) == (heard.pieces is None) == (seconds is None)
    assert stored.equal_length == heard.equal_length
    learner = here.learner()
    layers = zip(pooled_layers(learner, stored, 16).layers, pooled_layers(learner, heard, 16).layers, strict=True)
    assert all(near(one, other) for one, other in layers)


@pytest.mark.parametrize("seconds", [None, 0.12])
def test_a_part_is_its_clips_in_the_order_asked(scene, seconds):
    """Parts of both sources, and parts of parts, hold the clips that were asked for, and no copy of the others."""
    here = scene("wav2vec2") if seconds is None else scene("wav2vec2").in_pieces(seconds)
    learner, store, places = here.learner(), here.ensure(), [50, 3, 77, 4]
    for source in (here.source(store), here.source(None)):
        whole = pooled_layers(learner, source, 16)
        for part, own in (
            (part_of(source, places), places),
            (part_of(part_of(source, places), [2, 0]), [77, 50]),
        ):
            assert list(part.samples) == [source.samples[place] for place in own]
            for layer, truth in zip(pooled_layers(learner, part, 16).layers, whole.layers, strict=True):
                assert near(layer, truth[own])


def test_a_block_learns_the_same_from_both(scene):
    """A training of the last block has the losses of whole waveforms to 1e-4 when it goes on from the store."""
    here = scene("wavlm")
    truth = torch.arange(12) % 3
    losses = []
    for source in (here.source(here.ensure()), here.source(None)):
        examples = Examples(part_of(source, range(0, 96, 8)), truth, loss_for(truth, 3))
        options = TrainOptions(epochs=2, batch=4, learning_rate=1e-3)
        here.module.requires_grad_(requires_grad=False)
        here.module.model.encoder.layers[-1].requires_grad_(requires_grad=True)
        learner = here.learner()
        before = {name: value.clone() for name, value in here.module.state_dict().items()}
        losses.append([epoch.loss for epoch in train(learner, examples, lambda _: 0.0, options, seed=1).history])
        here.module.load_state_dict(before)
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_what_does_not_resume_hears_waveforms(bench):
    """A module without an entry is not asked for one: no store, no file, and a source of waveforms."""
    plan, _ = bench.plan()
    pair = ("toy-model", "toy-corpus")
    work = Workplace(bench.catalog, bench.home, CPU, Heard())
    module = load_backbone(bench.catalog.backbone("toy-model").what, plan.backbones["toy-model"], CPU)
    store = ensure_prefixes(plan, pair, module, work, PLENTY)
    assert store is None
    assert not (bench.home / "prefixes").exists()
    source = source_of(plan, pair, store)
    expected = [load_clip(clip, 16_000, plan.reading) for clip in plan.datasets["toy-corpus"].clips]
    assert list(source.samples) == [len(wave) for wave in expected]
    heard = source.batch([9, 2])
    assert heard.lengths.tolist() == [len(expected[9]), len(expected[2])]
    assert torch.equal(heard.waveform[1, : heard.lengths[1]], torch.from_numpy(expected[2]))


def test_a_store_that_was_emptied_is_an_error_that_says_what_to_do(scene):
    """Files that are gone when a source is opened end in an error with a remedy, not in a traceback."""
    here = scene("wav2vec2")
    store = here.ensure()
    here.files()[0].unlink()
    with pytest.raises(EmobenchError, match="not stored any more") as caught:
        here.source(store)
    assert "Run the same command again." in str(caught.value)
