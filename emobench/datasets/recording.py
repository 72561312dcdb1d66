"""What do the synthetic voice and the synthetic melody share? Their rate, level, room, harmonics and unsteadiness."""

import numpy as np
from numpy.typing import NDArray

from emobench.datasets.performance import Generator

SAMPLE_RATE = 16_000
HIGHEST_HZ = 7_400.0  # no harmonic above it, so that nothing folds back
SHORTEST, LONGEST = 1.5, 3.0  # seconds
PEAK = 0.9  # the loudest sample allowed
FLOOR_DB = -72.0  # of the room's noise, relative to full scale

Signal = NDArray[np.float64]


def record(sound: Signal, level_db: float, draw: Generator) -> Signal:
    """The sound at a root-mean-square level in dB of full scale, in a quiet room: (samples,), within +-0.9.

    A sound whose peaks would exceed 0.9 is made softer as a whole, never clipped.
    """
    scaled = sound * 10 ** (level_db / 20) / np.sqrt(np.mean(sound**2))
    heard = scaled + 10 ** (FLOOR_DB / 20) * draw.normal(0, 1, sound.size)
    return np.asarray(heard * min(1.0, PEAK / np.abs(heard).max()))


def unsteadiness(samples: int, draw: Generator) -> Signal:
    """What nobody can hold quite still: noise of unit variance at its knots, below about 7 Hz, (samples,)."""
    knots = int(14 * samples / SAMPLE_RATE) + 2
    return np.interp(np.linspace(0, knots - 1, samples), np.arange(knots), draw.normal(0, 1, knots))


def harmonics(hz: Signal, strengths: Signal) -> Signal:
    """A tone of (samples,) with the given amplitudes of its harmonics, (harmonics,), all in sine phase, band-limited.

    ``hz`` is the pitch at every sample; harmonics above ``HIGHEST_HZ`` are silent.
    """
    turn = np.exp(2j * np.pi * np.cumsum(hz) / SAMPLE_RATE)
    harmonic, tone = np.ones_like(turn), np.zeros(hz.size)
    for number in range(1, min(strengths.size, int(HIGHEST_HZ / hz.min())) + 1):
        harmonic *= turn
        tone += harmonic.imag * strengths[number - 1] * (number * hz < HIGHEST_HZ)
    return tone
