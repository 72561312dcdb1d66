"""Does every command end as designed: output where it belongs, exit code, never a traceback for a mistake?"""

import json
import subprocess
import sys

import pytest
from plugin_toys import GOOD, written

from emobench.cli.app import main
from emobench.testing.tiny_models import write_tiny


def emobench(capsys, *arguments):
    """Run a command in this process; returns (exit code, stdout, stderr)."""
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    out, err = capsys.readouterr()
    return end.value.code, out, err


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["rnu"], 2, "Did you mean 'run'?"),
        (["check", "logmle"], 2, "Did you mean 'logmel'?"),
        (["run", "--task", "continuous", "--backbone", "mert-v1"], 2, "planned and not built yet"),
        (["run", "--task", "layerwize"], 2, "Did you mean 'layerwise'?"),
        (["run", "--backbone", "logmle"], 2, "Did you mean 'logmel'?"),
        (["run", "--dataset", "synthetic-speach"], 2, "Did you mean 'synthetic-speech'?"),
        (["run", "--seeds", "3"], 2, "--seeds does not fit"),
        (["run", "--peft", "lora"], 2, "--peft does not fit"),
        (["run", "--preset", "quick"], 2, "--preset does not fit"),
        (["run", "--set", "prob.c=1"], 2, "Did you mean 'probe'?"),
        (["run", "--set", "probe.c"], 2, "NAME=VALUE"),
        (["run", "--task", "cross_domain", "--preset", "quik"], 2, "Did you mean 'quick'?"),
        (["run", "--task", "cross_domain", "--peft", "loro"], 2, "Did you mean 'lora'?"),
        (["run", "--task", "cross_domain", "--dataset", "ravdess-song"], 2, "a pair of datasets"),
        (["run", "--task", "cross_domain", "--peft", "frozen", "--set", "lora.rank=4"], 2, "changes nothing here"),
        (["run", "--set", "train.epochs=3"], 2, "changes nothing here"),
        (["run", "--set", "probe.c=-1"], 2, "positive"),
        (["run", "--folds", "one"], 2, "whole numbers"),
        (["run", "--shard", "3/2"], 2, "i/n"),
        (["run", "--device", "gpu"], 2, "no device named 'gpu'"),
        (["run", "--device", "cuda:99"], 5, "no device 'cuda:99'"),
        (["run", "--limit", "0"], 2, "greater than 0"),
        (["run", "--precision", "fp8"], 2, "fp8"),
        (["run", "absent.toml"], 2, "no spec or record"),
        (["run", "--plugin", "absent.py"], 2, "no plugin file"),
        (["run", "--dataset", "ravdess-speech"], 3, "--data ravdess-speech=DIR"),
        (["run", "--dataset", "ravdess-speech", "--data", "ravdess-speech=/absent"], 3, "does not exist"),
        (["run", "--backbone", "logmel", "--weights", "logmle=x"], 2, "'logmle' is not part of this run"),
        (["describe", "logmle"], 2, "Did you mean 'logmel'?"),
        (["list", "backbone"], 2, "Did you mean 'backbones'?"),
        (["data", "where", "ravdess"], 2, "Did you mean 'ravdess-"),
        (["cache", "prune", "featurs"], 2, "no line of the cache"),
        (["run", "--bakbone", "logmel"], 2, "--bakbone"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_end_with_their_code_and_what_to_do(capsys, arguments, code, hint):
    """A mistake of usage, data or environment is explained on stderr with its exit code and no traceback."""
    found, out, err = emobench(capsys, *arguments)
    assert found == code
    assert hint in err
    assert "Traceback" not in err
    assert out == ""


def test_run_prints_the_table_and_then_the_paths(capsys, tmp_path):
    """The result table goes to stdout, the records' paths are its last lines, and nothing else is there."""
    arguments = ["run", "--backbone", "level-duration", "--dataset", "synthetic-music", "--out", str(tmp_path / "out")]
    code, out, err = emobench(capsys, *arguments)
    assert code == 0
    assert "level-duration" in out
    assert "chance .167" in out
    path = out.splitlines()[-1]
    assert path.startswith(str(tmp_path / "out" / "layerwise" / "level-duration"))
    record = json.loads((tmp_path / path).read_text())
    assert "estimated time" in err
    code, out, _ = emobench(capsys, "run", path, "--out", str(tmp_path / "out"), "--json")
    assert code == 0
    assert json.loads(out)[0]["key"] == record["key"], "a record's `asked`, run again, is the same record"
    record["asked"]["options"]["probe"]["c"] = [0.5]
    (tmp_path / "changed.json").write_text(json.dumps(record))
    code, _, err = emobench(capsys, "run", str(tmp_path / "changed.json"))
    assert code == 3, "a record that was changed is not repeated as if it were the one that was sealed"
    assert "was changed: its key does not fit its content" in err


def test_a_spec_file_asks_like_flags(capsys, tmp_path):
    """TOML with the names of the flags makes the same plan, a flag wins, and an unknown key gets a near miss."""
    spec = tmp_path / "spec.toml"
    spec.write_text('backbone = ["logmel"]\ndataset = "synthetic-music"\nlimit = 12\n[set.probe]\nc = [0.01, 0.1]\n')
    flags = ["--backbone", "logmel", "--dataset", "synthetic-music", "--limit", "12", "--set", "probe.c=0.01,0.1"]
    _, from_file, _ = emobench(capsys, "plan", str(spec), "--json")
    _, from_flags, _ = emobench(capsys, "plan", *flags, "--json")
    assert json.loads(from_file) == json.loads(from_flags)
    _, changed, _ = emobench(capsys, "plan", str(spec), "--limit", "24", "--json")
    assert json.loads(changed)["datasets"][0]["clips"] == 144
    spec.write_text('bakbone = "logmel"\n')
    code, _, err = emobench(capsys, "plan", str(spec))
    assert code == 2
    assert "Did you mean 'backbone'?" in err


def test_plan_computes_nothing(capsys):
    """A plan shows clips, groups, folds and units, all of them still to do."""
    code, out, _ = emobench(capsys, "plan", "--dataset", "synthetic-music", "--backbone", "logmel", "--json")
    plan = json.loads(out)
    assert code == 0
    assert (plan["datasets"][0]["clips"], plan["datasets"][0]["groups"], plan["datasets"][0]["folds"]) == (240, 8, 4)
    assert {row["backbone"]: row["control"] for row in plan["work"]} == {"logmel": False, "level-duration": True}
    assert all(row["units_done"] == row["shards_done"] == 0 for row in plan["work"])


@pytest.mark.parametrize("kind", ["backbones", "datasets", "tasks", "plugins", "peft", "boards"])
def test_every_list_is_also_json(capsys, kind):
    """`list KIND --json` prints what `list KIND` shows."""
    code, out, _ = emobench(capsys, "list", kind, "--json")
    assert code == 0
    rows = json.loads(out)
    _, table, _ = emobench(capsys, "list", kind)
    assert all(str(next(iter(row.values()))) in table for row in rows)


def test_a_plugin_of_a_file_is_listed(capsys, tmp_path):
    """`list --plugin FILE.py` shows what a file offers, as text and as JSON, its words escaped; doctor counts it."""
    file = written(tmp_path, "mine.py", GOOD.replace('"MIT"', '"M\\x1b[31m"'))
    code, text, _ = emobench(capsys, "list", "backbones", "--plugin", str(file))
    assert code == 0
    assert "my-level" in text
    assert "\x1b" not in text
    _, out, _ = emobench(capsys, "list", "backbones", "--json", "--plugin", str(file))
    (row,) = [row for row in json.loads(out) if row["backbone"] == "my-level"]
    assert row["from"].startswith("file:")
    _, out, _ = emobench(capsys, "doctor", "--json", "--plugin", str(file))
    _, without, _ = emobench(capsys, "doctor", "--json")
    counts = [int(json.loads(found)[-1]["found"].split()[0]) for found in (without, out)]
    assert counts[1] == counts[0] + 1


def test_backbones_are_listed_with_what_one_has_to_know(capsys):
    """At least 28 models, each name once, each with a licence, its parameters, its layers and what it learned from."""
    _, out, _ = emobench(capsys, "list", "backbones", "--json")
    rows = json.loads(out)
    assert len({row["backbone"] for row in rows}) == len(rows) >= 28
    for row in rows:
        assert row["licence"]
        assert row["layers"] >= 1
        assert row["parameters"] > 0 or row["pretrained on"] == "nothing"
        assert row["pretrained on"] in ("speech", "music", "audio", "speech and music", "nothing")


def test_a_folder_and_a_family_are_described(capsys, tmp_path):
    """`describe hf:ORG/REPO --weights DIR` shows the card a folder gives, `describe FAMILY` what a family is."""
    write_tiny(tmp_path / "model", "mert")
    code, out, _ = emobench(capsys, "describe", "hf:org/repo", "--weights", str(tmp_path / "model"), "--json")
    assert code == 0
    assert (json.loads(out)["family"], json.loads(out)["sample_rate"]) == ("mert_model", 24_000)
    code, out, _ = emobench(capsys, "describe", "whisper")
    assert code == 0
    assert "hf:ORG/REPO whose config.json says model_type 'whisper'" in out


def test_a_method_is_described_with_its_options(capsys):
    """`describe lora` names every option as `--set` takes it, with what it means and its default."""
    code, text, _ = emobench(capsys, "describe", "lora")
    _, out, _ = emobench(capsys, "describe", "lora", "--json")
    assert code == 0
    assert "lora.rank: rank of the update" in text
    assert "(default 16)" in json.loads(out)["options"]["lora.rank"]
    _, out, _ = emobench(capsys, "describe", "frozen", "--json")
    assert "options" not in json.loads(out)


def test_a_card_is_described_whole(capsys):
    """Licence, paper, repository, layers and the places where a model can be adapted are shown, as text and as JSON."""
    code, text, _ = emobench(capsys, "describe", "mert-v1")
    _, out, _ = emobench(capsys, "describe", "mert-v1", "--json")
    card = json.loads(out)
    assert code == 0
    assert (card["licence"], card["paper"]) == ("CC-BY-NC-4.0", "https://arxiv.org/abs/2306.00107")
    assert [(layer["name"], layer["width"], layer["hz"]) for layer in card["layers"]] == [
        (str(number), 768, 75.0) for number in range(13)
    ]
    assert (card["pretrained_on"], card["weights"]["repo"]) == ("music", "m-a-p/MERT-v1-95M")
    told = [card["licence"], card["paper"], card["weights"]["repo"], card["adapt"]["blocks"], "name 12, width 768"]
    told += card["adapt"]["attention"] + card["adapt"]["feed_forward"] + card["adapt"]["front_end"]
    assert [line for line in told if line not in text] == []


def test_cache_lists_and_prunes(capsys, tmp_path):
    """What a run stored is listed with its size, and `prune --all` leaves nothing of it."""
    run = ["run", "--backbone", "level-duration", "--dataset", "synthetic-music", "--out", str(tmp_path)]
    emobench(capsys, *run)
    _, out, _ = emobench(capsys, "cache", "list", "--json")
    stored = {row["what"].partition("/")[0] for row in json.loads(out)["stored"]}
    assert {"features", "units", "scans", "data"} <= stored
    code, out, _ = emobench(capsys, "cache", "prune", "--all")
    assert code == 0
    assert not out.startswith("deleted 0")
    _, out, _ = emobench(capsys, "cache", "list", "--json")
    assert json.loads(out)["stored"] == []
    assert emobench(capsys, *run)[0] == 0, "what was pruned is made again"


def test_doctor_finds_this_environment_sound(capsys):
    """Where the tests run, every look of the doctor is ok."""
    code, out, _ = emobench(capsys, "doctor", "--json")
    assert code == 0
    assert {row["what"] for row in json.loads(out)} >= {"torch", "torchaudio", "audio codecs", "cache", "plugins"}


def test_doctor_names_a_broken_pair_with_its_remedy(tmp_path):
    """A torchaudio that does not load beside this torch ends with code 5 and the exact pair to install."""
    (tmp_path / "torchaudio.py").write_text("raise OSError('undefined symbol: aoti_torch')")
    code = "from emobench.cli.app import main; main(['doctor'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 5
    assert '"torch>=2.11,<2.15" "torchaudio>=2.11,<2.12"' in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_says_how_to_go_on(capsys, monkeypatch):
    """Ctrl-C ends with 130 and the advice to repeat the command."""
    from emobench.catalog import known

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(known, "discover", interrupted)
    code, _, err = emobench(capsys, "plan")
    assert code == 130
    assert "same command" in err
