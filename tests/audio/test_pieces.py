"""Is a clip that does not fit a model cut or padded so that nothing is lost, doubled, or smaller than it has to be?"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.audio.pieces import bounds_of_pieces, longest_samples, pieces_of, samples_heard
from emobench.domain.cards import BackboneCard, Layers

RATE = 16_000
samples = st.integers(1, 100_000)
limits = st.integers(1, 20_000)


def card(**fields):
    """A card of 16 kHz (unless told otherwise) whose shortest input is 400 samples."""
    return BackboneCard(
        **{
            "name": "m", "pretrained_on": "nothing", "licence": "MIT", "paper": "none", "sample_rate": RATE,
            "layers": Layers.uniform(1, 2, 50), **fields,
        }
    )  # fmt: skip


@given(samples, limits)
def test_pieces_lie_side_by_side_and_cover_the_clip(length, longest):
    """The first piece begins with the clip, each begins where the one before ends, the last ends with the clip."""
    bounds = bounds_of_pieces(length, longest)
    assert (bounds[0][0], bounds[-1][1]) == (0, length)
    assert all(left[1] == right[0] for left, right in pairwise(bounds))
    assert all(first < last for first, last in bounds)


@given(samples, limits)
def test_pieces_are_equal_and_as_few_as_the_model_allows(length, longest):
    """Lengths differ by one sample at the most, none is too long, and one piece fewer could not hold the clip."""
    sizes = [last - first for first, last in bounds_of_pieces(length, longest)]
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= longest
    assert (len(sizes) - 1) * longest < length


@given(samples)
def test_a_model_without_a_limit_takes_the_clip_whole(length):
    """Without a longest input there is one piece, the clip."""
    assert bounds_of_pieces(length, None) == [(0, length)]


@pytest.mark.parametrize(("length", "longest"), [(0, 5), (-1, None), (5, 0)])
def test_nonsense_is_refused(length, longest):
    """Lengths below one are mistakes of the caller."""
    with pytest.raises(ValueError, match="positive"):
        bounds_of_pieces(length, longest)


@given(st.integers(1, 5_000), st.sampled_from([None, 800, 1_111]))
def test_pieces_are_the_clip_with_zeros_behind_what_is_too_short(length, longest):
    """Put together again, pieces are the clip, and zeros only up to the model's shortest input."""
    wave = np.arange(1, length + 1, dtype=np.float32)
    limits = {} if longest is None else {"longest_seconds": longest / RATE}
    pieces = pieces_of(wave, card(min_seconds=400 / RATE, **limits))
    whole = np.concatenate(pieces)
    assert {piece.dtype for piece in pieces} == {np.dtype(np.float32)}
    assert len(whole) == max(length, 400)
    assert np.array_equal(whole[:length], wave)
    assert not whole[length:].any()
    assert [len(piece) for piece in pieces] == [last - first for first, last in bounds_of_pieces(len(whole), longest)]


@given(st.integers(1, 5_000), st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000]))
def test_a_clip_of_exactly_the_shortest_length_is_not_padded(shortest, rate):
    """Seconds are samples over a rate: multiplied again they are those samples, and not one more."""
    limits = card(min_seconds=shortest / rate, sample_rate=rate)
    assert [len(piece) for piece in pieces_of(np.ones(shortest, np.float32), limits)] == [shortest]
    assert [len(piece) for piece in pieces_of(np.ones(1, np.float32), limits)] == [shortest]


def test_a_shortest_input_between_two_samples_is_the_longer_one():
    """A clip must not be shorter than the model needs, so a fraction of a sample counts as one."""
    assert len(pieces_of(np.ones(3, np.float32), card(min_seconds=10.25 / RATE))[0]) == 11


def test_a_window_is_the_longest_piece():
    """A fixed window limits what goes through at once, whatever else the card says; without either nothing does."""
    assert longest_samples(card()) is None
    assert longest_samples(card(longest_seconds=2)) == 32_000
    assert longest_samples(card(window_seconds=3, longest_seconds=2)) == 48_000
    assert [len(piece) for piece in pieces_of(np.ones(50_000, np.float32), card(window_seconds=3))] == [25_000, 25_000]


@given(samples, st.integers(1, 40_000))
def test_a_clip_costs_a_windowed_model_whole_windows(length, window):
    """As many windows as it has pieces, none of them shorter; other models hear the clip's own samples."""
    windowed = card(window_seconds=window / RATE)
    heard = samples_heard(length, windowed)
    assert heard == window * len(bounds_of_pieces(length, window))
    assert samples_heard(length, card()) == samples_heard(length, card(longest_seconds=0.1)) == length
