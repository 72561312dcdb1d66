"""Does a file hold everything that its container promises? WAV, RF64, AIFF, FLAC and Ogg.

libsndfile shortens a truncated WAV or Ogg without a word. Containers are read here as their specifications have them:
RIFF and AIFF chunks (RF64: EBU Tech 3306), FLAC's STREAMINFO (RFC 9639), Ogg pages with their checksums (RFC 3533).
Rarer containers (AU, W64, CAF, NIST) are not held to their promises.
"""

import struct
import zlib
from pathlib import Path
from typing import BinaryIO

STREAMED = 0x7FFF0000  # writers to a pipe put a size like this, or a larger one, where they cannot know it
REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
MOST_CHUNKS = 10_000  # where the sizes of chunks lie, a walk could take one step for every eight bytes of a large file
CHUNKED = {
    b"RIFF": ("<", b"data"), b"RF64": ("<", b"data"), b"RIFX": (">", b"data"), b"FORM": (">", b"SSND"),
}  # fmt: skip


def broken_promise(path: Path) -> str | None:
    """Why the file cannot be whole, or None; None too for containers that are not known here.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(4)
        if magic in CHUNKED:
            return _chunks(file, size, *CHUNKED[magic])
        if magic == b"fLaC":
            return _flac(file)
        if magic == b"OggS":
            return _ogg(file, size)
    return None


def _chunks(file: BinaryIO, size: int, order: str, audio: bytes) -> str | None:
    """Walk the chunks to the audio, whose size must fit into the file."""
    position, long_size = 12, 0
    for _ in range(MOST_CHUNKS):
        if position + 8 > size:
            break
        file.seek(position)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        position += 8
        if name == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:], "little")
        if name == audio:
            there, length = size - position, long_size or length
            if length <= there or (length >= STREAMED and not long_size):
                return None
            return f"is truncated: its header promises {length} bytes of audio, {there} are there"
        position += length + length % 2
    return "has a header and no audio"


def _flac(file: BinaryIO) -> str | None:
    """The length stands in the STREAMINFO block; decoding to it is checked by whoever decodes."""
    block = file.read(38)
    if len(block) < 38 or block[0] & 0x7F != 0:
        return "is truncated within its header"
    if not int.from_bytes(block[17:22], "big") & 0xFFFFFFFFF:
        return "does not say how long it is (a FLAC that was written to a pipe): encode it again, into a file"
    return None


def _ogg(file: BinaryIO, size: int) -> str | None:
    """Every page must be whole and carry its checksum, and the last one must end the stream."""
    position, flags = 0, 0
    while position < size:
        file.seek(position)
        header = file.read(27)
        if len(header) < 27 or header[:4] != b"OggS":
            return f"is truncated or damaged at byte {position} of {size}"
        lengths = file.read(header[26])
        body = file.read(sum(lengths))
        if len(lengths) < header[26] or len(body) < sum(lengths):
            return f"is truncated: its last page starts at byte {position} and should go on beyond byte {size}"
        page = header[:22] + bytes(4) + header[26:] + lengths + body
        if ogg_checksum(page) != int.from_bytes(header[22:26], "little"):
            return f"is damaged: the page at byte {position} does not have its checksum"
        flags = header[5]
        position += len(page)
    return None if flags & 4 else "is truncated: its stream does not end"


def ogg_checksum(page: bytes) -> int:
    """CRC-32 with Ogg's conventions (bits not reflected, nothing inverted) by way of zlib's."""
    mirrored = zlib.crc32(page.translate(REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
