"""Can every number of a pair's record be recomputed from its predictions, by somebody who never saw our code?"""

from dataclasses import replace

import naive_pair as naive
import numpy as np
import pytest
from naive_pair import headline, row, rows
from pair_toys import DATASETS, EMOTION, FOUR, PAIRS, SONG, TALK, Toy, fold_of, predictions
from sklearn.metrics import accuracy_score, f1_score, recall_score

from emobench.tasks.cross_domain_scores import score
from emobench.tasks.pair_table import from_table, to_table


@pytest.fixture(scope="module", params=PAIRS)
def scored(request):
    """Predictions and what was found in them."""
    found = predictions(PAIRS[request.param], seed=3)
    return found, score(found)


def conditions(p):
    return list(dict.fromkeys(course.condition for course in p.courses))


def asked(p):
    """Every method, `chosen` too, under every condition of every direction."""
    for target in (SONG, TALK):
        for method in (*p.methods, "chosen"):
            for condition in conditions(p):
                key = {"method": method, "condition": condition, "target": target, "source": naive.other(p, target)}
                yield key, naive.predictions(p, method, condition, target)


def test_every_score_is_the_mean_over_seeds_of_all_clips(scored):
    """The headline metric of every method, condition and direction follows from development and test predictions."""
    p, found = scored
    for key, runs in asked(p):
        told = row(found, **key, metric=headline(p))
        assert told["value"] == pytest.approx(naive.score(p, key["target"], runs), abs=1e-9), key
        side, tested = p.side(key["target"]), naive.there(p.attribute, runs[0])
        assert told["n_clips"] == tested.sum()
        assert told["n_groups"] == len({g for g, inside in zip(side.groups, tested, strict=True) if inside})


def test_the_first_row_is_the_headline_and_averages_both_directions(scored):
    """With methods chosen per fold, the two directions' scores are averaged for all four conditions."""
    p, found = scored
    for condition in FOUR:
        both = [naive.score(p, target, naive.predictions(p, "chosen", condition, target)) for target in (TALK, SONG)]
        told = row(found, metric=headline(p), method="chosen", condition=condition, source=None, target=None)
        assert told["value"] == pytest.approx(np.mean(both), abs=1e-9)
        if condition == "two_stage":
            assert found.scores[0].model_dump(by_alias=True) == told
            assert (found.headline.value, found.headline.low) == (told["value"], told["low"])
            assert (found.headline.metric, found.headline.chance) == (headline(p), 1 / 3 if p.attribute.classes else 0)


def test_folds_and_seeds_have_rows(scored):
    """Each fold is scored over its own clips, seeds averaged; each of several seeds over all clips."""
    p, found = scored
    for key, runs in asked(p):
        side = p.side(key["target"])
        tested = sorted(set(side.fold[naive.there(p.attribute, runs[0])].tolist()))
        folds = [r for fold in range(p.folds) for r in rows(found, **key, metric=headline(p), fold=fold)]
        assert [r["fold"] for r in folds] == tested
        for told in folds:
            expected = naive.score(p, side.dataset, runs, inside=side.fold == told["fold"])
            assert told["value"] == pytest.approx(expected, abs=1e-9)
        seeds = naive.seeds_of(p, key["method"], key["condition"], side.dataset)
        told = [r for seed in (0, 1) for r in rows(found, **key, metric=headline(p), seed=seed)]
        assert [r["seed"] for r in told] == (seeds if len(seeds) > 1 else [])
        for one, run in zip(told, runs, strict=False):
            assert one["value"] == pytest.approx(naive.score(p, side.dataset, run[None]), abs=1e-9)


def test_recall_accuracy_and_f1_are_scikit_learns():
    """Per class for three conditions, and the other metrics for all, averaged over seeds."""
    p = predictions(PAIRS["categories"], seed=3)
    found = score(p)
    for key, runs in asked(p):
        truth = p.side(key["target"]).truth
        told = {metric: row(found, **key, metric=metric)["value"] for metric in ("accuracy", "macro_f1")}
        assert told["accuracy"] == pytest.approx(np.mean([accuracy_score(truth, run) for run in runs]))
        assert told["macro_f1"] == pytest.approx(np.mean([f1_score(truth, run, average="macro") for run in runs]))
        recalls = np.mean([recall_score(truth, run, average=None) for run in runs], axis=0)
        per_class = [rows(found, **key, metric="recall", **{"class": name}) for name in EMOTION.classes]
        if key["condition"] in {"direct", "target_only", "two_stage"}:
            assert [one["value"] for (one,) in per_class] == pytest.approx(recalls.tolist())
            assert [one["n_clips"] for (one,) in per_class] == np.bincount(truth).tolist()
        else:
            assert not any(per_class)


