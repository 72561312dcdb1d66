"""Does a probe carry over what it should, choose on the right people, and see nobody twice?"""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from emobench.domain.cards import Attribute
from emobench.tasks.convex_transfer import (
    ALIGNED,
    DIRECT,
    STAGE1,
    TARGET_ONLY,
    TWO_STAGE,
    Asked,
    DomainFeatures,
    transfer,
)

CLASSES = ("calm", "angry", "happy")
EMOTION = Attribute(name="emotion", classes=CLASSES)
FOLDS = 4
STRENGTHS = (0.001, 0.1)
ASKED = Asked(EMOTION, FOLDS, tuple(range(FOLDS)), STRENGTHS)


def domain(seed, *, people=8, clips=18, layers=1, shift=0.0, scale=1.0, axis=0.0):
    """People with clips of three classes whose centres are turned by ``axis`` against those of another domain."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(5).normal(size=(3, 6))
    turned = np.roll(centres, 1, axis=0) * axis + centres * (1 - axis)
    truth = np.tile(np.arange(3), people * clips // 3)
    fold = np.repeat(np.arange(people) % FOLDS, clips)
    noise = generator.normal(size=(layers, people * clips, 6)) * 1.3
    features = (turned[truth] + noise) * scale + shift
    return DomainFeatures(torch.tensor(features, dtype=torch.float32), truth.astype(np.int64), fold)


def uar(target, predictions):
    return recall_score(target.truth, predictions, average="macro")


def standard(train):
    mean, sd = train.mean(0), train.std(0)
    return lambda x: (x - mean) / sd


def test_every_number_is_that_of_a_loop_over_scikit_learn():
    """target_only, direct and direct_aligned equal plain fits on the folds that are neither tested nor chosen on."""
    source, target = domain(0), domain(1, shift=2.0, scale=1.5)
    found, _ = transfer(ASKED, source, target)
    xs, xt = source.features[0].double().numpy(), target.features[0].double().numpy()
    for fold in range(FOLDS):
        chosen_on, test = (fold + 1) % FOLDS, target.fold == fold
        models = {}
        for name, domain_, x in ((STAGE1, source, xs), (TARGET_ONLY, target, xt)):
            learn = (domain_.fold != fold) & (domain_.fold != chosen_on)
            develop = domain_.fold == chosen_on
            z = standard(x[learn])
            fits = [
                LogisticRegression(C=c, tol=1e-10, max_iter=10_000).fit(z(x[learn]), domain_.truth[learn])
                for c in STRENGTHS
            ]
            said = [fit.predict(z(x[develop])) for fit in fits]
            assert (np.array(said) == found.development[name][:, develop]).mean() > 0.99
            best = int(np.argmax([recall_score(domain_.truth[develop], values, average="macro") for values in said]))
            assert found.strength[name][fold] == best
            models[name] = (fits[best], z)
        own = standard(xt[(target.fold != fold) & (target.fold != chosen_on)])
        head, z = models[STAGE1]
        mine, z_mine = models[TARGET_ONLY]
        expected = {
            TARGET_ONLY: mine.predict(z_mine(xt[test])),
            DIRECT: head.predict(z(xt[test])),
            ALIGNED: head.predict(own(xt[test])),
        }
        for condition, values in expected.items():
            assert (found.test[condition][test] == values).mean() > 0.99


def test_a_shifted_domain_is_understood_once_it_is_aligned():
    """A shift and a scale of the whole target ruin direct, and neither direct_aligned nor two_stage."""
    source, target = domain(0), domain(1, shift=6.0, scale=3.0)
    found, _ = transfer(ASKED, source, target)
    scores = {condition: uar(target, values) for condition, values in found.test.items()}
    assert scores[DIRECT] < scores[ALIGNED] - 0.1
    assert min(scores[ALIGNED], scores[TWO_STAGE]) > 0.7


def test_the_other_domain_helps_where_clips_are_few():
    """With three clips a person and the same emotions, two_stage is on average five points above target_only."""
    few = {"people": 8, "clips": 3}
    gains = []
    for seed in range(6):
        target = domain(10 + seed, **few)
        found, _ = transfer(ASKED, domain(seed), target)
        gains.append(uar(target, found.test[TWO_STAGE]) - uar(target, found.test[TARGET_ONLY]))
    assert np.mean(gains) > 0.05


def test_nothing_of_the_test_people_is_seen():
    """Whatever the labels of a fold's people are, what is predicted for them and chosen for them stays the same."""
    source, target = domain(0, layers=2), domain(1, layers=2)
    before, _ = transfer(ASKED, source, target)
    fold = 2
    for changed in (source, target):
        mixed = changed.truth.copy()
        mixed[changed.fold == fold] = (mixed[changed.fold == fold] + 1) % 3
        other = DomainFeatures(changed.features, mixed, changed.fold)
        after, _ = transfer(ASKED, other if changed is source else source, other if changed is target else target)
        for condition, values in before.test.items():
            assert np.array_equal(values[target.fold == fold], after.test[condition][target.fold == fold])
        for stage, chosen in before.strength.items():
            assert chosen[fold] == after.strength[stage][fold]


