"""Does a whole run work with models of the Hub: from a folder, from the Hub, offline, by name, at random?"""

import json
import shutil
import socket

import pytest
from tiny_families import catalog_with_toys

from emobench.domain.errors import DataError, UsageError
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.runs.running import carry_out, prepare
from emobench.testing.tiny_models import write_tiny

NAME = "hf:org/toy"  # what the Hub on this machine has


@pytest.fixture(scope="module")
def catalog():
    """All that is built in, and the toy corpus."""
    return catalog_with_toys()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A tiny MERT, as its authors publish it."""
    return write_tiny(tmp_path_factory.mktemp("models") / "mert", "mert", "bin")


@pytest.fixture
def run(catalog, corpus, tmp_path):
    """Runs layerwise on the toy corpus, without statements and weighted sum; gives the records of its backbones."""

    def run(*backbones, env=None, weights=None, offline=False, precision="fp32", **options):
        settings = {"layerwise.statements": False, "layerwise.weighted_sum": False, "probe.c": 0.01, **options}
        spec = make_spec(backbones=backbones, datasets=("toy-corpus",), options=settings, precision=precision)
        where = Whereabouts(
            data={"toy-corpus": corpus}, out=tmp_path / "out", device="cpu", threads=2, weights=weights or {},
            offline=offline,
        )  # fmt: skip
        env = {"EMOBENCH_HOME": str(tmp_path / "home"), **(env or {})}
        plan, device = prepare(spec, where, catalog, Silent(), env)
        result = carry_out(plan, device, where, catalog, Silent(), ["run"], env)
        records = {str(record.asked["backbone"]): (path, record) for path, record in result.records}
        return result, [records[name] for name in backbones]

    return run


def scores(record):
    """Test scores of every layer."""
    return {row.layer: row.value for row in record.found.scores if row.view == "all" and row.fold is None}


def test_a_folder_stands_in_for_a_repository(run, model, tmp_path):
    """`hf:ORG/REPO --weights hf:ORG/REPO=DIR` measures all layers and says digests, licence page, family; no path."""
    _, [(path, record)] = run(NAME, weights={NAME: model})
    assert path.parent.name == "hf--org--toy"
    used = record.used["backbone"]
    assert used["card"]["family"] == "mert_model"
    assert (used["card"]["sample_rate"], len(used["card"]["layers"])) == (24_000, 4)
    assert set(used["identity"]["weights"]["files"]) == {
        "config.json", "preprocessor_config.json", "pytorch_model.bin",
    }  # fmt: skip
    assert {"0", "1", "2", "3"} <= set(scores(record))
    assert str(tmp_path) not in path.read_text()


def test_the_hub_and_a_copy_of_it_are_the_same(run, hub, model, tmp_path):
    """From the Hub, from its cache, and from a folder: the same weights, features and scores, one pass a clip."""
    hub.files = {path.name: path.read_bytes() for path in model.iterdir()}
    env = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}
    first, [(_, online)] = run(NAME, env=env)
    asked = len(hub.asked)
    again, [(_, offline)] = run(NAME, env=env, offline=True)
    assert len(hub.asked) == asked
    copied, [(_, local)] = run(NAME, weights={NAME: model})
    assert first.clips_passed > 0
    assert (again.clips_passed, copied.clips_passed) == (0, 0)
    identities = [record.used["backbone"]["identity"]["weights"] for record in (online, offline, local)]
    assert len({identity["digest"] for identity in identities}) == 1
    assert identities[0] == identities[1]
    assert identities[0]["repo"] == "org/toy"
    assert len(identities[0]["revision"]) == 40
    assert scores(online) == scores(local)
    assert online.key == offline.key


def test_a_random_control_needs_settings_only(run, model, tmp_path):
    """`hf:ORG/REPO@random` has the layers of its model, seed and versions on record, and reads no weights."""
    folder = shutil.copytree(model, tmp_path / "settings")
    (folder / "pytorch_model.bin").unlink()
    control = f"{NAME}@random"
    _, [(path, drawn)] = run(control, weights={control: folder})
    assert path.parent.name == "hf--org--toy@random"
    identity = drawn.used["backbone"]["identity"]
    assert set(identity["random"]) == {"seed", "torch", "transformers"}
    assert "pytorch_model.bin" not in identity["weights"]["files"]
    _, [(_, trained)] = run(NAME, weights={NAME: model})
    assert set(scores(trained)) == set(scores(drawn))


def test_a_control_takes_its_models_folder(run, model):
    """`--weights hf:ORG/REPO=DIR` is enough for the model and its random control, together and alone."""
    control = f"{NAME}@random"
    _, [(_, trained), (_, drawn)] = run(NAME, control, weights={NAME: model})
    assert set(scores(trained)) == set(scores(drawn))
    _, [(_, alone)] = run(control, weights={NAME: model})
    assert alone.key == drawn.key


def test_a_name_with_other_files_is_refused(run, model):
    """`mert-v1` with a tiny MERT would publish its numbers under another model's name."""
    with pytest.raises(DataError, match="these are not the weights of 'mert-v1'"):
        run("mert-v1", weights={"mert-v1": model})


