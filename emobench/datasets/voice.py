"""How is a synthetic clip of speech made? A glottal source with noise, through moving formants.

After Klatt (1980), https://doi.org/10.1121/1.383940. A nonsense sentence of eight syllables in two phrases; where a cue
of the performance acts is written at each step.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from emobench.datasets.cues import Cues
from emobench.datasets.performance import Generator, generator
from emobench.datasets.phonemes import Consonant, syllables
from emobench.datasets.recording import LONGEST, SAMPLE_RATE, SHORTEST, Signal, harmonics, record, unsteadiness

BLOCK = 320  # samples between two settings of the formants: 20 ms
PHRASE = 4  # syllables
FOURTH_HZ = 3_500.0  # the fourth formant of all vowels, of a man


@dataclass(frozen=True)
class Speaker:
    """A voice: its pitch, its vocal tract (a factor on formants), where its spectrum dulls, breath, rate, loudness."""

    pitch_hz: float
    formant_scale: float
    tilt_hz: float
    breath: float
    syllable_seconds: float
    level_db: float


@dataclass(frozen=True)
class Rhythm:
    """When things happen, in seconds, one entry a syllable: consonant, vowel, end of the vowel; and the clip's end."""

    consonant: Signal
    vowel: Signal
    release: Signal
    seconds: float


def speaker(name: str, *, female: bool) -> Speaker:
    """The voice of the speaker called ``name``; men around 115 Hz, women around 200 Hz with shorter vocal tracts."""
    draw = generator(f"{name}, voice")
    return Speaker(
        pitch_hz=(200.0 if female else 115.0) * 2 ** draw.normal(0, 0.15),
        formant_scale=(1.16 if female else 1.0) * 2 ** draw.normal(0, 0.05),
        tilt_hz=900.0 * 2 ** draw.normal(0, 0.35),
        breath=0.02 * 2 ** draw.normal(0, 0.7),
        syllable_seconds=0.235 * 2 ** draw.normal(0, 0.12),
        level_db=-33.0 + draw.normal(0, 3.0),
    )


def speak(voice: Speaker, sentence: str, cues: Cues, draw: Generator) -> Signal:
    """A spoken clip: (samples,) in [-1, 1] at 16 kHz, between 1.5 and 3 seconds long."""
    parts = syllables(sentence)
    rhythm = _rhythm(voice, [consonant for consonant, _ in parts], cues, draw)
    time = np.arange(int(rhythm.seconds * SAMPLE_RATE)) / SAMPLE_RATE
    stress_db = draw.normal(0, 2.0 * 2 ** (0.6 * cues.level_variability), len(parts))
    envelope = _envelope(time, rhythm, [consonant.voice for consonant, _ in parts], 10 ** (stress_db / 20), cues)
    source = _glottis(_pitch(voice, time, rhythm, cues, draw), voice, cues, draw)
    breath = voice.breath * 2 ** (1.5 * cues.roughness) * draw.normal(0, 1, time.size)
    formants = np.array([(*vowel, FOURTH_HZ) for _, vowel in parts]) * voice.formant_scale
    formants[:, 0] *= 2 ** (0.15 * cues.level)  # a raised voice opens the mouth
    voiced = _vocal_tract((source + breath) * envelope, rhythm, formants)
    noise = _frication(rhythm, [consonant for consonant, _ in parts], time.size, draw)
    sound = voiced / np.sqrt(np.mean(voiced**2)) + noise * 2 ** (0.6 * cues.brightness)
    return record(sound, voice.level_db + 3.0 * cues.level, draw)


def _rhythm(voice: Speaker, consonants: list[Consonant], cues: Cues, draw: Generator) -> Rhythm:
    """Tempo sets the rate, irregularity the scatter of durations, pauses the gap, articulation the vowels' share."""
    count = len(consonants)
    scatter = np.exp(draw.normal(0, 0.10 * 2 ** (0.9 * cues.irregularity), count))
    seconds = voice.syllable_seconds * 2 ** (-0.30 * cues.tempo) * scatter / scatter.mean()
    pause = 0.10 * 2 ** (1.0 * cues.pauses)
    before, after = draw.uniform(0.05, 0.20, 2)
    seconds *= min(1.0, (LONGEST - before - after - pause) / seconds.sum())
    onset = before + np.concatenate([[0.0], np.cumsum(seconds)[:-1]]) + pause * (np.arange(count) >= PHRASE)
    closure = np.minimum([consonant.seconds for consonant in consonants], 0.4 * seconds)
    sounding = np.clip(0.82 - 0.18 * cues.articulation, 0.45, 1.0)
    end = max(SHORTEST, float(onset[-1] + seconds[-1] + after))
    return Rhythm(onset, onset + closure, onset + closure + sounding * (seconds - closure), end)


