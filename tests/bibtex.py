"""What does BibTeX read in a text? A naive reader by its rules: braces count, at signs begin, all else is skipped."""

import re


def read(text):
    """(type, key, fields) of every entry, in order; raises where BibTeX would complain."""
    found, place = [], 0
    while (at := text.find("@", place)) >= 0:
        opening = re.compile(r"@([a-z]+)\{([^\s,{}\"#%~\\@]+),\s*").match(text, at)
        assert opening, f"no entry begins here: {text[at : at + 40]!r}"
        fields, place = _fields(text, opening.end())
        found.append((opening[1], opening[2], fields))
    assert len({key for _, key, _ in found}) == len(found), "a key stands twice"
    return found


def _fields(text, place):
    fields = {}
    while text[place] != "}":
        name = re.compile(r"([a-z]+) = \{").match(text, place)
        assert name, f"no field begins here: {text[place : place + 40]!r}"
        assert name[1] not in fields
        start, depth, place = name.end(), 1, name.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[place], 0)  # BibTeX counts escaped ones as well
            place += 1
        fields[name[1]] = text[start : place - 1]
        after = re.compile(r",\s*").match(text, place)
        assert after, "fields are parted by commas"
        place = after.end()
    return fields, place + 1
