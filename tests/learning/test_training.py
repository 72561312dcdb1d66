"""Does the one loop learn what can be learned, change nothing else, and end the same whenever it is run again?"""

import math

import pytest
import torch
from learning_toys import CLASSES, WIDTH, Toy, adapted, cached, learner_of, tones, whole
from torch import nn

from emobench.domain.errors import EmobenchError
from emobench.domain.training import TrainOptions
from emobench.features.entering import rows_of
from emobench.learning.batch_losses import ccc_loss, loss_for
from emobench.learning.learner import predict
from emobench.learning.order import batches_of_epoch
from emobench.learning.sources import Prefixes, Waveforms
from emobench.learning.training import Examples, restore, train

QUICK = TrainOptions(epochs=3, batch=8, learning_rate=5e-3)
LONG = TrainOptions(epochs=25, learning_rate=3e-2, patience=25)


def accuracy(waves, truth):
    """A judge: the part of clips whose class is found."""

    def judge(learner):
        return float((predict(learner, Waveforms(waves), 16).argmax(1) == truth).float().mean())

    return judge


def rising():
    """A judge that likes every epoch better than the one before."""
    scores = iter(range(1000))
    return lambda _: float(next(scores))


def equal(one, two):
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("kind", ["mean", "weighted_sum"])
def test_learns_what_can_be_learned(kind):
    """Three tones are told apart on clips that were not trained on, and the loss falls."""
    waves, truth = tones(90, seed=5)
    learner = learner_of(kind=kind)
    judge = accuracy(waves, truth)
    before = judge(learner)
    trained = train(learner, whole(120), judge, LONG, seed=0)
    assert before < 0.75
    assert trained.history[trained.best_epoch - 1].score > 0.9
    assert trained.history[-1].loss < trained.history[0].loss / 2
    assert trained.dead == ()


def test_learns_a_dimension():
    """With the loss 1 - CCC, values far from zero are predicted in their own unit."""
    waves, classes = tones(120)
    truth = 50 + 3.0 * classes
    learner = learner_of(outputs=1)
    train(learner, Examples(Waveforms(waves), truth, ccc_loss), rising(), LONG, 0)
    fresh, other = tones(60, seed=9)
    assert ccc_loss(predict(learner, Waveforms(fresh), 16), 50 + 3.0 * other) < 0.25


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    """Weights and history repeat bit by bit under one seed, whatever the caller draws; another seed gives others."""
    runs = []
    for seed in (3, 3, 4):
        torch.randn(7)
        runs.append(train(learner_of(), whole(), rising(), QUICK, seed))
    assert equal(runs[0].weights, runs[1].weights)
    assert runs[0].history == runs[1].history
    assert not equal(runs[0].weights, runs[2].weights)


def test_nothing_else_changes():
    """Frozen weights, buffers and the statistics of batch norms are bit-equal afterwards; all that learns has moved."""
    learner = learner_of()
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    train(learner, whole(), rising(), QUICK, seed=0)
    learning = set(learner.trainable()) | {f"head.{name}" for name, _ in learner.head.named_buffers()}
    moved = {name for name, value in learner.state_dict().items() if not torch.equal(value, before[name])}
    assert moved >= set(learner.trainable())
    assert moved <= learning
    assert not any(part.training for part in learner.modules())


def test_batch_norms_keep_their_statistics_even_where_they_learn():
    """A batch norm whose scale is trained still normalises by its stored statistics, and keeps them."""
    toy = adapted()
    toy.late_norm.requires_grad_(True)
    learner = learner_of(toy)
    mean, var = toy.late_norm.running_mean.clone(), toy.late_norm.running_var.clone()
    weight = toy.late_norm.weight.detach().clone()
    train(learner, whole(), rising(), QUICK, seed=0)
    assert torch.equal(toy.late_norm.running_mean, mean)
    assert torch.equal(toy.late_norm.running_var, var)
    assert int(toy.late_norm.num_batches_tracked) == 0
    assert not torch.equal(toy.late_norm.weight, weight)


@pytest.mark.parametrize("scores", [(0.1, 0.5, 0.5, 0.2, 0.4, 0.9, 1.0), (0.3, 0.2, 0.1, 0.3), (0.0, 0.1, 0.2, 0.3)])
def test_early_stopping_keeps_the_best_epoch(scores):
    """As a naive loop over a judge's script says: when to stop, the first best epoch, and that epoch's weights."""
    best, stop = 0, 0
    for epoch, score in enumerate(scores):
        if epoch == 0 or score > scores[best]:
            best = epoch
        stop = epoch
        if epoch - best == 3:
            break
    seen, script = [], iter(scores)

    def judge(learner):
        seen.append(learner.learned())
        return next(script)

    learner = learner_of()
    options = TrainOptions(epochs=len(scores), batch=8, patience=3, learning_rate=5e-3)
    trained = train(learner, whole(), judge, options, seed=0)
    assert [epoch.score for epoch in trained.history] == list(scores[: stop + 1])
    assert trained.best_epoch == best + 1
    assert trained.steps == (stop + 1) * 8
    assert equal(trained.weights, seen[best])
    assert equal(learner.learned(), seen[best])


