"""Does a table for a paper hold what records say, in LaTeX that no name can break?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_toys import pair_record
from resealed import committed, renamed, written

from emobench.pages.latex import escaped, latex
from emobench.pages.report_entries import read_entries

# All that an escaped text may consist of: plain characters, our escapes, accents over a letter.
PIECE = re.compile(
    r"""[A-Za-z0-9 .,:;!?()/+=@'-]
    | \\[{}$&\#%_]
    | \\(textasciicircum|textasciitilde|textless|textgreater|textbar|textbackslash|ldots)\{\}
    | \\symbol\{(34|96)\}
    | \{[\[\]'*]\}
    | -\{\}-
    | \{\}-
    | \\[`'^~"=.vuHrc]\{[A-Za-z]\}""",
    re.VERBOSE,
)
SPECIAL = "\\{}$&#%_^~<>|\"`'-[]*\n\u202e\u4e2d\u00e9 ab"


@given(st.text() | st.text(alphabet=SPECIAL))
def test_no_text_leaves_a_special_character_unescaped(text):
    """An escaped text is made of plain characters and known escapes only, in ASCII, with its braces closed."""
    rest = escaped(text)
    assert rest.isascii()
    while rest:
        match = PIECE.match(rest)
        assert match, rest
        rest = rest[match.end() :]


@given(st.text(alphabet=SPECIAL))
def test_no_ligature_and_no_optional_argument_arises(text):
    """Two dashes are no en dash, and a row that begins with a bracket or a star is no option of the row before."""
    found = escaped(text)
    assert "--" not in found
    assert "''" not in found
    assert not found.startswith(("[", "*"))


def test_letters_keep_their_accents_and_others_their_code_points():
    """A usual accent is written in LaTeX; what a Latin font lacks stands as its code point; names end at 60."""
    assert escaped("é Ñ č") == r"\'{e} \~{N} \v{c}"
    assert escaped("中") == "U+4E2D"
    assert escaped("a\u202eb") == r"a\textbackslash{}u202eb"
    assert escaped("x" * 10_000) == "x" * 59 + r"\ldots{}"


def test_a_row_a_record_with_interval_chance_and_gain():
    """Every record has one row; a pair's has its gain with the interval, and what was chosen."""
    paths = [committed("cross_domain", name) for name in ("byol-s", "logmel", "level-duration")]
    entries = read_entries(paths)
    text = latex(entries)
    rows = [line for line in text.splitlines() if line.endswith(r"\\")][1:]
    assert len(rows) == 3
    headline = entries[0].record.found.headline
    assert f"${headline.value:.3f}$".replace("$0.", "$.") in rows[0]
    assert all(row.count(" & ") == rows[0].count(" & ") for row in rows)
    assert "(control)" in rows[2]
    assert "1012 clips of 23 people" in text
    assert "protocol cross\\_domain version" in text
    for command in (r"\toprule", r"\midrule", r"\bottomrule", r"\begin{table}", r"\end{table}"):
        assert text.count(command) == 1


def test_other_clips_have_a_table_of_their_own():
    """Records on other data never share a table."""
    paths = [committed("layerwise", "byol-s"), committed("layerwise", "byol-s", dataset="ravdess-song")]
    assert latex(read_entries(paths)).count(r"\begin{tabular}") == 2


@pytest.mark.parametrize("name", ["\\input{secret}", "a & b \\\\ c", "[50 %%%] $x$"])
def test_a_hostile_name_changes_nothing_but_its_cell(tmp_path, name):
    """The table of a record with a hostile name is that of a harmless one, but for the name."""
    path = committed("layerwise", "logmel", dataset="synthetic-speech")
    hostile = latex(read_entries([renamed(path, tmp_path, {"logmel": name}, name="one")]))
    harmless = latex(read_entries([renamed(path, tmp_path, {"logmel": "HARMLESS"}, name="two")]))
    assert hostile.replace(escaped(name), "HARMLESS") == harmless


def test_a_record_without_intervals_has_a_word_for_it(tmp_path):
    """Below eight people there is no interval, and the table says none."""
    entry = read_entries([written(pair_record(people=5), tmp_path)])
    assert "none" in latex(entry)
