"""How does a training hear some clips of a dataset, or those of two? Views of sources; nothing is read or copied."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from emobench.audio.waves import Lazily, chosen
from emobench.learning.sources import Prefixes, Source, Waveforms

Item = TypeVar("Item")


@dataclass(frozen=True)
class DecodedWaveforms(Waveforms):
    """Waveforms that are decoded when a batch asks for them; ``sizes`` are the samples of each, known before."""

    sizes: Sequence[int] = ()

    @property
    def samples(self) -> Sequence[int]:
        """How long each clip is, all its pieces together; nothing is decoded."""
        return self.sizes if self.pieces is None else [sum(self.lengths(places)) for places in self.pieces]

    def lengths(self, places: Sequence[int]) -> Sequence[int]:
        """How many samples the pieces at these positions have; nothing is decoded."""
        return [self.sizes[place] for place in places]


def part_of(source: Source, places: Sequence[int]) -> Source:
    """Some clips of a source, in the order of ``places``.

    Raises:
        TypeError: a source of a kind that nothing is known about.
    """
    if not isinstance(source, Prefixes | Waveforms):
        raise TypeError(f"no part of a {type(source).__name__}")
    pieces = None if source.pieces is None else chosen(source.pieces, places)
    if isinstance(source, Prefixes):
        rows = chosen(source.rows, places) if pieces is None else source.rows
        return replace(source, rows=rows, samples=chosen(source.samples, places), pieces=pieces)
    if pieces is not None:
        return replace(source, pieces=pieces)
    if isinstance(source, DecodedWaveforms):
        return replace(source, waves=chosen(source.waves, places), sizes=chosen(source.sizes, places))
    return replace(source, waves=chosen(source.waves, places))


def joined(sources: Sequence[Source]) -> Source:
    """The clips of several sources of one kind, one source after the other.

    Raises:
        TypeError: sources of several kinds, or of waveforms whose lengths are not known.
    """
    whole = sources[0]
    for other in sources[1:]:
        if isinstance(whole, Prefixes) and isinstance(other, Prefixes):
            pieces = _both_pieces(whole, other, len(whole.rows))
            rows, samples = _after(whole.rows, other.rows), _after(whole.samples, other.samples)
            whole = replace(whole, rows=rows, samples=samples, pieces=pieces)
        elif isinstance(whole, DecodedWaveforms) and isinstance(other, DecodedWaveforms):
            pieces = _both_pieces(whole, other, len(whole.waves))
            waves, sizes = _after(whole.waves, other.waves), _after(whole.sizes, other.sizes)
            whole = replace(whole, waves=waves, sizes=sizes, pieces=pieces)
        else:
            raise TypeError(f"a {type(whole).__name__} and a {type(other).__name__} cannot be learned together")
    return whole


def _after(first: Sequence[Item], second: Sequence[Item]) -> Sequence[Item]:
    edge = len(first)
    return Lazily(edge + len(second), lambda place: first[place] if place < edge else second[place - edge])


def _both_pieces(first: Source, second: Source, edge: int) -> Sequence[Sequence[int]] | None:
    """The pieces of two sources side by side; ``edge`` is where those of the second begin."""
    if first.pieces is None and second.pieces is None:
        return None
    before = [[place] for place in range(edge)] if first.pieces is None else list(first.pieces)
    after = [[place] for place in range(len(second.samples))] if second.pieces is None else list(second.pieces)
    return [*before, *([place + edge for place in places] for places in after)]
