"""How do records stand in a paper? A booktabs table for every question, whose text no name can break."""

import unicodedata
from collections.abc import Sequence

from emobench.domain.names import on_one_line
from emobench.pages.report_entries import Entry, Question, questions, sound
from emobench.pages.report_headlines import Figure, Headlines, headlines

MARK = "% emobench report"  # by it a file of ours is known again
LONGEST = 60  # characters of a name
# Written so that they are themselves in any font encoding, at the beginning of a row and beside each other: no
# command, no ligature (-- ?` ''), no optional argument after \\ ([ *).
ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\symbol{34}", "`": r"\symbol{96}", "'": "{'}", "[": "{[}", "]": "{]}",
    "*": "{*}",
}  # fmt: skip
# Combining marks that TeX has as accents over a letter.
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u0304": "=", "\u0307": ".",
    "\u030c": "v", "\u0306": "u", "\u030b": "H", "\u030a": "r", "\u0327": "c",
}  # fmt: skip


def escaped(text: object, longest: int = LONGEST) -> str:
    """A text for LaTeX that is compiled by any engine without packages for its script.

    Letters with a usual accent are written as such; what has no place in a Latin font stands as its code point,
    ``U+4E2D``. Longer texts end in an ellipsis.
    """
    whole = on_one_line(text)
    cut = whole if len(whole) <= longest else f"{whole[: longest - 1]}…"
    return "".join(map(_escaped, cut)).replace("--", "-{}-").replace("--", "-{}-")


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isascii():
        return character
    if character == "…":
        return r"\ldots{}"
    letters = unicodedata.normalize("NFD", character)
    if len(letters) > 1 and letters[0].isascii() and letters[0].isalpha() and letters[1:] in ACCENTS:
        return f"\\{ACCENTS[letters[1:]]}{{{letters[0]}}}"
    return f"U+{ord(character):04X}"


def latex(entries: Sequence[Entry]) -> str:
    """A table for every question, a row a record; the same records, the same text.

    Args:
        entries: as `read_entries` gives them.

    Raises:
        DataError: a record that does not have the form of its task.
    """
    return "\n".join([f"{MARK}; needs \\usepackage{{booktabs}}", "", *map(_table, questions(entries))])


def _table(question: Question) -> str:
    with sound(question.entries[0].path):
        found = headlines(question)
    columns = "".join("r" if figure.numeric or figure.ends else "l" for figure in found.lines[0])
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_caption(question, found)}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _row([escaped(title) for title in found.titles]),
        r"\midrule",
        *(_row([_cell(figure) for figure in line]) for line in found.lines),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(figure: Figure) -> str:
    """Numbers in mathematics, so that a minus is one; words escaped."""
    if figure.numeric:
        return f"${figure.text}$" if figure.text else ""
    if figure.ends:
        low, joined, high = figure.text.partition(" to ")
        return f"${low}$ to ${high}$" if joined else figure.text
    return escaped(figure.text)


def _caption(question: Question, found: Headlines) -> str:
    names = " and ".join(question.names)
    what = f"{question.attribute} on {names}: {found.about}"
    return f"{escaped(what, 4 * LONGEST)}. Intervals: 95\\,\\% over people."
