"""Does the table beside a pair's record hold everything, whatever order its rows are in?"""

import io
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_toys import AROUSAL, DATASETS, EMOTION, Toy, fold_of, predictions

from emobench.domain.errors import DataError
from emobench.tasks.pair_table import from_table, in_order, to_table
from emobench.tasks.predictions import predictions_digest

TOYS = st.builds(
    Toy,
    attribute=st.sampled_from([EMOTION, AROUSAL]),
    people=st.integers(5, 9),
    shared=st.booleans(),
    clips=st.integers(1, 3),
    folds=st.just(5),
    tested=st.sampled_from([(0,), (4,), (1, 3), (0, 1, 2, 3, 4)]),
    strengths=st.sampled_from([(0.1,), (0.01, 0.1, 1.0)]),
    methods=st.sampled_from([(("frozen", 3),), (("lora", 9),), (("lora", 9), ("weighted_sum", 4), ("frozen", 3))]),
    seeds=st.sampled_from([(0,), (0, 2)]),
    fractions=st.sampled_from([(1.0,), (0.25, 0.5, 1.0)]),
    also=st.sampled_from([(), ("joint", "shuffled")]),
)


def back(table, toy):
    return from_table(table, toy.attribute, toy.folds, fold_of(toy), DATASETS, dict(toy.methods), toy.layers)


def as_dict(thing):
    """Attributes without the parts that are compared on their own."""
    return {name: value for name, value in vars(thing).items() if name not in {"sides", "courses"}}


def assert_same(first, second):
    """Equal to the last bit and type."""
    np.testing.assert_equal(as_dict(second), as_dict(first))
    assert (len(second.sides), len(second.courses)) == (2, len(first.courses))
    for one, other in zip((*first.sides, *first.courses), (*second.sides, *second.courses), strict=True):
        assert vars(one).keys() == vars(other).keys()
        for name, value in vars(one).items():
            np.testing.assert_array_equal(getattr(other, name), value, strict=isinstance(value, np.ndarray))


@settings(max_examples=40)
@given(TOYS, st.integers(0, 100), st.booleans())
def test_the_table_gives_the_predictions_back(toy, seed, written):
    """Written to a file and read, with its rows in any order, predictions are what they were."""
    before = predictions(toy, seed)
    table = to_table(before)
    if written:
        table = table.take(np.random.default_rng(seed).permutation(table.num_rows))
        pq.write_table(table, file := io.BytesIO(), row_group_size=97)
        table = pq.read_table(file)
    assert_same(before, back(table, toy))


def test_names_may_come_without_dictionaries():
    """A table whose columns are plain strings reads the same."""
    toy = Toy()
    table = to_table(predictions(toy))
    plain = pa.schema(
        [
            field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
            for field in table.schema
        ]
    )
    assert_same(predictions(toy), back(table.cast(plain), toy))


def test_development_rows_name_the_fold_they_choose_for():
    """The clip of a development row lies in the fold after the row's; that of a test row in the row's."""
    toy = Toy(tested=(1, 3))
    frame = to_table(predictions(toy)).to_pandas()
    own = [fold_of(toy)[name][group] for name, group in zip(frame["dataset"], frame["group"], strict=True)]
    own, fold, split = np.array(own), frame["fold"].to_numpy(), frame["split"].to_numpy()
    assert ((fold + 1) % 4 == own)[split == "dev"].all()
    assert (fold == own)[split == "test"].all()
    assert set(fold[(split == "dev") | (split == "test")]) == {1, 3}


def test_columns_that_do_not_apply_are_null():
    """No strength of trained methods, no seed of convex ones on all clips, no source of target_only."""
    frame = to_table(predictions(Toy(fractions=(0.5, 1.0)))).to_pandas()
    trained = frame["method"] == "lora"
    assert frame["strength"].isna().eq(trained).all()
    assert frame["seed"].isna().eq(~trained & (frame["fraction"] == 1)).all()
    assert frame["source"].isna().eq(frame["condition"] == "target_only").all()
    applied = frame["condition"].isin(["direct", "direct_aligned"])
    assert set(frame["split"][applied]) == {"test"}
    assert (frame["dataset"] == frame["target"]).all()


def test_clips_of_folds_that_were_not_run_stand_once():
    """Whoever was neither tested nor chose has one row without method and prediction, so that nobody is lost."""
    toy = Toy(tested=(0,))
    frame = to_table(predictions(toy)).to_pandas()
    silent = frame[frame["method"].isna()]
    assert len(silent) == sum((side.fold > 1).sum() for side in predictions(toy).sides)
    assert silent["prediction"].isna().all()
    assert set(silent["fold"]) == {2, 3}


def test_courses_stand_in_one_order():
    """Whatever order courses come in: methods as asked, layers rising, the first direction and all clips first."""
    found = predictions(Toy(fractions=(0.5, 1.0)))
    mixed = [found.courses[place] for place in np.random.default_rng(0).permutation(len(found.courses))]
    again = in_order(mixed, list(found.methods), DATASETS, ("0", "1"))
    assert [id(course) for course in again] == [id(course) for course in found.courses]
    assert (again[0].method, again[0].layer, again[0].target, again[0].fraction) == ("frozen", "0", "song", 1.0)


def test_a_table_of_another_record_is_refused():
    """A layer, or a person without a fold, that the record does not name is an error and no guess."""
    toy = Toy()
    table = to_table(predictions(toy))
    with pytest.raises(DataError, match="does not fit"):
        back(table, replace(toy, layers=("0",)))
    with pytest.raises(DataError, match="does not fit"):
        back(table, replace(toy, people=9))


def test_the_digest_sees_values_not_order():
    """Shuffling rows keeps the digest; changing one prediction, or which seed said it, does not."""
    found = predictions(Toy(tested=(0, 1), fractions=(0.5, 1.0)))
    table = to_table(found)
    shuffled = table.take(np.random.default_rng(1).permutation(table.num_rows))
    assert predictions_digest(shuffled) == predictions_digest(table)
    last = found.courses[-1]
    for other in (replace(last, test=np.where(last.test == 1, 2, last.test)), replace(last, seed=7)):
        changed = replace(found, courses=(*found.courses[:-1], other))
        assert predictions_digest(to_table(changed)) != predictions_digest(table)
