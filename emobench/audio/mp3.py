"""How many samples does an MP3 file hold? Its frames are counted, because not every file says it.

An MP3 file is a row of frames. The first one may be a Xing or Info frame that says how many follow. Where it is
missing, libsndfile estimates from the first bitrate, and silently stops early when the bitrate varies. Frame headers:
ISO/IEC 11172-3 and 13818-3; Xing: http://gabriel.mp3-tech.org/mp3infotag.html.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

KILOBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
KILOBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
HZ = (44_100, 48_000, 32_000)
TAGS = (b"TAG", b"APE", b"LYR", b"ID3", b"3DI", b"\0\0\0")
SEARCHED_BYTES = 1 << 16
TRIMMED_FRAMES = 4  # encoder delay and padding that gapless decoders leave out


@dataclass(frozen=True)
class Frame:
    """One frame by its header: size in bytes, samples per channel, offset of its Xing tag."""

    size: int
    samples: int
    tag_offset: int


@dataclass(frozen=True)
class Walk:
    """What a walk over all frames found: frames, samples in them, frames promised by a tag, and a fault at the end."""

    frames: int
    samples: int
    promised: int | None
    fault: str | None

    def missing(self, decoded: int) -> str | None:
        """Why ``decoded`` samples cannot be the whole file, or None."""
        if self.promised is not None and self.frames < self.promised:
            return f"is truncated: its header promises {self.promised} frames, {self.frames} are there"
        if self.fault is not None and self.promised is None:
            return self.fault
        per_frame = self.samples // max(1, self.frames)
        if decoded < self.samples - TRIMMED_FRAMES * per_frame:
            return (
                f"would be cut short: it holds {self.samples} samples, and {decoded} can be decoded (an MP3 with "
                "varying bitrate and no length in its header; 'ffmpeg -i IN -c copy OUT' writes one)"
            )
        return None


def walk(path: Path) -> Walk | None:
    """Walk over the frames; None when the file is no plain row of MPEG layer III frames.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = _first_frame(file, _after_tags(file))
        file.seek(start)
        first = frame_at(file.read(4))
        if first is None:
            return None
        file.seek(start)
        promised = _promised(file.read(first.size), first)
        frames, samples, position = 0, 0, start + (0 if promised is None else first.size)
        while True:
            file.seek(position)
            header = file.read(4)
            frame = frame_at(header)
            if frame is None:
                return Walk(frames, samples, promised, _fault(header, position, size))
            if position + frame.size > size:
                return Walk(frames, samples, promised, f"is truncated in its last frame, at byte {position} of {size}")
            frames, samples, position = frames + 1, samples + frame.samples, position + frame.size


def frame_at(header: bytes) -> Frame | None:
    """Read the four bytes of a frame header; None when they are none (or of layer I, II, or free format)."""
    bits = int.from_bytes(header, "big")
    version, layer = bits >> 19 & 3, bits >> 17 & 3
    rate_index, kilobits_index = bits >> 10 & 3, bits >> 12 & 15
    if len(header) < 4 or bits >> 21 != 0x7FF or layer != 1 or version == 1 or rate_index == 3:
        return None
    if kilobits_index in {0, 15}:
        return None
    mono = bits >> 6 & 3 == 3
    hz = HZ[rate_index] >> {3: 0, 2: 1, 0: 2}[version]
    kilobits = (KILOBITS_1 if version == 3 else KILOBITS_2)[kilobits_index]
    samples = 1152 if version == 3 else 576
    side = (17 if mono else 32) if version == 3 else (9 if mono else 17)
    return Frame(samples // 8 * kilobits * 1000 // hz + (bits >> 9 & 1), samples, 4 + side)


def _after_tags(file: BinaryIO) -> int:
    position = 0
    while True:
        file.seek(position)
        tag = file.read(10)
        if len(tag) < 10 or tag[:3] != b"ID3":
            return position
        length = 0
        for byte in tag[6:10]:
            length = length << 7 | byte & 0x7F
        position += 10 + length + (10 if tag[5] & 0x10 else 0)


def _first_frame(file: BinaryIO, position: int) -> int:
    """Where a frame is followed by another one: some files have padding behind their tags."""
    file.seek(position)
    data = file.read(SEARCHED_BYTES)
    for offset in (found.start() for found in re.finditer(rb"\xff(?=[\xe2\xe3\xf2\xf3\xfa\xfb])", data)):
        frame = frame_at(data[offset : offset + 4])
        follower = data[offset + frame.size : offset + frame.size + 4] if frame else b""
        if frame_at(follower):
            return position + offset
    return position


def _promised(data: bytes, frame: Frame) -> int | None:
    tag = data[frame.tag_offset : frame.tag_offset + 12]
    if tag[:4] not in {b"Xing", b"Info"} or not tag[7:8] or not tag[7] & 1:
        return None
    return int.from_bytes(tag[8:12], "big")


def _fault(header: bytes, position: int, size: int) -> str | None:
    if position >= size or header[:3] in TAGS:
        return None
    return f"is damaged: there is no MP3 frame at byte {position} of {size}"
