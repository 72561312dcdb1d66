"""Are a pair's gains paired, over people, adjusted for what was not run; is who sings and talks one person?"""

import naive_pair as naive
import numpy as np
import pytest
from naive_pair import headline, row
from pair_toys import AROUSAL, DATASETS, EMOTION, PAIRS, SONG, TALK, Toy, predictions

from emobench.metrics.significance import holm, paired_sign_flip, smallest_detectable
from emobench.metrics.uncertainty import people_draws
from emobench.tasks.cross_domain_scores import score


@pytest.fixture(scope="module", params=PAIRS)
def scored(request):
    """Predictions and what was found in them."""
    found = predictions(PAIRS[request.param], seed=3)
    return found, score(found)


def reach_of(differences):
    """The smallest detectable gain; none below eight people."""
    return pytest.approx(smallest_detectable(differences), abs=1e-9) if len(differences) >= 8 else None


def people_differences(p, target, first, second):
    """One difference a person who was tested: second minus first, seeds averaged."""
    side, found = p.side(target), {}
    groups, tested = np.array(side.groups), naive.there(p.attribute, first[0])
    for person in sorted(set(groups[tested].tolist())):
        inside = groups == person
        found[person] = naive.score(p, target, second, inside) - naive.score(p, target, first, inside)
    return found


def test_gains_are_differences_and_holm_counts_what_was_not_run(scored):
    """Gain, p over the protocol's methods and those asked in both directions, and reach are as recomputed."""
    p, found = scored
    ps, told = [], []
    for method in (*p.methods, "chosen"):
        for target in (SONG, TALK):
            first, second = (naive.predictions(p, method, c, target) for c in ("target_only", "two_stage"))
            key = {"method": method, "target": target, "condition": "two_stage", "view": "over_target_only"}
            gain = row(found, **key, metric=f"gain_{headline(p)}")
            expected = naive.score(p, target, second) - naive.score(p, target, first)
            assert gain["value"] == pytest.approx(expected, abs=1e-9)
            differences = np.array(list(people_differences(p, target, first, second).values()))
            reach = row(found, **key, metric=f"detectable_gain_{headline(p)}")["value"]
            assert reach == reach_of(differences)
            assert gain["n_groups"] == len(differences)
            if method == "chosen":
                assert gain["p"] is None
            else:
                told.append(gain["p"])
                ps.append(paired_sign_flip(differences))
    fixed = 2 * len({"frozen", "weighted_sum", "lora", "bottleneck"} | set(p.methods))
    assert told == pytest.approx(holm(np.array(ps + [1.0] * (fixed - len(ps))))[: len(ps)].tolist())


def test_the_mean_gain_has_one_difference_a_person(scored):
    """Averaged over directions, the gain is the mean gain, and who sings and talks is one person of its reach."""
    p, found = scored
    key = {"method": "chosen", "source": None, "condition": "two_stage", "view": "over_target_only"}
    people, gains = {}, []
    for target in DATASETS:
        first, second = (naive.predictions(p, "chosen", c, target) for c in ("target_only", "two_stage"))
        gains.append(naive.score(p, target, second) - naive.score(p, target, first))
        for person, difference in people_differences(p, target, first, second).items():
            people.setdefault(person, []).append(difference)
    told = row(found, **key, metric=f"gain_{headline(p)}")
    assert (told["value"], told["p"]) == (pytest.approx(np.mean(gains), abs=1e-9), None)
    assert told["n_groups"] == len(people)
    each = np.array([np.mean(differences) for differences in people.values()])
    reach = row(found, **key, metric=f"detectable_gain_{headline(p)}")["value"]
    assert reach == reach_of(each)


def test_gains_on_request_compare_what_they_say():
    """Over shuffled labels, and joint over target only, for every method; nothing of it where it was not asked for."""
    p = predictions(PAIRS["categories"], seed=3)
    found = score(p)
    for condition, view, over in (
        ("two_stage", "over_shuffled", "shuffled"),
        ("joint", "over_target_only", "target_only"),
    ):
        told = [r for r in found.scores if (r.condition, r.view, r.metric) == (condition, view, "gain_uar")]
        assert len(told) == 2 * (len(p.methods) + 1) + 1
        assert all(r.p is None for r in told)
        for r in (r for r in told if r.target):
            first, second = (naive.predictions(p, r.method, c, r.target) for c in (over, condition))
            assert r.value == pytest.approx(naive.score(p, r.target, second) - naive.score(p, r.target, first))
    alone = score(predictions(Toy()))
    assert {r.view for r in alone.scores} == {"all", "over_target_only"}


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("attribute", [EMOTION, AROUSAL], ids=["categories", "dimension"])
def test_people_of_both_sides_are_drawn_together(shared, attribute):
    """Intervals of both directions draw a person with the clips of both; people of one side stand for themselves."""
    p = predictions(Toy(attribute=attribute, shared=shared, methods=(("lora", 9),), seeds=(0,), clips=5))
    found = score(p)
    names = sorted({group for side in p.sides for group in side.groups})
    assert len(names) == (10 if shared else 20)
    runs = {(c, t): naive.predictions(p, "chosen", c, t) for c in ("target_only", "two_stage") for t in DATASETS}
    two, gain = [], []
    for draw in people_draws(len(names))[:2000]:
        weights = dict(zip(names, draw, strict=True))
        scores = {key: naive.score(p, key[1], run, weights=weights) for key, run in runs.items()}
        two.append(np.mean([scores["two_stage", target] for target in DATASETS]))
        gain.append(two[-1] - np.mean([scores["target_only", target] for target in DATASETS]))
    key = {"method": "chosen", "source": None, "condition": "two_stage"}
    for values, told in (
        (two, row(found, **key, metric=headline(p))),
        (gain, row(found, **key, metric=f"gain_{headline(p)}", view="over_target_only")),
    ):
        assert (told["low"], told["high"]) == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])), abs=1e-9)
        assert told["n_groups"] == len(names)
