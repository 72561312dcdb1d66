"""How loud is a file, is it clipped, and where is it silent? Measured while it is decoded, block by block."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Block = NDArray[Any]  # (frames, channels), int32 with the highest bits used, or float64
SILENCE_RMS = 1e-5  # -100 dBFS: below one step of 16 bits
FULL_SCALE = 0.99  # full scale of 8 bits is 0.992, and audio is often scaled a little after it was clipped
MOST_PEAK = 1e5  # of floating point: integers that nobody scaled stay below it, a damaged exponent does not
CELL = 1_024  # frames whose level is looked at together
PIECE = 16 * CELL
SHORTEST_SILENCE = 2 * CELL


class Meter:
    """Adds up what the blocks of one file say; every block but the last has a multiple of `CELL` frames."""

    def __init__(self, channels: int, scale: float) -> None:
        self.channels, self.scale = channels, scale
        self.frames, self.energy, self.clipped, self.highest = 0, 0.0, 0, 0.0
        self.constant = True
        self._kind = np.float32 if scale > 1 else np.float64  # of what is squared: integers need no wider one
        self.silences: list[tuple[int, int]] = []
        self._first: Block | None = None
        self._before: Block | None = None  # the last frames, while they can be part of a clipped run

    def add(self, part: Block) -> None:
        """Look at the next block, (frames, channels), in pieces that stay in the processor's cache."""
        for start in range(0, len(part), PIECE):
            self._add(part[start : start + PIECE])

    def _add(self, part: Block) -> None:
        highest = max(float(part.max()), -float(part.min())) / self.scale
        self.highest = max(self.highest, highest)
        if highest > MOST_PEAK:
            return  # squares of it may be no numbers, and nobody will use the file
        self._count_clipped(part, highest)
        if self.constant:
            self._first = part[:1].copy() if self._first is None else self._first
            self.constant = bool((part == self._first).all())
        self._measure(part)
        self.frames += len(part)

    @property
    def rms(self) -> float:
        """Over all samples and channels, full scale at 1."""
        return math.sqrt(self.energy / max(1, self.frames * self.channels))

    def _measure(self, part: Block) -> None:
        """Energy of the block, and the silent cells of its mono mix (what a model hears)."""
        mono = self._scaled(part[:, 0]) if self.channels == 1 else part.mean(axis=1) / self.scale
        whole = len(mono) // CELL * CELL
        cells, rest = mono[:whole].reshape(-1, CELL), mono[whole:]
        energies = [*np.einsum("ij,ij->i", cells, cells).tolist(), *([float(rest @ rest)] if len(rest) else [])]
        for cell, energy in enumerate(energies):
            if energy >= SILENCE_RMS**2 * min(CELL, len(part) - cell * CELL):
                continue
            start = self.frames + cell * CELL
            end = min(start + CELL, self.frames + len(part))
            if self.silences and self.silences[-1][1] == start:
                start = self.silences.pop()[0]
            self.silences.append((start, end))
        if self.channels == 1:
            self.energy += sum(energies)
        else:
            flat = self._scaled(part.ravel())
            self.energy += float(flat @ flat)

    def _scaled(self, samples: Block) -> NDArray[np.floating[Any]]:
        return np.multiply(samples, 1 / self.scale, dtype=self._kind, casting="unsafe")

    def _count_clipped(self, part: Block, highest: float) -> None:
        """Samples in runs of at least three equal ones at full scale; runs go on from block to block."""
        if highest < FULL_SCALE:
            self._before = None
            return
        before = np.zeros((3, self.channels), part.dtype) if self._before is None else self._before
        joined = np.concatenate([before, part])
        loud = np.abs(joined[2:].astype(np.float64)) >= FULL_SCALE * self.scale
        triples = loud & (joined[2:] == joined[1:-1]) & (joined[1:-1] == joined[:-2])  # row 0 was counted before
        begun = triples[1:] & ~triples[:-1]
        self.clipped += int(triples[1:].sum()) + 2 * int(begun.sum())
        self._before = joined[-3:].copy()


def mostly_silent(silences: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether frames ``first`` to ``last`` may be silent: all but their edges lie in cells that are."""
    shared = sum(max(0, min(last, end) - max(first, start)) for start, end in silences)
    return shared > 0 and last - first - shared <= 2 * CELL
