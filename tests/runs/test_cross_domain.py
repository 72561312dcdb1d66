"""Does a run of a pair say what its records hold, go on where it stopped, and train nothing twice?"""

import itertools
from collections import Counter

import pyarrow.parquet as pq
import pytest
from pair_bench import DATASETS, Told, digests, rows

from emobench.domain.canonical import digest
from emobench.domain.cards import Attribute
from emobench.domain.record import record_key
from emobench.runs.record_store import read_record
from emobench.tasks.cross_domain_scores import score
from emobench.tasks.pair_table import from_table

LOOK = {"folds": (0,)}


def parts(fold=0, seed=0, method="lora"):
    """What the trainings of one method, fold and seed are called, in any order."""
    ways = (DATASETS, DATASETS[::-1])
    names = [name for first, target in ways for name in (target, f"{target}, second course", f"{target} after {first}")]
    return Counter(f"{method}, fold {fold}, seed {seed}: {name}" for name in names)


def found_again(path):
    """What whoever holds a record and its table computes from them."""
    record = read_record(path)
    layers = [layer["name"] for layer in record.used["backbone"]["card"]["layers"]]
    fold_of = {
        name: {group: facts["fold"] for group, facts in data["groups"].items()}
        for name, data in record.used["datasets"].items()
    }
    methods = {name: record.used["methods"][name]["trainable"] for name in record.asked["peft"]}
    predictions = from_table(
        pq.read_table(path.with_suffix(".parquet")), Attribute.model_validate(record.used["attribute"]),
        record.used["split"]["folds"], fold_of, tuple(record.asked["datasets"]), methods, layers,
    )  # fmt: skip
    return record, score(predictions)


def same(one, other):
    """Equal mappings, numbers up to six digits."""
    assert one.keys() == other.keys()
    for name, value in one.items():
        number = isinstance(value, float) and isinstance(other[name], float)
        close = number and value == pytest.approx(other[name], rel=5e-6, abs=1e-9)
        assert close or value == other[name], (name, one, other)


def test_a_record_can_be_computed_again_from_its_table(pair):
    """Four methods on all folds give one record, whose scores, choices and headline follow from it and its table."""
    four = ("frozen", "weighted_sum", "lora", "bottleneck")
    path, _ = pair.record(peft=four)
    record, found = found_again(path)
    assert len(pair.trained) == 2 * 3 * 6
    assert {row.method for row in found.scores} == {*four, "chosen"}
    same(record.found.headline.model_dump(), found.headline.model_dump())
    assert len(record.found.scores) == len(found.scores)
    for there, here in zip(record.found.scores, found.scores, strict=True):
        same(there.model_dump(), here.model_dump())
    assert len(record.found.choices) == len(found.choices)
    for there, here in zip(record.found.choices, found.choices, strict=True):
        same(dict(there), dict(here))
    first = record.found.scores[0]
    assert (first.method, first.condition, first.source, first.metric) == ("chosen", "two_stage", None, "uar")
    assert path.with_suffix(".svg").read_text().startswith("<?xml")


def test_the_record_says_what_the_pair_is(whole):
    """Labels under their own names, who and what was dropped, methods, key and digest: all of it, and no path."""
    pair, result = whole
    ((path, record),) = result.records
    assert record_key(record.asked, record.used) == record.key
    assert record.used["pair"]["labels"] == {
        "toy-talk": {"calm": "calm", "angry": "angry", "happy": "happy", "bored": None},
        "toy-song": {"relaxed": "calm", "angry": "angry", "happy": "happy"},
    }
    assert record.used["pair"]["dropped"] == {"toy-talk": {"bored": 20, "people": 6}, "toy-song": {}}
    assert record.used["pair"]["common_people"] == 9
    assert [data["clips"] for data in record.used["datasets"].values()] == [54, 54]
    assert record.used["methods"]["lora"]["options"]["lora"]["rank"] == 2
    assert record.spent["training"]["lora"]["trainings"] == 6
    assert digest(record.model_dump(mode="json", by_alias=True)["found"]) == record.found_digest
    text = path.read_text()
    assert not [place for place in (pair.corpora, pair.home, pair.out) if str(place) in text]


