"""Can somebody's own data be run, repeated and judged without a plugin: from a table, a folder, and the Hub?"""

import json
from pathlib import Path

import pytest
from own_tables import HEADER, SPEAKERS, parquet_bytes, write_audio_folder, write_csv, write_tones

from emobench.cli.app import main
from emobench.leaderboard.checks.validation import checked_record
from emobench.runs.provenance import without_paths
from emobench.runs.record_store import read_record

# The library reads metadata.csv through handles that it leaves to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

OPTIONS = ("--set", "table.audio=file", "--set", "table.group=speaker", "--set", "table.folds=4")
HUB_OPTIONS = ("--set", "table.group=speaker", "--set", "table.folds=4")
COMMIT = "a" * 40


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    """A folder with tones and two tables, the second with other speakers; and its rows."""
    folder = tmp_path_factory.mktemp("own")
    rows = write_tones(folder)
    write_csv(folder / "emotions.csv", rows)
    write_csv(folder / "songs.csv", [[name, f"singer {who}", *rest] for name, who, *rest in rows],
              ("audio", "singer", *HEADER[2:]), delimiter=";")  # fmt: skip
    return folder, rows


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One home for all tests of this file."""
    return tmp_path_factory.mktemp("own-home")


@pytest.fixture
def emobench(capsys, monkeypatch, home, tmp_path, tones):
    """Runs a command in the folder of the tones; gives (exit code, stdout, stderr)."""
    monkeypatch.setenv("EMOBENCH_HOME", str(home))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.chdir(tones[0])

    def command(*arguments):
        out = ("--out", str(tmp_path / "out")) if arguments[0] == "run" else ()
        with pytest.raises(SystemExit) as end:
            main([*arguments, *out])
        return (end.value.code, *capsys.readouterr())

    return command


@pytest.fixture
def measured(emobench):
    """Runs something and gives the record of logmel with its path."""

    def measured(*arguments):
        code, out, err = emobench("run", "--backbone", "logmel", *arguments)
        assert code == 0, err
        (path,) = {Path(line) for line in out.splitlines() if "/logmel/" in line and line.endswith(".json")}
        return path, read_record(path)

    return measured


def planned(emobench, *arguments):
    """The dataset of a plan as data."""
    code, out, err = emobench("plan", "--backbone", "logmel", "--json", *arguments)
    assert code == 0, err
    return json.loads(out)


def test_a_table_is_measured_and_its_record_holds_no_path(measured, tones):
    """One command gives a sealed record about all rows, which names the table and no folder."""
    path, record = measured("--dataset", f"csv:{tones[0] / 'emotions.csv'}", *OPTIONS)
    used = record.used["dataset"]
    assert record.asked["dataset"] == "csv:emotions"
    assert (used["clips"], set(used["groups"]), used["audio"]["kind"]) == (len(tones[1]), set(SPEAKERS), "own data")
    assert str(tones[0]) not in path.read_text("utf-8")
    command = ["run", "--dataset", "csv:own/emotions.csv,ravdess-song", "--data=csv:b=own/b.csv"]
    assert without_paths(command) == "emobench run --dataset csv:<path>,ravdess-song --data=csv:b=<path>"
    assert record.found.headline.value > 0.9


def test_a_record_is_repeated_by_naming_the_table(measured, emobench, tones):
    """The same data under the same name, wherever it lies, gives the same key; without a path that is asked for."""
    path, record = measured("--dataset", "csv:emotions.csv", *OPTIONS)
    again, same = measured(str(path), "--data", "csv:emotions=emotions.csv")
    assert (again, same.key) == (path, record.key)
    code, _, err = emobench("run", str(path))
    assert code == 3
    assert "--data csv:emotions=PATH" in err


def test_another_label_is_another_identity(measured, tones):
    """One label changed: other identity, other key, the same audio."""
    folder, rows = tones
    _, record = measured("--dataset", "csv:emotions", "--data", "csv:emotions=emotions.csv", *OPTIONS)
    changed = write_csv(folder / "changed.csv", [[*rows[0][:2], "sad", rows[0][3]], *rows[1:]])
    _, other = measured("--dataset", "csv:emotions", "--data", f"csv:emotions={changed}", *OPTIONS)
    assert other.key != record.key
    assert other.used["dataset"]["identity"] != record.used["dataset"]["identity"]
    assert other.used["dataset"]["audio"] == record.used["dataset"]["audio"]


PAIR = ("--dataset", "csv:emotions.csv,csv:songs.csv", "--set", "table.folds=3", "--set", "table.audio=file",
        "--set", 'table.group={"csv:emotions": "speaker", "csv:songs": "singer"}',
        "--set", 'table.audio={"csv:emotions": "file", "csv:songs": "audio"}',
        "--set", 'table.domain={"csv:songs": "music"}')  # fmt: skip


@pytest.mark.parametrize("task", ["cross_domain", "fad_bias"])
def test_two_tables_with_other_columns_are_a_pair(measured, emobench, task):
    """Values by dataset reach each; the record holds what boards ask, though clips are called alike, and repeats."""
    more = ("--peft", "frozen", "--seeds", "1") if task == "cross_domain" else ()
    path, record = measured("--task", task, *PAIR, *more)
    assert record.asked["datasets"] == ["csv:emotions", "csv:songs"]
    assert record.asked["options"]["table"]["group"] == {"csv:emotions": "speaker", "csv:songs": "singer"}
    assert checked_record(None, path) == []
    again, _ = measured(str(path), "--data", "csv:emotions=emotions.csv", "--data", "csv:songs=songs.csv")
    assert again == path


def test_people_who_are_called_alike_in_a_pair_are_told(emobench, tones):
    """Two tables with the same names of speakers: a note says that they count as others, and how to say otherwise."""
    folder, rows = tones
    write_csv(folder / "sung.csv", rows)
    pair = ("--task", "fad_bias", "--dataset", "csv:emotions.csv,csv:sung.csv", *OPTIONS)
    (line,) = [note for note in planned(emobench, *pair)["notes"] if "called alike" in note]
    assert line.startswith(
        "csv:emotions and csv:sung: 4 groups are called alike (ann, ben, cy ...) and taken for different"
    )
    told = planned(emobench, *pair, "--set", "table.people=us")
    assert not [note for note in told["notes"] if "called alike" in note]
    other = planned(emobench, "--task", "fad_bias", *PAIR)
    assert not [note for note in other["notes"] if "called alike" in note]


@pytest.mark.parametrize(
    ("who", "what", "harmful"), [("ben", "angry", True), ("ann", "sad", True), ("ann", "angry", False)]
)
def test_audio_that_stands_there_twice_is_told(emobench, tones, who, what, harmful):
    """A copy of a file for another person, or with another label, is told in a plan; a mere copy is not."""
    folder, rows = tones
    (folder / "clips" / "copy.wav").write_bytes((folder / rows[0][0]).read_bytes())
    write_csv(folder / "copied.csv", [*rows, ["clips/copy.wav", who, what, "0"]])
    notes = planned(emobench, "--dataset", "csv:copied.csv", *OPTIONS)["notes"]
    told = [note for note in notes if "the same audio under other labels or groups" in note]
    assert [note.partition(": ")[2].partition(": ")[0] for note in told] == (
        ["2 clips (clips/ann-angry-0.wav, clips/copy.wav)"] if harmful else []
    )


def test_a_plan_says_what_was_decided(emobench, tones):
    """Clips, groups and folds are counted, classes told in the notes; --limit takes fewer."""
    plan = planned(emobench, "--dataset", "csv:emotions.csv", *OPTIONS)
    (dataset,) = plan["datasets"]
    assert (dataset["clips"], dataset["groups"], dataset["folds"]) == (len(tones[1]), 4, 4)
    assert "csv:emotions: emotion is 3 classes" in plan["notes"]
    assert planned(emobench, "--dataset", "csv:emotions.csv", *OPTIONS, "--limit", "4")["datasets"][0]["clips"] == 12


@pytest.mark.parametrize("kind", ["parquet", "folder"])
def test_a_folder_of_the_hubs_kind_is_read(emobench, tones, tmp_path, kind):
    """Parquet with audio as bytes and classes by number, and audio with metadata: the clips of the table."""
    folder, rows = tones
    copy = tmp_path / "copy"
    if kind == "parquet":
        copy.mkdir()
        (copy / "train.parquet").write_bytes(parquet_bytes(folder, rows[:12]))
        (copy / "test.parquet").write_bytes(parquet_bytes(folder, rows[12:]))
    else:
        write_audio_folder(copy, folder, rows)
    plan = planned(emobench, "--dataset", "hf:me/tones", "--data", f"hf:me/tones={copy}", *HUB_OPTIONS)
    assert (plan["datasets"][0]["clips"], plan["datasets"][0]["groups"]) == (len(rows), 4)
    assert "hf:me/tones: emotion is 3 classes" in plan["notes"]


HOSTILE = {
    "an address": (
        "README.md",
        '---\nconfigs:\n- config_name: default\n  data_files: "http://127.0.0.1:9/x.csv"\n---\n',
    ),
    "a folder above": ("README.md", '---\nconfigs:\n- config_name: default\n  data_files: "../*.csv"\n---\n'),
    "a row above": ("metadata.csv", "file_name,speaker,emotion\n../a.wav,ann,sad\n"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_folder_cannot_name_files_elsewhere(emobench, tones, tmp_path, kind):
    """Addresses and paths out of the folder are refused before anything there is opened."""
    name, content = HOSTILE[kind]
    copy = write_audio_folder(tmp_path / "copy", *tones)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (copy / "metadata.csv").unlink()
    (copy / name).write_text(content, encoding="utf-8")
    code, _, err = emobench("plan", "--dataset", "hf:me/tones", "--data", f"hf:me/tones={copy}", *HUB_OPTIONS)
    assert code == 3
    assert "not its own" in err or "cannot be read as a dataset" in err
    assert "Traceback" not in err


@pytest.fixture
def published(hub, monkeypatch, tones):
    """The tones as a dataset repository of a Hub on this machine."""
    folder, rows = tones
    hub.files = {
        "README.md": b"tones", "loader.py": b"raise SystemExit", "data/train.parquet": parquet_bytes(folder, rows),
    }  # fmt: skip
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    return hub


def test_a_dataset_of_the_hub_is_pinned_and_fetched_once(emobench, published, tones):
    """The commit stands in the record's card, no program is fetched, and without a network what is there serves."""
    name = "hf:org/toy@v1"
    plan = planned(emobench, "--dataset", name, *HUB_OPTIONS)
    assert plan["datasets"][0]["clips"] == len(tones[1])
    assert "loader.py" not in published.fetched()
    before = len(published.asked)
    planned(emobench, "--dataset", name, "--offline", *HUB_OPTIONS)
    assert len(published.asked) == before