def test_half_precision_is_another_measurement(run, model):
    """bfloat16 stands in the record and in the feature key: nothing is mixed with float32."""
    once, [(_, whole)] = run(NAME, weights={NAME: model})
    half, [(_, rounded)] = run(NAME, weights={NAME: model}, precision="bf16")
    assert half.clips_passed == once.clips_passed > 0
    assert rounded.asked["precision"] == "bf16"
    assert whole.key != rounded.key


def test_stopping_early_gives_the_same_layers(run, model):
    """With up_to_layer=1 the scores of layers 0 and 1 are those of the whole run."""
    _, [(_, whole)] = run(NAME, weights={NAME: model})
    _, [(_, first)] = run(NAME, weights={NAME: model}, **{"extraction.up_to_layer": 1})
    assert first.used["backbone"]["layers"] == {"measured": 2, "of": 4}
    found = {layer: value for layer, value in scores(first).items() if layer is not None}
    assert set(found) == {"0", "1"}
    assert all(scores(whole)[layer] == value for layer, value in found.items())


def test_no_network_is_an_error_that_says_what_to_do(run, tmp_path):
    """A named model without network, cache or weights: exit code 3 and --weights, not a traceback."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(DataError) as caught:
        run("mert-v1", env={"HF_ENDPOINT": nobody, "HF_HOME": str(tmp_path / "hf")})
    assert caught.value.exit_code == 3
    assert "--weights mert-v1=DIR" in str(caught.value)


@pytest.mark.parametrize("name", ["hf:tiny", "hf:/x", "hf:a/b/c", "hf:a/b@", "hf:a b/c", "hf:../b"])
def test_what_is_no_repository_is_a_mistake(run, name):
    """Names that cannot be repositories are refused before anything is asked."""
    with pytest.raises(UsageError, match="no repository"):
        run(name)


@pytest.mark.shared
def test_mert_hears_real_speech(catalog, model, shared_data, tmp_path):
    """A random checkpoint in MERT's published layout, on real speech at 24 kHz: a record with every layer."""
    name = "hf:m-a-p/MERT-v1-95M"
    spec = make_spec(
        backbones=(name,), datasets=("ravdess-speech",), limit=18,
        options={"layerwise.statements": False, "layerwise.weighted_sum": False, "probe.c": 0.01},
    )  # fmt: skip
    where = Whereabouts(
        data={"ravdess-speech": shared_data / "ravdess"}, weights={name: model}, out=tmp_path / "out", device="cpu"
    )
    env = {"EMOBENCH_HOME": str(tmp_path / "home")}
    plan, device = prepare(spec, where, catalog, Silent(), env)
    result = carry_out(plan, device, where, catalog, Silent(), ["run"], env)
    path, record = next(item for item in result.records if item[1].asked["backbone"] == name)
    assert {"0", "1", "2", "3"} <= set(scores(record))
    assert json.loads(path.read_text())["used"]["backbone"]["card"]["sample_rate"] == 24_000
