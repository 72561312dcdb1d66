"""Does every record come to the board, as the thing that it is, and does nothing else come there?"""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from board_toys import bare_boards
from filing_toys import BOARDS, again, committed, flipped, measured, written

from emobench.domain.errors import CheckError, DataError, StorageError
from emobench.leaderboard.comparing.measured import Measured
from emobench.leaderboard.filing import filed
from emobench.leaderboard.filing.filed import file_all
from emobench.leaderboard.filing.submission import filings


@pytest.fixture
def boards(tmp_path):
    """All boards without records."""
    return bare_boards(tmp_path / "boards")


@pytest.fixture
def entry(boards, tmp_path):
    """A record that stands on its board, as it was made; the file that stands there."""
    source = committed("layerwise", "level-duration", "e556")
    return file_all(filings([source], boards))[0]


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_records_come_to_the_boards_of_their_tasks(boards):
    """One call files records of all tasks, with their tables and pictures, byte for byte, under their own names."""
    sources = [committed(name, "level-duration") for name in ("layerwise", "cross_domain", "fad_bias")]
    for source, target in zip(sources, file_all(filings(sources, boards)), strict=True):
        assert target.relative_to(boards) == source.relative_to(BOARDS)
        for part in source.parent.glob(f"{source.stem}.*"):
            assert (target.parent / part.name).read_bytes() == part.read_bytes()
    assert len(below(boards)) == 3 + 3 + 3 + 4, "three boards, and nothing but what was given"


def test_a_record_from_anywhere_comes_to_its_place(boards, tmp_path):
    """Where a file lay and what it was called play no part."""
    source, elsewhere = committed("layerwise", "logmel"), tmp_path / "mine"
    elsewhere.mkdir()
    for part in source.parent.glob(f"{source.stem}.*"):
        shutil.copy(part, elsewhere / part.name.replace(source.stem, "record"))
    (target,) = file_all(filings([elsewhere / "record.json"], boards))
    assert target.relative_to(boards) == source.relative_to(BOARDS)


def test_a_copy_stands_there_already(entry, boards):
    """What stands on a board is refused, as is its copy in other bytes, and nothing changes."""
    source, before = committed("layerwise", "level-duration", "e556"), below(boards)
    with pytest.raises(CheckError, match="it stands there already"):
        filings([source], boards)
    assert below(boards) == before


def test_who_measures_again_reproduces(entry, boards, tmp_path):
    """The same key with other whereabouts and agreeing decisions is filed beside the board's record, once."""
    made = again(measured(entry), table=flipped(measured(entry).table, 2))
    source = written(made, tmp_path / "again")
    (filing,) = filings([source], boards)
    (target,) = file_all([filing])
    assert (filing.kind, "decisions equal" in filing.why) == ("reproduction", True)
    assert target.parent == boards / "layerwise" / "reproductions" / "layerwise" / "level-duration" / entry.stem
    assert sorted(part.suffix for part in target.parent.iterdir()) == [".json", ".parquet"]
    assert entry.read_bytes() == committed("layerwise", "level-duration", "e556").read_bytes()
    with pytest.raises(CheckError, match="it stands there already"):
        filings([source], boards)


def test_other_whereabouts_are_no_reproduction(entry, boards, tmp_path):
    """A record that spent the same seconds comes from the same run, whatever it says of where, and under any key."""
    there = measured(entry)
    moved = {**there.record.where, "platform": "Darwin arm64", "threads": 64}
    copy = Measured(there.record.model_copy(update={"where": moved}), there.table)
    used = {"backbone": {**there.record.used["backbone"], "layers": {"measured": 1, "of": 1}}}
    summed_up_again = again(there, used=used)
    summed_up_again = Measured(summed_up_again.record.model_copy(update={"spent": there.record.spent}), there.table)
    for made in (copy, summed_up_again):
        with pytest.raises(CheckError, match="from the same run"):
            filings([written(made, tmp_path / made.record.key)], boards)


def test_newer_fields_of_a_card_are_no_new_entry(entry, boards, tmp_path):
    """Another key for the same question and weights is a reproduction, too, if it agrees."""
    used = measured(entry).record.used
    made = again(measured(entry), used={"backbone": {**used["backbone"], "layers": {"measured": 1, "of": 1}}})
    assert made.record.key != measured(entry).record.key
    (filing,) = filings([written(made, tmp_path / "again")], boards)
    assert (filing.kind, filing.target.parent.name) == ("reproduction", entry.stem)


def test_a_contradiction_is_refused(entry, boards, tmp_path):
    """The same question, data and weights with other decisions: refused, with the largest difference, both values."""
    made = again(measured(entry), table=flipped(measured(entry).table, 80))
    with pytest.raises(CheckError) as caught:
        filings([written(made, tmp_path / "again")], boards)
    assert "it contradicts" in caught.value.found
    assert "the largest difference (there, here): " in caught.value.found


def test_other_weights_are_an_entry_of_their_own(boards, tmp_path):
    """Where the versions that a random model is made with differ, both results stand, and it is said why."""
    source = committed("layerwise", "hubert-tiny-random", "85fa")
    file_all(filings([source], boards))
    used = measured(source).record.used
    identity = {"random": {"seed": 0, "torch": "2.99.0", "transformers": "5.23.0"}, "weights": {}}
    made = again(
        measured(source),
        table=flipped(measured(source).table, 300),
        used={"backbone": {**used["backbone"], "identity": identity}},
    )
    (filing,) = filings([written(made, tmp_path / "again", source)], boards)
    assert (filing.kind, "other weights" in filing.why) == ("entry", True)


