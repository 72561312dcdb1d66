"""Does a run pass every clip once, continue where it stopped, and give the same bytes however it got there?"""

import json
from dataclasses import replace

import pytest

from emobench.catalog.contracts import FrameFeatures
from emobench.domain.canonical import digest
from emobench.domain.errors import EmobenchError
from emobench.domain.record import record_key
from emobench.runs.record_store import read_record
from emobench.testing.toys import ToyModel, toy_backbone, toy_catalog

CLIPS = 108


def results(result):
    """What must not differ: found, and the digest of predictions, by record."""
    return {path.name: (record.found_digest, record.predictions_digest) for path, record in result.records}


def test_every_clip_passes_once_for_all_attributes_and_runs(bench):
    """One forward a clip and feature key: another attribute, other strengths and a repeated run pass none."""
    bench.run()
    assert sum(bench.heard) == CLIPS
    bench.run()
    bench.run(options={"layerwise.attributes": ["emotion", "arousal"], "probe.c": 0.1})
    assert sum(bench.heard) == CLIPS


def test_another_selection_hears_only_what_is_new(bench):
    """A first look, then everything, then everything but a few: every clip has passed once in the end."""
    bench.run(limit=12)
    assert sum(bench.heard) == 36
    bench.run()
    assert sum(bench.heard) == CLIPS
    bench.run(limit=20)
    assert sum(bench.heard) == CLIPS


def test_what_a_first_look_heard_gives_the_same_record(bench, tmp_path):
    """Whether rows were heard before or now, the whole run finds the same."""
    bench.run(limit=12)
    after_a_look = results(bench.run())
    bench.home, bench.out = tmp_path / "other-home", tmp_path / "other-out"
    assert results(bench.run()) == after_a_look


def test_a_repeated_run_leaves_records_untouched(bench):
    """A record that exists is not rewritten: a second run gives its path."""
    first = bench.run()
    before = {path: path.stat().st_mtime_ns for path, _ in first.records}
    second = bench.run()
    assert [path for path, _ in second.records] == list(before)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_changes_values_changes_keys(bench):
    """Precision, level and strengths stand in the key; where and how it ran does not."""
    base = bench.run().records[0][1]
    other = bench.run(where=bench.where(threads=2)).records[0][1]
    assert other.key == base.key
    assert bench.run(options={"reading.level": "equal"}).records[0][1].key != base.key
    assert bench.run(options={"probe.c": 0.1}).records[0][1].key != base.key


@pytest.mark.parametrize("batches", [1, 3])
def test_an_interrupted_run_continues_to_the_same_bytes(bench, batches, tmp_path):
    """Stopped in the middle of extraction and started again, a run finds exactly what an undisturbed one finds."""
    whole = results(bench.run())
    bench.home, bench.out, seen = tmp_path / "other-home", tmp_path / "other-out", []

    def stop(size):
        seen.append(size)
        if len(seen) == batches:
            raise KeyboardInterrupt

    catalog, bench.catalog = bench.catalog, toy_catalog(toy_backbone(stop))
    with pytest.raises(KeyboardInterrupt):
        bench.run()
    assert not list(bench.out.rglob("*.json"))
    bench.catalog = catalog
    assert results(bench.run()) == whole


def test_lost_units_are_computed_again_and_nothing_else(bench):
    """A unit is done when its file exists: without two of them only these are fitted again, to the same bytes."""
    whole = results(bench.run())
    units = sorted((bench.home / "units").rglob("*.safetensors"))
    kept = {path: path.stat().st_mtime_ns for path in units[2:]}
    for path in units[:2]:
        path.unlink()
    for path in bench.out.rglob("*.json"):
        path.unlink()
    assert results(bench.run()) == whole
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert sum(bench.heard) == CLIPS


