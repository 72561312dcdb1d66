"""Where may RAVDESS lie, and which copies of it are refused?"""

import pytest

from emobench.datasets import ravdess
from emobench.domain.errors import DataError

FOLDERS = {"speech": "Audio_Speech_Actors_01-24", "song": "Audio_Song_Actors_01-24"}
CLIPS = {"speech": ravdess.speech_clips, "song": ravdess.song_clips}


def unpack(folder, part, ending=".wav"):
    """Empty files with all official names of a part, in folders by actor."""
    for name in ravdess.official_ids(part):
        actor = folder / f"Actor_{name[-2:]}"
        actor.mkdir(parents=True, exist_ok=True)
        (actor / (name + ending)).touch()
    return folder


def refusal(part, root):
    with pytest.raises(DataError) as caught:
        CLIPS[part](root)
    assert caught.value.exit_code == 3
    assert caught.value.remedy
    return caught.value


@pytest.fixture
def speech(tmp_path):
    """A complete copy of the speech, as the archive unpacks."""
    return unpack(tmp_path / "speech", "speech")


@pytest.mark.parametrize("part", ["speech", "song"])
def test_the_root_may_be_any_of_three_folders(part, tmp_path):
    """The folder of both archives, one archive's folder, and a folder that holds the actors give the same clips."""
    both, plain = tmp_path / "both", unpack(tmp_path / "plain", part)
    for name, folder in FOLDERS.items():
        unpack(both / folder, name)
    listed = [CLIPS[part](root) for root in (both, both / FOLDERS[part], plain)]
    assert [clip.id for clip in listed[0]] == [clip.id for clip in listed[1]] == [clip.id for clip in listed[2]]
    assert {clip.id for clip in listed[0]} == ravdess.official_ids(part)
    assert all(clip.path.is_file() for clips in listed for clip in clips)


def test_wav_and_flac_have_one_identity(speech, tmp_path):
    """A copy made into FLAC is the same dataset: same ids, labels and groups."""
    flac = ravdess.speech_clips(unpack(tmp_path / "flac", "speech", ending=".flac"))
    wav = ravdess.speech_clips(speech)
    assert [clip.model_dump(exclude={"path"}) for clip in flac] == [clip.model_dump(exclude={"path"}) for clip in wav]


def test_archives_unpacked_over_each_other_are_told_apart(speech):
    """Both archives unpack to Actor_01 ...; each part still finds exactly its own clips."""
    unpack(speech, "song")
    assert (len(ravdess.speech_clips(speech)), len(ravdess.song_clips(speech))) == (1_440, 1_012)


def test_a_clip_in_two_formats_is_refused(speech):
    """The same clip as WAV and as FLAC would be counted twice: both files are named."""
    (speech / "Actor_07" / "03-01-05-01-02-01-07.flac").touch()
    error = refusal("speech", speech)
    assert "1 clip of RAVDESS more than once" in error.what
    assert "03-01-05-01-02-01-07.flac" in error.found
    assert "03-01-05-01-02-01-07.wav" in error.found


def test_a_clip_in_two_folders_is_refused(speech):
    """The same name under two actors is a damaged copy."""
    (speech / "Actor_08" / "03-01-05-01-02-01-07.wav").touch()
    assert "more than once" in refusal("speech", speech).what


@pytest.mark.parametrize(
    "stray", ["03-01-01-02-01-01-07.wav", "03-01-09-01-01-01-07.flac", "notes.wav", "03-01-05.WAV"]
)
def test_a_name_out_of_the_grammar_is_refused(stray, speech):
    """Audio that is not named as the official description says is listed, not skipped."""
    (speech / "Actor_07" / stray).touch()
    error = refusal("speech", speech)
    assert "1 audio file" in error.what
    assert error.found == stray


def test_the_sound_of_a_video_is_refused(speech):
    """Modalities 01 and 02 are videos: their sound would double the clips under other names."""
    (speech / "Actor_07" / "01-01-05-01-02-01-07.wav").touch()
    assert "Modalities 01 and 02 are videos" in refusal("speech", speech).remedy


def test_what_is_no_audio_is_left_alone(speech):
    """What macOS and people leave in folders does not matter."""
    for name in ("._03-01-05-01-02-01-07.wav", ".DS_Store", "README.md"):
        (speech / "Actor_07" / name).touch()
    assert len(ravdess.speech_clips(speech)) == 1_440


def test_half_a_copy_says_who_is_missing(speech):
    """Missing clips are counted by actor, and the message says what to download and how to say where it is."""
    for path in sorted((speech / "Actor_07").iterdir())[:12]:
        path.unlink()
    for path in (speech / "Actor_24").iterdir():
        path.unlink()
    error = refusal("speech", speech)
    assert "1,368 of 1,440 clips" in error.what
    assert error.found.splitlines() == ["actor 07: 12 of 60 clips missing", "actor 24: 60 of 60 clips missing"]
    fetching = ("208,468,073 bytes", "records/1188976", "emobench data fetch ravdess-speech --accept-licence")
    for part in (*fetching, "Audio_Speech_Actors_01-24", "--data ravdess-speech=DIR"):
        assert part in error.remedy


def test_an_empty_or_missing_folder_says_what_was_looked_for(tmp_path):
    """No folder, and a folder without a single clip, name the places that were tried."""
    for root in (tmp_path, tmp_path / "nowhere"):
        error = refusal("song", root)
        assert f"looked for Audio_Song_Actors_01-24 or Actor_01 to Actor_24 in {root}" in error.found
        assert "emobench data fetch ravdess-song --accept-licence" in error.remedy


def test_speech_where_song_was_asked_for_is_said(speech):
    """Pointing at the other archive is a likely slip, and the message says what lies there instead."""
    assert "found 1,440 files of the other part" in refusal("song", speech).found