def test_other_code_is_an_entry_of_its_own(entry, boards, tmp_path):
    """Of a plugin whose code changed, both results stand, and it is the code that is named, not the weights."""
    used = measured(entry).record.used
    identity = {**used["backbone"]["identity"], "plugin": "0" * 64}
    made = again(
        measured(entry),
        table=flipped(measured(entry).table, 80),
        used={"backbone": {**used["backbone"], "identity": identity}},
    )
    (filing,) = filings([written(made, tmp_path / "again", entry)], boards)
    assert (filing.kind, "other code of the plugin" in filing.why) == ("entry", True)
    assert "weights" not in filing.why


def test_other_audio_is_an_entry_of_its_own(entry, boards, tmp_path):
    """A model that heard another copy of the corpus repeats nothing, even where all decisions are equal."""
    used = measured(entry).record.used
    audio = {**used["dataset"]["audio"], "digest": "1" * 64}
    made = again(measured(entry), used={"dataset": {**used["dataset"], "audio": audio}})
    (filing,) = filings([written(made, tmp_path / "again", entry)], boards)
    assert (filing.kind, "other audio" in filing.why) == ("entry", True)


def test_one_that_does_not_fit_stops_all(boards, tmp_path):
    """All are checked before any is copied; every reason is told."""
    good, bad = committed("layerwise", "logmel"), committed("layerwise", "level-duration", "e556")
    table = flipped(measured(bad).table, 1)
    changed = written(type(measured(bad))(measured(bad).record, table), tmp_path / "bad", bad)
    before = below(boards)
    with pytest.raises(CheckError) as caught:
        filings([good, changed, good], boards)
    assert "predictions_digest" in caught.value.found
    assert "given twice" in caught.value.found
    assert below(boards) == before


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 10_000, b'{"asked": 1}', b'{"asked": {"task": {}}}']
)
def test_what_is_no_record_is_refused(boards, tmp_path, content):
    """Any bytes end in a refusal that names the file."""
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(CheckError, match="nothing was filed") as caught:
        filings([tmp_path / "x.json"], boards)
    assert "x.json" in caught.value.found


def test_what_is_not_there_is_told(boards, tmp_path):
    """A missing file and a folder without boards are errors of data, with the path."""
    with pytest.raises(DataError, match=r"gone\.json"):
        filings([tmp_path / "gone.json"], boards)
    with pytest.raises(DataError, match="no boards below"):
        filings([committed("layerwise", "logmel")], tmp_path)


def test_a_question_of_no_board_is_refused(boards):
    """A record that no board asks for is refused, with what was asked and the boards there are."""
    shutil.rmtree(boards / "layerwise")
    with pytest.raises(CheckError) as caught:
        filings([committed("layerwise", "logmel", "098d")], boards)
    assert "no board has layerwise: emotion on ravdess-speech" in caught.value.found


def _killed_after(files):
    """A writer of files that is killed when so many are written."""
    written_so_far = []

    def write(path, data):
        if len(written_so_far) == files:
            raise KeyboardInterrupt
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written_so_far.append(path)

    return write


def test_a_kill_leaves_no_half_record(boards, monkeypatch):
    """Killed after any file but the last, nothing stands there as a record, and the same call goes on."""
    source = committed("layerwise", "logmel")
    for survivors in (0, 1, 2):
        with monkeypatch.context() as patched:
            patched.setattr(filed, "write_bytes", _killed_after(survivors))
            with pytest.raises(KeyboardInterrupt):
                file_all(filings([source], boards))
        assert len(list(boards.glob("*/records/*/*/*"))) == survivors
        assert not list(boards.glob("*/records/*/*/*.json"))
    (target,) = file_all(filings([source], boards))
    assert target.read_bytes() == source.read_bytes()


def test_nobody_is_overwritten(boards):
    """A record that somebody filed between the check and the copy stays as it is."""
    planned = filings([committed("layerwise", "logmel")], boards)
    planned[0].target.parent.mkdir(parents=True)
    planned[0].target.write_bytes(b"somebody's")
    with pytest.raises(CheckError, match="stands there already"):
        file_all(planned)
    assert below(planned[0].target.parent) == [planned[0].target.name]
    assert planned[0].target.read_bytes() == b"somebody's"


def test_who_adds_waits_for_who_adds(boards):
    """While somebody adds to these boards nobody else looks at them: the second of two finds the first one's entry."""
    source = committed("layerwise", "logmel")
    with ThreadPoolExecutor(2) as both:
        tries = [both.submit(filed.add, [source], boards) for _ in range(2)]
        problems = [one.exception() for one in tries]
    assert problems.count(None) == 1
    assert any("it stands there already" in getattr(problem, "found", "") for problem in problems)


def test_a_board_that_cannot_be_written_is_told(boards):
    """Where no folder can be made, an error of storage says what to do about a board."""
    (boards / "layerwise" / "records").write_bytes(b"a file")
    with pytest.raises(StorageError) as caught:
        file_all(filings([committed("layerwise", "logmel")], boards))
    assert "name another with --boards" in caught.value.remedy
