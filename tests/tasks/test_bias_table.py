"""Does the table beside a record of `fad_bias` hold everything, whatever order its rows are in?"""

import io
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bias_toys import distances
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError
from emobench.tasks.bias_table import from_table, to_table
from emobench.tasks.predictions import KEYS, predictions_digest

EMOTIONS = ("calm", "angry", "happy", "sad", "fearful", "disgust")
TOYS = st.fixed_dictionaries(
    {
        "layers": st.integers(1, 3),
        "emotions": st.integers(2, 5).map(lambda count: EMOTIONS[:count]),
        "people": st.integers(1, 9),
        "seed": st.integers(0, 9),
        "shared": st.booleans(),
        "only_first": st.integers(0, 2),
        "blocks": st.sampled_from([None, 1, 3]),
        "draws": st.integers(1, 5),
        "constant": st.sampled_from([(), (0,)]),
        "frames": st.booleans(),
    }
)


FIELD = pa.compute.field


def shuffled(table, seed=1):
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))


def written(table):
    pq.write_table(table, file := io.BytesIO(), compression="zstd", row_group_size=977)
    return pq.read_table(file)


def assert_same(first, second):
    """Equal in every field, to the last bit and type."""
    assert vars(first).keys() == vars(second).keys()
    for name, value in vars(first).items():
        other = getattr(second, name)
        if name in ("arrays", "frames"):
            assert {layer: set(arrays) for layer, arrays in value.items()} == {k: set(v) for k, v in other.items()}
            for layer, array in ((layer, array) for layer, arrays in value.items() for array in arrays):
                np.testing.assert_array_equal(other[layer][array], value[layer][array], strict=True)
        elif isinstance(value, np.ndarray):
            np.testing.assert_array_equal(other, value, strict=True)
        else:
            assert other == value


@settings(max_examples=40)
@given(TOYS, st.booleans())
def test_the_table_gives_the_distances_back(toy, stored):
    """Written to a file and read, with its rows in any order, distances are what they were, nan included."""
    before = distances(**toy)
    table = to_table(before)
    if stored:
        table = written(shuffled(table))
    assert_same(before, from_table(table, before.attribute))


@settings(max_examples=20)
@given(st.integers(0, 99), st.sampled_from([np.nan, -0.0, 1e-30, 3e38, -1.0]))
def test_any_number_comes_back(seed, number):
    """Tiny, huge and negative numbers and nan anywhere in an array are given back."""
    toy, generator = distances(layers=1, people=3, draws=2), np.random.default_rng(seed)
    arrays = {name: np.array(values) for name, values in toy.arrays["0"].items()}
    for values in arrays.values():
        values[generator.random(values.shape) < 0.3] = number
    before = type(toy)(**{**vars(toy), "arrays": {"0": arrays}})
    assert_same(before, from_table(to_table(before), before.attribute))


def test_the_digest_sees_values_not_order_nor_files():
    """Shuffling rows or writing a file keeps the digest; the last bit of one value does not."""
    toy = distances(frames=True, constant=(1,), only_first=1)
    table = to_table(toy)
    assert predictions_digest(shuffled(table)) == predictions_digest(table)
    assert predictions_digest(written(shuffled(table, 2))) == predictions_digest(table)
    for name, place in (("raw.mmd", (2, 1, 0)), ("aligned.null", (5, 1)), ("raw.retrieved", (1, 3, 2))):
        values = np.array(toy.arrays["0"][name])
        values[place] = np.nextafter(np.float32(values[place]), np.float32(9))
        arrays = {**toy.arrays, "0": {**toy.arrays["0"], name: values}}
        other = to_table(type(toy)(**{**vars(toy), "arrays": arrays}))
        assert predictions_digest(other) != predictions_digest(table)


def test_the_keys_tell_every_two_rows_apart():
    """No two rows agree in all columns that rows are sorted by."""
    table = to_table(distances(frames=True, only_first=1, blocks=3))
    rows = table.select([name for name in KEYS if name in table.column_names]).to_pylist()
    assert len({tuple(row.values()) for row in rows}) == table.num_rows


def test_what_is_undefined_is_null():
    """A table holds no nan, and as many nulls as there are undefined numbers and names without one."""
    toy = distances(constant=(0,), frames=True)
    value = to_table(toy)["value"]
    views = [values for view in toy.views.values() for arrays in view.values() for values in arrays.values()]
    undefined = sum(int(np.isnan(values).sum()) for values in views)
    assert value.null_count == undefined + len(toy.people) + len(toy.datasets)
    assert not np.isnan(value.drop_null().to_numpy()).any()
    assert value.type == pa.float32()


def test_every_number_stands_where_its_columns_say():
    """A row of left-out distances names the layer, geometry, block and both emotions of its number."""
    toy = distances(layers=2)
    rows = to_table(toy).filter(FIELD("quantity") == "mmd").to_pylist()
    found = {tuple(row[name] for name in ("layer", "geometry", "left_out", "class", "class_b")): row for row in rows}
    names, blocks = toy.attribute.classes, [None, *toy.blocks]
    for layer, geometry in product(toy.layers, ("raw", "aligned")):
        for place in np.ndindex(len(blocks), len(names), len(names)):
            row = found[layer, geometry, blocks[place[0]], names[place[1]], names[place[2]]]
            assert row["value"] == toy.arrays[layer][f"{geometry}.mmd"][place]
            assert (row["view"], row["draw"], row["group"], row["dataset"]) == ("clips", None, None, None)


