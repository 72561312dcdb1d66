"""Can the synthetic emotions be heard, are they hard enough, and does anything carry over from speech to music?"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CHANCE = 1 / 6
FOLDS = 4
domains = pytest.mark.parametrize("domain", ["speech", "music"])


def uar(truth, prediction):
    return recall_score(truth, prediction, average="macro")


def probe(strength=0.03):
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2_000))


def cross_validated(features, heard):
    """UAR of out-of-fold predictions; a fold is two people, none of whom is trained on."""
    prediction = np.empty_like(heard.emotion)
    people = sorted(set(heard.group))
    for fold in range(FOLDS):
        test = np.isin(heard.group, people[fold::FOLDS])
        prediction[test] = probe().fit(features[~test], heard.emotion[~test]).predict(features[test])
    return uar(heard.emotion, prediction)


def mean_of(values, heard, emotion):
    return values[heard.emotion == emotion].mean()


def centroid(heard):
    """Centre of the mean log-mel spectrum above its own floor, in bands, one a clip: how bright it is."""
    energy = np.exp(heard.logmel[:, :64])
    return energy @ np.arange(64) / energy.sum(1)


@domains
def test_a_simple_probe_is_neither_lost_nor_perfect(domain, heard):
    """Mean and movement of log-mel bands tell the emotions of unheard people apart: UAR between 50 and 90 %."""
    assert 0.50 < cross_validated(heard[domain].logmel, heard[domain]) < 0.90


@domains
def test_level_and_duration_are_not_enough(domain, heard):
    """Loudness and length alone do worse by 10 points at least, so that there is something else to learn."""
    by_spectrum = cross_validated(heard[domain].logmel, heard[domain])
    assert cross_validated(heard[domain].level_seconds, heard[domain]) < by_spectrum - 0.10


@pytest.mark.parametrize(("source", "target"), [("speech", "music"), ("music", "speech")])
def test_emotion_carries_over(source, target, heard):
    """A probe of one domain beats chance clearly in the other, each standardised by its own statistics."""
    spoken, sung = heard[source], heard[target]
    model = LogisticRegression(C=0.03, max_iter=2_000).fit(
        StandardScaler().fit_transform(spoken.logmel), spoken.emotion
    )
    prediction = model.predict(StandardScaler().fit_transform(sung.logmel))
    assert uar(sung.emotion, prediction) > CHANCE + 0.12


@domains
def test_shuffled_emotions_are_at_chance(domain, heard):
    """What the probe finds is emotion: with labels shuffled inside people it falls to chance."""
    order = np.random.default_rng(0)
    emotion = heard[domain].emotion.copy()
    for person in set(heard[domain].group):
        own = np.flatnonzero(heard[domain].group == person)
        emotion[own] = emotion[order.permutation(own)]
    shuffled = type(heard[domain])(**{**vars(heard[domain]), "emotion": emotion})
    assert cross_validated(shuffled.logmel, shuffled) < CHANCE + 0.10


@domains
def test_anger_is_louder_and_brighter_than_sadness(domain, heard):
    """Level and brightness move as Juslin & Laukka (2003) report: anger, then neutral, then sadness."""
    level = heard[domain].level_seconds[:, 0]
    for cue in (level, centroid(heard[domain])):
        angry, neutral, sad = (mean_of(cue, heard[domain], emotion) for emotion in ("angry", "neutral", "sad"))
        assert angry > neutral > sad


@domains
def test_excited_clips_move_faster(domain, heard):
    """Tempo and attack: from frame to frame, anger, fear and happiness change more than calm does."""
    movement = heard[domain].logmel[:, 64:].mean(1)
    still = mean_of(movement, heard[domain], "calm")
    assert all(mean_of(movement, heard[domain], emotion) > still for emotion in ("angry", "fearful", "happy"))


def test_sad_speech_is_slow(heard):
    """The same sentences take longer in sadness than in anger, fear and happiness."""
    seconds = heard["speech"].level_seconds[:, 1]
    slow = mean_of(seconds, heard["speech"], "sad")
    assert all(mean_of(seconds, heard["speech"], emotion) < slow for emotion in ("angry", "fearful", "happy"))