def test_both_directions_are_the_same_question_twice():
    """The way back equals the way there with the domains exchanged, and stage 1 is the other's target_only."""
    first, second = domain(0), domain(1, shift=1.0)
    there, back = transfer(ASKED, first, second)
    again, _ = transfer(ASKED, second, first)
    for condition, values in again.test.items():
        assert np.array_equal(values, back.test[condition])
    assert np.array_equal(there.development[STAGE1], back.development[TARGET_ONLY])
    assert np.array_equal(there.strength[STAGE1], back.strength[TARGET_ONLY])


def test_folds_that_were_not_asked_for_are_absent():
    """Only the test folds have predictions; the others are marked, not invented."""
    target = domain(1)
    found, _ = transfer(Asked(EMOTION, FOLDS, (1,), STRENGTHS), domain(0), target)
    for values in found.test.values():
        assert (values[target.fold == 1] >= 0).all()
        assert (values[target.fold != 1] == -1).all()
    for chosen in found.strength.values():
        assert [place >= 0 for place in chosen] == [False, True, False, False]
    assert (found.development[TWO_STAGE][:, target.fold != 2] == -1).all()


def test_several_layers_are_summed():
    """With a layer of noise beside a good one, the weighted sum is about as good as the good one alone."""
    source, target = domain(0), domain(1)
    noise = torch.randn(source.features.shape, generator=torch.Generator().manual_seed(0))
    both = [
        DomainFeatures(torch.cat([noise[:, : one.features.shape[1]], one.features]), one.truth, one.fold)
        for one in (source, target)
    ]
    alone, _ = transfer(ASKED, source, target)
    summed, _ = transfer(ASKED, *both)
    for condition in (TARGET_ONLY, ALIGNED, TWO_STAGE):
        assert uar(target, summed.test[condition]) > uar(target, alone.test[condition]) - 0.08


@pytest.mark.parametrize("layers", [1, 2])
def test_dimensions_carry_over_too(layers):
    """A dimension that means the same in both domains is predicted by all conditions after alignment."""
    asked = Asked(Attribute(name="arousal", low=-1, high=1), FOLDS, tuple(range(FOLDS)), (0.01, 1.0))
    domains = []
    for seed, shift in ((0, 0.0), (1, 4.0)):
        drawn = domain(seed, layers=layers, shift=shift)
        value = (drawn.features[-1] - shift) @ torch.tensor([0.3, -0.2, 0.1, 0.0, 0.2, 0.1])
        domains.append(DomainFeatures(drawn.features, value.numpy(), drawn.fold))
    found, _ = transfer(asked, *domains)
    for condition in (TARGET_ONLY, ALIGNED, TWO_STAGE):
        assert np.corrcoef(found.test[condition], domains[1].truth)[0, 1] > 0.9