def test_people_whom_both_have_are_in_one_fold_of_both(whole):
    """Nobody is learned from in one dataset and tested on in the other."""
    ((_, record),) = whole[1].records
    talk, song = (
        {group: facts["fold"] for group, facts in record.used["datasets"][name]["groups"].items()} for name in DATASETS
    )
    assert talk == song
    assert len(talk) == 9


def test_one_training_serves_both_directions(whole):
    """`alone` is trained once a dataset, fold, seed and method, for stage 1 of one way and target_only of the other."""
    pair, result = whole
    assert Counter(pair.trained) == parts()
    ((_, record),) = result.records
    told = {(row["condition"], row["target"]) for row in rows(record, method="lora", metric="uar", fold=None)}
    assert told == set(itertools.product(("direct", "direct_aligned", "target_only", "two_stage"), DATASETS))


def test_the_order_of_a_pair_changes_nothing(pair, whole):
    """A pair has no order: named the other way round it is the same record, and nothing is trained again."""
    pair.home, pair.out = whole[0].home, whole[0].out
    assert digests(pair.run(datasets=DATASETS[::-1], **LOOK)) == digests(whole[1])
    assert pair.trained == []


def test_a_combination_has_one_name(pair):
    """However its parts are ordered, a combination is one method, trained once, in one record."""
    path, record = pair.record(peft=("weighted_sum+lora",), **LOOK)
    assert record.asked["peft"] == ["lora+weighted_sum"]
    assert Counter(pair.trained) == parts(method="lora+weighted_sum")
    again, _ = pair.record(peft=("lora+weighted_sum",), **LOOK)
    assert (again, len(pair.trained)) == (path, 6)


@pytest.mark.parametrize("training", [2, 5])
def test_an_interrupted_run_goes_on(pair, whole, training):
    """Stopped before any training and repeated, a run finds the same bytes and trains nothing twice."""
    pair.stop_at = training
    with pytest.raises(KeyboardInterrupt):
        pair.run(**LOOK)
    assert len(pair.trained) == training - 1
    assert not list(pair.out.rglob("*.json"))
    assert digests(pair.run(**LOOK)) == digests(whole[1])
    assert Counter(pair.trained) == parts()


@pytest.mark.parametrize("stage", ["probes", "trainings of toy-learner"])
def test_an_interrupt_between_units_loses_none(pair, whole, stage):
    """Stopped after its first unit of a kind, a run keeps that unit's file as it is."""

    class Impatient(Told):
        def start(self, title, total, unit):
            def advance(count):
                if title == stage:
                    raise KeyboardInterrupt

            return advance

    pair.progress = Impatient()
    with pytest.raises(KeyboardInterrupt):
        pair.run(**LOOK)
    kept = {path: path.stat().st_mtime_ns for path in (pair.home / "units").rglob("*.safetensors")}
    assert kept
    pair.progress = Told()
    assert digests(pair.run(**LOOK)) == digests(whole[1])
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert Counter(pair.trained) == parts()


def test_slices_add_up_to_the_whole(pair, whole):
    """Two slices, one after the other, leave the record of one run, and no training runs twice."""
    first = pair.run(where=pair.where(shard=(1, 2)), **LOOK)
    assert first.records == ()
    assert first.open_units > 0
    second = pair.run(where=pair.where(shard=(2, 2)), **LOOK)
    assert second.open_units == 0
    assert digests(second) == digests(whole[1])
    assert Counter(pair.trained) == parts()


def test_a_slice_alone_finishes_its_part(pair, whole):
    """The second slice first: it trains what its own units go on from, and the first one finishes the same record."""
    plan, _ = pair.plan(**LOOK)
    pair.run(where=pair.where(shard=(2, 2)), **LOOK)
    assert all(pair.store.done(unit) for unit in plan.units[1::2])
    assert digests(pair.run(where=pair.where(shard=(1, 2)), **LOOK)) == digests(whole[1])
    assert Counter(pair.trained) == parts()


