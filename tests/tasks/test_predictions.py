"""Does the table beside a record hold everything, whatever order its rows are in?"""

import numpy as np
import pytest

from emobench.domain.cards import Attribute
from emobench.tasks.predictions import PartPredictions, Predictions, from_table, predictions_digest, to_table

EMOTION = Attribute(name="emotion", classes=("calm", "angry", "happy"))
AROUSAL = Attribute(name="arousal", low=-1, high=1)


def some_predictions(attribute, seed=0, clips=12, folds=3, strengths=(0.01, 0.1)):
    """Predictions of two layers and the weighted sum, drawn at random."""
    rng = np.random.default_rng(seed)
    fold = np.arange(clips) % folds

    def draw(*shape):
        if attribute.classes:
            return rng.integers(0, len(attribute.classes), shape)
        return rng.normal(size=shape).astype(np.float32)

    absent = -1 if attribute.classes else np.nan
    parts = []
    for layer in ("0", "1", None):
        development = draw(folds, len(strengths), clips)
        for test in range(folds):
            development[test][:, fold == test] = absent
        views = {"all": draw(clips)} if layer is None else {"all": draw(clips), "statement_disjoint": draw(clips)}
        parts.append(PartPredictions(layer, development, rng.integers(0, len(strengths), folds), views))
    names = tuple(f"clip-{index:02}" for index in range(clips))
    groups = tuple(f"g{index}" for index in fold)
    return Predictions("corpus", attribute, names, groups, fold, draw(clips), strengths, tuple(parts))


@pytest.mark.parametrize("attribute", [EMOTION, AROUSAL], ids=lambda attribute: attribute.name)
@pytest.mark.parametrize("shuffled", [False, True])
def test_the_table_gives_the_predictions_back(attribute, shuffled):
    """Written and read, in any order of rows, predictions are what they were."""
    before = some_predictions(attribute)
    table = to_table(before)
    if shuffled:
        table = table.take(np.random.default_rng(1).permutation(table.num_rows))
    after = from_table(table, attribute, ("0", "1"), {f"g{fold}": fold for fold in range(3)})
    assert (after.clips, after.groups, after.strengths) == (before.clips, before.groups, before.strengths)
    np.testing.assert_array_equal(after.truth, before.truth)
    np.testing.assert_array_equal(after.fold, before.fold)
    for old, new in zip(before.parts, after.parts, strict=True):
        assert (old.layer, set(old.views)) == (new.layer, set(new.views))
        np.testing.assert_array_equal(new.development, old.development)
        np.testing.assert_array_equal(new.strength, old.strength)
        for view, values in old.views.items():
            np.testing.assert_array_equal(new.views[view], values)


def test_every_clip_stands_once_a_fold_it_is_developed_for():
    """A clip has one test row a part and view, and a development row for every other fold and strength."""
    table = to_table(some_predictions(EMOTION)).to_pandas()
    dev = table[(table["split"] == "dev") & (table["layer"] == "0")]
    assert (dev.groupby("clip", observed=True).size() == 2 * 2).all()
    test = table[(table["split"] == "test") & (table["view"] == "all") & (table["layer"] == "0")]
    assert (test.groupby("clip", observed=True).size() == 1).all()


def test_the_digest_sees_values_not_order():
    """Shuffling rows keeps the digest; changing one prediction does not."""
    table = to_table(some_predictions(EMOTION))
    shuffled = table.take(np.random.default_rng(1).permutation(table.num_rows))
    assert predictions_digest(shuffled) == predictions_digest(table)
    other = some_predictions(EMOTION)
    other.parts[0].views["all"][0] = (other.parts[0].views["all"][0] + 1) % 3
    assert predictions_digest(to_table(other)) != predictions_digest(table)
