"""How can an audio file be damaged? Whole files of many formats, and what broken downloads and liars make of them."""

import struct
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import soundfile

from emobench.audio.promises import ogg_checksum

RATE = 16_000
FRAMES = 6_000
FORMATS: dict[str, dict[str, str]] = {
    "u8.wav": {"subtype": "PCM_U8"}, "s16.wav": {}, "s24.wav": {"subtype": "PCM_24"}, "float.wav": {"subtype": "FLOAT"},
    "double.wav": {"subtype": "DOUBLE"}, "ima.wav": {"subtype": "IMA_ADPCM"}, "ms.wav": {"subtype": "MS_ADPCM"},
    "gsm.wav": {"subtype": "GSM610"}, "ulaw.wav": {"subtype": "ULAW"}, "rf64.wav": {"format": "RF64"},
    "extended.wav": {"format": "WAVEX"}, "s16.aiff": {}, "float.aiff": {"subtype": "FLOAT"}, "s16.flac": {},
    "s24.flac": {"subtype": "PCM_24"}, "vorbis.ogg": {}, "opus.ogg": {"subtype": "OPUS"}, "layer3.mp3": {},
    "s16.au": {}, "s16.w64": {}, "s16.caf": {}, "alac.caf": {"subtype": "ALAC_16"},
}  # fmt: skip
LIES_32 = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
HEADER_BYTES = 160
Damage = Callable[[bytearray, Random], bytes]


def write_originals(folder: Path) -> dict[str, bytes]:
    """Write a whole file of every format, of sound without any silence, and give their bytes by name."""
    steps = np.random.default_rng(0).standard_normal((FRAMES, 2))
    wave = 0.5 * np.sin(np.cumsum(0.05 * steps, axis=0)) + 0.01
    for name, options in FORMATS.items():
        mono = options.get("subtype") == "GSM610"
        soundfile.write(folder / name, wave[:, 0] if mono else wave, RATE, **options)
    return {name: (folder / name).read_bytes() for name in FORMATS}


def damaged(name: str, data: bytes, others: list[bytes], seed: int) -> tuple[str, bytes]:
    """What kind of damage was done, and the bytes after it; the same for the same seed.

    ``others`` are files to splice with. In one case of three, a second damage is done.
    """
    draw = Random(f"{name} {seed}")  # noqa: S311 - nothing is kept secret
    kinds = list(DAMAGES)
    if name.endswith(".ogg"):
        kinds.append("page")
    if name.endswith(".flac"):
        kinds += ["flac", "flac"]
    told = []
    for _ in range(draw.choice((1, 1, 2))):
        kind = draw.choice([*kinds, "splice"])
        told.append(kind)
        if kind == "splice":
            data = _spliced(bytearray(data), draw.choice(others), draw)
        else:
            data = {**DAMAGES, **PARTICULAR}[kind](bytearray(data or b"\0"), draw)
    return "+".join(told), data


def _flip(data: bytearray, draw: Random) -> bytes:
    for _ in range(draw.choice((1, 1, 4, 64))):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def _flip_header(data: bytearray, draw: Random) -> bytes:
    for _ in range(draw.choice((1, 2, 4))):
        data[draw.randrange(min(HEADER_BYTES, len(data)))] = draw.randrange(256)
    return bytes(data)


def _truncate(data: bytearray, draw: Random) -> bytes:
    return bytes(data[: draw.choice((draw.randrange(len(data)), draw.randrange(min(HEADER_BYTES, len(data)))))])


def _lie_32(data: bytearray, draw: Random) -> bytes:
    """A size, a rate or a count that cannot be: 32 bits of either byte order, anywhere in the header."""
    return _lied(data, draw, "<I" if draw.random() < 0.5 else ">I", draw.choice((*LIES_32, draw.randrange(1 << 32))))


def _lie_16(data: bytearray, draw: Random) -> bytes:
    """Channels, bits or the alignment of blocks that cannot be."""
    value = draw.choice((0, 1, 3, 8, 255, 256, 1_024, 0x7FFF, 0xFFFF, draw.randrange(1 << 16)))
    return _lied(data, draw, "<H" if draw.random() < 0.5 else ">H", value)


