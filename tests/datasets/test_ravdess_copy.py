"""Is the real RAVDESS beside the project what the protocol says it is?"""

from collections import Counter

import pytest
import soundfile

from emobench.datasets import ravdess

pytestmark = pytest.mark.shared
OTHERS = ("calm", "happy", "sad", "angry", "fearful")


@pytest.fixture(scope="module")
def copy(shared_data):
    """The 16 kHz FLAC copy beside the project."""
    return shared_data / "ravdess"


def test_the_speech_is_complete(copy):
    """1,440 clips of 24 actors: 96 neutral and 192 of every other emotion."""
    clips = ravdess.speech_clips(copy)
    expected = dict.fromkeys((*OTHERS, "disgust", "surprised"), 192) | {"neutral": 96}
    assert Counter(clip.labels["emotion"] for clip in clips) == expected
    assert len(clips) == 1_440


def test_the_song_is_complete(copy):
    """1,012 clips of 23 actors: 92 neutral and 184 of every other emotion."""
    clips = ravdess.song_clips(copy)
    assert Counter(clip.labels["emotion"] for clip in clips) == dict.fromkeys(OTHERS, 184) | {"neutral": 92}
    assert len(clips) == 1_012


def test_the_folds_hold_every_actor_once(copy):
    """Every actor who speaks or sings is in exactly one fold of that dataset's card."""
    for card, clips in ((ravdess.SPEECH, ravdess.speech_clips), (ravdess.SONG, ravdess.song_clips)):
        actors = [actor for fold in card.folds for actor in fold]
        assert sorted(actors) == sorted({clip.group for clip in clips(copy)})


def test_shared_emotions_of_shared_actors_are_a_matched_pair(copy):
    """The speech of the 23 singers in the six shared emotions has the same clips as their song, channel apart."""
    spoken = {clip.id for clip in ravdess.speech_clips(copy) if clip.group != "18"}
    sung = {clip.id.replace("03-02-", "03-01-", 1) for clip in ravdess.song_clips(copy)}
    assert sung == {name for name in spoken if int(name.split("-")[2]) <= 6}


def test_the_files_can_be_opened(copy):
    """A listed path is an audio file of a few seconds."""
    for clip in (ravdess.speech_clips(copy)[0], ravdess.song_clips(copy)[-1]):
        assert 2.0 < soundfile.info(clip.path).duration < 8.0
