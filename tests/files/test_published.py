"""Does the rule take what a model needs, from a repository and from a folder alike?"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.errors import DataError
from emobench.files.published import published_files

SETTINGS = ["config.json", "preprocessor_config.json", "processor_config.json"]
WEIGHTS = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"]
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
OTHERS = ["README.md", "vocab.json", "tf_model.h5", "onnx/model.onnx", "onnx/config.json"]
INDEX = json.dumps({"weight_map": {"a": SHARDS[1], "b": SHARDS[0], "c": SHARDS[1]}}).encode()


def choose(names, index=INDEX, **options):
    return published_files(names, lambda name: index, where="'org/toy'", **options)


@given(st.sets(st.sampled_from(SETTINGS + WEIGHTS + OTHERS)))
def test_the_first_kind_of_weights_is_taken_and_nothing_needless(names):
    """Settings that exist, one preprocessor, one kind of weights in a fixed order, its shards; or an error."""
    have = names | set(SHARDS)
    kinds = [name for name in WEIGHTS if name in names]
    if not kinds:
        with pytest.raises(DataError, match="holds no weights"):
            choose(have)
        return
    expected = {"config.json"} & names
    if "preprocessor_config.json" in names:
        expected |= {"preprocessor_config.json"}
    elif "processor_config.json" in names:
        expected |= {"processor_config.json"}
    expected |= {kinds[0]} | (set(SHARDS) if "index" in kinds[0] else set())
    chosen = choose(have)
    assert set(chosen) == expected
    assert len(chosen) == len(expected)


@given(st.permutations(SETTINGS + WEIGHTS[1:] + SHARDS + OTHERS))
def test_the_order_of_names_does_not_matter(names):
    """A folder and the Hub list files in other orders, and the choice is the same."""
    assert choose(names) == ("config.json", "preprocessor_config.json", "model.safetensors.index.json", *SHARDS)


def test_settings_alone():
    """A random control needs the configuration and no weights; without a configuration there is no control."""
    assert choose(["config.json", "processor_config.json", *WEIGHTS], settings_only=True) == (
        "config.json",
        "processor_config.json",
    )
    with pytest.raises(DataError, match="holds no configuration"):
        choose(["model.safetensors"], settings_only=True)


def test_what_there_is_instead_of_weights_is_listed():
    """A repository without weights is named with what it has, a long list cut short."""
    with pytest.raises(DataError, match="'org/toy' holds no weights") as caught:
        choose(["config.json", "tf_model.h5", *(f"z{number}.txt" for number in range(30))])
    assert "config.json, tf_model.h5" in caught.value.found
    assert "and 20 more" in caught.value.found
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "name",
    ["../model.bin", "..", "", ".", "sub/model.bin", "/etc/model.bin", "C:\\model.bin", "C:model.bin", "a\\b", 3],
)
def test_an_index_cannot_lead_out_of_the_folder(name):
    """A name that an index gives is a plain file name, or the index is refused, even where such a file exists."""
    index = json.dumps({"weight_map": {"a": name}}).encode()
    with pytest.raises(DataError, match="cannot be followed") as caught:
        choose(["model.safetensors.index.json", name], index)
    assert repr(name) in caught.value.found


@pytest.mark.parametrize("index", [b"", b"[]", b"{}", b'{"weight_map": 1}', b'{"weight_map": {"a": [1]}}', b"\xff"])
def test_a_damaged_index_is_an_error(index):
    """What is no index of weights is named and not followed."""
    with pytest.raises(DataError, match=r"'model.safetensors.index.json' of 'org/toy' cannot be followed"):
        choose(["model.safetensors.index.json"], index)


@pytest.mark.parametrize(("index", "words"), [(INDEX, "which is not there"), (b'{"weight_map": {}}', "names no file")])
def test_an_index_without_its_shards_is_an_error(index, words):
    """A shard that is missing is named: half a model is never loaded."""
    with pytest.raises(DataError) as caught:
        choose(["pytorch_model.bin.index.json", SHARDS[0]], index)
    assert words in caught.value.found