def _lie_64(data: bytearray, draw: Random) -> bytes:
    """A size of RF64, W64 or CAF that no disk holds."""
    return _lied(
        data, draw, draw.choice(("<Q", ">Q")), draw.choice((0, 1 << 32, 1 << 40, (1 << 63) - 1, (1 << 64) - 1))
    )


def _lied(data: bytearray, draw: Random, form: str, value: int) -> bytes:
    size = struct.calcsize(form)
    if len(data) <= size:
        return bytes(data)
    place = draw.randrange(min(HEADER_BYTES, len(data) - size))
    struct.pack_into(form, data, place - place % 2, value)
    return bytes(data)


def _lie_of_wave(data: bytearray, draw: Random) -> bytes:
    """A field of a WAV's format chunk; in other formats some place near the beginning."""
    form, place = draw.choice((("<H", 20), ("<H", 22), ("<I", 24), ("<I", 28), ("<H", 32), ("<H", 34), ("<I", 40)))
    if len(data) > place + struct.calcsize(form):
        most = 0xFFFF if form == "<H" else 0xFFFFFFFF
        struct.pack_into(form, data, place, draw.choice((0, 1, 2, 3, 17, 255, 1_025, most, draw.randrange(most))))
    return bytes(data)


def _hole(data: bytearray, draw: Random) -> bytes:
    start = draw.randrange(len(data))
    lost = bytes(data[start : start + draw.randrange(1, 3_000)])
    instead = draw.choice((bytes(len(lost)), b"\xff" * len(lost), lost * 2, b""))
    return bytes(data[:start]) + instead + bytes(data[start + len(lost) :])


def _append(data: bytearray, draw: Random) -> bytes:
    return bytes(data) + draw.choice((bytes(draw.randrange(5_000)), draw.randbytes(draw.randrange(5_000)), bytes(data)))


def _tag(data: bytearray, draw: Random) -> bytes:
    """An ID3 tag whose size may be a lie, in front."""
    body = draw.randbytes(draw.randrange(64))
    size = draw.choice((len(body), 0, 127, (1 << 28) - 1, draw.randrange(1 << 28)))
    coded = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\4\0" + bytes([draw.choice((0, 0x10))]) + coded + body + bytes(data)


def _spliced(data: bytearray, other: bytes, draw: Random) -> bytes:
    return bytes(data[: draw.randrange(len(data) + 1)]) + other[draw.randrange(len(other)) :]


def _lie_of_flac(data: bytearray, draw: Random) -> bytes:
    """Sizes of blocks, rate, channels, bits or the number of samples in STREAMINFO."""
    if len(data) > 42:
        place, count = draw.choice(((8, 2), (10, 2), (12, 3), (15, 3), (18, 3), (21, 5)))
        data[place : place + count] = draw.choice((bytes(count), b"\xff" * count, draw.randbytes(count)))
    return bytes(data)


def _page_with_checksum(data: bytearray, draw: Random) -> bytes:
    """Damage in an Ogg page that its checksum does not give away: a liar, not a broken download."""
    starts = [place for place in range(len(data) - 27) if data[place : place + 4] == b"OggS"]
    if not starts:
        return bytes(data)
    start = draw.choice(starts[:3] if draw.random() < 0.6 else starts)
    segments = data[start + 26]
    end = start + 27 + segments + sum(data[start + 27 : start + 27 + segments])
    body = start + 27 + segments
    for _ in range(draw.choice((1, 3, 16))):
        place = draw.choice((draw.randrange(start + 5, start + 22), draw.randrange(body, max(end, body + 1))))
        if place < len(data):
            data[place] = draw.randrange(256)
    data[start + 22 : start + 26] = bytes(4)
    data[start + 22 : start + 26] = ogg_checksum(bytes(data[start:end])).to_bytes(4, "little")
    return bytes(data)


DAMAGES: dict[str, Damage] = {
    "flip": _flip, "header": _flip_header, "truncation": _truncate, "lie of 32 bits": _lie_32,
    "lie of 16 bits": _lie_16, "lie of 64 bits": _lie_64, "lie of a wave": _lie_of_wave, "hole": _hole,
    "appended": _append, "ID3": _tag,
}  # fmt: skip
PARTICULAR: dict[str, Damage] = {"page": _page_with_checksum, "flac": _lie_of_flac}
