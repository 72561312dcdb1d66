"""Does `emobench.compare` say what `emobench compare` prints?"""

import json
from pathlib import Path

import pandas as pd
import pytest

import emobench

BOARDS = Path(__file__).resolve().parents[2] / "leaderboards"
KEYS = ["3908e9", "abc2", "d5e975398bef"]


def test_the_text_and_data_of_the_command(command):
    """As text and as data, for keys of boards, and with the records themselves or their files in the keys' place."""
    _, out, _ = command("compare", *KEYS, "--boards", str(BOARDS))
    _, data, _ = command("compare", *KEYS, "--boards", str(BOARDS), "--json")
    found = emobench.compare(*KEYS, boards=BOARDS)
    assert f"{found}\n" == out
    assert found.data == json.loads(data)
    records = [emobench.read_record(next(BOARDS.rglob(f"{key}*.json"))) for key in KEYS]
    assert str(emobench.compare(*records)) == str(emobench.compare(*(record.path for record in records))) == str(found)
    assert found.keys == tuple(record.key for record in records)


@pytest.mark.parametrize("pair", [KEYS[:2], ["af20cd", "ec9df2"]], ids=["ranked", "described"])
def test_a_row_for_every_difference(command, pair):
    """The table has the rows of the JSON, with keys for places; tasks that describe have no p."""
    _, out, _ = command("compare", *pair, "--boards", str(BOARDS), "--json")
    (told,) = json.loads(out)["comparisons"]
    found = emobench.compare(*pair, boards=str(BOARDS))
    table = found.table()
    assert len(table) == len(told["differences"])
    for row, had in zip(table.to_dict("records"), told["differences"], strict=True):
        assert row["first"].startswith(pair[0])
        assert row["second"].startswith(pair[1])
        for name, value in had.items():
            told_here = None if pd.isna(row[name]) else row[name]
            assert told_here == (pytest.approx(value, rel=1e-5) if isinstance(value, float) else value)
    assert found.warnings == (tuple(told["warnings"]),)
    assert found._repr_html_().count("<") == len(["<pre>", "</pre>"])


def test_mistakes_are_those_of_the_command(command):
    """One record twice, a key that nobody has, records of other data: the words and kinds of the command."""
    for names in (["abc2", "abc2"], ["abc2", "ffffffff"], ["abc2", "af20cd"], ["abc2", "absent.json"]):
        with pytest.raises(emobench.EmobenchError) as caught:
            emobench.compare(*names, boards=BOARDS)
        code, _, err = command("compare", *names, "--boards", str(BOARDS))
        assert (code, err) == (caught.value.exit_code, f"error: {caught.value}\n")