def test_the_callers_generator_is_untouched():
    """Training with dropout draws nothing from torch's global generator and leaves it where it was."""
    torch.manual_seed(11)
    expected = torch.randn(3)
    torch.manual_seed(11)
    train(learner_of(), whole(), rising(), QUICK, seed=0)
    assert torch.equal(torch.randn(3), expected)


def test_dropout_is_on_and_differs_from_step_to_step():
    """A dropout above the lowest trainable weight drops others in each step of training, and none in judging."""
    learner, kept = learner_of(), []
    learner.backbone.blocks[1].dropout.register_forward_hook(
        lambda part, inputs, output: kept.append((part.training, (output == 0).sum().item(), tuple(output.shape)))
    )
    train(learner, whole(), accuracy(*tones(12)), QUICK, seed=0)
    trained = [(dropped, shape) for training, dropped, shape in kept if training]
    assert len(trained) == 3 * 8
    assert all(0.1 < dropped / (shape[0] * shape[1] * shape[2]) < 0.3 for dropped, shape in trained)
    assert len({dropped for dropped, _ in trained}) > 10
    assert all(dropped == 0 for training, dropped, _ in kept if not training)


def test_cached_prefixes_and_whole_clips_train_alike():
    """The same clips as waveforms and as what entered the first block: history and weights agree to 1e-4."""
    first, second = learner_of(), learner_of()
    one = train(first, whole(), rising(), QUICK, seed=2)
    examples = cached(second.backbone, whole())
    second.backbone.entries = 0
    two = train(second, examples, rising(), QUICK, seed=2)
    assert second.backbone.entries == 0
    for a, b in zip(one.history, two.history, strict=True):
        assert a.loss == pytest.approx(b.loss, rel=1e-4)
    for name, weight in one.weights.items():
        torch.testing.assert_close(two.weights[name], weight, rtol=1e-4, atol=1e-5)


def test_models_that_want_equal_lengths_train_alike():
    """Clips of a batch that go through length by length give the loss of the whole batch."""
    losses = []
    for equal_length in (False, True):
        toy = adapted()
        for block in toy.blocks:
            block.dropout.p = 0.0
        waves, truth = tones()
        examples = Examples(Waveforms(waves, equal_length), truth, loss_for(truth, CLASSES))
        losses.append([epoch.loss for epoch in train(learner_of(toy), examples, rising(), QUICK, seed=2).history])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_a_second_stage_goes_on():
    """Stage 2 begins with stage 1's weights and its statistics, and with a fresh optimiser and schedule."""
    first = train(learner_of(), whole(seed=1), rising(), QUICK, seed=0)
    other = whole(seed=8)
    still = QUICK.model_copy(update={"learning_rate": 1e-12, "weight_decay": 0.0})
    second = train(learner_of(adapted(seed=0), seed=5), other, rising(), still, seed=0, initial=first.weights)
    for name, weight in first.weights.items():
        torch.testing.assert_close(second.weights[name], weight, rtol=0, atol=1e-8)
    twin = learner_of()
    restore(twin, first.weights)
    assert torch.equal(twin.head.mean, first.weights["head.mean"])
    third = train(learner_of(), other, rising(), QUICK, seed=0, initial=first.weights)
    again = train(twin, other, rising(), QUICK, seed=0, initial=twin.learned())
    assert equal(third.weights, again.weights)
    assert torch.equal(third.weights["head.mean"], first.weights["head.mean"])


