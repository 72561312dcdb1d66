"""Does a probe carry over what it should, choose on the right people, and see nobody twice?"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from emobench.domain.cards import Attribute
from emobench.tasks.convex_transfer import Asked, DomainFeatures, transfer
from emobench.tasks.pair_parts import parts_of
from emobench.tasks.pair_predictions import ALIGNED, DIRECT, TARGET_ONLY, TWO_STAGE

CLASSES = ("calm", "angry", "happy")
EMOTION = Attribute(name="emotion", classes=CLASSES)
FOLDS = 4
STRENGTHS = (0.001, 0.1)
ASKED = Asked(EMOTION, FOLDS, tuple(range(FOLDS)), STRENGTHS)
SOURCE, TARGET = 0, 1  # places of the domains in most tests


def domain(seed, *, people=8, clips=18, layers=1, shift=0.0, scale=1.0):
    """People with clips of three classes around centres that all domains share."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(5).normal(size=(3, 6))
    truth = np.tile(np.arange(3), people * clips // 3)
    fold = np.repeat(np.arange(people) % FOLDS, clips)
    noise = generator.normal(size=(layers, people * clips, 6)) * 1.3
    features = (centres[truth] + noise) * scale + shift
    return DomainFeatures(torch.tensor(features, dtype=torch.float32), truth.astype(np.int64), fold)


def uar(target, predictions):
    return recall_score(target.truth, predictions, average="macro")


def to_target(found):
    """Condition -> what was said of the target."""
    return {condition: outcome for (condition, place), outcome in found.outcomes.items() if place == TARGET}


def standard(train):
    mean, sd = train.mean(0), train.std(0)
    return lambda x: (x - mean) / sd


def naive(domain_, learn, develop):
    """By scikit-learn: what development clips are told at every strength, the best strength, its fit, its standard."""
    x = domain_.features[0].double().numpy()
    z = standard(x[learn])
    fits = [
        LogisticRegression(C=c, tol=1e-10, max_iter=10_000).fit(z(x[learn]), domain_.truth[learn]) for c in STRENGTHS
    ]
    said = np.array([fit.predict(z(x[develop])) for fit in fits])
    scores = [recall_score(domain_.truth[develop], values, average="macro") for values in said]
    best = int(np.argmax(np.round(scores, 9)))  # the stronger of equals
    return said, best, fits[best], z


def test_every_number_is_that_of_a_loop_over_scikit_learn():
    """target_only, direct and direct_aligned equal plain fits on the folds that are neither tested nor chosen on."""
    domains = source, target = domain(0), domain(1, shift=2.0, scale=1.5)
    found = transfer(ASKED, source, target).outcomes
    x = target.features[0].double().numpy()
    for fold in range(FOLDS):
        models = []
        for place, one in enumerate(domains):
            learn, develop = ~np.isin(one.fold, (fold, (fold + 1) % FOLDS)), one.fold == (fold + 1) % FOLDS
            said, best, fit, z = naive(one, learn, develop)
            assert (said == found[TARGET_ONLY, place].development[:, develop]).mean() > 0.99
            assert found[TARGET_ONLY, place].strength[fold] == best
            models.append((fit, z))
        (head, z), (mine, own) = models
        test = target.fold == fold
        expected = {
            TARGET_ONLY: mine.predict(own(x[test])),
            DIRECT: head.predict(z(x[test])),
            ALIGNED: head.predict(own(x[test])),
        }
        for condition, values in expected.items():
            assert (found[condition, TARGET].test[test] == values).mean() > 0.99


def test_a_shifted_domain_is_understood_once_it_is_aligned():
    """A shift and a scale of the whole target ruin direct, and neither direct_aligned nor two_stage."""
    source, target = domain(0), domain(1, shift=6.0, scale=3.0)
    found = to_target(transfer(ASKED, source, target))
    scores = {condition: uar(target, outcome.test) for condition, outcome in found.items()}
    assert scores[DIRECT] < scores[ALIGNED] - 0.1
    assert min(scores[ALIGNED], scores[TWO_STAGE]) > 0.7


def test_the_other_domain_helps_where_clips_are_few():
    """With three clips a person and the same emotions, two_stage is on average five points above target_only."""
    gains = []
    for seed in range(6):
        target = domain(10 + seed, people=8, clips=3)
        found = to_target(transfer(ASKED, domain(seed), target))
        gains.append(uar(target, found[TWO_STAGE].test) - uar(target, found[TARGET_ONLY].test))
    assert np.mean(gains) > 0.05


def relabelled(one, clips):
    """The same domain with other labels for some clips."""
    truth = one.truth.copy()
    truth[clips] = (truth[clips] + 1) % 3
    return replace(one, truth=truth)


@pytest.mark.parametrize("fraction", [0.5, 1.0])
def test_nothing_of_the_test_people_is_seen(fraction):
    """Whatever the labels of a fold's people are, what is predicted for them and chosen for them stays the same."""
    domains, fold = [domain(0, layers=2), domain(1, layers=2)], 2
    asked = replace(ASKED, fraction=fraction)
    before = transfer(asked, *domains)
    for place, changed in enumerate(domains):
        other = list(domains)
        other[place] = relabelled(changed, changed.fold == fold)
        after = transfer(asked, *other)
        for key, outcome in before.outcomes.items():
            test = domains[key[1]].fold == fold
            assert np.array_equal(outcome.test[test], after.outcomes[key].test[test])
            assert outcome.strength[fold] == after.outcomes[key].strength[fold]


def test_both_directions_are_the_same_question_twice():
    """With the domains exchanged, everything is said of the other place; direct has the strength of the source."""
    first, second = domain(0), domain(1, shift=1.0)
    found, again = transfer(ASKED, first, second), transfer(ASKED, second, first)
    assert set(found.outcomes) == {(c, place) for c in (DIRECT, ALIGNED, TARGET_ONLY, TWO_STAGE) for place in (0, 1)}
    assert found.not_converged == again.not_converged
    for (condition, place), outcome in found.outcomes.items():
        exchanged = again.outcomes[condition, 1 - place]
        assert np.array_equal(outcome.test, exchanged.test)
        assert np.array_equal(outcome.development, exchanged.development)
        assert np.array_equal(outcome.strength, exchanged.strength)
        if condition in (DIRECT, ALIGNED):
            assert len(outcome.development) == 0
            assert np.array_equal(outcome.strength, found.outcomes[TARGET_ONLY, 1 - place].strength)


def test_folds_that_were_not_asked_for_are_absent():
    """Only the test folds have predictions; the others are marked, not invented."""
    domains = domain(0), domain(1)
    for (_, place), outcome in transfer(replace(ASKED, test_folds=(1,)), *domains).outcomes.items():
        fold = domains[place].fold
        assert (outcome.test[fold == 1] >= 0).all()
        assert (outcome.test[fold != 1] == -1).all()
        assert [chosen >= 0 for chosen in outcome.strength] == [False, True, False, False]
        assert (outcome.development[:, fold == 2] >= 0).all()
        assert (outcome.development[:, fold != 2] == -1).all()


@pytest.mark.parametrize("seed", [0, 3])
def test_with_fewer_labels_a_nested_part_teaches_and_chooses(seed):
    """Of half of the labels target_only is scikit-learn's fit; nested parts choose, of all classes alike."""
    domains = domain(0), domain(1, shift=1.0)
    asked = replace(ASKED, seed=seed)
    found = {part: transfer(replace(asked, fraction=part), *domains).outcomes for part in (0.25, 0.5, 1.0)}
    agreed = []
    for place, one in enumerate(domains):
        chose = {part: outcomes[TARGET_ONLY, place].development[0] >= 0 for part, outcomes in found.items()}
        assert chose[1.0].all()
        assert (chose[0.25] <= chose[0.5]).all()
        for fold in range(FOLDS):  # two people, 12 clips of every class
            classes = {part: np.bincount(one.truth[chose[part] & (one.fold == fold)]).tolist() for part in chose}
            assert classes == {0.25: [3] * 3, 0.5: [6] * 3, 1.0: [12] * 3}
            part = parts_of(EMOTION, one.truth, one.fold, FOLDS, fold, 0.5, seed)
            said, best, fit, z = naive(one, part.training, part.development)
            outcome, test = found[0.5][TARGET_ONLY, place], one.fold == fold
            assert outcome.strength[fold] == best
            agreed += (said == outcome.development[:, part.development]).ravel().tolist()
            agreed += (fit.predict(z(one.features[0].double().numpy()[test])) == outcome.test[test]).tolist()
    assert np.mean(agreed) > 0.99


def test_with_fewer_labels_the_source_stays_whole():
    """Clips outside the part change nothing in the target, and much as the source of two_stage; direct is left out."""
    asked = replace(ASKED, fraction=0.25, test_folds=(0,), seed=1)
    domains = [domain(0, layers=2, clips=6), domain(1, layers=2, clips=6, shift=1.0)]
    before = transfer(asked, *domains).outcomes
    assert {condition for condition, _ in before} == {TARGET_ONLY, TWO_STAGE}
    target = domains[TARGET]
    part = parts_of(EMOTION, target.truth, target.fold, FOLDS, 0, 0.25, 1)
    others = torch.ones(len(target.truth), dtype=torch.bool)
    others[np.concatenate([part.training, part.development, part.test])] = False
    features = target.features.clone()
    features[:, others] = -3 * features[:, others]
    after = transfer(asked, domains[SOURCE], replace(target, features=features)).outcomes
    same = [key for key in before if np.array_equal(before[key].test, after[key].test)]
    assert sorted(same) == [(TARGET_ONLY, SOURCE), (TARGET_ONLY, TARGET), (TWO_STAGE, TARGET)]
    for key in same:
        assert np.array_equal(before[key].development, after[key].development)
        assert np.array_equal(before[key].strength, after[key].strength)


def test_several_layers_are_summed():
    """With a layer of noise beside a good one, the weighted sum is about as good as the good one alone."""
    source, target = domain(0), domain(1)
    noise = torch.randn(source.features.shape, generator=torch.Generator().manual_seed(0))
    both = [replace(one, features=torch.cat([noise, one.features])) for one in (source, target)]
    alone, summed = to_target(transfer(ASKED, source, target)), to_target(transfer(ASKED, *both))
    for condition in (TARGET_ONLY, ALIGNED, TWO_STAGE):
        assert uar(target, summed[condition].test) > uar(target, alone[condition].test) - 0.08


@pytest.mark.parametrize("layers", [1, 2])
def test_dimensions_carry_over_too(layers):
    """A dimension that means the same in both domains is predicted by all conditions after alignment."""
    asked = Asked(Attribute(name="arousal", low=-1, high=1), FOLDS, tuple(range(FOLDS)), (0.01, 1.0))
    domains = []
    for seed, shift in ((0, 0.0), (1, 4.0)):
        drawn = domain(seed, layers=layers, shift=shift)
        value = (drawn.features[-1] - shift) @ torch.tensor([0.3, -0.2, 0.1, 0.0, 0.2, 0.1])
        domains.append(replace(drawn, truth=value.numpy()))
    found = to_target(transfer(asked, *domains))
    for condition in (TARGET_ONLY, ALIGNED, TWO_STAGE):
        assert np.corrcoef(found[condition].test, domains[TARGET].truth)[0, 1] > 0.9


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("layers", "fraction"), [(1, 1.0), (2, 0.5)])
def test_an_accelerator_decides_alike(layers, fraction):
    """On a GPU at least 99 of 100 decisions are those of the CPU, and the results are arrays all the same."""
    domains = [domain(0, layers=layers), domain(1, layers=layers, shift=1.0)]
    there = [replace(one, features=one.features.cuda()) for one in domains]
    asked = replace(ASKED, fraction=fraction)
    here, moved = transfer(asked, *domains), transfer(asked, *there)
    for key, outcome in here.outcomes.items():
        assert (outcome.test == moved.outcomes[key].test).mean() >= 0.99
