"""Are waves that are decoded when they are asked for the waves that a model hears, and is their length known before?"""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench.audio.decode import load_clip
from emobench.audio.pieces import pieces_of
from emobench.audio.scan import examine
from emobench.audio.segment import plan_clip
from emobench.audio.waves import Lazily, chosen, lengths_of_pieces, waves_of
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import AudioFacts, PlannedClip
from emobench.testing.toys import MODEL

READING = ReadingOptions()


@pytest.fixture
def planned(tmp_path):
    """Three clips of noise, one of them below the shortest input of the card below."""
    found, rng = [], np.random.default_rng(0)
    for number, samples in enumerate((3_000, 200, 8_001)):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, rng.uniform(-0.5, 0.5, samples), 16_000, subtype="FLOAT")
        found.append(plan_clip(Clip(id=str(number), path=path, group="g", labels={}), examine(path)))
    return found


CARD = MODEL.model_copy(update={"longest_seconds": 0.2})


@given(st.integers(1, 90_000), st.sampled_from([8_000, 16_000, 24_000, 44_100]), st.floats(0.01, 3.0))
def test_lengths_are_known_without_decoding(samples, rate, longest):
    """For any clip and window, the lengths are those of the pieces that it is cut into."""
    clip = Clip(id="c", path="nowhere.wav", group="g", labels={})
    planned = PlannedClip(clip, AudioFacts("0" * 64, samples, rate, 1), 0, samples)
    card = MODEL.model_copy(update={"longest_seconds": max(longest, MODEL.min_seconds)})
    heard = max(1, int(samples * 16_000 / rate + 0.5))
    expected = [len(piece) for piece in pieces_of(np.zeros(heard, np.float32), card)]
    assert list(lengths_of_pieces(planned, card)) == expected


def test_waves_are_the_pieces_of_the_clips(planned):
    """Asked for in any order, every wave is the piece that extraction hears, as long as was said."""
    waves = waves_of(planned, CARD, READING)
    expected = [torch.from_numpy(p) for clip in planned for p in pieces_of(load_clip(clip, 16_000, READING), CARD)]
    assert len(waves) == len(expected) == 5
    for place in (4, 0, 2, 3, 1):
        assert torch.equal(waves[place], expected[place])
    assert [len(wave) for wave in waves] == [n for clip in planned for n in lengths_of_pieces(clip, CARD)]


def test_nothing_is_decoded_before_it_is_asked_for(planned):
    """A file that is gone hinders only who asks for its clip."""
    gone = replace(planned[1], clip=planned[1].clip.model_copy(update={"path": planned[1].clip.path.with_name("x")}))
    waves = chosen(waves_of([planned[0], gone], CARD, READING), [1, 0])
    assert len(waves[1]) == 3_000
    with pytest.raises(DataError, match="cannot be used"):
        waves[0]


@given(st.lists(st.integers(), max_size=8), st.data())
def test_lazy_items_are_a_sequence(items, data):
    """Length, order, slices, negative positions and the error beyond the end are those of a list."""
    lazy = Lazily(len(items), lambda place: items[place])
    assert list(lazy) == items
    assert len(lazy) == len(items)
    start, stop, step = (data.draw(st.one_of(st.none(), st.integers(-9, 9).filter(bool))) for _ in range(3))
    assert list(lazy[start:stop:step]) == items[start:stop:step]
    assert [lazy[place] for place in range(-len(items), 0)] == items
    with pytest.raises(IndexError):
        lazy[len(items)]
