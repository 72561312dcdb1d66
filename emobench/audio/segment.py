"""Which samples of a file are a clip?"""

import math

from emobench.audio.decode import is_silent, mono
from emobench.audio.loudness import SILENCE_RMS, mostly_silent
from emobench.audio.scan import Fault
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.plan import AudioFacts, PlannedClip

SHORTEST_SHARE = 0.5  # of a model's shortest input: the rest is padded with zeros, and more would be mostly padding
LONGEST_SECONDS = 3_600
END_SLACK_SECONDS = 0.01  # annotations round to hundredths of a second


def plan_clip(clip: Clip, facts: AudioFacts | Fault, min_seconds: float = 0.0) -> PlannedClip | Fault:
    """Place a clip in its file, or say why it cannot be used.

    The file has a fault, the clip lies outside of it, is too short, too long (more than an hour), or without sound.

    Too short is what lasts less than half of ``min_seconds``, the shortest input of the model. Silent is an RMS below
    -100 dBFS, once the channels are mixed; the part is decoded where the scan found silence.

    Bounds are the nearest samples to ``start_seconds`` and ``end_seconds``, halves upwards; the last is excluded. An
    end at most 0.01 s behind the end of the file means the end of the file.
    """
    if isinstance(facts, Fault):
        return facts
    first = _nearest(clip.start_seconds, facts.rate)
    last = facts.samples if clip.end_seconds is None else _nearest(clip.end_seconds, facts.rate)
    if last > facts.samples + END_SLACK_SECONDS * facts.rate:
        return Fault(f"ends at {clip.end_seconds:.3f} s, and its file ends at {facts.seconds:.3f} s")
    planned = PlannedClip(clip, facts, first, min(last, facts.samples))
    if planned.first >= planned.last:
        return Fault(f"holds no samples: it starts at {clip.start_seconds:.3f} s of {facts.seconds:.3f} s")
    if planned.seconds < SHORTEST_SHARE * min_seconds:
        needed = SHORTEST_SHARE * min_seconds
        return Fault(f"lasts {planned.seconds:.4f} s, and the model needs {needed:.4f} s at the least")
    if planned.seconds > LONGEST_SECONDS:
        hours = planned.seconds / 3_600
        return Fault(f"is longer than an hour ({hours:.1f} h): cut it into clips with start and end")
    return _without_sound(planned) or planned


def _without_sound(planned: PlannedClip) -> Fault | None:
    facts = planned.audio
    if facts.rms < SILENCE_RMS:
        return Fault("is silent")
    if facts.constant:
        return Fault("is constant: all of its samples are equal")
    if not mostly_silent(facts.silences, planned.first, planned.last):
        return None
    try:
        silent = is_silent(mono(planned))
    except DataError as problem:
        return Fault(problem.found.removeprefix("it "))
    if not silent:
        return None
    whole = planned.last - planned.first == facts.samples
    seconds = f"from {planned.first / facts.rate:.3f} s to {planned.last / facts.rate:.3f} s"
    return Fault("is silent once its channels are mixed" if whole else f"is silent {seconds}")


def _nearest(seconds: float, rate: int) -> int:
    return math.floor(seconds * rate + 0.5)
