"""Does a RAVDESS name say what the official description says it says?"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.datasets import ravdess

EMOTION_OF = {1: "neutral", 2: "calm", 3: "happy", 4: "sad", 5: "angry", 6: "fearful", 7: "disgust", 8: "surprised"}
CARDS = {"speech": ravdess.SPEECH, "song": ravdess.SONG}


@st.composite
def names(draw):
    """A name of the official grammar as its numbers, with the part it belongs to."""
    part = draw(st.sampled_from(["speech", "song"]))
    emotion = draw(st.integers(1, 8 if part == "speech" else 6))
    intensity = draw(st.integers(1, 1 if emotion == 1 else 2))
    statement, repetition = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    actor = draw(st.integers(1, 24).filter(lambda number: part == "speech" or number != 18))
    return part, (3, 1 if part == "speech" else 2, emotion, intensity, statement, repetition, actor)


def spelled(numbers):
    return "-".join(f"{number:02d}" for number in numbers)


@given(names(), st.sampled_from([".wav", ".WAV", ".flac"]))
def test_every_field_is_read(drawn, ending):
    """Emotion, actor, sex and sentence of a clip are those that its name spells, whatever the ending."""
    part, numbers = drawn
    clip = ravdess.parse(Path("somewhere") / (spelled(numbers) + ending))
    assert clip.id == spelled(numbers)
    assert clip.id in ravdess.official_ids(part)
    assert clip.labels == {"emotion": EMOTION_OF[numbers[2]]}
    assert clip.group == f"{numbers[6]:02d}"
    assert clip.sex == ("male" if numbers[6] in range(1, 25, 2) else "female")
    assert clip.transcript.split()[0] == {1: "Kids", 2: "Dogs"}[numbers[4]]


@given(names(), st.integers(0, 6), st.integers(0, 99))
def test_a_name_belongs_to_one_part_or_to_none(drawn, field, number):
    """A name with one field changed is official only if the grammar allows it, and never in both parts."""
    _, numbers = drawn
    changed = [*numbers[:field], number, *numbers[field + 1 :]]
    modality, channel, emotion, intensity, statement, repetition, actor = changed
    speech = channel == 1 and emotion in range(1, 9) and actor in range(1, 25)
    song = channel == 2 and emotion in range(1, 7) and actor in range(1, 25) and actor != 18
    fits = modality == 3 and (intensity == 1 or (intensity == 2 and emotion != 1)) and {statement, repetition} <= {1, 2}
    assert (spelled(changed) in ravdess.official_ids("speech")) == (fits and speech)
    assert (spelled(changed) in ravdess.official_ids("song")) == (fits and song)


@pytest.mark.parametrize(("part", "clips", "per_actor"), [("speech", 1_440, 60), ("song", 1_012, 44)])
def test_the_release_has_its_published_size(part, clips, per_actor):
    """1,440 spoken and 1,012 sung clips: 60 and 44 an actor, as the authors count them."""
    official = ravdess.official_ids(part)
    assert len(official) == clips == CARDS[part].expected_clips
    actors = {name[-2:] for name in official}
    assert {sum(name.endswith(actor) for name in official) for actor in actors} == {per_actor}


@pytest.mark.parametrize("part", ["speech", "song"])
def test_the_folds_part_the_actors(part):
    """Every actor is in exactly one of the six folds, and a fold is the same people in speech and in song."""
    folds = CARDS[part].folds
    actors = [actor for fold in folds for actor in fold]
    assert len(folds) == 6
    assert sorted(actors) == sorted({name[-2:] for name in ravdess.official_ids(part)})
    assert all(set(fold) <= set(spoken) for fold, spoken in zip(folds, ravdess.SPEECH.folds, strict=True))


def test_speech_and_song_are_a_pair_of_the_same_people():
    """The two cards share people and six emotions, and differ in their domain."""
    assert ravdess.SPEECH.people == ravdess.SONG.people
    assert ravdess.SPEECH.attribute("emotion").classes[:6] == ravdess.SONG.attribute("emotion").classes
    assert (ravdess.SPEECH.domain, ravdess.SONG.domain) == ("speech", "music")
