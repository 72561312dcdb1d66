"""Does `emobench run RECORD.json` say at its end whether the record was repeated?"""

from pathlib import Path

from generated_pair import home_of_pair

LEVEL = ("--backbone", "level-duration", "--dataset", "synthetic-music")


def test_a_record_is_repeated_elsewhere(emobench, generated_pair, tmp_path, monkeypatch):
    """Measured anew in another home it repeats itself; run again in the same place it was only found."""
    code, out, err = emobench("run", *LEVEL)
    assert (code, "repeats" in err) == (0, False)
    given = Path(out.split()[-1]).rename(tmp_path / "given.json")
    Path(out.split()[-1]).with_suffix(".parquet").rename(tmp_path / "given.parquet")
    code, _, err = emobench("run", str(given))
    assert code == 0
    assert f"repeats {given}: all " in err
    assert "nothing was computed anew" in err
    code, _, err = emobench("run", str(given))
    assert (code, "this record was there already: nothing was measured" in err) == (0, True)
    monkeypatch.setenv("EMOBENCH_HOME", str(home_of_pair(generated_pair, tmp_path / "another-home")))
    (tmp_path / "out").rename(tmp_path / "earlier")
    code, _, err = emobench("run", str(given))
    (told,) = [line for line in err.splitlines() if f"repeats {given}" in line]
    assert (code, told.endswith(" as there")) == (0, True)
