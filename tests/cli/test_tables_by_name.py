"""Is somebody who calls a table by nearly its name told what it is called?"""

import pytest
from own_tables import write_csv
from synthetic_cli import assert_told

MEANT = {
    "a path alone": (("plan", "--dataset", "ok.csv"), 2, "its prefix: csv:ok.csv"),
    "a path in a folder": (("plan", "--dataset", "clips/one.TSV"), 2, "its prefix: csv:clips/one.TSV"),
    "a stem": (("plan", "--dataset", "csv:ok"), 3, "Did you mean csv:ok.csv?"),
    "a file without an ending": (("plan", "--dataset", "csv:plain"), 3, "Did you mean csv:./plain?"),
    "a folder": (("plan", "--dataset", "csv:clips"), 3, "'clips' is a folder, and a table is wanted"),
    "what is in a folder": (("plan", "--dataset", "csv:clips"), 3, "tables in it: csv:clips/one.TSV"),
    "the card of a table": (("describe", "csv:ok.csv"), 2, "`emobench plan --dataset csv:ok.csv`"),
    "the options of a table": (("describe", "csv:ok.csv"), 2, "`emobench describe table`"),
    "the card of a path": (("describe", "ok.csv"), 2, "its prefix: csv:ok.csv"),
    "no file": (("plan", "--dataset", "none.csv"), 2, "See `emobench list datasets`"),
    "a very long name": (("plan", "--dataset", f"{'x' * 5_000}.csv"), 2, "See `emobench list datasets`"),
}


@pytest.mark.parametrize("kind", MEANT)
def test_what_was_meant_is_told(kind, emobench, tmp_path, monkeypatch):
    """Where a table or folder lies here under that name, the error says how it is named; elsewhere it does not."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clips").mkdir()
    for name in ("ok.csv", "clips/one.TSV", "plain"):
        write_csv(tmp_path / name, [])
    arguments, code, hint = MEANT[kind]
    assert_told(emobench(*arguments), code, hint)
