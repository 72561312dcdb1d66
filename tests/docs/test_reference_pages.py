"""Are the pages of reference complete and fresh: commands, options, cards, laws, exit codes, records?"""

import inspect
import json
import re

import card_fields
import command_page
import laws_page
import options_page
import pyarrow.parquet as pq
import pytest
import record_keys
from page_blocks import ROOT

from emobench.domain import errors
from emobench.leaderboard.board import record_files
from emobench.testing.laws import name_of

RECORDS = [path for board in (ROOT / "leaderboards").iterdir() if board.is_dir() for path in record_files(board)]
LETTERS = {"layerwise": "l", "cross_domain": "c", "fad_bias": "f"}


@pytest.mark.parametrize("written", [command_page, options_page, laws_page], ids=lambda written: written.__name__)
def test_pages_that_are_written_are_fresh(written):
    """The page is what the program would write now: `python tests/NAME.py` writes it."""
    assert written.PAGE.read_text("utf-8") == written.page()


def test_every_law_has_its_words():
    """Beside every law stands what usually breaks it, and what to do then."""
    assert list(laws_page.words_on_the_page()) == [
        (kind, name_of(law)) for kind, laws in laws_page.KINDS for law in laws
    ]


def test_every_field_of_every_card_is_on_the_page():
    """Every card and contract that authors import is on the page, each field once with its true type and default."""
    types = card_fields.types_of_authors()
    page = card_fields.rows_on_the_page()
    assert {name: rows for name, rows in page.items() if name in types} == {
        name: list(card_fields.rows_of(of)) for name, of in types.items()
    }
    assert set(page) - set(types) == set()


def test_every_hook_is_on_the_page():
    """The table of hooks has all of them, and no other."""
    assert re.findall(r"^\| `(emobench_\w+)\(\)` \|", card_fields.PAGE.read_text("utf-8"), re.MULTILINE) == (
        card_fields.hooks()
    )


def test_every_exit_code_is_on_the_page():
    """Every class of mistakes stands on the page with its code, beside 0 and 130, and nothing else does."""
    text = (ROOT / "docs" / "exit_codes.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (?:`(\w+)`)? ?\|", text, re.MULTILINE)
    classes = [one for _, one in inspect.getmembers(errors, inspect.isclass) if one.__module__ == errors.__name__]
    kinds = {(str(one.exit_code), one.__name__) for one in classes}
    assert set(rows) == kinds | {("0", ""), (str(errors.INTERRUPTED), "")}
    assert len(rows) == len(set(rows))


def rows_about_records():
    """Key or column -> letters of the tasks, of every table of the page."""
    text = record_keys.PAGE.read_text("utf-8")
    rows = re.findall(r"^\| `([\w.*]+)` \| ([lcf ]+) \|", text, re.MULTILINE)
    assert len(rows) == len(dict(rows)) + len([key for key, _ in rows if [k for k, _ in rows].count(key) > 1]) / 2
    return rows


def letters(tasks):
    """Tasks as the page writes them."""
    return " ".join(letter for task, letter in LETTERS.items() if task in tasks)


def test_every_key_of_a_record_is_on_the_page():
    """Keys and their tasks are those of the strict forms of records, and no key is on the page that has no form."""
    keys = {key: letters(tasks) for key, tasks in record_keys.keys_of_forms().items()}
    told = rows_about_records()
    columns = told[[key for key, _ in told].index("clip") :]
    assert dict(told[: -len(columns)]) == keys


@pytest.mark.parametrize("task", LETTERS)
def test_every_column_of_a_table_is_on_the_page(task):
    """Columns of the tables beside committed records stand on the page with their task, and only they do."""
    told = rows_about_records()
    columns = dict(told[[key for key, _ in told].index("clip") :])
    found = set()
    for path in RECORDS:
        if json.loads(path.read_text("utf-8"))["asked"]["task"] == task:
            found |= set(pq.read_schema(path.with_suffix(".parquet")).names)
    assert {column for column, tasks in columns.items() if LETTERS[task] in tasks.split()} == {
        column for column in found if not column.startswith("score_")
    }
