"""Does a CSV file come back as it was written, and is whatever is odd about it told with its line?"""

import csv
import io
import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from emobench.datasets.table_file import read_csv, table_of
from emobench.domain.errors import DataError

NAMES = st.text(st.characters(categories=("L", "N"), max_codepoint=0x2FF), min_size=1, max_size=8)
CELLS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@st.composite
def tables(draw):
    """A header of different names, and rows of any cells."""
    header = draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    row = st.lists(CELLS, min_size=len(header), max_size=len(header))
    return header, draw(st.lists(row, min_size=1, max_size=6))


def written(header, rows, **dialect):
    sink = io.StringIO(newline="")
    csv.writer(sink, **dialect).writerows([header, *rows])
    return sink.getvalue()


@given(
    tables(),
    st.sampled_from(",;\t"),
    st.sampled_from(["\r\n", "\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example((["a", "b"], [["", ""], ["two\nlines", 'a "quote"']]), ",", "\r\n", csv.QUOTE_MINIMAL)
def test_whatever_a_writer_writes_comes_back(tmp_path_factory, table, separator, end, quoting):
    """Any cells, under any of the separators and line ends, quoted only where needed or everywhere.

    A writer that ends lines with LF alone leaves a lone CR unquoted: such a file is ambiguous, and left out.
    """
    header, rows = table
    assume(end == "\r\n" or quoting == csv.QUOTE_ALL or not any("\r" in cell for row in rows for cell in row))
    text = written(header, rows, delimiter=separator, lineterminator=end, quoting=quoting)
    path = tmp_path_factory.getbasetemp() / "table.csv"
    found = table_of(text, path)
    assert found.columns == tuple(header)
    assert [[row.cells[name] for name in header] for row in found.rows] == rows
    style = {"delimiter": separator, "lineterminator": end, "quoting": quoting}
    before = [re.split("\r\n|\r|\n", written(header, rows[:index], **style)) for index in range(len(rows))]
    assert [row.where for row in found.rows] == [f"line {line}" for line in map(len, before)]


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfa,b\r\n1,2\r\n", b"a;b\n1;2\n", b"a\tb\n\n1\t2\n\n", b" a , b \n1,2"]
)
def test_marks_separators_and_blank_lines_change_nothing(tmp_path, content):
    """A byte order mark, other separators, blank lines, spaces around names: the same table."""
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    found = read_csv(path)
    assert found.columns == ("a", "b")
    assert [dict(row.cells) for row in found.rows] == [{"a": "1", "b": "2"}]


ODD = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n", "is empty"),
    "only a header": (b"a,b\n", "has a header and no rows"),
    "latin-1": (b"a,b\n1,2\n3,J\xf6rg\n", "line 3: the byte 0xf6"),
    "utf-16": ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
    "a spreadsheet": (b"PK\x03\x04\0\0\0", "is no CSV file"),
    "twin columns": (b"a,b,a\n1,2,3\n", "two columns of one name"),
    "too few cells": (b"a,b\n1,2\n3\n", "line 3: 1 cells"),
    "too many cells": (b"a,b\n1,2,3\n", "line 2: 3 cells"),
    "an open quote": (b'a,b\n1,2\n"3,4\n5,6\n', "begins in line 3"),
    "a quote amid": (b'a,b\n"1"x,2\n', "begins in line 2"),
    "a huge cell": (b"a,b\n" + b"x" * 200_000 + b",2\n", "begins in line 2"),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_odd_is_told_with_its_line(tmp_path, kind):
    """Files that are no tables are refused in our words, which say where."""
    content, hint = ODD[kind]
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_csv(path)
    assert hint in str(caught.value)


def test_a_missing_file_is_told(tmp_path):
    """No such file: no traceback of the system's."""
    with pytest.raises(DataError, match="cannot be read"):
        read_csv(tmp_path / "none.csv")