@pytest.mark.parametrize("place", ["features", "units"])
@pytest.mark.parametrize("harm", ["flip", "truncate", "empty"])
def test_damage_is_found_set_aside_and_mended(bench, place, harm):
    """A shard or unit with flipped, missing or no bytes is set aside and computed again to the same bytes."""
    whole = results(bench.run())
    victim = min((bench.home / place).rglob("*.safetensors"))
    content = victim.read_bytes()
    middle = bytes([content[-5] ^ 255])
    harmed = {"flip": content[:-5] + middle + content[-4:], "truncate": content[: len(content) // 2], "empty": b""}
    victim.write_bytes(harmed[harm])
    if place == "features":
        for path in (bench.home / "units").rglob("*.safetensors"):
            path.unlink()
    for path in bench.out.rglob("*.json"):
        path.unlink()
    assert results(bench.run()) == whole
    assert [path.name for path in victim.parent.glob("*.damaged-*")] == [victim.name + ".damaged-1"]


def test_slices_add_up_to_the_whole(bench, tmp_path):
    """Two slices, one after the other, leave the units of one run; the last one writes the same record."""
    whole = results(bench.run())
    bench.home, bench.out = tmp_path / "other-home", tmp_path / "other-out"
    first = bench.run(where=bench.where(shard=(1, 2)))
    assert first.records == ()
    assert first.open_units > 0
    second = bench.run(where=bench.where(shard=(2, 2)))
    assert second.open_units == 0
    assert results(second) == whole


def test_the_record_on_disk_is_whole_and_tells_no_path(bench):
    """Key and digest can be recomputed from the file, it is strict JSON, and no folder of this machine is in it."""
    ((path, _),) = bench.run().records
    text = path.read_text()
    record = read_record(path)
    data = json.loads(text)
    assert record_key(data["asked"], data["used"]) == record.key
    assert digest(data["found"]) == record.found_digest
    assert path.stem == record.key[:12]
    for place in (bench.corpus, bench.home, bench.out):
        assert str(place) not in text
    assert "NaN" not in text
    assert path.with_suffix(".svg").read_text().startswith("<?xml")


def test_a_damaged_record_is_set_aside_and_written_again(bench):
    """An edited headline or a half-written file is not believed, and lost predictions come back."""
    ((path, record),) = bench.run().records
    text = path.read_text()
    for broken in (text.replace('"value":', '"value":1', 1), text[: len(text) // 2]):
        path.write_text(broken)
        assert bench.run().records[0][1].found_digest == record.found_digest
        assert read_record(path).key == record.key
    assert len(list(path.parent.glob("*.damaged-*"))) == 2
    predictions = path.with_suffix(".parquet")
    whole = predictions.read_bytes()
    predictions.unlink()
    bench.run()
    assert predictions.read_bytes() == whole
    predictions.write_bytes(b"junk")
    bench.run()
    assert predictions.read_bytes() == whole


def test_a_model_whose_lengths_do_not_fit_is_refused(bench):
    """More valid frames than frames would make means wrong in silence: it is an error that names the layer."""

    class Wrong(ToyModel):
        def forward(self, audio):
            features = super().forward(audio)
            return FrameFeatures(features.layers, (features.lengths[0], features.lengths[1] + 1))

    wrong = replace(toy_backbone(), load=lambda card, files: Wrong(lambda _: None))
    bench.catalog = toy_catalog(wrong)
    with pytest.raises(EmobenchError, match="layer '1': shapes and lengths do not fit"):
        bench.run()


@pytest.mark.parametrize("answer", [None, ValueError("boo"), SystemExit(0)], ids=repr)
def test_a_model_that_misbehaves_is_named(bench, answer):
    """A model that raises, exits or answers with something else ends the run with exit code 1 and its name."""

    class Wrong(ToyModel):
        def forward(self, audio):
            if isinstance(answer, BaseException):
                raise answer
            return answer

    bench.catalog = toy_catalog(replace(toy_backbone(), load=lambda card, files: Wrong(lambda _: None)))
    with pytest.raises(EmobenchError, match="backbone 'toy-model'") as caught:
        bench.run()
    assert caught.value.exit_code == 1


def test_a_model_that_gives_other_layers_than_its_card_is_refused(bench):
    """Widths that differ from the card are an error that shows both, before anything is stored."""
    card = toy_backbone().card.model_copy(update={"layers": toy_backbone().card.layers[:1]})
    bench.catalog = toy_catalog(toy_backbone(card=card))
    with pytest.raises(EmobenchError, match=r"card: widths \[81\]\nmodel: widths \[81, 81\]"):
        bench.run()
    assert not list(bench.home.rglob("*.safetensors"))


def test_a_first_look_says_so(bench):
    """Records with --folds or --limit carry a note that keeps them off boards."""
    (folds,) = bench.run(folds=(1,)).records
    (limit,) = bench.run(limit=12).records
    assert any("--folds" in note for note in folds[1].found.notes)
    assert any("--limit" in note for note in limit[1].found.notes)
    assert limit[1].used["dataset"]["clips"] == 36
    assert {row.fold for row in folds[1].found.scores} == {None, 1}
