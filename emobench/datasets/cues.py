"""By which acoustic cues do a voice and a melody express an emotion?

One table for both synthesisers. Its signs are those of Juslin & Laukka (2003), who reviewed 104 studies of vocal
expression and 41 of music performance and found the same patterns in both (https://doi.org/10.1037/0033-2909.129.5.770,
their Table 11; articulation and pauses from the tables before it). The numbers are ours: +1 stands for "fast, high,
much", -1 for "slow, low, little", relative to a neutral performance. ``calm`` takes their pattern of tenderness.
"""

from collections.abc import Mapping
from typing import NamedTuple

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful")


class Cues(NamedTuple):
    """How far each cue departs from a neutral performance, standardised; the table stays within -1 to 1.

    ``contour`` rises (+) or falls (-); ``attack`` is fast (+) or slow (-); ``articulation`` is staccato (+) or
    legato (-); ``irregularity`` is that of timing, level and pitch from moment to moment; ``roughness`` is that of the
    voice from cycle to cycle, and in music the beating of a forced tone.
    """

    tempo: float
    level: float
    level_variability: float
    brightness: float
    pitch: float
    pitch_range: float
    contour: float
    attack: float
    articulation: float
    pauses: float
    irregularity: float
    roughness: float


PATTERNS: Mapping[str, Cues] = {
    #              tempo level l.var bright pitch range contour attack artic. pauses irreg. rough
    "neutral": Cues(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "calm": Cues(-0.6, -0.6, -0.6, -0.6, -0.3, -0.3, -0.5, -0.8, -0.8, 0.4, -0.7, -0.7),
    "happy": Cues(0.7, 0.4, 0.2, 0.4, 0.7, 0.9, 0.8, 0.6, 0.8, -0.5, -0.7, -0.3),
    "sad": Cues(-0.9, -0.8, -0.4, -0.9, -0.6, -0.8, -0.8, -0.6, -0.6, 0.9, 0.5, 0.2),
    "angry": Cues(0.6, 1.0, 0.8, 1.0, 0.3, 0.5, 0.3, 1.0, 0.5, -0.7, 0.5, 1.0),
    "fearful": Cues(0.8, -0.4, 0.8, -0.3, 0.9, -0.7, 0.6, -0.2, 0.6, 0.1, 1.0, 0.5),
}

# Arousal and valence, read off the circle of Russell (1980), https://doi.org/10.1037/h0077714, in steps of a tenth:
# pleasure 0 degrees, excitement 45, arousal 90, distress 135, displeasure 180, depression 225, relaxation 315.
CIRCUMPLEX: Mapping[str, tuple[float, float]] = {
    "neutral": (0.0, 0.0),
    "calm": (-0.6, 0.6),
    "happy": (0.4, 0.8),
    "sad": (-0.4, -0.7),
    "angry": (0.8, -0.3),
    "fearful": (0.7, -0.5),
}


def arousal_valence(emotion: str, cues: Cues) -> tuple[float, float]:
    """Where a clip lies in the circumplex: the emotion's place, moved by how the cues were used this time.

    Arousal moves with tempo, level, brightness and attack, valence with a wide, rising, regular, smooth performance:
    by half of what these cues' mean departs from the emotion's pattern. Both are in [-1, 1], rounded to 3 decimals.
    """
    used, pattern = _tendencies(cues), _tendencies(PATTERNS[emotion])
    moved = (place + 0.5 * (now - usual) for place, now, usual in zip(CIRCUMPLEX[emotion], used, pattern, strict=True))
    arousal, valence = (round(max(-1.0, min(1.0, value)), 3) for value in moved)
    return arousal, valence


def _tendencies(cues: Cues) -> tuple[float, float]:
    arousal = (cues.tempo + cues.level + cues.brightness + cues.attack) / 4
    valence = (cues.pitch_range + cues.contour - cues.irregularity - cues.roughness) / 4
    return arousal, valence
