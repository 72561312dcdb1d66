"""Do the archives that RAVDESS is published in unpack to what its reader takes?"""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from published_toys import described

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.corpora.archive_sources import Ways
from emobench.corpora.fetching import fetch, state_of
from emobench.corpora.verification import verify
from emobench.datasets import ravdess
from emobench.domain.progress import Silent


def test_the_cards_name_the_published_archives():
    """One archive each, at Zenodo's record, with its size and its own digest."""
    archives = [card.archives[0] for card in (ravdess.SPEECH, ravdess.SONG)]
    assert [archive.size for archive in archives] == [208_468_073, 225_505_317]
    assert [archive.sha256[:8] for archive in archives] == ["5d208e01", "89f3df66"]
    for archive in archives:
        assert archive.url == f"https://zenodo.org/records/1188976/files/{archive.name}"


def test_the_names_of_the_release_are_those_of_its_clips():
    """Folder by actor and official name, for every clip once."""
    for part, ids in (("speech", 1_440), ("song", 1_012)):
        names = ravdess.official_files(part)
        assert len(set(names)) == len(names) == ids
        assert {name[9:-4] for name in names} == ravdess.official_ids(part)
        assert all(name[6:8] == name[-6:-4] for name in names)


@pytest.mark.parametrize("top", ["", "Audio_Speech_Actors_01-24/"])
def test_an_archive_becomes_the_dataset(top, tmp_path):
    """With and without a folder around all actors, what a fetch unpacks is read as all clips, and is official."""
    with zipfile.ZipFile(tmp_path / "speech.zip", "w") as archive:
        for number, name in enumerate(ravdess.official_files("speech")):
            wav = io.BytesIO()
            soundfile.write(wav, np.full(600, number, np.int16), 48_000, format="WAV")
            archive.writestr(top + name, wav.getvalue())
    card = ravdess.SPEECH.model_copy(
        update={"archives": (described(tmp_path / "speech.zip", "https://example.org/speech.zip"),)}
    )
    catalog = build_catalog(*discover())
    offer = catalog.dataset("ravdess-speech")
    dataset = replace(offer.what, card=card)
    folder, home = tmp_path / "data" / "ravdess-speech", tmp_path / "home"
    fetch(dataset, catalog, Ways(folder, home / "downloads", (tmp_path / "speech.zip",), offline=True), Silent())
    assert state_of(dataset, folder) == "whole"
    assert len(ravdess.speech_clips(folder)) == 1_440
    found = verify(replace(offer, what=dataset), catalog, folder, (), home, Silent())
    assert (found.verdict, found.same, found.rates_hz) == ("official", 1_440, (48_000,))