def test_every_layer_has_a_row(scored):
    """The curve over layers is scored at each layer's own strengths, for every direction and condition."""
    p, found = scored
    layered = [course for course in p.courses if course.layer is not None and course.fraction == 1]
    told = [r for r in found.scores if r.layer is not None]
    assert len(told) == len(layered)
    for course in layered:
        key = {"target": course.target, "condition": course.condition, "method": "frozen", "layer": course.layer}
        expected = naive.score(p, course.target, course.test[None])
        assert row(found, **key, metric=headline(p))["value"] == pytest.approx(expected, abs=1e-9)


def test_choices_are_those_of_development_people(scored):
    """What stands as chosen is the best development score of its fold, with that score beside it."""
    p, found = scored
    chosen = [c for c in found.choices if c["chosen"] and c["fraction"] == 1]
    for c in (c for c in chosen if c["choice"] == "method"):
        assert c["method"] == naive.method_of(p, c["condition"], c["target"], c["fold"])
    layers = [c for c in chosen if c["choice"] == "layer"]
    for c in layers:
        best = naive.choice(p, "frozen", c["condition"], c["target"], c["seed"], c["fold"])
        assert (c["layer"], c["development_score"]) == (str(best[0]), pytest.approx(best[2]))
        (strength,) = [
            s for s in chosen if s["choice"] == "strength" and {**s, "strength": None, "choice": "layer"} == c
        ]
        assert strength["strength"] == p.strengths[best[1]]
    tested = sum(strength >= 0 for strength in p.courses[0].strength)
    assert len(layers) == ("frozen" in p.methods) * tested * sum(
        len(naive.courses(p, "frozen", condition, target))
        for condition in conditions(p) for target in DATASETS if condition not in naive.APPLIED
    )  # fmt: skip
    assert len(chosen) - len(layers) >= 2 * tested * len(conditions(p))


def test_ties_go_to_the_simpler():
    """Of equal scores the lower layer, the stronger regularisation and the method with fewer weights are chosen."""
    p = predictions(Toy(methods=(("lora", 9), ("frozen", 3), ("weighted_sum", 3))))
    same = [replace(c, development=np.broadcast_to(p.side(c.target).truth, c.development.shape)) for c in p.courses]
    found = score(replace(p, courses=tuple(same)))
    chosen = [c for c in found.choices if c["chosen"]]
    assert {c["layer"] for c in chosen if c["choice"] == "layer"} == {"0"}
    assert {c["strength"] for c in chosen if c["choice"] == "strength"} == {0.01}
    assert {c["method"] for c in chosen if c["choice"] == "method"} == {"frozen"}


def test_few_people_have_no_intervals_and_a_note():
    """Below eight people no interval is made up, and a note says how many there were; absent classes are noted."""
    p = predictions(Toy(people=4, clips=2, shared=False, methods=(("lora", 9),)))
    found = score(p, ["a first look"])
    assert found.notes[0] == "a first look"
    assert f"no intervals on {SONG}: 4 groups, at least 8 are needed" in found.notes
    assert any(note.startswith(f"{TALK}: fold ") for note in found.notes)
    one_side = [r for r in found.scores if r.target is not None]
    assert all(r.low is None for r in one_side)
    assert found.headline.low is not None  # four people on each side are eight


def through_a_table(p, toy):
    table = to_table(p)
    table = table.take(np.random.default_rng(0).permutation(table.num_rows))
    return from_table(table, p.attribute, p.folds, fold_of(toy), DATASETS, p.methods, toy.layers)


@pytest.mark.parametrize("name", [*PAIRS, "a fold without people on one side"])
def test_the_record_is_a_function_of_its_table(name):
    """Written to a table and read back, predictions give the same found, to the last digit."""
    toy = PAIRS.get(name, Toy(people=8, missing=(1, 5)))
    p = predictions(toy, seed=3)
    assert score(through_a_table(p, toy)) == score(p)


def test_no_two_rows_say_the_same(scored):
    """Every row has a key of its own: the fields that are no number tell all rows apart."""
    _, found = scored
    numbers = {"value", "low", "high", "p", "n_clips", "n_groups"}
    keys = [tuple(v for name, v in r.model_dump().items() if name not in numbers) for r in found.scores]
    assert len(set(keys)) == len(keys)
    assert all(r.split == "test" and r.dataset is None and r.attribute for r in found.scores)
    assert {frozenset(c) for c in found.choices} == {frozenset(found.choices[0])}
