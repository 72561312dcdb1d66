"""How does a name from a file system stand on one line, in UTF-8, whatever its bytes are?"""

FIRST_LONE_BYTE, LAST_LONE_BYTE = 0xDC80, 0xDCFF  # PEP 383: how Python carries a byte that is no UTF-8


def on_one_line(name: object) -> str:
    r"""``str(name)`` with control characters, line ends and bytes that are not UTF-8 escaped; the rest as it is.

    Example:
        >>> print(on_one_line("two\nlines \udcff.wav"))
        two\nlines \xff.wav
    """
    return "".join(map(_shown, str(name)))


def in_utf8(name: str) -> str:
    """``name`` with bytes that are not UTF-8 escaped; the rest as it is."""
    return name if name.isascii() else "".join(_shown(c) if "\ud800" <= c <= "\udfff" else c for c in name)


def _shown(character: str) -> str:
    if character.isprintable() or character == "\u3000":
        return character
    code = ord(character)
    if FIRST_LONE_BYTE <= code <= LAST_LONE_BYTE:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