def _envelope(time: Signal, rhythm: Rhythm, voice: list[float], gain: Signal, cues: Cues) -> Signal:
    """Voicing over time, (samples,): attack sets how fast a vowel rises, articulation how deep it falls between."""
    rise = 0.035 * 2 ** (-1.0 * cues.attack)
    between = np.clip(0.15 - 0.15 * cues.articulation, 0.0, 0.4)
    points, values = [0.0], [0.0]
    for index, strength in enumerate(gain):
        vowel, release = rhythm.vowel[index], rhythm.release[index]
        peak = min(vowel + rise, vowel + 0.7 * (release - vowel))
        points += [rhythm.consonant[index], vowel, peak, release, release + 0.03]
        values += [voice[index] * strength, (0.3 + voice[index]) * 0.5 * strength, strength, 0.7 * strength, between]
    points += [points[-1] + 0.04]
    values += [0.0]
    return np.interp(time, np.maximum.accumulate(points), values)


def _pitch(voice: Speaker, time: Signal, rhythm: Rhythm, cues: Cues, draw: Generator) -> Signal:
    """The pitch in Hz, (samples,): level, range of the accents, contour, and a tremor that follows irregularity."""
    accents = draw.normal(0, 1, rhythm.vowel.size) * 1.6 * 2 ** (1.0 * cues.pitch_range)
    slope = 3.0 * cues.contour * (time / time[-1] - 0.5)
    tremor = unsteadiness(time.size, draw) * 0.35 * 2 ** (1.2 * cues.irregularity)
    centres = (rhythm.vowel + rhythm.release) / 2
    semitones = 5.0 * cues.pitch + np.interp(time, centres, accents) + slope + tremor
    return np.asarray(voice.pitch_hz * 2 ** (semitones / 12))


def _glottis(pitch_hz: Signal, voice: Speaker, cues: Cues, draw: Generator) -> Signal:
    """Band-limited pulses, (samples,): roughness is jitter and shimmer by cycle, brightness where the tilt sets in."""
    perturbation = 2 ** (1.3 * cues.roughness)
    cycle = np.floor(np.cumsum(pitch_hz) / SAMPLE_RATE).astype(int)
    jitter = 1 + 0.010 * perturbation * draw.normal(0, 1, cycle[-1] + 1)
    shimmer = 1 + 0.06 * perturbation * draw.normal(0, 1, cycle[-1] + 1)
    pulses = harmonics(pitch_hz * jitter[cycle], 1 / np.arange(1, 200))
    pole = np.exp(-2 * np.pi * voice.tilt_hz * 2 ** (1.3 * cues.brightness) / SAMPLE_RATE)
    return np.asarray(lfilter([1 - pole], [1, -pole], pulses * shimmer[cycle]))


def _vocal_tract(source: Signal, rhythm: Rhythm, formants_hz: Signal) -> Signal:
    """The source through a cascade of four resonators (Klatt 1980) that move from vowel to vowel."""
    blocks = -(-source.size // BLOCK)
    middle = (np.arange(blocks) + 0.5) * BLOCK / SAMPLE_RATE
    tracks = np.stack([np.interp(middle, rhythm.vowel, track) for track in formants_hz.T], axis=1)
    sections, state, out = _resonators(tracks), np.zeros((tracks.shape[1], 2)), np.zeros_like(source)
    for block in range(blocks):
        part = slice(block * BLOCK, (block + 1) * BLOCK)
        out[part], state = sosfilt(sections[block], source[part], zi=state)
    return np.asarray(out)


def _resonators(tracks_hz: Signal) -> Signal:
    """Second-order sections (blocks, formants, 6) with unit gain at 0 Hz; bandwidths grow with frequency."""
    bandwidth = 50.0 + 0.04 * tracks_hz
    radius = np.exp(-np.pi * bandwidth / SAMPLE_RATE)
    first, second = -2 * radius * np.cos(2 * np.pi * tracks_hz / SAMPLE_RATE), radius**2
    zero, one = np.zeros_like(first), np.ones_like(first)
    return np.stack([1 + first + second, zero, zero, one, first, second], axis=-1)


def _frication(rhythm: Rhythm, consonants: list[Consonant], samples: int, draw: Generator) -> Signal:
    """Bursts and hissing, (samples,): each consonant's noise in a band of two thirds of an octave either side."""
    out = np.zeros(samples)
    for consonant, start, end in zip(consonants, rhythm.consonant, rhythm.vowel, strict=True):
        first, length = int(start * SAMPLE_RATE), int((end - start) * SAMPLE_RATE)
        band = (consonant.noise_hz / 1.5, min(consonant.noise_hz * 1.5, 7_600.0))
        hiss = sosfilt(butter(2, band, "bandpass", fs=SAMPLE_RATE, output="sos"), draw.normal(0, 1, length))
        out[first : first + length] += 3.0 * consonant.noise * hiss * np.hanning(length)
    return out
