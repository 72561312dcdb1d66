"""Is a clip longer than a model's window learned from as extraction hears it: in pieces, over all their frames?"""

import pytest
import torch
from learning_toys import CLASSES, HOP, WIDTH, adapted, cached, cut, learner_of, tones, whole

from emobench.audio.batching import make_batch
from emobench.domain.cards import BackboneCard, Layers
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan
from emobench.domain.training import TrainOptions
from emobench.features.extraction import Ear, Heard, listen
from emobench.learning.batch_losses import loss_for
from emobench.learning.learner import over_pieces, pooled_layers, predict
from emobench.learning.sources import Prefixes, Waveforms, runs
from emobench.learning.training import Examples, train

QUICK = TrainOptions(epochs=3, batch=8, learning_rate=5e-3)


def still(learner):
    """The same learner without dropout."""
    for block in learner.backbone.blocks:
        block.dropout.p = 0.0
    return learner


def extracted(toy, source):
    """Features of clips in pieces, (clips, all widths), by the extraction that fills the feature store."""
    card = BackboneCard(
        name="toy", pretrained_on="nothing", licence="none", paper="", sample_rate=1_000,
        layers=Layers.uniform(3, width=WIDTH, hz=125),
    )  # fmt: skip
    ear = Ear(toy, BackbonePlan(card, {}, ""), ReadingOptions(), "fp32", torch.device("cpu"), 10**9)
    ordered = [source.waves[piece].numpy() for pieces in source.pieces for piece in pieces]
    names = tuple(map(str, range(len(source.pieces))))
    return listen(ear, Heard(names, tuple(map(len, source.pieces)), (make_batch(ordered),)))


def test_pieces_are_averaged_as_extraction_averages_them():
    """Pooled layers of clips in pieces are bit by bit those that extraction stores for them."""
    learner, source = learner_of(), cut(whole(9), longest=4).source
    found = torch.cat(learner.features(source, range(9)).layers, dim=1).detach()
    assert torch.equal(found, extracted(learner.backbone, source))


@pytest.mark.parametrize("equal_length", [False, True])
def test_a_clip_is_the_mean_over_all_frames_of_its_pieces(equal_length):
    """By a loop: the valid frames of a clip's pieces, heard alone, side by side, averaged; in any order of clips."""
    learner, source = learner_of(), cut(whole(9), longest=3).source
    source = Waveforms(source.waves, equal_length, source.pieces)
    places = [4, 0, 8, 4]
    found = learner.features(source, places)
    for row, place in enumerate(places):
        alone = [learner.backbone(Waveforms([source.waves[piece]]).batch([0])) for piece in source.pieces[place]]
        for layer in range(3):
            expected = torch.cat([heard.layers[layer][0] for heard in alone]).mean(dim=0)
            torch.testing.assert_close(found.layers[layer][row], expected, rtol=1e-5, atol=1e-6)


def test_pieces_train_alike_from_prefixes():
    """Clips in pieces, as waveforms and as what entered the first block: history and weights agree to 1e-4."""
    first, second = learner_of(), learner_of()
    one = train(first, cut(whole(), 4), lambda _: 0.0, QUICK, seed=2)
    examples = cached(second.backbone, cut(whole(), 4))
    second.backbone.entries = 0
    two = train(second, examples, lambda _: 0.0, QUICK, seed=2)
    assert second.backbone.entries == 0
    for a, b in zip(one.history, two.history, strict=True):
        assert a.loss == pytest.approx(b.loss, rel=1e-4)
    for name, weight in one.weights.items():
        torch.testing.assert_close(two.weights[name], weight, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("prefixes", [False, True])
def test_a_clip_in_one_piece_is_a_clip(prefixes):
    """Where each clip is one piece, training and predicting are bit by bit those without pieces."""
    found = []
    for pieces in (None, [[place] for place in range(60)]):
        learner, examples = learner_of(), whole()
        source = Waveforms(examples.source.waves, pieces=pieces)
        examples = Examples(source, examples.truth, examples.loss)
        examples = cached(learner.backbone, examples) if prefixes else examples
        trained = train(learner, examples, lambda _: 0.0, QUICK, seed=2)
        found.append((trained.history, trained.weights, predict(learner, examples.source, 7)))
    assert found[0][0] == found[1][0]
    assert all(torch.equal(found[0][1][name], found[1][1][name]) for name in found[0][1])
    assert torch.equal(found[0][2], found[1][2])


def test_the_toy_that_hears_frame_by_frame_does_not_mind_being_cut():
    """Without dropout, whose frames hear nothing of each other, cut and whole clips train alike, epoch by epoch."""
    losses = []
    for examples in (whole(), cut(whole(), 3)):
        trained = train(still(learner_of()), examples, lambda _: 0.0, QUICK, seed=2)
        losses.append([epoch.loss for epoch in trained.history])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_samples_are_those_of_clips_and_lengths_those_of_pieces():
    """What decides which clips share a batch is the whole clip; what goes through together are pieces of one length."""
    waves = [torch.zeros(n) for n in (8, 16, 8, 24, 16)]
    source = Waveforms(waves, equal_length=True, pieces=[[4, 1], [0], [2, 3]])
    assert list(source.samples) == [32, 8, 32]
    assert runs(source, [4, 1, 2, 3]) == [[2], [0, 1], [3]]
    rows = [adapted().eval().enter(Waveforms([wave]).batch([0])) for wave in waves]
    stored = Prefixes(rows, source.samples, equal_length=True, pieces=source.pieces)
    assert runs(stored, [4, 1, 2, 3]) == [[2], [0, 1], [3]]


@pytest.mark.parametrize("make", [
    lambda: Waveforms([torch.zeros(8)], pieces=[[0], []]),
    lambda: Prefixes([], [8, 8], pieces=[[0]]),
])  # fmt: skip
def test_clips_without_pieces_are_refused(make):
    """Every clip has at least one piece, and every length belongs to a clip."""
    with pytest.raises(ValueError, match="pieces"):
        make()


def test_pieces_weigh_what_their_frames_weigh():
    """A piece of three frames counts three times as much as one of one frame, and gradients reach both."""
    means = torch.tensor([[1.0], [5.0], [7.0]], requires_grad=True)
    found = over_pieces(means, torch.tensor([3, 1, 2]), [2, 1])
    assert found.tolist() == [[2.0], [7.0]]
    found.sum().backward()
    assert means.grad.tolist() == [[0.75], [0.25], [1.0]]


def test_statistics_and_predictions_are_in_the_order_of_clips():
    """Whatever the batches, pooled layers and scores of cut clips are those that each clip gives alone."""
    waves, truth = tones(21, seed=4)
    source, learner = cut(Examples(Waveforms(waves), truth, loss_for(truth, CLASSES)), 4).source, learner_of()
    assert max(map(len, source.pieces)) > 1
    assert max(map(len, source.waves)) == 4 * HOP
    with torch.inference_mode():
        alone = [learner.features(source, [place]) for place in range(21)]
        scores = torch.cat([learner.head(features) for features in alone])
    for batch in (1, 4, 64):
        torch.testing.assert_close(predict(learner, source, batch), scores, rtol=1e-5, atol=1e-5)
        for layer, found in enumerate(pooled_layers(learner, source, batch).layers):
            torch.testing.assert_close(found, torch.cat([features.layers[layer] for features in alone]))