def test_the_commit_stands_in_the_record(measured, published):
    """A branch is resolved: the card's address is that of the commit."""
    _, record = measured("--dataset", "hf:org/toy", *HUB_OPTIONS)
    assert record.used["dataset"]["card"]["url"] == f"https://huggingface.co/datasets/org/toy/tree/{COMMIT}"


REFUSED = {
    "no such dataset": (("hf:org/none",), 3, "no dataset repository 'org/none'"),
    "no such revision": (("hf:org/toy@v9",), 3, "has no revision 'v9'"),
    "no network": (("hf:org/never", "--offline"), 3, "--data hf:org/never=DIR"),
    "no such split": (("hf:org/toy", "--set", "table.split=tarin"), 2, "Did you mean 'train'?"),
    "no such configuration": (("hf:org/toy", "--set", "table.config=en"), 2, "has no configuration 'en'"),
    "no such column": (("hf:org/toy", "--set", "table.audio=speeker"), 2, "Did you mean 'speaker'?"),
    "no audio there": (("hf:org/toy", "--set", "table.audio=speaker"), 3, "row 0 of the split train"),
    "no name": (("hf:org",), 2, "Write hf:ORG/NAME"),
    "no table": (("csv:none.csv",), 3, "it does not exist"),
    "a folder": (("csv:./clips",), 3, "tables in it: none"),
    "twin names": (("csv:emotions.csv,csv:x/emotions.csv",), 2, "two files would both be"),
    "a split of a table": (("csv:emotions.csv", "--set", "table.split=train"), 2, "is for hf: datasets"),
    "no own data": (("synthetic-speech", "--set", "table.id=x"), 2, "changes nothing here"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_had_is_told(emobench, published, kind):
    """Every refusal has its exit code and says what was meant or what to do, without a traceback."""
    arguments, code, hint = REFUSED[kind]
    ended, out, err = emobench("plan", "--backbone", "logmel", *HUB_OPTIONS[:2], "--dataset", *arguments)
    assert (ended, out) == (code, ""), err
    assert hint in err
    assert "Traceback" not in err
    assert "hf_secret" not in err


def test_the_verbs_of_data_take_own_data(emobench):
    """`where`, `verify` and `audit` read a table by its path; `describe` tells how to see it."""
    assert "emotions.csv" in emobench("data", "where", "csv:emotions.csv")[1]
    for verb in ("verify", "audit"):
        code, out, err = emobench("data", verb, "csv:emotions.csv", *OPTIONS)
        assert code == 0, err
        assert "csv:emotions" in out
    assert emobench("data", "audit", "csv:emotions.csv", "--set", "table.gruop=x")[0] == 2
    assert "table.group" in emobench("describe", "table")[1]
