"""Does `fad_bias` find, from the command line and on the synthetic pair, what the generator put there?"""

import json
from pathlib import Path

import pytest
from synthetic_cli import assert_told

PAIR = ("synthetic-speech", "synthetic-music")
RUN = ["--task", "fad_bias", "--backbone", "logmel", "--dataset", ",".join(PAIR), "--device", "cpu", "--threads", "1"]


def values(record, metric, **fields):
    """The values of the rows of a metric with these fields."""
    rows = [row for row in record["found"]["scores"] if row["metric"] == metric and fields.items() <= row.items()]
    return {(row["layer"], row["class"]): row["value"] for row in rows if row["class_b"] is None}


def test_the_floor_lies_below_the_signal(emobench):
    """Speech and music are further apart than two halves of one of them, in every emotion, layer, geometry."""
    code, out, err = emobench("run", *RUN, "--json")
    assert code == 0, err
    record = next(one for one in json.loads(out) if one["asked"]["backbone"] == "logmel")
    for kind in ("mmd", "fad"):
        signal, floor = (values(record, f"{kind}_{part}", geometry="raw") for part in ("signal", "floor"))
        assert len(signal) == 2 * 6
        assert all(signal[place] > floor[place] for place in signal)
    # Aligned signals are too small by what alignment takes; the distance knows.
    assert all(value > 0 for value in values(record, "mmd", geometry="aligned").values())
    for source in PAIR:
        (retrieval,) = values(record, "retrieval", geometry="aligned", layer=None, source=source).values()
        assert retrieval > 2 / 6
    (match,) = [row for row in record["found"]["scores"] if row["metric"] == "correspondence"][:1]
    assert (match["geometry"], match["layer"]) == ("aligned", None)
    assert match["p"] < 0.01


def test_the_table_and_the_files(emobench):
    """A run prints the emotions with their verdicts and then its records, beside them matrices and two pictures."""
    code, out, err = emobench("run", *RUN)
    assert code == 0, err
    assert "same emotion apart" in out
    assert "aligned:" in out
    assert "raw:" in out
    paths = [Path(line) for line in out.splitlines() if line.endswith(".json")]
    assert [path.parent.name for path in paths] == ["logmel", "level-duration"]
    for path in paths:
        for ending in (".parquet", ".svg", ".layers.svg"):
            assert path.with_suffix(ending).is_file()
    code, again, _ = emobench("run", str(paths[0]), "--threads", "1")
    assert code == 0
    assert str(paths[0]) in again.splitlines()


def test_the_plan_says_what_is_compared(emobench):
    """A plan names the shared emotions and whether datasets share people, counts units, and has no folds."""
    code, out, err = emobench("plan", *RUN, "--set", "fad_bias.view=frames")
    assert code == 0, err
    assert "neutral" in out
    assert "no people in both" in out
    assert "16 frames" in out
    assert "folds" not in out
    code, out, _ = emobench("plan", *RUN, "--set", "fad_bias.view=frames", "--json")
    plan = json.loads(out)
    assert code == 0
    assert plan["bias"]["view"] == "frames"
    assert [row["units"] for row in plan["work"] if row["backbone"] == "logmel"] == [4, 4]


@pytest.mark.parametrize(
    ("more", "code", "hint"),
    [
        (["--folds", "0"], 2, "has no folds"),
        (["--peft", "lora"], 2, "trains nothing"),
        (["--preset", "quick"], 2, "has no presets"),
        (["--seeds", "2"], 2, "--seeds does not fit"),
        (["--task", "fad_bais"], 2, "Did you mean 'fad_bias'?"),
        (["--set", "fad_bias.view=frame"], 2, "frame"),
        (["--set", "view=clips", "--set", "fad_bias.veiw=clips"], 2, "Did you mean 'view'?"),
        (["--set", "probe.c=1"], 2, "changes nothing here"),
        (["--set", "fad_bias.attribute=arousal"], 2, "is a dimension"),
        (["--set", "fad_bias.attribute=emotions"], 2, "Did you mean 'emotion'"),
        (["--set", 'fad_bias.labels={"synthetic-music": {"clam": "calm"}}'], 2, "Did you mean 'calm'?"),
        (["--dataset", "synthetic-music"], 2, "takes a pair of datasets"),
        (["--limit", "2"], 3, "three people"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_end_with_their_code_and_without_a_traceback(emobench, more, code, hint):
    """What does not fit is said on stderr with the exit code of its kind."""
    assert_told(emobench("plan", *RUN, *more), code, hint)
