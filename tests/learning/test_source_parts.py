"""Is a part of a source, and two sources joined, heard as the clips themselves are?"""

from dataclasses import replace

import pytest
import torch
from learning_toys import adapted, cached, cut, whole

from emobench.audio.waves import Lazily
from emobench.catalog.contracts import AudioBatch
from emobench.learning.source_parts import DecodedWaveforms, joined, part_of
from emobench.learning.sources import Waveforms

PLACES = [4, 0, 7, 3]
KINDS = ("waveforms", "decoded", "prefixes")


def source_of(kind, *, longest, clips=9, seed=1, decoded=None):
    """A source of some clips, whole (``longest`` None) or in shuffled pieces; ``decoded`` notes what is asked for."""
    examples = whole(clips, seed)
    if longest is not None:
        examples = cut(examples, longest)
    if kind == "prefixes":
        return cached(adapted(), examples).source
    source = examples.source
    if kind == "waveforms":
        return source
    sizes, seen = [len(wave) for wave in source.waves], [] if decoded is None else decoded

    def wave(place):
        seen.append(place)
        return source.waves[place]

    return DecodedWaveforms(Lazily(len(sizes), wave), pieces=source.pieces, sizes=sizes)


def heard(source, clips):
    """What the module is sent for every one of some clips, its pieces together, as lists of tensors."""
    found = []
    for clip in clips:
        batch = source.batch([clip] if source.pieces is None else source.pieces[clip])
        inside = (batch.waveform, batch.lengths) if isinstance(batch, AudioBatch) else (batch.state, batch.samples)
        found.append(inside)
    return found


def same(first, second):
    return len(first) == len(second) and all(
        torch.equal(one, other) for pair in zip(first, second, strict=True) for one, other in zip(*pair, strict=True)
    )


def lengths(source, clips):
    return [list(source.lengths([clip] if source.pieces is None else source.pieces[clip])) for clip in clips]


@pytest.mark.parametrize("longest", [None, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_heard_as_its_clips_are(kind, longest):
    """Clip i of a part gives the same batch, lengths and samples as the clip at its i-th place, also part of a part."""
    source = source_of(kind, longest=longest)
    part = part_of(source, PLACES)
    assert list(part.samples) == [source.samples[place] for place in PLACES]
    assert same(heard(part, range(4)), heard(source, PLACES))
    assert lengths(part, range(4)) == lengths(source, PLACES)
    again = part_of(part, [2, 1])
    assert list(again.samples) == [source.samples[place] for place in (7, 0)]
    assert same(heard(again, range(2)), heard(source, [7, 0]))


@pytest.mark.parametrize("longest", [None, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_pads_its_clips_together_as_the_source_does(kind, longest):
    """Several clips of a part make the very batch that they make in the source."""
    source = source_of(kind, longest=longest)
    part = part_of(source, PLACES)
    if longest is None:
        told, expected = part.batch([0, 1, 2, 3]), source.batch(PLACES)
    else:
        told = part.batch([piece for clip in range(4) for piece in part.pieces[clip]])
        expected = source.batch([piece for clip in PLACES for piece in source.pieces[clip]])
    for one, other in zip(vars(told).values(), vars(expected).values(), strict=True):
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


@pytest.mark.parametrize(("before", "after"), [(None, None), (4, None), (None, 4), (4, 3)])
@pytest.mark.parametrize("kind", ["decoded", "prefixes"])
def test_joined_sources_are_heard_one_after_the_other(kind, before, after):
    """The clips of both give the same batches, lengths and samples as apart, whether clips are in pieces or not."""
    first, second = source_of(kind, longest=before), source_of(kind, longest=after, clips=6, seed=2)
    both = joined([first, second])
    assert list(both.samples) == [*first.samples, *second.samples]
    assert same(heard(both, range(15)), heard(first, range(9)) + heard(second, range(6)))
    assert lengths(both, range(15)) == lengths(first, range(9)) + lengths(second, range(6))


@pytest.mark.parametrize("kind", ["decoded", "prefixes"])
def test_parts_of_two_sources_can_be_joined(kind):
    """Joining parts gives the clips of the first part, then those of the second."""
    first, second = source_of(kind, longest=4), source_of(kind, longest=None, clips=6, seed=2)
    both = joined([part_of(first, PLACES), part_of(second, [5, 1])])
    assert same(heard(both, range(6)), heard(first, PLACES) + heard(second, [5, 1]))
    assert joined([first]) is first


def test_nothing_is_decoded_before_a_batch_asks():
    """Parts, joints, samples and lengths decode nothing; a batch decodes its own pieces only."""
    decoded = []
    source = source_of("decoded", longest=4, decoded=decoded)
    both = joined([part_of(source, PLACES), source_of("decoded", longest=None, decoded=decoded)])
    list(both.samples), lengths(both, range(13))
    assert decoded == []
    both.batch(both.pieces[1])
    assert sorted(decoded) == sorted(source.pieces[PLACES[1]])


@pytest.mark.parametrize("kind", KINDS)
def test_views_keep_that_lengths_must_not_mix(kind):
    """A part of clips that must not be padded together is of the same kind, and so are two such sources joined."""
    source = replace(source_of(kind, longest=None), equal_length=True)
    assert part_of(source, PLACES).equal_length
    if kind != "waveforms":
        assert joined([source, source]).equal_length


def test_sources_that_do_not_go_together_are_refused():
    """Sources of two kinds, of unknown lengths, or of no known kind are a TypeError that names them."""
    with pytest.raises(TypeError, match="a Prefixes and a DecodedWaveforms"):
        joined([source_of("prefixes", longest=None), source_of("decoded", longest=None)])
    with pytest.raises(TypeError, match="a Waveforms and a Waveforms"):
        joined([Waveforms([torch.zeros(8)])] * 2)
    with pytest.raises(TypeError, match="no part of a list"):
        part_of([], [0])