def test_statistics_are_those_of_the_training_clips_before_training():
    """The head standardises by mean and population sd of the pooled training clips in the initial model."""
    examples, learner = whole(), learner_of()
    trained = train(learner, examples, rising(), QUICK, seed=0)
    toy, pooled = adapted().eval(), []
    for wave in examples.source.waves:
        with torch.no_grad():
            pooled.append(toy(Waveforms([wave]).batch([0])).layers[-1][0].mean(0))
    pooled = torch.stack(pooled)
    torch.testing.assert_close(trained.weights["head.mean"][0], pooled.mean(0), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(trained.weights["head.scale"][0], 1 / pooled.std(0, correction=0), rtol=1e-4, atol=1e-5)


def test_weights_of_another_learner_are_refused():
    """A second stage whose weights have other names or shapes is an error that names them."""
    first = train(learner_of(), whole(), rising(), QUICK, seed=0)
    weights = dict(first.weights)
    weights.pop("backbone.blocks.0.inner.a.weight")
    with pytest.raises(EmobenchError, match=r"blocks.0.inner.a.weight"):
        train(learner_of(), whole(), rising(), QUICK, seed=0, initial=weights)
    with pytest.raises(EmobenchError, match=r"head.linear.weight"):
        train(learner_of(outputs=7), whole(), rising(), QUICK, seed=0, initial=first.weights)


def test_a_loss_that_is_no_number_is_told():
    """The error says in which epoch and step the loss stopped being a number."""
    examples = whole()
    calls = []

    def breaking(scores, truth):
        calls.append(1)
        return examples.loss(scores, truth) * (float("nan") if len(calls) == 11 else 1.0)

    with pytest.raises(EmobenchError, match=r"loss .* epoch 2, step 3 of 8"):
        train(learner_of(), Examples(examples.source, examples.truth, breaking), rising(), QUICK, seed=0)


def test_a_score_that_is_no_number_is_told():
    """A judge that answers NaN ends the training with an error."""
    with pytest.raises(EmobenchError, match="development score is not a number after epoch 1"):
        train(learner_of(), whole(), lambda _: float("nan"), QUICK, seed=0)


def test_a_dead_method_is_an_error_and_a_dead_weight_is_named():
    """Trainable weights that are never used: all of them are an error, some of them are returned by name."""
    toy = Toy()
    toy.unused = nn.Parameter(torch.ones(3))
    with pytest.raises(EmobenchError, match=r"backbone\.unused"):
        train(learner_of(toy), whole(), rising(), QUICK, seed=0)
    toy = adapted()
    toy.unused = nn.Parameter(torch.ones(3))
    assert train(learner_of(toy), whole(), rising(), QUICK, seed=0).dead == ("backbone.unused",)


def test_what_is_counted():
    """Trainable numbers are those of the updates and the head, steps those of all epochs, progress tells every clip."""
    told = []
    trained = train(learner_of(), whole(), rising(), QUICK, seed=0, advance=told.append)
    assert trained.trainable == 2 * (4 * WIDTH + 4 * WIDTH) + CLASSES * (WIDTH + 1)
    assert trained.steps == 3 * 8 == len(told)
    assert sum(told) == 3 * 60


def test_predictions_come_in_the_order_of_the_clips():
    """Whatever the batches, every clip's scores are those it gets alone, from waveforms and from prefixes."""
    waves, _ = tones(21, seed=4)
    learner = learner_of()
    with torch.inference_mode():
        alone = torch.cat([learner(Waveforms(waves), [place]) for place in range(21)])
        rows = [rows_of(learner.backbone.enter(Waveforms([wave]).batch([0])))[0] for wave in waves]
    prefixes = Prefixes(rows, [len(wave) for wave in waves])
    for source in (Waveforms(waves), Waveforms(waves, equal_length=True), prefixes):
        for batch in (1, 4, 64):
            torch.testing.assert_close(predict(learner, source, batch), alone, rtol=1e-5, atol=1e-5)


def test_agrees_with_a_naive_loop():
    """Without dropout: a plain loop of torch over the same batches, written out, ends with the same weights."""
    examples, learner = whole(), learner_of()
    twin = learner_of()
    for toy in (learner.backbone, twin.backbone):
        for block in toy.blocks:
            block.dropout.p = 0.0
    options = TrainOptions(epochs=4, batch=16, learning_rate=5e-3)
    trained = train(learner, examples, rising(), options, seed=6)

    waves, truth = tones()
    with torch.no_grad():
        pooled = torch.stack([twin.backbone(Waveforms([w]).batch([0])).layers[-1][0].mean(0) for w in waves])
    mean, sd = pooled.mean(0), pooled.std(0, correction=0)
    weights = [weight for weight in twin.parameters() if weight.requires_grad]
    adam = torch.optim.AdamW(weights, lr=5e-3, weight_decay=0.01)
    step = 0
    for epoch in (1, 2, 3, 4):
        for batch in batches_of_epoch([len(wave) for wave in waves], 16, 6, epoch):
            rows = [twin.backbone(Waveforms([waves[place]]).batch([0])).layers[-1][0].mean(0) for place in batch]
            scores = twin.head.linear((torch.stack(rows) - mean) / sd)
            loss = nn.functional.cross_entropy(scores, truth[batch])  # the classes are balanced
            adam.zero_grad()
            loss.backward()
            norm = torch.stack([weight.grad.norm() for weight in weights]).norm()
            for weight in weights:
                weight.grad *= min(1.0, 1.0 / float(norm))
            adam.param_groups[0]["lr"] = 5e-3 * (1.0 if step == 0 else (1 + math.cos(math.pi * (step - 1) / 15)) / 2)
            adam.step()
            step += 1
    assert trained.steps == step == 16
    for name, weight in twin.learned().items():
        if not name.startswith(("head.mean", "head.scale")):
            torch.testing.assert_close(trained.weights[name], weight, rtol=1e-3, atol=1e-5)


def test_half_precision_on_request():
    """With bf16 the backbone computes in half precision, from prefixes too; weights and gradients stay float32."""
    learner, kinds = learner_of(), set()
    learner.precision = "bf16"
    learner.backbone.blocks[0].inner.base.register_forward_hook(lambda *found: kinds.add(found[2].dtype))
    trained = train(learner, cached(adapted(), whole()), rising(), QUICK, seed=0)
    assert kinds == {torch.bfloat16}
    assert {weight.dtype for weight in trained.weights.values()} == {torch.float32}