def test_a_table_of_a_large_model_is_small():
    """13 layers, 23 people, 6 emotions and 200 permutations take less than half a megabyte."""
    toy = distances(layers=13, emotions=EMOTIONS, people=23, draws=200)
    pq.write_table(to_table(toy), file := io.BytesIO(), compression="zstd")
    assert len(file.getvalue()) < 500_000


def test_a_table_that_is_not_whole_is_refused():
    """A row that is missing or stands twice, and a name that nobody knows, are errors."""
    toy = distances(layers=1)
    table = to_table(toy)
    for row in (table.num_rows - 1, table.num_rows // 2):
        kept = np.delete(np.arange(table.num_rows), row)
        with pytest.raises(DataError, match="not whole"):
            from_table(table.take(kept), toy.attribute)
        with pytest.raises(DataError, match="not whole"):
            from_table(table.take(np.append(kept, 0 if row == 0 else kept[-1])), toy.attribute)
    with pytest.raises(DataError, match="does not name"):
        from_table(table, Attribute(name="emotion", classes=("calm", "angry")))
    with pytest.raises(DataError, match="not whole"):
        from_table(table, Attribute(name="emotion", classes=(*toy.attribute.classes, "bored")))
    with pytest.raises(DataError, match="not one of a pair"):
        from_table(table.filter((FIELD("quantity") != "dataset") | (FIELD("draw") != 1)), toy.attribute)


VIEW = {"clips": distances(layers=1), "frames": distances(layers=1, frames=True)}
WHOLE = [(view, *name.split(".")) for view, toy in VIEW.items() for name in toy.views[view]["0"]]


@pytest.mark.parametrize(("view", "geometry", "quantity"), WHOLE)
def test_an_array_that_is_gone_is_missed(view, geometry, quantity):
    """A table without all rows of one array, in one layer or in every one, is no table."""
    toy = distances(layers=2, people=4, draws=3, frames=True)
    gone = (FIELD("view") == view) & (FIELD("geometry") == geometry) & (FIELD("quantity") == quantity)
    for rows in (gone, gone & (FIELD("layer") == "1")):
        kept = to_table(toy).filter(rows.is_null() | ~rows)
        assert kept.num_rows < to_table(toy).num_rows
        with pytest.raises(DataError, match=f"0 rows of an array '{quantity}'"):
            from_table(kept, toy.attribute)


@pytest.mark.parametrize("quantity", ["dataset", "layer", "block", "person", "clips", "permutations"])
def test_who_and_what_there_is_has_to_be_told(quantity):
    """A table without the rows that list datasets, layers, blocks, people, clips or permutations is no table."""
    toy = distances(layers=2, people=4, draws=3)
    with pytest.raises(DataError, match=rf"not whole\.\s.*'{quantity}'"):
        from_table(to_table(toy).filter(FIELD("quantity") != quantity), toy.attribute)


def test_permutations_that_were_cut_off_are_missed():
    """With 5 of 30 permutations left, in every layer alike, the p would be another one: that is no table."""
    toy = distances(draws=30)
    table = to_table(toy)
    cut = table.filter((FIELD("quantity") != "null") | (FIELD("draw") < 5))
    assert table.num_rows - cut.num_rows == 2 * 2 * 25 * len(toy.attribute.classes)
    with pytest.raises(DataError, match=r"20 rows of an array 'null' of shape \(30, 4\)"):
        from_table(cut, toy.attribute)


def test_a_table_of_nothing_but_names_is_refused():
    """Without a single measured number a table is not whole."""
    toy = distances(layers=1)
    with pytest.raises(DataError, match="not whole"):
        from_table(to_table(toy).filter(FIELD("view").is_null()), toy.attribute)


def test_a_layer_that_stands_twice_or_an_array_of_another_view_is_refused():
    """Rows of what there is are numbered without gap or repetition, and no view holds arrays of the other."""
    toy = distances(layers=2, people=4, draws=3, frames=True)
    table = to_table(toy)
    with pytest.raises(DataError, match=r"not whole\.\s.*'layer'"):
        from_table(pa.concat_tables([table, table.filter(FIELD("quantity") == "layer").slice(0, 1)]), toy.attribute)
    clips = FIELD("view") == "clips"
    strange = table.filter((FIELD("view") == "frames") & (FIELD("quantity") == "fad_inf"))
    moved = strange.set_column(
        strange.column_names.index("view"), "view", pa.array(["clips"] * strange.num_rows).dictionary_encode()
    )
    kept = table.filter(clips | FIELD("view").is_null())
    with pytest.raises(DataError, match="no view has"):
        from_table(pa.concat_tables([kept, moved]), toy.attribute)
