"""What do the stages of a pair compute from small, fixed problems? The numbers that `test_golden` holds them to."""

import numpy as np
import torch
from learning_toys import learner_of, whole
from pair_toys import PAIRS, predictions

from emobench.domain.cards import Attribute
from emobench.domain.training import TrainOptions
from emobench.tasks import cross_domain_scores
from emobench.tasks.convex_transfer import Asked, DomainFeatures, transfer
from emobench.tasks.courses import Lesson, Terms, learn, say, say_directly
from emobench.tasks.layerwise import Question

EMOTION = Attribute(name="emotion", classes=("calm", "angry", "happy"))
AROUSAL = Attribute(name="arousal", low=-1, high=1)


def numbers(array):
    """A few numbers that a change of an array would hardly leave alone."""
    values = np.asarray(array, dtype=np.float64).ravel()
    places = np.linspace(0, len(values) - 1, 5).astype(int)
    return [float(v) for v in (values.mean(), values.std(), *values[places])]


def question():
    """A question that probes can answer, with one layer of features, made of sines."""
    index = np.arange(144)
    truth, fold = index % 3, index // 12 % 4
    places = np.outer(index + 1, np.arange(1, 9))
    features = np.sin(places * 1.7) + 0.6 * np.cos(np.outer(truth, np.arange(8)))
    asked = Question(EMOTION, truth, fold, 4, (0, 1, 2, 3), (0.001, 0.1), half=index // 3 % 2)
    return asked, torch.tensor(features, dtype=torch.float32)


def carried_over(_folder):
    """Decisions in two domains, of a layer and of two, with all labels and with half of them."""
    asked, features = question()
    other = features.flip(0).roll(1, 1) * 1.5 + features + 2.0
    found = {}
    for layers in (1, 2):
        first, second = (
            DomainFeatures(torch.stack([one, torch.tanh(one)][:layers]), asked.truth, asked.fold)
            for one in (features, other)
        )
        for fraction in (1.0, 0.5):
            terms = Asked(EMOTION, 4, (0, 1, 2, 3), asked.strengths, fraction, seed=1)
            for (condition, target), outcome in transfer(terms, first, second).outcomes.items():
                counts = np.bincount(outcome.test, minlength=3).tolist()
                right = float((outcome.test == asked.truth).mean())
                told = {"counts": counts, "right": right, "strength": outcome.strength.tolist()}
                found[f"{layers} {fraction} {condition} {target}"] = told
    return found


def training(_folder):
    """Two stages of a model with low-rank updates, and what each says, of categories and of a dimension; one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {attribute.name: _two_stages(attribute) for attribute in (EMOTION, AROUSAL)}
    finally:
        torch.set_num_threads(before)


def _two_stages(attribute):
    first, second = (_lesson(attribute, seed) for seed in (1, 2))
    options = TrainOptions(learning_rate=0.003, epochs=5, batch=8)
    terms = Terms(attribute, folds=3, fold=1, seed=0, train=options, fraction=0.5)
    learner = learner_of(outputs=len(attribute.classes) or 1)
    stage1 = learn(learner, [first], Terms(attribute, 3, 1, 0, options), ("alone", "first"))
    direct = say_directly(learner, second, terms)
    stage2 = learn(learner, [second], terms, ("two_stage", "second"), initial=stage1.weights)
    said = say(learner, second, terms)
    return {
        "losses": [[epoch.loss for epoch in stage.history] for stage in (stage1, stage2)],
        "steps": [stage1.steps, stage2.steps],
        "trainable": stage1.trainable,
        "score": said.score,
        "said": [_told(attribute, values) for values in (*direct, said.test, said.development)],
    }


def _lesson(attribute, seed):
    """90 tones in three folds, and their pitch, as a class or as a value."""
    examples = whole(clips=90, seed=seed)
    pitch = examples.truth.numpy()
    truth = pitch if attribute.classes else (pitch - 1).astype(np.float32)
    return Lesson(examples.source, truth, np.arange(90) // 3 % 3)


def _told(attribute, values):
    """Where something was said, and what: how often each class, or the values."""
    if attribute.classes:
        return np.bincount(values + 1, minlength=4).tolist()
    return numbers(values[np.isfinite(values)])


def cross_domain(_folder):
    """Scores, gains and intervals from predictions drawn once: of categories with fewer labels, of a dimension."""
    found = {}
    for name in ("fewer labels", "dimension"):
        told = cross_domain_scores.score(predictions(PAIRS[name]))
        found[name] = [
            [row.metric, row.condition, row.target, row.fraction, row.value, row.low, row.high, row.p]
            for row in told.scores
            if row.method == "chosen" and row.fold is None and row.seed is None and row.class_ is None
        ]
    return found