def test_more_seeds_and_methods_train_only_what_is_new(pair, whole):
    """A second seed beside the first trains its own six; what one seed gave stands in the rows of the seeds."""
    pair.run(peft=("lora",), **LOOK)
    _, record = pair.record(peft=("lora",), seeds=2, **LOOK)
    assert Counter(pair.trained) == parts() + parts(seed=1)
    fields = {"method": "lora", "condition": "two_stage", "metric": "uar", "target": "toy-song"}
    seeds = {row["seed"]: row["value"] for row in rows(record, fold=None, **fields) if row["seed"] is not None}
    assert seeds.keys() == {0, 1}
    (mean,) = rows(record, seed=None, fold=None, layer=None, **fields)
    assert mean["value"] == pytest.approx(sum(seeds.values()) / 2, abs=1e-6)
    (alone,) = rows(whole[1].records[0][1], seed=None, fold=None, layer=None, **fields)
    assert seeds[0] == pytest.approx(alone["value"])


def test_joint_and_shuffled_on_request(pair):
    """`joint` and `shuffled` have their rows, and the shuffled stage 1 makes as many epochs as the true one's best."""
    _, record = pair.record(options={"cross_domain.also": ["joint", "shuffled"]}, **LOOK)
    for target in DATASETS:
        assert rows(record, condition="joint", method="lora", target=target, metric="uar", fold=None)
        (over,) = rows(record, method="lora", target=target, metric="gain_uar", view="over_shuffled")
        (joint,) = rows(record, method="lora", target=target, metric="gain_uar", condition="joint")
        assert (over["condition"], over["p"], joint["view"], joint["p"]) == (
            "two_stage",
            None,
            "over_target_only",
            None,
        )
    assert sum("shuffled labels" in part for part in pair.trained) == 4
    assert sum(" and " in part for part in pair.trained) == 2
    plan, _ = pair.plan(options={"cross_domain.also": ["joint", "shuffled"]}, **LOOK)
    for unit in plan.units:
        if unit.training is not None and unit.training.stage == "shuffled":
            true = pair.store.read_key(unit.task, unit.needs).arrays["best_epoch"]
            assert pair.store.read(unit).arrays["epochs"] == true


@pytest.mark.parametrize("peft", [("frozen",), ("frozen", "lora")], ids="+".join)
def test_fewer_labels(pair, peft):
    """A fraction has its scores, its gain without p, and how many clips it is; stage 1 is not trained again for it."""
    path, record = pair.record(peft=peft, options={"train.fraction": [0.5, 1]}, **LOOK)
    for method, fraction, target in itertools.product(peft, (0.5, 1.0), DATASETS):
        fields = {"method": method, "target": target, "fraction": fraction, "fold": None, "seed": None}
        for condition in ("target_only", "two_stage"):
            assert rows(record, condition=condition, metric="uar", layer=None, **fields)
        (clips,) = rows(record, metric="training_clips", **fields)
        assert clips["value"] == pytest.approx(18 * fraction, abs=2)
        assert rows(record, metric="worth_clips", **fields)
        (gain,) = rows(record, metric="gain_uar", view="over_target_only", condition="two_stage", **fields)
        assert (gain["p"] is None) == (fraction < 1)
    assert len(pair.trained) == (0 if len(peft) == 1 else 6 + 6)
    assert path.with_suffix(".fractions.svg").read_text().startswith("<?xml")
    same(record.found.headline.model_dump(), found_again(path)[1].headline.model_dump())


def test_dimensions_have_a_concordance(pair):
    """Arousal of both datasets gives rows of CCC, no recalls, and a record that follows from its table."""
    path, record = pair.record(options={"cross_domain.attribute": "arousal"})
    assert record.found.headline.metric == "ccc"
    assert rows(record, metric="ccc", method="lora", condition="two_stage")
    assert rows(record, metric="gain_ccc", method="frozen")
    assert not [row for row in rows(record) if row["class"] is not None]
    assert record.used["datasets"]["toy-talk"]["clips"] == 72  # the bored have an arousal, too
    for there, here in zip(record.found.scores, found_again(path)[1].scores, strict=True):
        same(there.model_dump(), here.model_dump())


def test_people_are_those_whose_clips_are_used(pair):
    """With a few clips only, the people in common are counted among those who are left."""
    plan, _ = pair.plan(limit=3)
    left = [{planned.clip.group for planned in dataset.clips} for dataset in plan.datasets.values()]
    assert plan.the_pair.common_people == len(left[0] & left[1]) < 9
