"""How is a synthetic clip of music made? Notes of a song on one instrument, by additive synthesis.

A song is a tonic, a motif, and an instrument; a clip is a performance of its motif from a random point on. The cues act
on the notes as they do on the syllables of the synthetic speech. The mode is a hint beside them (Hevner
1935, https://doi.org/10.2307/1416710).
"""

from dataclasses import dataclass

import numpy as np

from emobench.datasets.cues import Cues
from emobench.datasets.performance import Generator, generator
from emobench.datasets.recording import HIGHEST_HZ, SAMPLE_RATE, Signal, harmonics, record, unsteadiness

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)  # semitones above the tonic
MOTIF = 16  # notes before the motif returns
PHRASE = 4  # notes


@dataclass(frozen=True)
class Song:
    """A piece and its instrument.

    ``steps`` are scale degrees around the tonic and ``beats`` the notes' relative lengths, both (16,). The spectrum
    falls as harmonic number to the power ``-slope``; even harmonics are weaker by the factor ``even``.
    """

    tonic_hz: float
    steps: Signal
    beats: Signal
    slope: float
    even: float
    ring_seconds: float
    vibrato_hz: float
    level_db: float


@dataclass(frozen=True)
class Note:
    """When a note begins and stops being held, when the next may begin, its pitch and its gain."""

    start: float
    release: float
    hz: float
    gain: float


def song(name: str) -> Song:
    """The song called ``name``: its own tonic between 130 and 330 Hz, motif, instrument and loudness."""
    draw = generator(f"{name}, song")
    walk = np.cumsum(draw.integers(-2, 3, MOTIF))
    return Song(
        tonic_hz=130.0 * 2 ** draw.uniform(0, 1.3),
        steps=(walk - np.round(walk.mean())).astype(float),
        beats=draw.choice([1.0, 1.0, 1.0, 1.5, 0.5, 2.0], MOTIF),
        slope=draw.uniform(0.9, 1.7),
        even=draw.uniform(0.3, 1.0),
        ring_seconds=draw.uniform(0.25, 1.2),
        vibrato_hz=draw.uniform(4.8, 6.4),
        level_db=-30.0 + draw.normal(0, 3.0),
    )


def play(piece: Song, valence: float, cues: Cues, draw: Generator) -> Signal:
    """A played clip: (samples,) in [-1, 1] at 16 kHz, between 2 and 2.9 seconds long.

    ``valence`` in [-1, 1] makes the major mode likely (1) or unlikely (-1).
    """
    seconds = draw.uniform(2.0, 2.9)
    mode = MAJOR if draw.uniform() < 1 / (1 + np.exp(-2.0 * valence)) else MINOR
    out = np.zeros(int(seconds * SAMPLE_RATE))
    for note in _score(piece, mode, seconds, cues, draw):
        sound = _tone(piece, note, cues, draw)
        first = int(note.start * SAMPLE_RATE)
        out[first : first + sound.size] += sound[: out.size - first]
    fade = np.minimum(1.0, np.arange(out.size)[::-1] / (0.05 * SAMPLE_RATE))
    return record(out * fade, piece.level_db + 3.0 * cues.level, draw)


def _score(piece: Song, mode: tuple[int, ...], seconds: float, cues: Cues, draw: Generator) -> list[Note]:
    """The notes that begin within ``seconds``; all cues act but brightness, attack and roughness."""
    beat = 0.26 * 2 ** (-0.5 * cues.tempo)
    held = np.clip(0.80 - 0.22 * cues.articulation, 0.35, 1.1)
    scatter = 0.06 * 2 ** (0.9 * cues.irregularity)
    accent_db = 2.0 * 2 ** (0.8 * cues.level_variability)
    start, first = 0.05, int(draw.integers(MOTIF))
    notes: list[Note] = []
    while start < seconds - 0.15:
        place = (first + len(notes)) % MOTIF
        length = beat * piece.beats[place] * np.exp(draw.normal(0, scatter))
        along = 2.0 * cues.contour * (start / seconds - 0.5)
        degree = round(piece.steps[place] * 0.7 * 2 ** (0.8 * cues.pitch_range) + along)
        semitones = round(5.0 * cues.pitch) + 12 * (degree // 7) + mode[degree % 7]
        gain = 10 ** (draw.normal(0, accent_db) / 20)
        notes.append(Note(start, start + held * length, piece.tonic_hz * 2 ** (semitones / 12), gain))
        rest = 0.10 * 2 ** (1.0 * cues.pauses) if len(notes) % PHRASE == 0 else 0.0
        start += length + rest
    return notes


def _tone(piece: Song, note: Note, cues: Cues, draw: Generator) -> Signal:
    """One note, (samples,): brightness is the slope of its spectrum, roughness a beating, irregularity a tremor."""
    held, released = note.release - note.start, 0.08
    time = np.arange(int((held + released) * SAMPLE_RATE)) / SAMPLE_RATE
    vibrato = 0.15 * np.sin(2 * np.pi * piece.vibrato_hz * time + draw.uniform(0, 2 * np.pi))
    tremor = 0.10 * 2 ** (1.2 * cues.irregularity) * unsteadiness(time.size, draw)
    numbers = np.arange(1.0, int(HIGHEST_HZ / note.hz) + 2)
    strengths = numbers ** -(piece.slope - 0.55 * cues.brightness) * np.where(numbers % 2 == 0, piece.even, 1.0)
    tone = harmonics(note.hz * 2 ** ((vibrato + tremor) / 12), strengths)
    rise = np.minimum(1.0, time / min(0.03 * 2 ** (-1.2 * cues.attack), 0.7 * held))
    fall = np.interp(time, [0.0, held, held + released], [1.0, 1.0, 0.0]) * np.exp(-time / piece.ring_seconds)
    beating = 1 + 0.18 * 2 ** (1.2 * cues.roughness) * np.sin(2 * np.pi * draw.uniform(45, 65) * time)
    return np.asarray(note.gain * tone * rise * fall * beating)
